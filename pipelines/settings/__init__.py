"""A district's settings: one YAML file of flat facts, validated into frozen models. Unknown keys are errors.

This package imports only the standard library, PyYAML and pydantic: DAG files read settings while they are parsed.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from pipelines.errors import Place, SettingsInvalid
from pipelines.settings.notify import BLOCKS, Notify
from pipelines.settings.windows import Window

PROJECT = Path(__file__).resolve().parents[2]

DistrictId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
Percent = Annotated[float, Field(ge=0, le=100)]
# Text, in quotes: without quotes, YAML reads 12:30 as a number to the base of sixty.
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Chosen = TypeVar("Chosen", bound="SourceSettings")


class Frozen(BaseModel):
    """A settings object: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Change(Frozen):
    """How much one school may change in one run, per entity. The part beyond these limits is held.

    A limit is exceeded if a count is above both the percentage of the school's active rows and the absolute floor.
    """

    archive_percent: Percent = 10
    archive_rows: int = Field(default=5, ge=0)
    update_percent: Percent = 50
    update_rows: int = Field(default=20, ge=0)
    create_percent: float = Field(default=50, ge=0)  # may be above 100: more rows may arrive than there were
    create_rows: int = Field(default=20, ge=0)


class Limits(Change):
    """The limits of an ordinary run, and those of runs around a term's first or last day, when whole schools change."""

    first_load_rows: int | None = Field(default=None, ge=0)  # for a school without active rows; None: no limit
    term_start: Change = Change(archive_percent=40, update_percent=100, create_percent=300)
    term_end: Change = Change(archive_percent=40, update_percent=100)
    turn_days: int = Field(default=10, ge=0, le=60)  # before and after a term's first and last day
    hold_days: float = Field(default=7, gt=0, le=90)  # then a hold without a response expires, unapplied


class Completeness(Frozen):
    """The conditions under which a file counts as complete."""

    shrink_percent: Percent = 50  # refuse a file that lost more than this share of the last applied run's rows
    settle_seconds: float = Field(default=2, ge=0, le=600)  # how long a file younger than a minute is watched
    trailer_required: bool = False  # the last line must be a trailer with the row count


class Expectations(Frozen):
    """Great Expectations' limits on the delivery as a whole, checked before anything is planned."""

    quarantined_percent: Percent = 20
    quarantined_rows: int = Field(default=20, ge=0)  # up to so many quarantined rows are never too many
    orphan_percent: Percent = 5
    missing_email_percent: Percent = 100  # primary schools often have no addresses; lower it if yours have them
    volume_change_percent: Percent = 50  # against the median of the recent applied runs


class SourceSettings(Frozen):
    """One source of the roster: its kind, and the keys that this kind defines (`of_kind` reads them)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str
    connection: str | None = None  # an Airflow connection's id; this file never holds secrets
    completeness: Completeness = Completeness()
    expected_by: Clock | None = None  # "05:00" local time: an import that is later is missing
    stale_days: float = Field(default=3, gt=0, le=366)  # an older delivery is reported as stale


class Columns(Frozen):
    """Which of a class's activities become Canvas assignments, and how. A class may have its own settings."""

    select: Literal["flagged", "all", "none"] = "flagged"  # a person's `rollbook grades select` overrides it
    columns: Literal["per_activity", "total_per_kind"] = "per_activity"
    blanks: Literal["skip", "zero"] = "skip"  # for students without a score


class Canvas(Columns):
    """The Canvas that grades go to.

    `course_map` defines how a class finds its Canvas course: by the SIS id of a course or a section, or by a list.
    """

    connection: str
    schedule: str = (
        "0 5 * * *"  # late enough for the roster to be synced; besides, an export follows every synced roster
    )
    course_map: Literal["sis_course_id", "sis_section_id"] | dict[str, str] = "sis_course_id"
    changed_in_canvas: Literal["overwrite", "skip", "hold"] = (
        "overwrite"  # C4: `overwrite` warns and records the old value
    )
    group: str = Field(default="Rollbook", min_length=1, max_length=255)  # the assignment group of new assignments
    post: Literal["automatic", "manual"] = "automatic"  # manual: students see grades once the instructor posts them
    classes: dict[str, Columns] = Field(default_factory=dict)  # by the class's id at its source
    support: str = "the district's data steward"  # the contact that every summary names (IC-27)
    progress_seconds: float = Field(default=900, gt=0, le=86_400)  # how long Canvas may take over one bulk update


class Gradebook(Frozen):
    """The sources of activities and scores. Without a source, an app writes the tables itself."""

    sources: tuple[SourceSettings, ...] = ()


