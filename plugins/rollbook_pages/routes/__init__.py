"""One module per page: its route, its rule, what it reads from `pipelines/operations/pages/`, and its template."""
