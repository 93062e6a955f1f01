"""Bulk rows into the warehouse: an Arrow table through COPY, which is ten times what INSERT does."""

from __future__ import annotations

from typing import Any, cast

import pyarrow as pa
import pyarrow.csv
from psycopg import sql
from sqlalchemy import Connection

from pipelines.store.statements import statement

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


def fetch(connection: Connection, name: str, /, **parameters: str) -> pa.Table:
    """A query's rows as an Arrow table of strings, through COPY: a district's people without an object per cell."""
    bound = statement(name).bindparams(**parameters)
    query = str(bound.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    driver = cast(Any, connection.connection.driver_connection)
    received = pa.BufferOutputStream()
    with driver.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)") as stream:
        for block in stream:
            received.write(block)
    text = received.getvalue()
    names = memoryview(text).tobytes().partition(b"\n")[0].decode().split(",")
    options = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],  # and not the usual ones: somebody's name may be Null or Na
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return pyarrow.csv.read_csv(
        pa.BufferReader(text), parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True), convert_options=options
    )


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary columns as plain text: the CSV writer knows no others."""
    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(position).cast(field.type.value_type)
            table = table.set_column(position, field.name, column)
    return table
