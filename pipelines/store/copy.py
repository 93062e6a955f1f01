"""Bulk rows into the warehouse: an Arrow table through COPY, which is ten times what INSERT does."""

from __future__ import annotations

from typing import Any, cast

import pyarrow as pa
import pyarrow.csv
from psycopg import sql
from sqlalchemy import Connection

CHUNK_ROWS = 200_000  # bounds what is rendered at once: about 20 MB


def copy(connection: Connection, schema: str, name: str, table: pa.Table) -> int:
    """COPY a table's columns into `schema.name`, which has columns of these names; return the number of rows.

    A null is NULL; an empty string stays one.
    """
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in table.column_names)
    target = sql.Identifier(schema, name)
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(target, columns)
    driver = cast(Any, connection.connection.driver_connection)
    options = pyarrow.csv.WriteOptions(include_header=False)
    with driver.cursor() as cursor, cursor.copy(command) as stream:
        for start in range(0, table.num_rows, CHUNK_ROWS):
            sink = pa.BufferOutputStream()
            pyarrow.csv.write_csv(_plain(table.slice(start, CHUNK_ROWS)), sink, options)
            stream.write(sink.getvalue().to_pybytes())
    return int(table.num_rows)


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary columns as plain text: the CSV writer knows no others."""
    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(position).cast(field.type.value_type)
            table = table.set_column(position, field.name, column)
    return table
