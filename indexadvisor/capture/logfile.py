"""Files of text, opened by what they hold rather than by name: plain, gzip, bzip2, xz or standard input, read line by line."""

from __future__ import annotations

import bz2
import glob
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from indexadvisor.capture.interface import CaptureReport

STDIN = "-"
HEAD_BYTES = 256 * 1024
"""How much of a file is looked at to recognise it."""
MAX_LINE_BYTES = 64 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_DECOMPRESS: dict[str, Callable[[BinaryIO], object]] = {
    "gzip": lambda stream: gzip.GzipFile(fileobj=stream),
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
}
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)


def expand(paths: Sequence[str], report: CaptureReport) -> list[str]:
    """Return the files that paths, patterns and folders name, each once, in order; what names nothing goes into the report."""
    found: dict[str, str] = {}
    for path in paths:
        if path == STDIN:
            found[STDIN] = STDIN
            continue
        try:
            names = _names(path)
            for name in names:
                found.setdefault(str(Path(name).resolve()), name)
            if not names:
                report.cannot_read(path, "no such file")
        except (OSError, ValueError) as error:
            report.cannot_read(path, f"cannot be opened: {getattr(error, 'strerror', None) or error}")
    return list(found.values())


def _names(path: str) -> list[str]:
    # a file whose name has brackets in it is meant before a pattern is
    names = [path] if path and Path(path).exists() else sorted(glob.glob(path))  # noqa: PTH207 - patterns may be absolute
    found: list[str] = []
    for name in names:
        found += sorted(str(item) for item in Path(name).iterdir() if item.is_file()) if Path(name).is_dir() else [name]
    return found


class LogFile:
    """One file being read, as a context manager; its name goes into the report.

    ``head`` is its beginning, decompressed; ``whole`` turns False when it ends in damage; ``unreadable`` is the reason why
    nothing of it can be used, or None.
    """

    def __init__(self, name: str, report: CaptureReport) -> None:
        self.name = "standard input" if name == STDIN else name
        self.head = b""
        self.whole = True
        self.unreadable: str | None = None
        self._report = report
        report.sources.append(self.name)
        self._stream: BinaryIO | None = None
        try:
            self._stream, self.head = _open(name)
        except _DAMAGE as error:
            self.unreadable = f"cannot be opened: {error.strerror or error}" if isinstance(error, OSError) else _damaged(error)
        except _UnknownCompression as error:
            self.unreadable = str(error)
        if self.unreadable is None:
            self.unreadable = _why_not_text(self.head)

    def lines(self) -> Iterator[bytes]:
        """Yield lines with their line ends. Damage ends the file early, is reported, and clears ``whole``."""
        assert self._stream is not None
        report, number = self._report, 0
        try:
            while line := self._stream.readline(MAX_LINE_BYTES):
                number += 1
                report.bytes_read += len(line)
                if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                    self._stop(number, f"line longer than {MAX_LINE_BYTES // 1024**2} MB; the rest of the file is left out")
                    return
                yield line
        except _DAMAGE as error:
            self._stop(number + 1, _damaged(error))

    def read(self) -> bytes:
        """Return everything, for formats that cannot be read by line."""
        return b"".join(self.lines())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._stream is not None and self.name != "standard input":  # which stays open
            self._stream.close()

    def _stop(self, line: int, reason: str) -> None:
        self.whole = False
        self._report.cannot_read(f"{self.name}:{line}", reason)


class _UnknownCompression(Exception):
    """The file is compressed in a way that Python's standard library cannot undo."""


class _Replayed(io.RawIOBase):
    """A stream whose beginning was already read."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self._head:
            count = min(len(buffer), len(self._head))
            buffer[:count] = self._head[:count]
            self._head = self._head[count:]
            return count
        data = self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._rest.close()
        super().close()


def _open(name: str) -> tuple[BinaryIO, bytes]:
    """Return the decompressed stream, wound back to its start, and its head."""
    raw: BinaryIO = sys.stdin.buffer if name == STDIN else Path(name).open("rb")  # noqa: SIM115 - LogFile closes it
    start = raw.read(HEAD_BYTES)
    kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
    stream: BinaryIO = io.BufferedReader(_Replayed(start, raw), _BLOCK_BYTES)
    if kind is None:
        return stream, start
    if kind == "zstd":
        raise _UnknownCompression("is compressed with zstd: decompress it first (zstd -dc FILE | indexadvisor ... --log -)")
    plain = cast(BinaryIO, _DECOMPRESS[kind](stream))
    head = _read_some(plain)
    return io.BufferedReader(_Replayed(head, plain), _BLOCK_BYTES), head


def _read_some(stream: BinaryIO) -> bytes:
    """Return up to HEAD_BYTES, or what there is before the damage; raises only when there is nothing."""
    parts: list[bytes] = []
    size = 0
    while size < HEAD_BYTES:
        try:
            part = stream.read(8192)
        except _DAMAGE:
            if not parts:
                raise
            break
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _damaged(error: Exception) -> str:
    return f"compressed data is damaged or ends early: {error}"


def _why_not_text(head: bytes) -> str | None:
    if not head:
        return "is empty"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16 text: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"
    if b"\x00" in head:
        return "is a binary file"
    # a text of any encoding has few control characters beside tab and line ends
    control = len(head) - len(head.translate(None, bytes(set(range(32)) - {9, 10, 12, 13, 27})))
    return "is a binary file" if control > len(head) // 50 else None


def decode(line: bytes) -> str:
    """Return a line as text: UTF-8, or Latin-1 where it is not (a server logs each session in its database's encoding)."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
