"""The directory of a private cluster: made where its socket fits, held by a lock while its owner lives, swept when it does not.

The lock is flock() on the directory itself, taken by the owning process and shared with its guard. The kernel lets go of it when both are
gone, however they ended: a directory whose lock can be had belongs to nobody. Numbers of processes say less: they are given out again, and
mean nothing in another container that shares the temporary directory.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexadvisor.errors import LabError

_PREFIX = "indexadvisor-pg-"
_FALLBACK = "/tmp"  # noqa: S108  a directory of its own is made there, with mkdtemp
_SOCKET_PATH_BYTES = 103
"""The longest socket path that every system takes (sun_path of sockaddr_un: 108 on Linux, 104 on BSD, a zero byte included)."""
_STOP_TIMEOUT_S = 30


@dataclass(frozen=True)
class PrivateDirectory:
    """A directory of ours; ``lock`` is the open file descriptor that holds it, to be passed on to the guard."""

    path: Path
    lock: int

    def remove(self) -> None:
        """Remove the directory, then let go of the lock."""
        _remove(self.path)
        os.close(self.lock)


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return the user that a server started by root runs as, None for anybody else; raises LabError where there is no such user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LabError("PostgreSQL cannot run as root and there is no user postgres or nobody", hint="run as an ordinary user")


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return the arguments that make subprocess run a program as a user; none for None."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def enterable(directory: Path, user: pwd.struct_passwd | None) -> bool:
    """Return whether a user who is neither owner nor in the group may read and enter a directory; without one, we may."""
    return user is None or all(parent.stat().st_mode & 0o005 == 0o005 for parent in [directory, *directory.parents])


def make(user: pwd.struct_passwd | None, port: str) -> PrivateDirectory:
    """Make a directory that ``user`` owns (None: we do), and lock it."""
    parent = parent_directory(user, port)
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = _locked(path)
        if lock is not None:
            if user is not None:
                os.chown(lock, user.pw_uid, user.pw_gid)
            return PrivateDirectory(path, lock)
        # a sweep of another process took it in the moment before it was locked


def parent_directory(user: pwd.struct_passwd | None, port: str) -> str:
    """Return where to make a cluster: TMPDIR, or /tmp where the first is too long, oddly named or closed to the server's user."""
    directory = tempfile.gettempdir()
    socket_path = f"{directory}/{_PREFIX}12345678/.s.PGSQL.{port}"
    plain = re.fullmatch(r"/[\w./+-]*", directory, re.ASCII) is not None
    # the guard, which runs as the server's user, must be able to remove the cluster's own directory
    open_to_all = user is None or (enterable(Path(directory), user) and Path(directory).stat().st_mode & 0o002 != 0)
    return directory if plain and len(socket_path) <= _SOCKET_PATH_BYTES and open_to_all else _FALLBACK


def sweep(user: pwd.struct_passwd | None, port: str, bindir: Path) -> None:
    """Stop the servers and remove the directories that nobody owns any more; those of other users and of the living stay.

    It happens only where owner and guard were both killed. What cannot be removed stays for the next time.
    """
    for parent in dict.fromkeys((parent_directory(user, port), _FALLBACK)):
        for path in _ours(Path(parent), os.geteuid() if user is None else user.pw_uid):
            with _abandoned(path) as found:
                if found:
                    _stop_server(path, user, port, bindir)
                    _remove(path)


def _ours(parent: Path, uid: int) -> list[Path]:
    """Return the directories with our name for them; no symbolic links, and none of another user: of root, before it was given away."""
    found = []
    with os.scandir(parent) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False):
                    owner = entry.stat(follow_symlinks=False).st_uid
                    if owner in (uid, os.geteuid()):
                        found.append(Path(entry.path))
    return sorted(found)


@contextmanager
def _abandoned(path: Path) -> Iterator[bool]:
    """Hold the lock of a directory for a block; False where somebody else holds it, or it is gone."""
    lock = _locked(path)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def _locked(path: Path) -> int | None:
    """Return the lock of a directory, None where it cannot be had; it is the directory at this path, not one removed meanwhile."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), path.lstat()):
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def _stop_server(path: Path, user: pwd.struct_passwd | None, port: str, bindir: Path) -> None:
    """Stop the server of an abandoned directory, as the user that it runs as, who can harm no other's.

    Only where one answers on the socket in there: the number in postmaster.pid may be that of another process by now.
    """
    place = path / f".s.PGSQL.{port}"
    try:
        if not stat.S_ISSOCK(place.lstat().st_mode):
            return
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(str(place))
    except OSError:
        return
    command = [str(bindir / "pg_ctl"), "-D", str(path / "data"), "-m", "immediate", "stop"]
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, capture_output=True, check=False, cwd="/", timeout=_STOP_TIMEOUT_S, **as_user(user))


def _remove(directory: Path) -> None:
    """Remove a cluster's directory; the log collector may write for a moment longer than its postmaster lives."""
    for _ in range(50):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(0.02)
