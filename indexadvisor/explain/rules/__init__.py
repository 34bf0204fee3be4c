"""The plan rules, one file each, named after the code: ``ex01_<name>.py`` holds EX01.

Nothing is imported until a rule is asked for, so that commands which analyse no plan start fast. Modules not named after a code hold
what several rules share.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from indexadvisor.errors import UsageError
from indexadvisor.explain.rule import PlanRule, registered

_RULE_MODULE = re.compile(r"ex\d\d_\w+")


def modules() -> tuple[str, ...]:
    """Return the names of the modules that hold one rule each, sorted."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if _RULE_MODULE.fullmatch(found.name)))


@lru_cache(maxsize=1)
def registry() -> Mapping[str, type[PlanRule]]:
    """Return every rule by its code, in order of code."""
    for name in modules():
        importlib.import_module(f"{__name__}.{name}")
    return {code: found for code, found in registered().items() if found.__module__.startswith(f"{__name__}.")}


def find(name: str) -> type[PlanRule]:
    """Return a rule by its code (any case) or its name; raises UsageError naming the nearest one."""
    rules = registry()
    if name.upper() in rules:
        return rules[name.upper()]
    by_name = {found.name: found for found in rules.values()}
    if name.lower() in by_name:
        return by_name[name.lower()]
    near = difflib.get_close_matches(name.lower(), [*by_name, *(code.lower() for code in rules)], n=1, cutoff=0.5)
    hint = f"did you mean {near[0].upper() if near[0].upper() in rules else near[0]}?" if near else None
    raise UsageError(f"there is no rule {name!r}", hint=hint)


def codes(names: Iterable[str]) -> frozenset[str]:
    """Return the codes of rules given by code or name; raises UsageError for one that does not exist."""
    return frozenset(find(name).code for name in names)
