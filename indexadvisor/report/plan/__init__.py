"""Analysed plans as text, Markdown, JSON, HTML, SARIF and annotations; no writer computes."""
