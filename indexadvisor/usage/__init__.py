"""Finds which columns each query uses, and how."""
