"""What PostgreSQL's operators mean for an index, by the type of the column on their left.

Source: PostgreSQL documentation, tables of operators (arrays, jsonb, range types, geometric, text search) and pg_trgm.
"""

from __future__ import annotations

from indexadvisor.usage.model import UseKind

COMMUTATORS = {
    "=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<=", "@>": "<@", "<@": "@>", "&&": "&&", "<<": ">>", ">>": "<<",
    "<<=": ">>=", ">>=": "<<=",
    "-|-": "-|-", "~=": "~=", "%": "%", "<%": "%>", "%>": "<%", "<<%": "%>>", "%>>": "<<%", "<->": "<->", "<=>": "<=>", "<#>": "<#>",
    "<+>": "<+>", "?-|": "?-|", "?||": "?||", "?#": "?#", "@@": "@@",
}  # fmt: skip
NEGATORS = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "~~": "!~~", "~~*": "!~~*", "~": "!~", "~*": "!~*"}
DISTANCES = frozenset({"<->", "<#>", "<=>", "<+>", "<~>", "<%>", "<<->", "<->>", "<<<->", "<->>>"})

_CONTAINMENT = frozenset({"@>", "<@", "&&"})
_POSITIONS = frozenset(["<<", ">>", "&<", "&>", "-|-", "~=", "|>>", "<<|", "&<|", "|&>", "?#", "?-", "?|", "?-|", "?||", "@@", "<^", ">^"])
_SUBNETS = frozenset({"<<", "<<=", ">>", ">>=", "&&"})
_EXISTENCE = frozenset({"?", "?|", "?&"})
_TRIGRAM = frozenset({"%", "<%", "%>", "<<%", "%>>"})


def kind_of(operator: str, category: str, base_type: str) -> UseKind:
    """Return the kind of use of a column (typcategory and base type; empty where unknown) before a generic operator.

    >>> kind_of("@>", "A", "_text").value, kind_of("@>", "U", "jsonb").value, kind_of("@>", "R", "tstzrange").value
    ('array', 'jsonb-containment', 'range-operator')
    """
    if base_type == "jsonb":
        return _of_jsonb(operator)
    if category == "A" and operator in _CONTAINMENT:
        return UseKind.ARRAY
    if category == "R" and operator in _CONTAINMENT | _POSITIONS:
        return UseKind.RANGE_OPERATOR
    if category == "I" and operator in _SUBNETS:
        return UseKind.RANGE_OPERATOR
    if category == "G" and operator in _CONTAINMENT | _POSITIONS:
        return UseKind.GEOMETRIC
    if operator == "@@" and base_type in {"tsvector", "text", "varchar", ""}:
        return UseKind.FULL_TEXT
    if operator in _TRIGRAM and category in {"S", ""}:
        return UseKind.SIMILARITY
    return UseKind.LIKE_PREFIX if operator == "^@" else UseKind.OTHER


def _of_jsonb(operator: str) -> UseKind:
    if operator == "@>" or operator == "<@":
        return UseKind.JSONB_CONTAINMENT
    if operator in _EXISTENCE:
        return UseKind.JSONB_EXISTENCE
    return UseKind.JSONB_PATH if operator in {"@?", "@@"} else UseKind.OTHER
