"""Which constants of a template are the same in every captured call.

A literal is constant when every sample's text holds the same one in the same place. A parameter is constant when every
sample has its value, all are equal, and there are at least two different samples: one sample proves nothing about a parameter,
while a literal in the only text ever seen was written into the program (or the template would have more texts). Samples without
values (pg_stat_statements) say nothing about parameters. Samples whose IN lists differ in length are aligned by the two tokens before
a literal.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from indexadvisor.lexer import Token, significant
from indexadvisor.usage.parse import Source, is_literal
from indexadvisor.usage.rewrite import rewritten
from indexadvisor.workload.model import Sample

_CONTEXT = 2


class Constants:
    """The samples of one template, compared with the text that is analysed."""

    def __init__(self, source: Source | None, samples: Sequence[Sample]) -> None:
        self._source = source
        self._samples = tuple(samples)

    @cached_property
    def _others(self) -> list[list[Token]]:
        texts = dict.fromkeys(rewritten(text) for text in dict.fromkeys(sample.text for sample in self._samples))
        return [list(significant(text)) for text in texts if self._source is not None and text != self._source.text]

    @cached_property
    def distinct(self) -> int:
        """How many different samples there are."""
        return len({(sample.text, sample.parameters) for sample in self._samples})

    @property
    def aligned(self) -> bool:
        """Whether every sample's text has the same number of tokens, so that places in it correspond one to one."""
        return self._source is None or all(len(other) == len(self._source.tokens) for other in self._others)

    def literals(self, start: int) -> tuple[str, ...]:
        """Return the different texts of the literal at a position over all samples, the analysed text's first.

        An empty string stands for a sample in which the place could not be found.
        """
        if self._source is None or start not in self._source.starting:
            return ()
        index = self._source.starting[start]
        found = dict.fromkeys([self._source.tokens[index].text])
        for other in self._others:
            found.update(dict.fromkeys(self._aligned(index, other)))
        return tuple(found)

    def _aligned(self, index: int, other: list[Token]) -> list[str]:
        own = self._source.tokens if self._source is not None else []
        if len(own) == len(other):
            return [other[index].text]
        before = [token.text for token in own[max(0, index - _CONTEXT) : index]]
        texts = [
            token.text
            for number, token in enumerate(other)
            if is_literal(token) and [each.text for each in other[max(0, number - _CONTEXT) : number]] == before
        ]
        return texts if texts else [""]

    def values(self, number: int) -> tuple[str | None, ...]:
        """Return the different captured values of parameter ``$number``."""
        return tuple(
            dict.fromkeys(
                sample.parameters[number - 1]
                for sample in self._samples
                if sample.parameters is not None and len(sample.parameters) >= number
            )
        )

    def recurring_value(self, number: int) -> str | None:
        """Return the one value that parameter ``$number`` has in every sample, or None."""
        known = all(sample.parameters is not None and len(sample.parameters) >= number for sample in self._samples)
        values = self.values(number)
        return values[0] if known and self.distinct > 1 and len(values) == 1 else None

    def recurring_literal(self, start: int) -> bool:
        """Return whether the literal at a position is the same in every sample; always true of views and policies."""
        return self._source is None or len(self.literals(start)) == 1


FIXED = Constants(None, ())
"""For text that is the same in every call: a view's definition, a policy."""
