"""What a captured text is: one of the statements that indexes serve, or something else, and why.

Decisions, in the order of PostgreSQL's own parse tree (libpg_query):

- SELECT, VALUES and TABLE read; INSERT, UPDATE, DELETE and MERGE write; a WITH that holds a data-changing query is that change.
- DECLARE CURSOR FOR, PREPARE AS and COPY (query) TO stand for their inner query. The time of a DECLARE is not the query's.
- EXPLAIN is somebody looking, not workload. SELECT INTO, CREATE TABLE AS and the rest of DDL are utilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pgparse

from indexadvisor.capture.script import inner_statement, split
from indexadvisor.lexer import significant
from indexadvisor.workload.model import StatementKind

_KINDS = {
    "SelectStmt": StatementKind.SELECT,
    "InsertStmt": StatementKind.INSERT,
    "UpdateStmt": StatementKind.UPDATE,
    "DeleteStmt": StatementKind.DELETE,
    "MergeStmt": StatementKind.MERGE,
}
_REASONS = {
    "TransactionStmt": "transaction control",
    "VariableSetStmt": "setting",
    "VariableShowStmt": "setting",
    "DiscardStmt": "setting",
    "ConstraintsSetStmt": "transaction control",
    "ExplainStmt": "explain",
    "CopyStmt": "copy",
    "VacuumStmt": "maintenance",
    "ReindexStmt": "maintenance",
    "ClusterStmt": "maintenance",
    "CheckPointStmt": "maintenance",
    "RefreshMatViewStmt": "maintenance",
    "FetchStmt": "cursor fetch",
    "ClosePortalStmt": "cursor fetch",
    "ExecuteStmt": "execute without its statement",
    "DeallocateStmt": "utility",
    "CallStmt": "procedure call",
    "DoStmt": "procedure call",
}
_FIRST_WORDS = {"select": "SelectStmt", "values": "SelectStmt", "table": "SelectStmt", "insert": "InsertStmt", "update": "UpdateStmt",
                "delete": "DeleteStmt", "merge": "MergeStmt"}  # fmt: skip


class Unparsable(Exception):
    """The text is not one statement that PostgreSQL's parser takes; ``str(error)`` is the reason."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A text and what it is. ``kind`` None: not for us, for the ``ignored`` reason. ``tree``: libpg_query's parse tree of
    ``text``, None where it is nested too deeply to be read. ``timed``: whether a logged time is that of ``text``.
    """

    text: str
    kind: StatementKind | None = None
    ignored: str = ""
    tree: dict[str, Any] | None = None
    timed: bool = True


def pieces(text: str) -> list[str]:
    """Return the statements of a text, usually one; [] for a text of blanks and comments only."""
    if ";" not in text:
        return [text]
    found = list(split(text))
    if len(found) == 1:
        return [text]
    return [text[piece.start : piece.end] for piece in found]


def read_statement(text: str) -> Statement:
    """Return what one statement is. Raises Unparsable."""
    trees = _parse(text)
    if trees is None:
        words = (token.text.lower() for token in significant(text))
        node = _FIRST_WORDS.get(next((word for word in words if word != "("), ""))
        if node is None:
            raise Unparsable("nested too deeply to be read")
        return Statement(text, _KINDS[node])
    if len(trees) != 1:
        raise Unparsable("holds no statement" if not trees else "holds more than one statement")
    tree: dict[str, Any] = trees[0]["stmt"]
    node, fields = next(iter(tree.items()))
    inner = _inner(node, fields, text)
    if inner is not None:
        found = read_statement(inner)
        return Statement(found.text, found.kind, found.ignored, found.tree, timed=node == "CopyStmt")
    if node not in _KINDS:
        return Statement(text, ignored=_REASONS.get(node, "utility"))
    if node == "SelectStmt" and "intoClause" in fields:
        return Statement(text, ignored="utility")
    return Statement(text, _KINDS[_changing_query(fields) or node] if node == "SelectStmt" else _KINDS[node], tree=tree)


def _parse(text: str) -> list[dict[str, Any]] | None:
    """Return the parse trees of a text, None when they are too deep for Python."""
    if "\x00" in text:
        raise Unparsable("holds a zero byte")  # the parser would stop there and take the rest for nothing
    try:
        trees: list[dict[str, Any]] = pgparse.parse(text)
        return trees
    except pgparse.PGQueryError as error:
        raise Unparsable(f"cannot be parsed: {error}") from None
    except UnicodeEncodeError:
        raise Unparsable("is not valid text") from None
    except RecursionError:
        return None


def _changing_query(fields: dict[str, Any]) -> str | None:
    """Return the node of the first data-changing query in a SELECT's WITH; PostgreSQL allows them at the top only."""
    for cte in fields.get("withClause", {}).get("ctes", ()):
        node = next(iter(cte["CommonTableExpr"]["ctequery"]))
        if node in _KINDS and node != "SelectStmt":
            return str(node)
    return None


def _inner(node: str, fields: dict[str, Any], text: str) -> str | None:
    """Return the query inside DECLARE CURSOR, PREPARE or COPY (query) TO, as it stands in the text."""
    if node not in ("DeclareCursorStmt", "PrepareStmt") and not (node == "CopyStmt" and "query" in fields):
        return None
    if node == "CopyStmt":
        return _in_brackets(text)
    inner = inner_statement(text, {"DeclareCursorStmt": "for", "PrepareStmt": "as"}[node])
    return None if inner is None else inner.rstrip(";")


def _in_brackets(text: str) -> str | None:
    depth, start = 0, -1
    for token in significant(text):
        if token.text == "(":
            depth += 1
            start = token.end if depth == 1 else start
        elif token.text == ")":
            depth -= 1
            if depth == 0:
                return text[start : token.start].strip()
    return None
