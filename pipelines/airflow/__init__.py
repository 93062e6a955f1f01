"""All that knows Airflow: tasks, connections, notifications and approvals; nothing else in `pipelines` imports it."""
