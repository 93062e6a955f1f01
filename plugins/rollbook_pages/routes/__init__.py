"""One module per page: its route, its rule, what it asks of `pipelines/operations/pages/`, and its template."""