class District(Frozen):
    """Everything that a district administrator decides. If `enabled` is false, the schedule does nothing (CT-08)."""

    district_id: DistrictId
    name: str
    timezone: str = "UTC"
    schedule: str = "0 2 * * *"
    enabled: bool = False
    sources: tuple[SourceSettings, ...] = Field(min_length=1)
    candidates: tuple[SourceSettings, ...] = ()  # sources to compare before a switch; no run reads them
    schools: Literal["all"] | tuple[str, ...] = "all"
    terms: Literal["all"] | tuple[str, ...] = "all"
    new_schools: Literal["quarantine", "create"] = "quarantine"  # after the first load, with `schools: all`
    share: tuple[str, ...] = ("schools", "terms", "courses", "classes", "users", "enrollments")
    limits: Limits = Limits()
    expectations: Expectations = Expectations()
    rules: dict[str, Literal["error", "warning"]] = Field(default_factory=dict)  # severities this district relaxes
    invite: Literal["manual", "none"] = "manual"
    extract_tries: int = Field(default=7, ge=1, le=48)  # the first on schedule, the last hours later
    owners: dict[str, str] = Field(default_factory=dict)
    gradebook: Gradebook = Gradebook()
    canvas: Canvas | None = None  # without it, no grade is sent
    windows: tuple[Window, ...] = ()  # dates on which nothing changes, or nothing is archived
    notify: Notify = Notify()  # who gets a notification of which problems; by default nobody

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("not a time zone of the IANA database") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the district's dates."""
        return ZoneInfo(self.timezone)

    @property
    def owner(self) -> str:
        """Return who is named as the owner of rows that must be fixed at the source."""
        return self.owners.get("default", "district data steward")


def of_kind(model: type[Chosen], source: SourceSettings) -> Chosen:
    """Return a source's settings as its kind's model. Raises SettingsInvalid for unknown keys and invalid values."""
    try:
        return model.model_validate(source.model_dump())
    except ValidationError as error:
        raise SettingsInvalid(
            f"source {source.kind}: {_explain(error, model)}", fix="correct the settings file"
        ) from None


def pool_of(district: District) -> str | None:
    """Return the Airflow pool in which the district's pulls wait for the pulls of other districts.

    The pool is that of the district's first kind of source in `ROLLBOOK_POOLS`. If there is no such kind, return None:
    Airflow never schedules a task in a pool that does not exist.
    """
    pooled = os.environ.get("ROLLBOOK_POOLS", "").replace(",", " ").split()
    return next((f"rollbook_{source.kind}" for source in district.sources if source.kind in pooled), None)


def config_dir() -> Path:
    """Return the folder `ROLLBOOK_CONFIG`, by default the project's `config/`."""
    return Path(os.environ.get("ROLLBOOK_CONFIG") or PROJECT / "config")


def home() -> Path:
    """Return `ROLLBOOK_HOME`, by default `.rollbook/` in the project: embedded warehouse, landing zone, reports."""
    return Path(os.environ.get("ROLLBOOK_HOME") or PROJECT / ".rollbook")


def landing_url() -> str:
    """Return `ROLLBOOK_LANDING`, a local folder or any fsspec URL; by default `landing/` in `home()`."""
    return os.environ.get("ROLLBOOK_LANDING") or str(home() / "landing")


def reports_dir() -> Path:
    """Return the folder `ROLLBOOK_REPORTS`, by default `reports/` in `home()`.

    Rollbook writes reports and Data Docs (counts only) to this folder.
    """
    return Path(os.environ.get("ROLLBOOK_REPORTS") or home() / "reports")


def data_docs_dir(district_id: str) -> Path:
    """Return the folder of the district's Data Docs."""
    return reports_dir() / district_id / "data_docs"


def district_ids() -> list[str]:
    """Return the ids of the districts that have a settings file, in order of name."""
    return sorted(path.stem for path in (config_dir() / "districts").glob("*.yaml"))


def load_district(district_id: str) -> District:
    """Return the settings of one district.

    Raises SettingsInvalid that names the file, the key and the likeliest correction.
    """
    path = config_dir() / "districts" / f"{district_id}.yaml"
    try:
        return _load(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        close = get_close_matches(district_id, district_ids(), n=1)
        hint = (
            f"did you mean {close[0]!r}?"
            if close
            else f"districts with settings: {', '.join(district_ids()) or 'none'}"
        )
        raise SettingsInvalid(
            f"no settings for district {district_id!r}; {hint}", place=Place(file=str(path))
        ) from None


def readable_district(district_id: str) -> District | None:
    """Return the settings of one district, or None if they can't be read.

    The roster's DAG reports that they can't be read: this DAG exists without readable settings, too.
    """
    try:
        return load_district(district_id)
    except (SettingsInvalid, OSError, ValueError, LookupError):  # unreadable, not text, or an unknown time zone
        return None


@cache
def _load(path: Path, _changed: int) -> District:
    try:
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SettingsInvalid(
            "the file is not valid YAML", place=Place(path.name, mark.line + 1 if mark else None)
        ) from None
    if not isinstance(facts, dict):
        raise SettingsInvalid("the file is not a set of keys and values", place=Place(path.name))
    try:
        district = District.model_validate(facts)
    except ValidationError as error:
        raise SettingsInvalid(_explain(error), place=Place(path.name), fix="correct the settings file") from None
    if district.district_id != path.stem:
        raise SettingsInvalid("district_id and file name differ", place=Place(path.name), fix="rename one of them")
    return district


def _explain(error: ValidationError, *more: type[BaseModel]) -> str:
    keys = _keys(*more)
    return "; ".join(_explain_one(problem, keys) for problem in error.errors(include_input=False, include_url=False))


def _explain_one(problem: Any, keys: list[str]) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        return f"{where}: {problem['msg']}"
    close = get_close_matches(str(problem["loc"][-1]), keys, n=1)
    return f"{where}: unknown key" + (f", did you mean {close[0]!r}?" if close else "")


def _keys(*more: type[BaseModel]) -> list[str]:
    models: list[type[BaseModel]] = [District, SourceSettings, Change, Limits, Completeness, Expectations]
    models += [Gradebook, Canvas, Window, *BLOCKS, *more]
    return [field.alias or key for model in models for key, field in model.model_fields.items()]
