"""One module per page: its route, its rule, what it asks of `pipelines/pages/`, and its template."""
