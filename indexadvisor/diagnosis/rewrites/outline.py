"""A statement taken apart by its tokens: the SELECTs in it, their clauses, the conditions ANDed in a WHERE, each with its place.

sqlglot's tree has no certain places, and text printed from it is not the text that was captured. Here the text stays: what is not replaced
is kept, comments included. All clause keywords used are reserved words (PostgreSQL documentation, appendix "SQL Key Words"), so that an
unquoted one is the keyword, unless it is a label after AS or follows a point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Catalog, Column, Table
from indexadvisor.diagnosis.rewrites.interface import NoRewrite
from indexadvisor.lexer import placeholders, significant
from indexadvisor.usage.parse import Refused, parse_statement
from indexadvisor.usage.rewrite import rewritten

Range = tuple[int, int]
"""Tokens from the first to before the second."""

_CLAUSES = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"})
_WITH_BY = frozenset({"GROUP", "ORDER"})
_SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_OPENERS, _CLOSERS = frozenset("(["), frozenset(")]")


@dataclass
class Level:
    """One SELECT: its tokens, the ranges of its clauses (keywords included, ``SELECT`` among them), and whether it is part of a UNION."""

    tokens: Range
    depth: int
    clauses: dict[str, Range] = field(default_factory=dict)
    in_set: bool = False


@dataclass(frozen=True)
class Source:
    """One entry of a FROM. ``table``: None for anything but a table of the catalog; ``optional``: an outer join may fill it with NULLs."""

    alias: str
    table: Table | None
    optional: bool


class Outline:
    """The levels of one statement, outermost first by their place. Raises NoRewrite for a text that PostgreSQL's parser refuses."""

    def __init__(self, text: str, catalog: Catalog) -> None:
        try:
            self.tree, _ = parse_statement(text)
        except Refused as refused:
            raise NoRewrite(str(refused)) from None
        self.text = text
        self.catalog = catalog
        self.tokens = [token for token in significant(text) if token.text != ";"]
        self.levels = tuple(self._levels())
        self._ctes = {each.alias_or_name.lower() for each in self.tree.find_all(exp.CTE)}

    @property
    def highest_parameter(self) -> int:
        """The largest ``$n`` of the text, 0 for none."""
        return max(placeholders(self.text), default=0)

    def words(self, tokens: Range) -> str:
        """Return the text of a range of tokens."""
        return self.text[self.tokens[tokens[0]].start : self.tokens[tokens[1] - 1].end] if tokens[0] < tokens[1] else ""

    def replaced(self, changes: Iterable[tuple[Range, str]]) -> str:
        """Return the text with ranges of tokens replaced; an empty range is the place behind the token before it."""
        out = self.text.rstrip().rstrip(";")
        for (first, last), new in sorted(changes, reverse=True):
            start = self.tokens[first].start if last > first else self.tokens[first - 1].end
            end = self.tokens[last - 1].end if last > first else start
            out = out[:start] + new + out[end:]
        return out.strip()

    def parsed(self, text: str) -> exp.Expression:
        """Return the tree of a condition or another expression of the statement."""
        try:
            found = sqlglot.parse_one(rewritten(text), dialect="postgres")
        except (SqlglotError, RecursionError, TypeError, ValueError, AttributeError, IndexError, KeyError):
            raise NoRewrite("a part of the statement is not understood") from None
        return found  # type: ignore[return-value]

    def split(self, tokens: Range, word: str) -> tuple[Range, ...]:
        """Return the parts of a range between the AND, OR or commas that stand in no parentheses; the AND of BETWEEN does not count."""
        parts, start, depth, betweens = [], tokens[0], 0, 0
        for place in range(*tokens):
            text = self.word(place)
            depth += (text in _OPENERS or text == "CASE") - (text in _CLOSERS or text == "END")
            if depth:
                continue
            if text == "BETWEEN":
                betweens += 1
            elif text == "AND" and betweens:
                betweens -= 1
            elif text == word:
                parts.append((start, place))
                start = place + 1
        return (*parts, (start, tokens[1]))

    def conditions(self, level: Level, clause: str = "WHERE") -> tuple[Range, ...]:
        """Return the conditions ANDed in a WHERE; one of all where OR stands between them."""
        found = level.clauses.get(clause)
        if found is None:
            return ()
        inner = (found[0] + 1, found[1])
        return (inner,) if len(self.split(inner, "OR")) > 1 else self.split(inner, "AND")

    def bare(self, tokens: Range) -> Range:
        """Return a range without the parentheses around all of it."""
        while tokens[1] - tokens[0] > 2 and self.tokens[tokens[0]].text == "(" and self.partner(tokens[0]) == tokens[1] - 1:
            tokens = (tokens[0] + 1, tokens[1] - 1)
        return tokens

    def partner(self, place: int) -> int:
        """Return where the bracket is closed that is opened at a place; the end of the text for none."""
        depth = 0
        for index in range(place, len(self.tokens)):
            depth += (self.tokens[index].text in _OPENERS) - (self.tokens[index].text in _CLOSERS)
            if depth == 0:
                return index
        return len(self.tokens)

    def level_at(self, place: int) -> Level | None:
        """Return the SELECT that begins at a token."""
        return next((level for level in self.levels if level.tokens[0] == place), None)

    def sources(self, level: Level) -> tuple[Source, ...]:
        """Return what the FROM of a level reads; raises NoRewrite where that is not understood."""
        found = level.clauses.get("FROM")
        if found is None:
            return ()
        tree = self.parsed(f"SELECT 1 {self.words(found)}")
        first, joins = tree.args.get("from_") or tree.args.get("from"), tree.args.get("joins") or []
        if first is None:
            raise NoRewrite("its FROM is not understood")
        out: list[Source] = []
        for node, join in [(first.this, None), *((each.this, each) for each in joins)]:
            side = "" if join is None else (join.side or "").upper()
            if node.args.get("joins") or (join is not None and (join.args.get("using") or (join.method or "").upper() == "NATURAL")):
                raise NoRewrite("it joins by USING, NATURAL or in parentheses")
            if side in {"RIGHT", "FULL"}:
                out = [Source(each.alias, each.table, True) for each in out]
            out.append(Source(folded(node.args.get("alias"), node), self._table(node), side in {"LEFT", "FULL"}))
        return tuple(out)

    def column(self, node: exp.Expression, sources: Sequence[Source]) -> tuple[Source, Column] | None:
        """Return the table column that a name means among the sources of a level; None for anything else."""
        if not isinstance(node, exp.Column) or node.args.get("db") is not None or not isinstance(node.this, exp.Identifier):
            return None
        name, alias = identifier(node.this), node.args.get("table")
        if alias is not None:
            found = [source for source in sources if source.alias == identifier(alias)]
        elif any(source.table is None for source in sources):
            return None
        else:
            found = [source for source in sources if source.table is not None and source.table.column(name) is not None]
        column = found[0].table.column(name) if len(found) == 1 and found[0].table is not None else None
        return None if column is None else (found[0], column)

    def _table(self, node: exp.Expression) -> Table | None:
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            return None
        name, schema = identifier(node.this), node.args.get("db")
        if schema is None and name in self._ctes:
            return None
        found = self.catalog.resolve(name, None if schema is None else identifier(schema))
        return None if found is None else self.catalog.table(found)

    def word(self, place: int) -> str:
        """Return a token as a keyword is compared: upper case, empty for a string or a quoted name."""
        token = self.tokens[place]
        return token.text.upper() if token.kind == "word" else "" if token.kind in {"string", "quoted"} else token.text

    @cached_property
    def depths(self) -> tuple[int, ...]:
        """How many brackets each token stands in; an opening one and its partner stand outside of themselves."""
        depth, found = 0, []
        for token in self.tokens:
            depth -= token.text in _CLOSERS
            found.append(depth)
            depth += token.text in _OPENERS
        return tuple(found)

    def _levels(self) -> Iterator[Level]:
        for place in range(len(self.tokens)):
            if self.word(place) == "SELECT" and not self._is_label(place):
                yield self._level(place)

    def _level(self, start: int) -> Level:
        depth = self.depths[start]
        level = Level((start, len(self.tokens)), depth, in_set=start > 0 and self.word(start - 1) in _SET_OPERATIONS | {"ALL", "DISTINCT"})
        current, since, cases = "SELECT", start, 0
        for place in range(start + 1, len(self.tokens)):
            if self.depths[place] < depth:
                level.tokens = (start, place)
                break
            word = self.word(place)
            if self.depths[place] > depth or self._is_label(place):
                continue
            cases += (word == "CASE") - (word == "END")
            if word in _SET_OPERATIONS:
                level.in_set, level.tokens = True, (start, place)
                break
            if not cases and self._begins_clause(place, word):
                level.clauses[current] = (since, place)
                current, since = word, place
        level.clauses[current] = (since, level.tokens[1])
        return level

    def _begins_clause(self, place: int, word: str) -> bool:
        if word not in _CLAUSES or (word in _WITH_BY and self._following(place) != "BY"):
            return False
        return not (word == "FROM" and self.word(place - 1) == "DISTINCT")

    def _following(self, place: int) -> str:
        return self.word(place + 1) if place + 1 < len(self.tokens) else ""

    def _is_label(self, place: int) -> bool:
        return place > 0 and (self.tokens[place - 1].text == "." or self.word(place - 1) == "AS") and self.word(place) != "SELECT"


def identifier(node: exp.Expression) -> str:
    """Return a name as PostgreSQL folds it: lower case unless quoted."""
    return str(node.this) if node.args.get("quoted") else str(node.this).lower()


def folded(alias: exp.Expression | None, node: exp.Expression) -> str:
    """Return the name by which a FROM entry is called."""
    if isinstance(alias, exp.TableAlias) and isinstance(alias.this, exp.Identifier):
        return identifier(alias.this)
    return identifier(node.this) if isinstance(node.this, exp.Identifier) else ""


def spelled(source: Source, column: Column) -> str:
    """Return a column as SQL, qualified by the name its table is called by."""
    return f"{quote_identifier(source.alias)}.{quote_identifier(column.name)}"
