"""The name of a table, view or other object that lives in a schema."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class TableName:
    """A schema-qualified relation name, unquoted, exactly as pg_class spells it."""

    schema: str
    name: str

    def __str__(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"
