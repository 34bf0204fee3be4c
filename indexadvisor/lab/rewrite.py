"""Edits of one dumped statement that make it loadable without an object the lab lacks; everything else of the text stays as it is."""

from __future__ import annotations

from collections.abc import Iterable

from indexadvisor.lexer import Token, significant

_COLUMN_CLAUSES = frozenset({"DEFAULT", "GENERATED", "CHECK", "CONSTRAINT"})


def bare(name: str) -> str:
    """Return the last part of a name as PostgreSQL's messages spell it: qualified, without quotes.

    >>> bare("public.My Type"), bare("pg_catalog.en-x-icu"), bare("geometry")
    ('My Type', 'en-x-icu', 'geometry')
    """
    return name.rpartition(".")[2]


def without_modifiers(statement: str, types: Iterable[str]) -> str:
    """Remove the modifiers of types: a stand-in domain takes none.

    >>> without_modifiers("CREATE TABLE t (g public.geometry(Point,4326) NOT NULL)", ["geometry"])
    'CREATE TABLE t (g public.geometry NOT NULL)'
    """
    wanted = set(types)
    found = list(significant(statement))
    cuts = []
    for number, token in enumerate(found[:-1]):
        if token.kind in ("word", "quoted") and _plain(token) in wanted and found[number + 1].text == "(" and _after_dot(found, number):
            cuts.append((found[number + 1].start, found[_closing(found, number + 1)].end))
    return _cut(statement, cuts)


def without_collation(statement: str, name: str) -> str:
    """Remove the COLLATE clauses that name a collation, given by its bare name.

    >>> without_collation('CREATE TABLE t (a text COLLATE public.german NOT NULL)', 'german')
    'CREATE TABLE t (a text  NOT NULL)'
    """
    found = list(significant(statement))
    cuts = []
    for number, token in enumerate(found):
        if token.text.upper() != "COLLATE":
            continue
        last = number + 1
        while last + 2 < len(found) and found[last + 1].text == ".":
            last += 2
        if last < len(found) and _plain(found[last]) == name:
            cuts.append((token.start, found[last].end))
    return _cut(statement, cuts)


def without_clauses(statement: str, name: str) -> str:
    """Remove from CREATE TABLE the defaults, generation expressions and constraints in which a name occurs, given bare.

    Which rows there are and which are null stays the same for the planner, since NOT NULL is kept.

    >>> without_clauses("CREATE TABLE t (a uuid DEFAULT public.make() NOT NULL, b int, CONSTRAINT c CHECK (make(b)))", "make")
    'CREATE TABLE t (a uuid   NOT NULL, b int)'
    """
    found = list(significant(statement))
    cuts: list[tuple[int, int]] = []
    for first, last in _elements(found):
        element = found[first : last + 1]
        if not any(token.kind in ("word", "quoted") and _plain(token) == name for token in element):
            continue
        if element[0].text.upper() in ("CONSTRAINT", "CHECK"):
            # with the comma before it, or the one behind it
            start = found[first - 1].start if found[first - 1].text == "," else element[0].start
            end = element[-1].end if found[first - 1].text == "," or found[last + 1].text != "," else found[last + 1].end
            cuts.append((start, end))
            continue
        clause = next((token for token in element[1:] if token.kind == "word" and token.text.upper() in _COLUMN_CLAUSES), None)
        if clause is not None:
            cuts.append((clause.start, _clause_end(element, clause)))
    return _cut(statement, cuts, " ")


def _clause_end(element: list[Token], clause: Token) -> int:
    """Return where a column's default ends: before a trailing NOT NULL, else with the element."""
    if len(element) > 2 and [token.text.upper() for token in element[-2:]] == ["NOT", "NULL"] and element[-2].start > clause.start:
        return element[-3].end
    return element[-1].end


def _elements(found: list[Token]) -> list[tuple[int, int]]:
    """Return the first and last token of each element between the outermost parentheses."""
    out: list[tuple[int, int]] = []
    depth, first = 0, 0
    for number, token in enumerate(found):
        if token.text in ("(", "["):
            depth += 1
            first = number + 1 if depth == 1 else first
        elif token.text in (")", "]"):
            depth -= 1
            if depth == 0:
                return [*out, (first, number - 1)] if number > first else out
        elif token.text == "," and depth == 1:
            out.append((first, number - 1))
            first = number + 1
    return out


def _after_dot(found: list[Token], number: int) -> bool:
    """Return whether a token is the second part of a qualified name: a type of an extension always is in a dump."""
    return number > 0 and found[number - 1].text == "."


def _closing(found: list[Token], opening: int) -> int:
    depth = 0
    for number in range(opening, len(found)):
        depth += {"(": 1, ")": -1}.get(found[number].text, 0)
        if depth == 0:
            return number
    return len(found) - 1


def _plain(token: Token) -> str:
    return token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text.lower()


def _cut(text: str, cuts: list[tuple[int, int]], instead: str = "") -> str:
    for start, end in sorted(cuts, reverse=True):
        text = text[:start] + (instead if text[start] != "," else "") + text[end:]
    return text
