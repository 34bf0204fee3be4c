"""Picks indexes under the budget from costs it asks for."""
