"""Rollbook's steps and their packages.

Read `roster.py` first: it composes a roster run. Each step's work lives in a package of the step's name. A step's
package imports the packages of earlier steps only. Only `pipelines/airflow/` imports Airflow.
"""
