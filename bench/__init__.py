"""The benchmark behind docs/performance.md: whole nights, measured side by side on one server in one run.

delivery (the nights' files) → contest (rounds of fresh processes: `bench.cell`) → table, document
"""

DISTRICT = "springfield"
