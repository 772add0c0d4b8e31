"""Training on several GPUs of one machine: one process a GPU, each with its share of the rows, their gradients averaged at every step.

This process is rank 0: it alone tells of steps, marks checkpoints and writes the adapter. The others are started with the environment
that `accelerate launch` and torchrun give their processes (RANK, WORLD_SIZE, MASTER_ADDR ...), which is what accelerate inside the
trainer reads; that launcher itself would put itself between a step and its signals. A rank that dies ends all: what waits for it in
a collective operation is let go, and the step fails with a sentence instead of hanging.
"""

from __future__ import annotations

import os
import socket
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from core.errors import CogumiError, StopRequested, TrainingError
from core.team import Team, environments

if TYPE_CHECKING:
    from core.training.train import Job

_LOOK_SECONDS = 0.5
_NOTICE_SECONDS = 5.0
_LET_GO_SECONDS = 20.0
_FAILED = 4


class Ranks:
    """What a rank needs to know of the others. ``number``: its own; 0 leads."""

    def __init__(self, number: int, count: int) -> None:
        self.number = number
        self.count = count

    @property
    def leads(self) -> bool:
        """Whether this rank speaks and writes for all."""
        return self.number == 0

    def agree(self, choice: bool) -> bool:
        """The leader's choice, known to all ranks. Every rank must ask at the same moment."""
        if self.count == 1:
            return choice
        import torch

        told = torch.tensor([choice], device="cuda" if torch.distributed.get_backend() == "nccl" else "cpu", dtype=torch.int32)
        torch.distributed.broadcast(told, 0)
        return bool(told.item())

    def total(self, number: int) -> int:
        """The sum of every rank's ``number``."""
        if self.count == 1:
            return number
        import torch

        told = torch.tensor([number], device="cuda" if torch.distributed.get_backend() == "nccl" else "cpu", dtype=torch.int64)
        torch.distributed.all_reduce(told)
        return int(told.item())

    def meet(self) -> None:
        """Waits until every rank has come here."""
        self.total(0)


@contextmanager
def together(count: int, job: Job) -> Iterator[Ranks]:
    """The other ranks at work on ``job`` inside the block, and gone after it.

    Raises SettingsError where there are fewer GPUs than ranks, TrainingError when a rank ends that has not been told to.
    """
    places = environments(count)
    port = str(_free_port())
    ours, *theirs = [_environment(number, count, port) | place for number, place in enumerate(places)]
    # On a CPU the leader keeps the threads that it has; only which GPU is its own matters, and that for one rank too.
    ours.pop("OMP_NUM_THREADS")
    with _in_environment(ours):
        if count == 1:
            yield Ranks(0, 1)
            return
        team = Team(_follow, job, theirs, first=2)
        guard = _Guard(team)
        try:
            yield Ranks(0, count)
        except CogumiError:
            raise
        except Exception as error:
            reason = guard.why()
            if not reason:
                raise
            raise TrainingError(_sentence(reason)) from error
        finally:
            guard.done.set()
            _leave_group()
            team.close()


class _Guard:
    """Watches the other ranks. One that fails while this one waits for it would let it wait for ever."""

    def __init__(self, team: Team) -> None:
        self.done = threading.Event()
        self._reason = ""
        self._team = team
        threading.Thread(target=self._watch, name="ranks", daemon=True).start()

    def why(self) -> str:
        """What became of a rank that failed, asked when an operation that all ranks are part of went wrong; '' when none did."""
        failed = self._team.failed(_NOTICE_SECONDS)
        return self._reason or (failed and (self._said() or failed))

    def _watch(self) -> None:
        while not self.done.wait(_LOOK_SECONDS):
            failed = self._team.failed()
            if failed:
                self._reason = self._said() or failed
                _abort_group()
                break
        if not self.done.wait(_LET_GO_SECONDS):
            # The main thread does not come back from an operation that the dead rank was part of.
            print(_sentence(self._reason), flush=True)
            os._exit(_FAILED)

    def _said(self) -> str:
        for pipe in self._team.pipes:
            with suppress(EOFError, OSError):
                if pipe.poll():
                    return str(pipe.recv())
        return ""


def _sentence(reason: str) -> str:
    return reason if reason.endswith(".") else f"Training stopped because {reason}; the log has the details, run the step again to go on."


def _follow(pipe: Connection, job: Job) -> None:
    """A rank other than the leader, in a process of its own. Its exit code is 0 when it ended as the leader did."""
    from core.training.train import follow

    try:
        follow(job, Ranks(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])))
    except StopRequested:
        return
    except CogumiError as error:
        pipe.send(str(error))
        os._exit(_FAILED)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    finally:
        _leave_group()


def _environment(number: int, count: int, port: str) -> dict[str, str]:
    """What torch.distributed reads (https://docs.pytorch.org/docs/stable/distributed.html#environment-variable-initialization).

    Every rank sees its own GPU alone, so its local rank is always 0.
    """
    if count == 1:
        return {}
    return {"RANK": str(number), "WORLD_SIZE": str(count), "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}


@contextmanager
def _in_environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _abort_group() -> None:
    """Lets go whatever waits in NCCL; gloo notices by itself that its peer is gone."""
    with suppress(Exception):
        from torch.distributed import distributed_c10d, get_backend

        if get_backend() == "nccl":
            distributed_c10d._abort_process_group()


def _leave_group() -> None:
    with suppress(Exception):
        import torch

        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
