"""Describes tables, columns, indexes and statistics as values."""
