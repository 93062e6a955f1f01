"""Members of a class on a date, by the class's id at its source or ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.errors import SettingsInvalid
from pipelines.operations.as_of import members
from sandbox import nights
from tests import exported
from tests.town import FIRST, Town, world


def test_a_class_is_found_by_either_id(synced: Town) -> None:
    class_id = world().classes["class_id"][0]
    ours = synced.one("select id from roster.links where entity = 'classes' and source_id = %s", class_id)
    told = members("springfield", FIRST, class_id)
    assert told == members("springfield", FIRST, str(ours))
    assert {(one["role"], one["given_name"], one["family_name"]) for one in told} == exported.members(world(), class_id)
    assert [one["role"] for one in told] == sorted((one["role"] for one in told), reverse=True)


def test_an_unknown_class_is_refused(synced: Town) -> None:
    for district_id, class_id in (("springfield", "no such class"), ("shelbyville", world().classes["class_id"][0])):
        with pytest.raises(SettingsInvalid, match="no class"):
            members(district_id, FIRST, class_id)


def test_a_person_has_the_name_of_that_date(synced: Town) -> None:
    night = nights.evolve(world(), seed=3, percent=5, kinds=("rename",))
    synced.night(night.world)
    student = night.world.students.index[night.world.students["last"] != world().students["last"]][0]
    class_id = world().classes["class_id"][world().enrolled[student, 0]]
    person = f"student:{world().students['student_id'][student]}"
    for then, days in ((world(), 0), (night.world, 1), (night.world, 300)):
        (told,) = [
            m for m in members("springfield", FIRST + timedelta(days=days), class_id) if m["source_id"] == person
        ]
        assert told["family_name"] == then.students["last"][student]
