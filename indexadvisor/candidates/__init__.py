"""Candidate indexes from column uses: one file per kind, then merging, then pruning, every loss with its reason."""
