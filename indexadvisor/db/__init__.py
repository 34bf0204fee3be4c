"""Connections and all SQL text."""
