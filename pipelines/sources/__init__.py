"""Where rosters come from: one module per source, and what they share.

`tabular/` reads one local file of any of the four formats; `remote.py` finds and fetches files wherever they lie;
`layouts/` says what their columns mean.
"""
