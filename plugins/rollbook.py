"""The places of Rollbook's pages inside the Airflow UI. The pages themselves are in `rollbook_pages/`.

Every Airflow process runs this file, workers included, so the file imports no page: the first request imports them.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/rollbook"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the pages' application, which the first request imports."""
    from rollbook_pages.app import answer

    await answer(scope, receive, send)


class RollbookPlugin(AirflowPlugin):
    """Pages for districts, DAGs, runs and tasks; each requires Airflow's login and rights."""

    name = "rollbook"
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Rollbook"}]  # noqa: RUF012 - as Airflow wants it
    external_views = [  # noqa: RUF012
        {
            "name": "Rollbook",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "rollbook",
        },
        {
            "name": "Rollbook",
            "href": f"{PREFIX}/at?dag_id={{DAG_ID}}",
            "destination": "dag",
            "url_route": "rollbook-district",
        },
        {
            "name": "Rollbook",
            "href": f"{PREFIX}/at?dag_id={{DAG_ID}}&dag_run_id={{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "rollbook-run",
        },
        {
            "name": "Rollbook",
            "href": f"{PREFIX}/at?dag_id={{DAG_ID}}&dag_run_id={{RUN_ID}}&task_id={{TASK_ID}}",
            "destination": "task_instance",
            "url_route": "rollbook-task",
        },
    ]
