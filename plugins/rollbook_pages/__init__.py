"""Rollbook's pages: server-rendered HTML over `pipelines/operations/pages/`, behind Airflow's login and rights.

app.py       the application: routes, headers, and what is said when something is refused or away
guard.py     who may: each route has one of four rules
forms.py     what a form carries against requests from another site
render.py    templates, and the words and signs they share
downloads.py CSV that a spreadsheet does not run
questions.py what waits in Airflow's Required Actions, asked for and answered with the person's own rights
routes/      one module per page; templates/ its HTML; assets/ one stylesheet and one script
"""
