"""What the pages of the Airflow UI show, one module per page: queries and what is told of their rows; no HTML.

districts.py    all districts at a glance; one district: its schools, its nights, who is synced from where
imports.py      Import Details, searchable; the run that a DAG run of Airflow performed
validations.py  what was found in a run's imports, by root cause; per school, ready to forward; the lines themselves
plan.py         what a run changes: by action and school, then row by row, old and new
grades.py       of a class, each student's and column's state in Canvas
looks.py        who looked at rows that name people
paging.py       how many rows a page has

Whoever asks here was asked for their rights before: `plugins/rollbook_pages/guard.py`.
"""
