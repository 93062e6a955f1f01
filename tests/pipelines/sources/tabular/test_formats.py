"""Number formats: which show other digits than are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ContractBroken, Place
from pipelines.sources.tabular.formats import is_faithful, refuse_altered
from tests.written import HEADER, repacked, write_xls, write_xlsx


@pytest.mark.parametrize(
    "number_format",
    ["General", "@", "", "0", "0.00", "#,##0", "#,##0.00", "0.00E+00", "# ?/?", "[Red]0", '0" "', "0_)", "#", "0;-00"],
)
def test_formats_that_show_the_stored_digits_are_faithful(number_format: str) -> None:
    assert is_faithful(number_format)


@pytest.mark.parametrize(
    "number_format",
    ["00000", "000-00-0000", "00000-0000", '"S"0', '"S"00000', "\\S0", "[$-409]00000", "#,#00", "0%", "0,", '00" id"'],
)
def test_formats_that_add_digits_or_letters_are_not(number_format: str) -> None:
    assert not is_faithful(number_format)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_only_numbers_below_the_header_in_id_columns_count(tmp_path: Path, kind: str) -> None:
    write = {"xlsx": write_xlsx, "xls": write_xls}[kind]
    rows = [[1, 2, 3], [4, 5, 6], ["7", 8, 9], [10, 11, 12]]
    padded = dict.fromkeys([(0, 0), (1, 1), (2, 0), (3, 2)], "000")
    path = write(tmp_path / f"a.{kind}", rows, formats=padded)
    refuse_altered(path, kind, "Sheet1", {0: "student_id"}, Place("a", 1))
    with pytest.raises(ContractBroken) as refused:
        refuse_altered(path, kind, "Sheet1", {0: "student_id", 2: "class_id"}, Place("a", 1))
    assert refused.value.place == Place("a", 4, "class_id")


def test_cells_that_do_not_say_where_they_are_are_counted(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, ["x", "y", 5]], formats={(1, 2): "0000"})

    def forget(name: str, content: bytes) -> bytes:
        for place in (b"A", b"B", b"C"):
            content = content.replace(b' r="' + place + b'2"', b"") if "sheet1" in name else content
        return content

    repacked(path, forget)
    with pytest.raises(ContractBroken) as refused:
        refuse_altered(path, "xlsx", "Sheet1", {2: "class_id"}, Place("a", 1))
    assert refused.value.place == Place("a", 2, "class_id")


def test_a_default_style_that_pads_is_seen_on_cells_without_a_style(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, [5, "y", "z"]], formats={(1, 1): "0000"})
    repacked(
        path,
        lambda name, content: (
            content.replace(b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>', b'<xf numFmtId="164"/>')
            if "styles" in name
            else content
        ),
    )
    with pytest.raises(ContractBroken):
        refuse_altered(path, "xlsx", "Sheet1", {0: "student_id"}, Place("a", 1))


def test_formats_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER])
    repacked(path, lambda name, content: b"<styleSheet" if "styles" in name else content)
    with pytest.raises(ContractBroken, match="number formats"):
        refuse_altered(path, "xlsx", "Sheet1", {}, Place("a", 1))
    old = write_xls(tmp_path / "a.xls", [HEADER])
    old.write_bytes(old.read_bytes()[:700])
    with pytest.raises(ContractBroken, match="number formats"):
        refuse_altered(old, "xls", "Sheet1", {}, Place("a", 1))
