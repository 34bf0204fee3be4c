"""Reads logs, views and files into query events, losing nothing silently."""
