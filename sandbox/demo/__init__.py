"""`make demo`: invented districts, one for each kind of source, synced by a real Airflow on an embedded PostgreSQL.

All of it on this machine only.

world.py      the districts: their settings, and the files that their systems would drop
vendors.py    the vendors that serve those who drop no files
warehouse.py  the PostgreSQL beneath: the warehouse, and Airflow's metadata
services.py   Airflow's components, started and watched
processes.py  what is left running, found again and ended
rest.py       what Airflow's REST API is asked: unpause, trigger, wait, logs
nights.py     the nights, one after the other, and what came of them
grades.py     grades on their way to Canvas
table.py      the result, printed
"""
