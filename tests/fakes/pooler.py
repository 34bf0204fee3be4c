"""A stand-in for a connection pooler: it passes the protocol on and, as they all do, names a backend number of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_NOT_A_PID = 999_999_999
"""Above the kernel's highest process number (4,194,304)."""


@contextlib.contextmanager
def pooler(dsn: str) -> Iterator[str]:
    """Yield a DSN that reaches the same server through one pass-through connection."""
    parts = conninfo_to_dict(dsn)
    target = f"{parts['host']}/.s.PGSQL.{parts['port']}"
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(directory) / ".s.PGSQL.6432"))
        listener.listen(1)
        threading.Thread(target=_serve, args=(listener, target), daemon=True).start()
        yield make_conninfo(dsn, host=directory, port=6432)


def _serve(listener: socket.socket, target: str) -> None:
    client, _ = listener.accept()
    server = socket.socket(socket.AF_UNIX)
    server.connect(target)
    threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
    with contextlib.suppress(OSError):
        _rename_backend(server, client)
    _pass_on(server, client)


def _rename_backend(server: socket.socket, client: socket.socket) -> None:
    """Pass messages on until BackendKeyData ('K'), whose number is replaced (protocol: section "Message Formats")."""
    while True:
        kind = _exactly(server, 1)
        length = _exactly(server, 4)
        body = _exactly(server, struct.unpack("!I", length)[0] - 4)
        if kind == b"K":
            client.sendall(kind + length + struct.pack("!I", _NOT_A_PID) + body[4:])
            return
        client.sendall(kind + length + body)


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            raise OSError(os.strerror(104))
        data += more
    return data


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
