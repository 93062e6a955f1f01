"""Rollbook's pages: server-rendered HTML over `pipelines/operations/pages/`, behind Airflow's login and rights.

app.py       the application: routes, headers, and error pages for refusals and unavailable services
guard.py     the access rules: each route has one of five
forms.py     the token in each form, which refuses requests from another site
render.py    templates, and the functions and filters they share
downloads.py CSV whose cells a spreadsheet does not run as formulas
questions.py approval requests in Airflow's Required Actions, read and answered with the person's own rights
routes/      one module per page; templates/ its HTML; assets/ one stylesheet and one script
"""
