"""What every row of one report needs of the stages before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.report.redact import Redactor
from indexadvisor.selection.model import Choice, QueryOutcome
from indexadvisor.settings import Limits
from indexadvisor.whatif.interface import SourceInfo


@dataclass(frozen=True)
class Context:
    """``names`` of all proposed indexes; ``outcomes`` by query id; ``info`` is the source of cost as a whole."""

    catalog: Catalog
    choice: Choice
    info: SourceInfo
    limits: Limits
    redact: Redactor
    names: Mapping[IndexDef, str]
    outcomes: Mapping[str, QueryOutcome]
