"""Rollbook's steps and their rooms.

Read `roster.py` first: it composes a night. Each step's work lives in a room of the step's name;
rooms do not import each other, and only `airflow_bridge.py` knows Airflow.
"""
