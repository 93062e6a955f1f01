"""Data of the pages in the Airflow UI, one module per page: queries and the texts about their rows; no HTML.

districts.py    all districts at a glance; one district: its schools, its nights, who is synced from where
directory.py    the roster now: a school's classes, people, one class, one person
imports.py      Import Details, searchable; the run that a DAG run of Airflow performed
validations.py  findings in a run's imports, by root cause; per school, ready to forward; the lines themselves
plan.py         what a run changes: by action and school, then row by row, old and new
grades.py       each student's state in Canvas, per column of a class
access_log.py   who read rows that name people
paging.py       how many rows a page has
time_limit.py   how long a page may take

`plugins/rollbook_pages/guard.py` checks the caller's rights before these functions are called.
"""
