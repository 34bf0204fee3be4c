"""SQL text with names and literals replaced, token by token; it need not be valid SQL."""

from __future__ import annotations

import re

from indexadvisor.catalog.keywords import KEYWORDS
from indexadvisor.explain.anonymous_words import FUNCTIONS, LATER_TYPE_WORDS, METHODS, PRINTED, SCHEMAS, TYPES, UNRESERVED
from indexadvisor.lexer import SILENT, Token, tokens

_FIRST_NUMBER = 9000
_APOSTROPHE = re.compile(r"(?<=\w)'(?=(?:s|t|re|ve|ll)\b)")
_SUBPLAN_WORDS = frozenset({"SubPlan", "InitPlan", "CTE"})
_OUTPUT_COLUMN = re.compile(r"col(?:umn)?\d+")
_END = Token("punctuation", "", 0)


class Renamer:
    """Replaces alike what is alike. Names are compared as PostgreSQL does: unquoted ones in small letters."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._literals: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def name(self, name: str, kind: str) -> str:
        """Return what a name is replaced by; a new one gets the next number of its kind. PostgreSQL's own schemas stay."""
        if name in SCHEMAS or not name or name == "*VALUES*":
            return name
        if name not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[name] = f"{kind}{self._counts[kind]}"
        return self._names[name]

    def printed(self, text: str) -> str:
        """Return an expression as EXPLAIN prints it: keywords stand in capitals there, so that small words are names."""
        return self._replaced(text, printed=True)

    def statement(self, text: str) -> str:
        """Return SQL that a person or a program wrote; its comments are left out."""
        return self._replaced(text, printed=False).strip()

    def sentence(self, text: str) -> str:
        """Return prose: words that are known names, what is quoted, and strings are replaced; numbers stay."""
        return "".join(self._of_sentence(token) for token in tokens(_APOSTROPHE.sub("’", text)))

    def _of_sentence(self, token: Token) -> str:
        if token.kind == "quoted":
            return f'"{self.name(_unquoted(token.text), "x")}"'
        if token.kind == "string":
            return self._string(token.text)
        if token.kind == "comment":
            return " "
        return self._names.get(token.text, token.text) if token.kind == "word" else token.text

    def _replaced(self, text: str, *, printed: bool) -> str:
        found = list(tokens(text))
        speaking = [token for token in found if token.kind not in SILENT]
        words: dict[int, str] = {}
        within_type = False
        for place, token in enumerate(speaking):
            before = speaking[place - 1] if place else _END
            after = speaking[place + 1] if place + 1 < len(speaking) else _END
            within_type = self._in_type(token, before, within_type)
            words[token.start] = self._token(token, before, after, within_type=within_type, printed=printed)
        return "".join(words.get(token.start, " " if token.kind == "comment" else token.text) for token in found)

    @staticmethod
    def _in_type(token: Token, before: Token, within: bool) -> bool:
        """Return whether a token belongs to the name of a type: the first word after ``::``, and what may follow it."""
        if before.text == "::":
            return True
        return within and (token.text in "()[]," or token.kind == "number" or token.text.lower() in LATER_TYPE_WORDS)

    def _token(self, token: Token, before: Token, after: Token, *, within_type: bool, printed: bool) -> str:
        match token.kind:
            case "string":
                return self._string(token.text)
            case "number":
                return token.text if within_type or before.text in _SUBPLAN_WORDS else self._number(token.text)
            case "quoted":
                return _quoted(self.name(_unquoted(token.text), "c"))
            case "word":
                return self._word(token.text, before.text, after, within_type=within_type, printed=printed)
            case _:
                return token.text

    def _word(self, word: str, before: str, after: Token, *, within_type: bool, printed: bool) -> str:
        folded = word.lower()
        if word in _SUBPLAN_WORDS:
            return word
        if within_type:
            return word if folded in TYPES or folded in LATER_TYPE_WORDS or after.text == "." else self.name(folded, "y")
        if before == "." or after.text == ".":
            kept = before == "." and _OUTPUT_COLUMN.fullmatch(word) is not None and folded not in self._names
            return word if kept or (folded in FUNCTIONS and after.text == "(") else self.name(folded, "a" if after.text == "." else "c")
        if folded in KEYWORDS and (not printed or word.isupper() or after.text == "("):
            return word
        if folded in self._names:
            return self._names[folded]
        if (after.text == "(" and folded in FUNCTIONS | METHODS) or (before.lower() == "using" and folded in METHODS):
            return word
        if folded in UNRESERVED and (not printed or word.isupper()):
            return word
        if (printed and word in PRINTED) or (folded in TYPES and after.kind == "string"):
            return word
        return self.name(folded, "f" if after.text == "(" else "c")

    def _number(self, text: str) -> str:
        if text in ("0", "1"):
            return text
        return self._numbers.setdefault(text, str(_FIRST_NUMBER + len(self._numbers) + 1))

    def _string(self, text: str) -> str:
        body = text[text.find("'") + 1 :].removesuffix("'") if "'" in text else text
        lead = "%" if body.startswith("%") else ""
        tail = "%" if body.endswith("%") and len(body) > 1 else ""
        if body.startswith("{") and body.endswith("}") and len(body) > 2:
            return "'{" + ",".join(self._literal(element) for element in body[1:-1].split(",")) + "}'"
        return f"'{lead}{self._literal(body)}{tail}'" if body.strip("%") else f"'{body}'"

    def _literal(self, body: str) -> str:
        return self._literals.setdefault(body, f"v{len(self._literals) + 1}")


def _unquoted(text: str) -> str:
    return text[text.find('"') + 1 :].removesuffix('"').replace('""', '"')


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z]\w*", name) else f'"{name}"'
