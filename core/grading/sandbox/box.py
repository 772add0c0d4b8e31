"""The namespaces level: an own root with nothing but Python's libraries, no network, and a folder in memory.

Done once by each zygote, as root or, in a user namespace, as anybody. What follows bubblewrap's order of things: private
mounts, a new root of bind mounts, everything read-only, pivot_root, then a small tmpfs to write in.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.grading.sandbox import kernel

_FOLDER, _OTHER_FOLDER = "/tmp", "/job"

_MOUNT_POINT = "/proc"  # exists everywhere, holds no library, and must not be seen from the box anyway
_DEVICES = ("null", "zero", "random", "urandom")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom tested code and judge run as: two unused user numbers where root may choose, else None (the user's own)."""

    tested: int | None
    judge: int | None


def may_be_root() -> bool:
    """Whether this process is root with the rights that mounting needs."""
    return os.geteuid() == 0 and kernel.has_capability(kernel.CAP_SYS_ADMIN)


def folder_beside(readable: Sequence[str]) -> str:
    """Where tested code runs and may write, inside the box: /tmp, or another folder where libraries lie below that, which it would hide."""
    hides = any(path == _FOLDER or path.startswith(_FOLDER + "/") for path in readable)
    return _OTHER_FOLDER if hides else _FOLDER


def enter(readable: Sequence[str], folder_bytes: int, owner: int | None) -> None:
    """Moves this process into the box. Raises OSError with the kernel's reason; the process is then of no use."""
    try:
        _enter(readable, folder_bytes, owner)
    except OSError as error:
        raise OSError(f"the system does not let this user make namespaces ({error.strerror or error})") from None


def _enter(readable: Sequence[str], folder_bytes: int, owner: int | None) -> None:
    flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
    if may_be_root():
        kernel.unshare(flags)
    else:
        user, group = os.geteuid(), os.getegid()
        kernel.unshare(flags | kernel.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("box", _MOUNT_POINT, "tmpfs", kernel.MS_NOSUID, "size=1m,nr_inodes=4k,mode=755")
    _fill([path for path in readable if os.path.lexists(path)])
    folder = folder_beside(readable)
    os.mkdir(_MOUNT_POINT + folder)
    kernel.make_read_only(_MOUNT_POINT)
    kernel.enter_root(_MOUNT_POINT)
    renew_folder(folder, folder_bytes, owner)


def renew_folder(folder: str, folder_bytes: int, owner: int | None) -> None:
    """Puts a fresh empty folder in place of the last job's."""
    if os.path.ismount(folder):
        if not os.listdir(folder):
            return
        kernel.unmount(folder)
    whose = "" if owner is None else f",uid={owner},gid={owner}"
    kernel.mount("job", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, f"size={folder_bytes},nr_inodes=1k,mode=700{whose}")


def _fill(readable: list[str]) -> None:
    done: list[str] = []
    for path in sorted(readable):
        if any(path == other or path.startswith(other + "/") for other in done):
            continue
        inside = _MOUNT_POINT + path
        os.makedirs(os.path.dirname(inside), exist_ok=True)
        if os.path.islink(path):
            os.symlink(os.readlink(path), inside)
            continue
        _bind(path, inside)
        done.append(path)
    os.makedirs(_MOUNT_POINT + "/dev", exist_ok=True)
    for name in _DEVICES:
        _bind(f"/dev/{name}", f"{_MOUNT_POINT}/dev/{name}")


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
    kernel.mount(source, target, None, kernel.MS_BIND | kernel.MS_REC)
