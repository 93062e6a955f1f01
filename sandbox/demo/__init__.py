"""`make demo`: three invented districts synced by a real Airflow on an embedded PostgreSQL, on this machine only.

world.py      the districts: their settings, and the files that their systems would drop
warehouse.py  the PostgreSQL beneath: the warehouse, and Airflow's metadata
services.py   Airflow's components as processes: started, watched, stopped
rest.py       what Airflow's REST API is asked: unpause, trigger, wait, logs
nights.py     the nights, one after the other, and what came of them
table.py      the result, printed
"""
