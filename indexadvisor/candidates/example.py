"""Two small tables and short spellings of column uses, for the run examples in this package's docstrings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence
from indexadvisor.catalog.model import Catalog, Column, ColumnStatistics, ServerInfo, Table, TableName
from indexadvisor.findings import Skipped
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnUse, RelationUse, UseKind


def column(number: int, name: str, base_type: str, category: str, distinct: float = -1.0, width: int = 8) -> Column:
    """Return a column with just enough statistics."""
    statistics = ColumnStatistics(0.0, width, distinct, correlation=1.0 if category == "D" else 0.0)
    return Column(name, number, base_type, base_type, category, statistics=statistics)


ORDERS = Table(
    TableName("public", "orders"),
    "r",
    (
        column(1, "id", "int8", "N"),
        column(2, "customer_id", "int8", "N", 5_000),
        column(3, "status", "text", "S", 4),
        column(4, "placed_at", "timestamptz", "D", -0.9),
        column(5, "total", "numeric", "N", 900),
        column(6, "tags", "_text", "A", -0.3, 40),
        column(7, "details", "jsonb", "U", -1.0, 200),
        column(8, "during", "tstzrange", "R", -1.0, 22),
        column(9, "token", "text", "S", -1.0, 64),
    ),
    rows=1_000_000,
    pages=20_000,
)
USERS = Table(
    TableName("public", "users"),
    "r",
    (column(1, "id", "int8", "N"), column(2, "email", "text", "S"), column(3, "created_at", "timestamptz", "D")),
    rows=100_000,
    pages=2_000,
)


def use(kind: UseKind, *columns: str, **fields: object) -> ColumnUse:
    """Return a use of columns; ``fields`` as in ColumnUse."""
    return ColumnUse(kind, columns, **fields)  # type: ignore[arg-type]


def occurrence(
    table: Table, *uses: ColumnUse, extensions: Mapping[str, str] | None = None, limits: Limits | None = None, **fields: object
) -> Occurrence:
    """Return one occurrence of a table in a query ``q1``; ``fields`` as in RelationUse."""
    catalog = Catalog(ServerInfo(150000, "15.0", "shop"), tables=(ORDERS, USERS), extensions=extensions or {})
    relation = RelationUse("q1", table.name, table.name.name, uses, **fields)  # type: ignore[arg-type]
    return Occurrence(relation, table, catalog, limits or Limits())


def show(found: Iterable[Candidate | Skipped]) -> None:
    """Print candidates as their definitions, and what was skipped as its reason after ``--``."""
    for item in found:
        print(item.index if isinstance(item, Candidate) else f"-- {item.reason}")  # noqa: T201 - output of run examples
