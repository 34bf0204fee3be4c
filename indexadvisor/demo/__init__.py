"""Runs the whole product once on an embedded server."""
