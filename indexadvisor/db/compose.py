"""The few psycopg names that compose SQL safely, so that only ``db`` knows the driver."""

from psycopg.sql import SQL, Composed, Identifier, Literal

__all__ = ["SQL", "Composed", "Identifier", "Literal"]
