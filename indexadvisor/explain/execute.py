"""EXPLAIN of a statement a person gives, measured only when asked for and always rolled back.

PostgreSQL documentation, EXPLAIN: with ANALYZE the statement is executed, and its side effects happen as usual. A rollback takes back
what was written, not sequences advanced, messages sent or files written; hence the session is read-only unless writes are allowed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed

_WAL_SINCE = 130000
_SERIALIZE_SINCE = 170000


def explained(session: Session, text: str, parameters: Sequence[str | None] = (), *, analyze: bool = False) -> str:
    """Return EXPLAIN's JSON for one statement; with ``analyze`` it runs, in a transaction that is rolled back.

    Raises StatementFailed with the server's words: for a statement that writes on a read-only session, among others.
    """
    with session.transaction():
        if not analyze:
            rows = session.captured("EXPLAIN (VERBOSE, SETTINGS, FORMAT JSON)", text, parameters)
        elif session.version_num >= _SERIALIZE_SINCE:
            rows = session.captured("EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, WAL, MEMORY, SERIALIZE, FORMAT JSON)", text, parameters)
        elif session.version_num >= _WAL_SINCE:
            rows = session.captured("EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, WAL, FORMAT JSON)", text, parameters)
        else:
            rows = session.captured("EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, FORMAT JSON)", text, parameters)
    if not rows:
        raise StatementFailed("EXPLAIN returned nothing: not a statement with a plan")
    return rows[0][0] if isinstance(rows[0][0], str) else json.dumps(rows[0][0])
