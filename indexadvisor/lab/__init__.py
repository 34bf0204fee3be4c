"""Runs a private PostgreSQL."""
