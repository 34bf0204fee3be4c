"""The tokens of a condition, and the names and types they make, for the parser of conditions."""

from __future__ import annotations

from indexadvisor.explain.condition_search import MAX_TOKENS
from indexadvisor.explain.condition_words import TYPE_WORDS
from indexadvisor.explain.expression import ColumnName, Expression, Kind
from indexadvisor.lexer import Token, significant

END = Token("end", "", 0)


class Unreadable(ValueError):
    """Something that the parser does not know."""


class Tokens:
    """A position in the tokens of a condition."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(significant(text))
        self._at = 0
        self._depth = 0
        if len(self._tokens) > MAX_TOKENS:
            raise Unreadable

    @property
    def _next(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    def _ahead(self, count: int) -> Token:
        position = self._at + count
        return self._tokens[position] if position < len(self._tokens) else END

    def _take(self, text: str) -> bool:
        if self._next.text == text and self._next.kind != "quoted":
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise Unreadable

    def _made(
        self,
        kind: Kind,
        start: int,
        name: str = "",
        arguments: tuple[Expression, ...] = (),
        *,
        column: ColumnName | None = None,
        quantifier: str | None = None,
        hashed: bool = False,
    ) -> Expression:
        end = self._tokens[min(self._at, len(self._tokens)) - 1].end if self._tokens else 0
        return Expression(kind, name, arguments, column, quantifier, hashed, start, end)

    def _word(self) -> str:
        """Return the next token in capitals where it is a keyword, else nothing."""
        token = self._next
        return token.text.upper() if token.kind == "word" else ""

    def _cast(self, start: int, part: Expression) -> Expression:
        first = self._next
        self._qualified()
        while self._word() in TYPE_WORDS:
            self._at += 1
        self._modifier()
        while self._word() in TYPE_WORDS:  # timestamp(3) with time zone
            self._at += 1
        self._modifier()
        while self._take("["):
            if self._next.kind == "number":
                self._at += 1
            self._expect("]")
        name = self._text[first.start : self._tokens[self._at - 1].end]
        return self._made("cast", start, name, (part,))

    def _modifier(self) -> None:
        if self._next.text == "(" and self._ahead(1).kind in ("number", "string", "word"):
            while self._next is not END and self._next.text != ")":
                self._at += 1
            self._expect(")")

    def _qualified(self) -> Token:
        """Read a name with its schema; returns the last part."""
        while True:
            token = self._next
            if token.kind not in ("word", "quoted"):
                raise Unreadable
            self._at += 1
            if self._next.text != "." or self._ahead(1).kind not in ("word", "quoted"):
                return token
            self._at += 1
