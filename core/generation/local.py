"""Responses from a model in this process: our decode loop, or plain batched ``generate()`` where the loop does not fit the model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from core.errors import GenerationError
from core.generation import memory, parity
from core.generation.architectures import unknown
from core.generation.decode import Decoder
from core.generation.forward import Forward, OwnForward, make_forward, shape_of
from core.generation.groups import Group, group, parts
from core.generation.keys import response_key
from core.generation.plain import generate_plainly
from core.generation.rows import Ended
from core.generation.store import Room
from core.models.load import Loaded
from core.plan.settings import GenerationSettings
from core.records import Request, Response
from core.text import plain_line

_BATCH = 64  # responses handed over at once
_SECONDS = 1.0  # and at the latest after so long, even when there are none: the caller may want to stop
_FEWEST = 1


class LocalEngine:
    """Makes responses with a loaded model. ``note`` is given what a person should know."""

    name = "local"

    def __init__(self, loaded: Loaded, generation: GenerationSettings, note: Callable[[str], None] | None = None) -> None:
        self.model = loaded.fingerprint
        self._loaded: Loaded | None = loaded
        self._batch_size = generation.batch_size
        self._note = note
        self._forward: Forward | None = None
        self._tried = False

    def generate(self, requests: Sequence[Request]) -> Iterator[list[Response]]:
        """See ``Engine.generate``. Prompts that cannot be answered raise before anything is made."""
        loaded = self._open()
        groups = group(list(dict.fromkeys(requests)), loaded.chat, loaded.max_length)
        if not groups:
            return
        if not self._tried:
            self._forward, self._tried = self._fitting(loaded, groups), True
        ended = self._with_loop(loaded, self._forward, groups) if self._forward else self._without_loop(loaded, groups)
        yield from _in_batches(ended, self._response)

    def close(self) -> None:
        """Lets the model go."""
        self._loaded = self._forward = None

    def _open(self) -> Loaded:
        if self._loaded is None:
            raise GenerationError("This engine was closed; build a new one.")
        return self._loaded

    def _fitting(self, loaded: Loaded, groups: Sequence[Group]) -> Forward | None:
        """The forward pass with which the loop says what the model says; None when there is none."""
        reason = unknown(loaded.model)
        if reason is None:
            way, reason = self._tried_way(lambda: make_forward(loaded.model, loaded.max_length, self._say), loaded, groups)
            if reason and not isinstance(way, OwnForward):
                self._say(f"The fused forward pass is not used, for {reason}; the model's own is tried, which is slower.")
                way, reason = self._tried_way(lambda: OwnForward(loaded.model), loaded, groups)
            if not reason:
                return way
        self._say(f"Plain batched generation is used, which is slower: the fast loop does not fit this model, {reason}.")
        return None

    def _tried_way(self, make: Callable[[], Forward], loaded: Loaded, groups: Sequence[Group]) -> tuple[Forward | None, str]:
        """A forward pass and why it does not fit, '' where it does: other text, or kernels that cannot be built here."""
        way: Forward | None = None
        try:
            way = make()
            found = parity.check(way, [g.ids for g in groups], sorted(loaded.chat.stop_ids))
        except Exception as error:
            if memory.is_out_of_memory(error):
                raise
            said = plain_line(str(error), 160)
            return way, f"it cannot be run here ({type(error).__name__}{f': {said}' if said else ''})"
        return way, "" if found.same else f"its text differs from plain generation (by {found.worst:.2g} of a logit)"

    def _with_loop(self, loaded: Loaded, forward: Forward, groups: Sequence[Group]) -> Iterator[list[Ended]]:
        room = self._room(loaded, groups)
        need = _need(groups)
        left = {request for g in groups for request in g.requests}
        while left:
            waiting = parts((Group(g.ids, tuple(r for r in g.requests if r in left)) for g in groups), room.rows)
            ran_out = False
            try:
                for ended in Decoder(forward, room, sorted(loaded.chat.stop_ids)).run(waiting):
                    left.difference_update(one.request for one in ended)
                    yield ended
            except Exception as error:
                if not memory.is_out_of_memory(error):
                    raise
                ran_out = True
            if ran_out:
                # Only here, after the error is gone, does nothing hold the store that was too large.
                room = memory.room_for(self._fewer(room.rows), need)
                memory.release(loaded.device)

    def _without_loop(self, loaded: Loaded, groups: Sequence[Group]) -> Iterator[list[Ended]]:
        rows = self._room(loaded, groups).rows
        pairs = sorted(((g.ids, request) for g in groups for request in g.requests), key=lambda pair: len(pair[0]))
        while pairs:
            ended: list[Ended] | None = None
            try:
                ended = generate_plainly(loaded.model, loaded.chat, pairs[:rows])
            except Exception as error:
                if not memory.is_out_of_memory(error):
                    raise
            if ended is None:
                rows = self._fewer(rows)
                memory.release(loaded.device)
                continue
            pairs = pairs[rows:]
            yield ended

    def _room(self, loaded: Loaded, groups: Sequence[Group]) -> Room:
        need = _need(groups)
        if self._batch_size:
            return memory.room_for(min(self._batch_size, need.rows), need)
        free = memory.free_bytes(loaded.device)
        return memory.rows_that_fit(shape_of(loaded.model), need, loaded.model.config.vocab_size, free, loaded.device)

    def _fewer(self, rows: int) -> int:
        if rows <= _FEWEST:
            raise GenerationError("Not even one response fits the memory; lower generation.max_new_tokens or use a smaller precision.")
        fewer = max(_FEWEST, rows // 2)
        self._say(f"Memory ran out with {rows} responses at once; going on with {fewer}.")
        return fewer

    def _say(self, text: str) -> None:
        if self._note is not None:
            self._note(text)

    def _response(self, ended: Ended) -> Response:
        request, chat = ended.request, self._open().chat
        text = ended.tokens[:-1] if ended.finish == "stop" else ended.tokens
        return Response(
            key=response_key(self.model, self.name, request),
            problem_id=request.problem_id,
            sample=request.sample,
            text=chat.decode(text),
            tokens=len(ended.tokens),
            finish=ended.finish,
            logprob=ended.logprob,
            sampling=request.sampling,
            model=self.model,
            engine=self.name,
        )


def _need(groups: Sequence[Group]) -> memory.Need:
    return memory.Need(
        rows=sum(len(g.requests) for g in groups),
        prompts=len(groups),
        prompt=max(len(g.ids) for g in groups),
        response=max(r.sampling.max_new_tokens for g in groups for r in g.requests),
    )


def _in_batches(
    steps: Iterator[list[Ended]], response: Callable[[Ended], Response]
) -> Iterator[list[Response]]:
    ready: list[Response] = []
    handed = time.monotonic()
    for ended in steps:
        ready.extend(response(one) for one in ended)
        if len(ready) >= _BATCH or time.monotonic() - handed >= _SECONDS:
            yield ready
            ready, handed = [], time.monotonic()
    if ready:
        yield ready
