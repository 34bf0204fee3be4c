"""Relation files that are long and take no room: the planner asks the file system how many pages a relation has.

RelationGetNumberOfBlocks() seeks to the end of each segment file, so that a file lengthened with ftruncate() counts in full while
nothing of it is stored. Each file gets a number of its own, which an UPDATE of pg_class.relfilenode then puts in place of the
relation's: the server has never seen the new file, so that no page of it stands in a buffer, and the change is transactional.
The empty file a table was made with is kept, and put back for the moment in which an index is built on it.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from indexadvisor.lab.pages import PAGE_BYTES

_FIRST_NUMBER = 3_000_000_000
"""Far above what a young cluster gives out (relfilenode is an unsigned 32-bit number)."""
_MAX_LINKS = 1_000


class RelationFiles:
    """Makes files in one database's directory. ``segment_pages`` is the server's ``segment_size`` in pages (131,072 are 1 GB)."""

    def __init__(self, directory: Path, segment_pages: int) -> None:
        self._directory = directory
        self._segment_pages = segment_pages
        self._numbers = itertools.count(_FIRST_NUMBER)
        status = directory.stat()
        self._owner = (status.st_uid, status.st_gid) if os.geteuid() == 0 else None
        self._alike: dict[tuple[int, bytes], tuple[int, int]] = {}

    def make(self, pages: int, head: bytes = b"") -> int:
        """Make a file of so many pages that begins with ``head``, and return its number.

        Files with equal contents share their storage by hard links: nobody ever writes to them.
        """
        number = next(self._numbers)
        twin, links = self._alike.get((pages, head), (0, 0))
        if head and twin and links < _MAX_LINKS and pages <= self._segment_pages:
            os.link(self._directory / str(twin), self._directory / str(number))
            self._alike[pages, head] = (twin, links + 1)
            return number
        segments, rest = divmod(max(pages, len(head) // PAGE_BYTES), self._segment_pages)
        for segment in range(segments + 1):
            length = self._segment_pages if segment < segments else rest
            self._write(str(number) if segment == 0 else f"{number}.{segment}", length * PAGE_BYTES, head if segment == 0 else b"")
        self._alike[pages, head] = (number, 1)
        return number

    def lengthen(self, number: int, pages: int) -> None:
        """Lengthen an existing file in place, whose first pages are the server's own; never shortens it."""
        path = self._directory / str(number)
        wanted = min(pages, self._segment_pages) * PAGE_BYTES
        if path.stat().st_size < wanted:
            os.truncate(path, wanted)

    def _write(self, name: str, length: int, head: bytes) -> None:
        path = self._directory / name
        with path.open("xb") as file:
            file.write(head)
            file.truncate(length)
        path.chmod(0o600)
        if self._owner is not None:
            os.chown(path, *self._owner)
