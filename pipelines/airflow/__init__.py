"""All code that uses Airflow: tasks, connections, notifications and approvals.

Nothing else in `pipelines` imports Airflow.
"""
