"""``EXECUTE p(7)`` of a statement prepared in SQL: the statement itself and its values, from the DETAIL ``prepare: ...``."""

from __future__ import annotations

from indexadvisor.capture.script import inner_statement
from indexadvisor.lexer import Token, significant


def prepared_statement(text: str) -> str | None:
    """Return what ``PREPARE name (types) AS statement`` prepares, None for any other text.

    >>> prepared_statement("prepare p(int) as select * from t where id = $1")
    'select * from t where id = $1'
    """
    first = next(significant(text), None)
    return inner_statement(text, "as") if first is not None and first.text.lower() == "prepare" else None


def execute_values(text: str) -> tuple[str | None, ...] | None:
    """Return the constants of ``EXECUTE name (1, 'a', NULL)`` as text values; None when an argument is anything else.

    >>> execute_values("EXECUTE p (-7, 'it''s', null)")
    ('-7', "it's", None)
    """
    found = list(significant(text))
    if len(found) < 2 or found[0].text.lower() != "execute":
        return None
    arguments = found[2:-1] if found[-1].text == ";" else found[2:]
    if not arguments:
        return ()
    if arguments[0].text != "(" or arguments[-1].text != ")":
        return None
    values: list[str | None] = []
    sign, expected = "", True
    for token in arguments[1:-1]:
        if token.text == "," and not expected:
            sign, expected = "", True
        elif token.text in ("+", "-") and expected and not sign:
            sign = token.text
        elif expected and (value := _constant(token, sign)) is not None:
            values.append(value[0])
            expected = False
        else:
            return None
    return None if expected and values else tuple(values)


def _constant(token: Token, sign: str) -> tuple[str | None] | None:
    kind, text = token.kind, token.text
    if kind == "number":
        return (("-" if sign == "-" else "") + text,)
    if sign:
        return None
    if kind == "string" and text.startswith("'"):
        return (text[1:-1].replace("''", "'"),)
    if kind == "word" and text.lower() in ("null", "true", "false"):
        return (None if text.lower() == "null" else text.lower(),)
    return None
