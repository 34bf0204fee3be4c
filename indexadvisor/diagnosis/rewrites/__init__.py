"""Statements written otherwise: one file per shape, recognised exactly or not at all; spans of the captured text are replaced."""
