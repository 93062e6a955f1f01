"""The layouts a district's files may have: which columns they need and what their lines claim.

combined   one row per student and class
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pandera.pandas import DataFrameSchema

from pipelines.claims import Layout
from pipelines.errors import SettingsInvalid
from pipelines.sources.layouts import combined
from pipelines.sources.tabular.header import Columns
from schemas.columns import identifier, kind_of
from schemas.combined import COMBINED


@dataclass(frozen=True)
class FileLayout(Layout):
    """A layout of files: `named` maps our fields to the district's headers, `optional_files` may be absent."""

    named: Mapping[str, str] | None = None
    optional_files: frozenset[str] = frozenset()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files it takes; one empty name when it takes one file of any name."""
        return tuple(self.schemas)

    def columns_for(self, file: str) -> Columns:
        """Tell the reader which columns to look for in a file of this name."""
        part = self.part_of(file)
        if part is None:
            raise SettingsInvalid(f"layout {self.name} takes {', '.join(self.files)}", fix="check path: and layout:")
        fields = self.schemas[part].columns
        named = {field: header for field, header in (self.named or {}).items() if part == "" or field in fields}
        return Columns(
            required=tuple(field for field, column in fields.items() if column.required),
            optional=tuple(field for field, column in fields.items() if not column.required),
            named=named,
            ids=frozenset(field for field, column in fields.items() if kind_of(column) == "id"),
        )


def layout(name: str, columns: Mapping[str, str] | None = None, class_key: Sequence[str] = ("class_id",)) -> FileLayout:
    """Give a layout by its name, with the district's headers and what identifies a class (GC-14)."""
    if name == "combined":
        return FileLayout(
            name=name,
            schemas={"": _keyed(COMBINED, class_key)},
            conform=partial(combined.conform, class_key=tuple(class_key)),
            covers=combined.COVERS,
            people=("student", "staff"),
            named=dict(columns or {}),
        )
    raise SettingsInvalid(f"layout {name!r} is not known; known: combined", fix="correct layout:")


def _keyed(schema: DataFrameSchema, class_key: Sequence[str]) -> DataFrameSchema:
    """Require the columns that identify a class, and class_id only when it is one of them."""
    added = {field: identifier("MISSING_CLASS_ID") for field in class_key if field not in schema.columns}
    needed = {field: {"required": True} for field in class_key if field in schema.columns}
    if "class_id" not in class_key:
        added["class_id"] = identifier(required=False)
    return schema.add_columns(added).update_columns(needed)
