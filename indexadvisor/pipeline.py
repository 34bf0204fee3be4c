"""The advisor as one page: each line is one stage, each value is defined in that stage's package."""
