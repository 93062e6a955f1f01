"""Pages are stored as received, one line each, in a few parts of bounded size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.sources.canvas import parts
from pipelines.sources.canvas.parts import Parts, records_of


def test_pages_of_any_form_are_read_back_in_order(tmp_path: Path) -> None:
    kept = Parts(tmp_path)
    kept.add("terms", [b'{"enrollment_terms":[{"id":1},{"id":2}]}', b'{"enrollment_terms":[]}'])
    kept.add("courses", [b'{"id":7}', b'[{"id":8}]', b"[]"])
    assert [one["id"] for one in records_of(kept.files, "terms")] == [1, 2]
    assert [one["id"] for one in records_of(kept.files, "courses")] == [7, 8]
    assert list(records_of(kept.files, "users")) == []


def test_a_page_with_line_breaks_becomes_one_line(tmp_path: Path) -> None:
    kept = Parts(tmp_path)
    page = [{"id": 1, "name": "two\nlines\r"}]
    kept.add("users", [json.dumps(page, indent=2).replace("\n", "\r\n").encode()])
    assert list(records_of(kept.files, "users")) == page


def test_a_part_that_is_full_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_FULL", 20)
    kept = Parts(tmp_path)
    for number in range(5):
        kept.add("users", [json.dumps([{"id": number}]).encode()])
    assert list(kept.files) == ["users-00001.jsonl", "users-00002.jsonl", "users-00003.jsonl"]
    assert [one["id"] for one in records_of(kept.files, "users")] == list(range(5))


def test_the_same_pages_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        kept = Parts(tmp_path / name)
        kept.add("users", [b'[{"id":1}]', b'[{"id":2}]'])
        made.append({name: path.read_bytes() for name, path in kept.files.items()})
    assert made[0] == made[1]
