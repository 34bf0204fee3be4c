"""Proposes indexes from column uses, with reasons."""
