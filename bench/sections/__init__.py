"""The sections of docs/performance.md.

Each has SIZE (the figure by which its measurements are kept), `summary` (what is kept of one), `title` and `lines`.
"""
