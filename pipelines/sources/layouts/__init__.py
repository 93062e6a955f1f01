"""The layouts of a district's files: the columns that each layout needs, and the assertions that its lines make.

combined   one row per student and class
staff      one row per teacher and school
students   one row per student and school
sds_v21    Microsoft School Data Sync: seven files that refer to each other
oneroster  OneRoster's files, and API records in their shape
clever_csv the files that a district uploads to Clever
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

from pandera.pandas import DataFrameSchema

from pipelines.errors import SettingsInvalid
from pipelines.sources.assertions import Layout
from pipelines.sources.layouts import clever_csv, combined, people, relational
from pipelines.sources.tabular.header import Columns
from schemas import clever_csv as clever_files
from schemas import oneroster, sds_v21
from schemas.columns import identifier, kind_of
from schemas.combined import COMBINED
from schemas.people import STAFF, STUDENTS


@dataclass(frozen=True)
class FileLayout(Layout):
    """A layout of files. `named` maps our fields to the district's headers; `optional_files` may be absent."""

    named: Mapping[str, str] | None = None
    optional_files: frozenset[str] = frozenset()

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of the layout's files; if the layout takes one file of any name, one empty name."""
        return tuple(self.schemas)

    def columns_for(self, file: str) -> Columns:
        """Return the columns that the reader looks for in a file of this name.

        Raises SettingsInvalid if the layout does not read such a file.
        """
        part = self.part_of(file)
        if part is None:
            raise SettingsInvalid(
                f"layout {self.name} reads only {', '.join(self.files)}", fix="correct path: or layout:"
            )
        fields = self.schemas[part].columns
        named = {field: header for field, header in (self.named or {}).items() if part == "" or field in fields}
        return Columns(
            required=tuple(field for field, column in fields.items() if column.required),
            optional=tuple(field for field, column in fields.items() if not column.required),
            named=named,
            ids=frozenset(field for field, column in fields.items() if kind_of(column) == "id"),
        )


def layout(name: str, columns: Mapping[str, str] | None = None, class_key: Sequence[str] = ("class_id",)) -> FileLayout:
    """Return a layout by its name, with the district's headers and the fields that identify a class (GC-14).

    Raises SettingsInvalid if there is no layout of this name.
    """
    if name not in LAYOUTS:
        close = get_close_matches(name, LAYOUTS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"the layouts are {', '.join(LAYOUTS)}"
        raise SettingsInvalid(f"Rollbook has no layout {name!r}; {hint}", fix="correct layout:")
    chosen = LAYOUTS[name]
    if name == "combined" and tuple(class_key) != ("class_id",):
        keyed = partial(combined.conform, class_key=tuple(class_key))
        chosen = replace(chosen, schemas={"": _keyed(COMBINED, class_key)}, conform=keyed)
    return replace(chosen, named=dict(columns or {}))


def _keyed(schema: DataFrameSchema, class_key: Sequence[str]) -> DataFrameSchema:
    """Require the columns that identify a class; class_id is required only if it is one of them."""
    added = {field: identifier("MISSING_CLASS_ID") for field in class_key if field not in schema.columns}
    needed = {field: {"required": True} for field in class_key if field in schema.columns}
    if "class_id" not in class_key:
        added["class_id"] = identifier(required=False)
    return schema.add_columns(added).update_columns(needed)


LAYOUTS = {
    "combined": FileLayout(
        name="combined",
        schemas={"": COMBINED},
        conform=partial(combined.conform, class_key=("class_id",)),
        covers=combined.COVERS,
        people=("student", "staff"),
    ),
    "staff": FileLayout(
        name="staff",
        schemas={"": STAFF},
        conform=people.conform_staff,
        covers=people.STAFF_COVERS,
        people=("staff",),
    ),
    "students": FileLayout(
        name="students",
        schemas={"": STUDENTS},
        conform=people.conform_students,
        covers=people.STUDENTS_COVERS,
        people=("student",),
    ),
    "sds_v21": FileLayout(
        name="sds_v21",
        schemas=sds_v21.FILES,
        conform=partial(relational.conform, words=relational.SDS_V21),
        covers=relational.COVERS,
        people=("user",),
        defines_schools=True,
        optional_files=sds_v21.OPTIONAL,
    ),
    "oneroster": FileLayout(
        name="oneroster",
        schemas=oneroster.FILES,
        conform=relational.conform,
        covers=relational.COVERS,
        people=("user",),
        defines_schools=True,
        optional_files=oneroster.OPTIONAL,
        relaxed={"CLASS_WITHOUT_TEACHER": "warning", "UNKNOWN_TERM": "warning"},
    ),
    "clever_csv": FileLayout(
        name="clever_csv",
        schemas=clever_files.FILES,
        conform=clever_csv.conform,
        covers=clever_csv.COVERS,
        people=("student", "staff"),
        defines_schools=True,
        optional_files=clever_files.OPTIONAL,
        # A student's line is repeated for each guardian, and we do not read guardians.
        relaxed={"CLASS_WITHOUT_TEACHER": "warning", "DUPLICATE_ROW": "note"},
    ),
}
