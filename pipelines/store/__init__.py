"""The warehouse and the landing zone: connections, statements, bulk rows, migrations. The SQL itself is in `sql/`."""
