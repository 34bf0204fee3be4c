"""The parser behind ``conditions``: the expressions that src/backend/utils/adt/ruleutils.c prints, by precedence climbing.

Over 300 lines, because the kinds of expression call each other.
"""

from __future__ import annotations

from dataclasses import replace

from indexadvisor.explain.condition_search import name_of
from indexadvisor.explain.condition_tokens import END, Tokens, Unreadable
from indexadvisor.explain.condition_words import (
    AFTER_IS,
    BARE_FUNCTIONS,
    BINARY_WORDS,
    CONSTANT_WORDS,
    KEYWORDS,
    PREFIXES,
    WITHIN_CALLS,
    WITHIN_CLAUSES,
)
from indexadvisor.explain.expression import ColumnName, Expression
from indexadvisor.lexer import Token

_MAX_DEPTH = 150
_OR, _AND, _NOT, _IS, _COMPARE, _OTHER = range(1, 7)


def parse(text: str) -> Expression | None:
    """Return the tree of a condition, None where it is something the parser does not know."""
    try:
        return _Parser(text).whole()
    except Unreadable:
        return None


class _Parser(Tokens):
    """Reads one condition."""

    def whole(self) -> Expression:
        """Return the expression that the whole text is; several joined by commas are a list (``Cache Key``, ``Function Call``)."""
        parts = self._list("")
        if self._at < len(self._tokens) or not parts:
            raise Unreadable
        return parts[0] if len(parts) == 1 else self._made("list", 0, arguments=parts)

    def _list(self, closing: str) -> tuple[Expression, ...]:
        """Read expressions up to a closing sign, which is left."""
        parts: list[Expression] = []
        while self._next is not END and self._next.text != closing:
            parts.append(self._expression(_OR))
            if not self._take(","):
                break
        return tuple(parts)

    def _expression(self, lowest: int) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Unreadable
        start, left = self._next.start, self._prefixed()
        chain = 0
        while (level := self._level()) >= lowest:
            chain += 1
            if chain > _MAX_DEPTH and level not in (_AND, _OR):
                raise Unreadable
            left = self._joined(start, left, level)
        self._depth -= 1
        return left

    def _level(self) -> int:
        """Return how tightly the next operator binds, 0 where none follows."""
        token = self._next
        if token.kind == "operator":
            return _COMPARE if token.text in ("=", "<", ">", "<=", ">=", "<>", "!=") else _OTHER
        word = self._word()
        if word in ("AND", "OR", "IS"):
            return {"AND": _AND, "OR": _OR, "IS": _IS}[word]
        return _OTHER if word in BINARY_WORDS else 0

    def _joined(self, start: int, left: Expression, level: int) -> Expression:
        """Read an operator and its right side; ``start`` is where the left one begins, with the brackets around it."""
        if level in (_AND, _OR):
            return self._chain(start, left, level)
        if level == _IS:
            return self._tested(start, left)
        operator = self._operator()
        quantifier = self._word() if self._word() in ("ANY", "ALL", "SOME") and self._ahead(1).text == "(" else None
        if quantifier is not None:
            self._at += 2
            right = self._expression(_OR)
            self._expect(")")
        else:
            right = self._expression(level + 1 if level < _OTHER else _OTHER + 1)
        return self._made("operator", start, operator, (left, right), quantifier=quantifier)

    def _chain(self, start: int, left: Expression, level: int) -> Expression:
        word = "AND" if level == _AND else "OR"
        parts = [left]
        while self._word() == word:
            self._at += 1
            parts.append(self._expression(level + 1))
        return self._made("and" if level == _AND else "or", start, word, tuple(parts))

    def _operator(self) -> str:
        token = self._next
        self._at += 1
        if token.kind == "operator":
            return token.text
        word = token.text.upper()
        if word == "OPERATOR":  # OPERATOR(schema.+)
            self._expect("(")
            name = token
            while self._next is not END and self._next.text != ")":
                name = self._next
                self._at += 1
            self._expect(")")
            return name.text
        if word == "AT":
            for expected in ("TIME", "ZONE"):
                if self._word() != expected:
                    raise Unreadable
                self._at += 1
            return "AT TIME ZONE"
        return word

    def _tested(self, start: int, left: Expression) -> Expression:
        """Read what follows IS."""
        self._at += 1
        words = ["IS"]
        while self._word() in AFTER_IS:
            words.append(self._word())
            self._at += 1
        if len(words) == 1:
            raise Unreadable
        if words[-1] == "FROM":  # IS [NOT] DISTINCT FROM
            right = self._expression(_OTHER)
            return self._made("operator", start, " ".join(words), (left, right))
        return self._made("null test", start, " ".join(words), (left,))

    def _prefixed(self) -> Expression:
        token = self._next
        if token.kind == "word" and token.text.upper() == "NOT":
            self._at += 1
            return self._made("not", token.start, "NOT", (self._expression(_NOT),))
        if token.kind == "operator":
            self._at += 1
            if token.text == "*" and self._next.text == ")":  # count(*)
                return self._made("other", token.start, "*")
            return self._made("operator", token.start, token.text, (self._expression(_OTHER + 1),))
        return self._postfixed(token.start, self._primary())

    def _postfixed(self, start: int, part: Expression) -> Expression:
        """Read casts, subscripts, fields and collations behind an expression."""
        while True:
            if self._take("::"):
                part = self._cast(start, part)
            elif self._take("["):
                part = self._made("subscript", start, "", (part, *self._subscript()))
            elif self._take("."):  # (composite).field, (InitPlan 1).col1
                name = self._qualified()
                end = name.end
                part = replace(part, start=start, end=end) if part.kind == "subplan" else self._made("field", start, name_of(name), (part,))
            elif self._word() == "COLLATE":
                self._at += 1
                self._qualified()
            else:
                return part

    def _subscript(self) -> tuple[Expression, ...]:
        parts: list[Expression] = []
        while self._next.text != "]":
            if self._next is END:
                raise Unreadable
            if not self._take(":"):
                parts.append(self._expression(_OR))
        self._expect("]")
        return tuple(parts)

    def _primary(self) -> Expression:
        token = self._next
        if token.kind in ("string", "number"):
            self._at += 1
            return self._made("constant", token.start, token.text)
        if token.kind == "parameter":
            self._at += 1
            return self._made("parameter", token.start, token.text)
        if token.text == "(":
            return self._parenthesised(token.start)
        if token.kind == "word":
            found = self._keyword(token)
            if found is not None:
                return found
        if token.kind in ("word", "quoted"):
            return self._named()
        raise Unreadable

    def _parenthesised(self, start: int) -> Expression:
        self._at += 1
        parts = self._list(")")
        self._expect(")")
        if len(parts) == 1:
            return parts[0]
        return self._made("row", start, "", parts)

    def _keyword(self, token: Token) -> Expression | None:
        """Read what begins with a keyword, None for a name."""
        word, following = token.text.upper(), self._ahead(1)
        if token.text in PREFIXES or (token.text in ("SubPlan", "InitPlan", "CTE") and following.kind in ("number", "word", "quoted")):
            return self._subplan()
        if following.text == ".":
            return None
        if word == "PARTIAL" and following.kind in ("word", "quoted"):  # PARTIAL sum(a), in parallel plans
            self._at += 1
            return self._named()
        if word in CONSTANT_WORDS:
            self._at += 1
            return self._made("constant", token.start, token.text)
        if word == "CASE":
            return self._case()
        if word == "ARRAY" and following.text in ("[", "("):
            self._at += 2
            parts = self._list("]" if following.text == "[" else ")")
            self._expect("]" if following.text == "[" else ")")
            return self._made("array", token.start, "ARRAY", parts)
        if word == "ROW" and following.text == "(":
            self._at += 2
            parts = self._list(")")
            self._expect(")")
            return self._made("row", token.start, "ROW", parts)
        if word in ("ANY", "ALL", "EXISTS") and following.text == "(":  # from 17 on: (ANY (a = (SubPlan 1).col1))
            self._at += 1
            part = self._parenthesised(token.start)
            return part if part.kind == "subplan" else self._made("operator", token.start, word, (part,))
        if word in BARE_FUNCTIONS and following.text != "(":
            self._at += 1
            return self._made("function", token.start, token.text)
        return None

    def _subplan(self) -> Expression:
        """Read ``hashed SubPlan 1``, ``InitPlan 2 (returns $1)``, ``alternatives: SubPlan 1 or hashed SubPlan 2``."""
        start, hashed, names = self._next.start, False, []
        while self._next is not END and self._next.text not in (")", "("):
            token = self._next
            self._at += 1
            if token.text == "hashed":
                hashed = True
            elif token.text in ("SubPlan", "InitPlan", "CTE"):
                names.append(f"{token.text} {name_of(self._next)}")
                self._at += 1
        if not names:
            raise Unreadable
        if self._word() == "" and self._next.text == "(" and self._ahead(1).text == "returns":
            while self._next is not END and self._next.text != ")":
                self._at += 1
            self._expect(")")
        parts = tuple(self._made("subplan", start, name, hashed=hashed) for name in names)
        return parts[0] if len(parts) == 1 else self._made("list", start, "alternatives", parts)

    def _case(self) -> Expression:
        start = self._next.start
        self._at += 1
        parts: list[Expression] = []
        while self._word() != "END":
            if self._next is END:
                raise Unreadable
            if self._word() in ("WHEN", "THEN", "ELSE"):
                self._at += 1
            parts.append(self._expression(_OR))
        self._at += 1
        return self._made("case", start, "CASE", tuple(parts))

    def _named(self) -> Expression:
        """Read a column, a whole row (``t.*``) or a function call."""
        first, start = self._next, self._next.start
        names = [name_of(first)]
        self._at += 1
        while self._next.text == ".":
            self._at += 1
            if self._take("*"):
                return self._made("column", start, column=ColumnName(names[-1], "*"))
            if self._next.kind not in ("word", "quoted"):
                raise Unreadable
            names.append(name_of(self._next))
            self._at += 1
        if self._next.text == "(":
            return self._call(start, ".".join(names))
        if len(names) == 1 and first.kind == "word" and first.text.upper() in KEYWORDS:
            raise Unreadable
        alias = names[-2] if len(names) > 1 else None
        return self._made("column", start, column=ColumnName(alias, names[-1]))

    def _call(self, start: int, name: str) -> Expression:
        """Read the arguments of a function; words between them (``EXTRACT(year FROM a)``, ``DISTINCT``, ``ORDER BY``) are passed over."""
        self._at += 1
        parts: list[Expression] = []
        while self._next.text != ")":
            if self._next is END:
                raise Unreadable
            if self._word() in WITHIN_CALLS:
                self._at += 1
            elif self._ahead(1).text.upper() == "FROM" and self._ahead(1).kind == "word":  # EXTRACT(year FROM a)
                self._at += 2
            elif not self._take(","):
                parts.append(self._expression(_OR))
        self._at += 1
        for clause in ("FILTER", "OVER"):
            if self._word() == clause:
                parts.extend(self._clause())
        return self._made("function", start, name, tuple(parts))

    def _clause(self) -> list[Expression]:
        """Read ``FILTER (WHERE ..)`` and ``OVER (..)`` behind an aggregate."""
        self._at += 1
        if self._next.text != "(":
            self._at += 1
            return []
        self._at += 1
        parts: list[Expression] = []
        while self._next.text != ")":
            if self._next is END:
                raise Unreadable
            if self._word() in WITHIN_CLAUSES:
                self._at += 1
            elif not self._take(",") and not self._take("?"):  # OVER (?) to 17
                parts.append(self._expression(_OR))
        self._at += 1
        return parts
