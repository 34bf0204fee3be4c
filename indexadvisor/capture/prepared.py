"""``EXECUTE p(7)`` of a statement prepared in SQL: the statement itself and its values, from the DETAIL ``prepare: ...``."""

from __future__ import annotations

from indexadvisor.capture.lexer import meaningful


def prepared_statement(text: str) -> str | None:
    """Return what ``PREPARE name (types) AS statement`` prepares, None for any other text.

    >>> prepared_statement("prepare p(int) as select * from t where id = $1")
    'select * from t where id = $1'
    """
    depth = 0
    for index, token in enumerate(meaningful(text)):
        word = text[token.start : token.end].lower() if token.kind == "word" else ""
        if index == 0 and word != "prepare":
            return None
        depth += (token.kind == "open") - (token.kind == "close")
        if index > 1 and depth == 0 and word == "as":
            return text[token.end :].strip()
    return None


def execute_values(text: str) -> tuple[str | None, ...] | None:
    """Return the constants of ``EXECUTE name (1, 'a', NULL)`` as text values; None when an argument is anything else.

    >>> execute_values("EXECUTE p (-7, 'it''s', null)")
    ('-7', "it's", None)
    """
    pieces = [(token.kind, text[token.start : token.end]) for token in meaningful(text)]
    if len(pieces) < 2 or pieces[0][1].lower() != "execute":
        return None
    arguments = pieces[2:-1] if pieces[-1] == ("semicolon", ";") else pieces[2:]
    if not arguments:
        return ()
    if arguments[0][0] != "open" or arguments[-1][0] != "close":
        return None
    values: list[str | None] = []
    sign, expected = "", True
    for kind, piece in arguments[1:-1]:
        if kind == "other" and piece == "," and not expected:
            sign, expected = "", True
        elif kind == "other" and piece in "+-" and expected and not sign:
            sign = piece
        elif expected and (value := _constant(kind, piece, sign)) is not None:
            values.append(value[0])
            expected = False
        else:
            return None
    return None if expected and values else tuple(values)


def _constant(kind: str, piece: str, sign: str) -> tuple[str | None] | None:
    if kind == "number":
        return (("-" if sign == "-" else "") + piece,)
    if sign:
        return None
    if kind == "string" and piece.startswith("'"):
        return (piece[1:-1].replace("''", "'"),)
    if kind == "word" and piece.lower() in ("null", "true", "false"):
        return (None if piece.lower() == "null" else piece.lower(),)
    return None
