"""A school that is written and read again is the same school."""

import json
import tomllib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from recurly_sessions import (
    Assignment,
    Cancellation,
    Closure,
    Config,
    Consecutive,
    Manual,
    Member,
    Money,
    RoundRobin,
    School,
    Series,
    Slot,
    Tutor,
    Weekly,
)
from tests.values.examples import TYPED, refused
from tests.values.schools import schools


@given(schools())
def test_a_school_survives_being_written_and_all_ways_of_writing_say_the_same(school: School) -> None:
    as_data, as_toml, as_json = school.to_dict(), school.to_toml(), school.to_json()

    assert School.from_dict(as_data) == School.from_toml(as_toml) == School.from_json(as_json) == school
    assert tomllib.loads(as_toml) == json.loads(as_json) == as_data


@pytest.mark.parametrize("kind", [Series, School])
def test_everything_that_can_be_said_is_written(kind: type) -> None:
    school = School(**TYPED[School]) if kind is School else School([Series(**TYPED[Series])])

    assert School.from_toml(school.to_toml()) == school
    assert School.from_json(school.to_json()) == school


@pytest.mark.parametrize(
    "school",
    [
        School([]),
        School([], tutors=[]),
        School([], tutors=["amina"]),
        School([], tutors=[Tutor("amina", availability=[])]),
        School([Series("m", starts_on="2026-09-07", members=[])]),
        School([Series("m", starts_on="2026-09-07", members=["ben", Member("cleo", name="Cléo")])]),
        School([], base=Config(max_changes=1)),
        School([], base=Config(max_changes=1.0)),
        School([], base=Config(max_changes=1e-9)),
        School([], base=Config(max_changes=0, auto_generate=False, default_rate=0, reschedule_notice_hours=0)),
        School([], base=Config.from_mapping({"kind": "x", "a.b": 'c"\n', "": "=", "unknown": "z", "é": "\x7f\x01"})),
        School([], branches={"kind": Config(), "a.b": Config(closures=[Closure("c", "2026-01-01", "2026-01-01")])}),
        School([], tutors=[Tutor("t", hourly_rate=Decimal("29.50"))]),
        School([], tutors=[Tutor("t", hourly_rate=Decimal("1E+3"))]),
        School([], tutors=[Tutor("t", hourly_rate=Decimal("0.0000001"))]),
        School([], tutors=[Tutor("t", hourly_rate=Money(0, "JPY"))]),
        School([Series("m", starts_on="1900-01-01", ends_on="9999-12-31")]),
        School([Series("m", starts_on="2026-09-07", slots=[Slot("s", days="MO", start="0:00", end="24:00")])]),
    ],
    ids=repr,
)
def test_an_unusual_school_survives_too(school: School) -> None:
    assert School.from_toml(school.to_toml()) == school
    assert School.from_json(school.to_json()) == school
    assert School.from_dict(school.to_dict()) == school


def test_a_school_is_written_as_people_write_it() -> None:
    slot = Slot("mon", days="MO,WE", start="18:00", end="19:30", extra_dates=["2026-12-24"])
    maths = Series(
        "maths",
        timezone="Europe/Paris",
        starts_on="2026-09-07",
        slots=[slot.changed_from("2026-11-02", start="19:00", duration=45)],
        assignments=[
            Assignment("a", tutor_id="amina", pattern=RoundRobin()),
            Assignment("b", tutor_id="luc", pattern=Weekly(weeks=[1, 3], cycle=4), created_at="2026-09-01T00:00Z"),
            Assignment("c", tutor_id="zoe", pattern=Consecutive(5)),
            Assignment("d", tutor_id="zoe", pattern=Manual()),
        ],
        cancellations=[Cancellation.day("trip", "mon", "2026-10-05", reason='"a trip"')],
        members=["ben"],
        config=Config(on_gap="skip"),
    )
    school = School(
        maths,
        tutors=[Tutor("amina", hourly_rate="30 EUR")],
        base=Config.from_mapping({"weeks_ahead": 8, "weeks_ahed": 3}),
        branches={"the north": Config(max_changes=0.5)},
    )

    assert (
        school.to_toml()
        == """\
[[series]]
id = "maths"
timezone = "Europe/Paris"
starts_on = "2026-09-07"

[[series.slots]]
id = "mon"
days = "MO,WE"
start = "18:00"
end = "19:30"
extra_dates = ["2026-12-24"]

[[series.slots.phases]]
from_day = "2026-11-02"
start = "19:00"
duration = 45

[[series.assignments]]
id = "a"
tutor_id = "amina"
pattern = "round_robin"

[[series.assignments]]
id = "b"
tutor_id = "luc"
pattern = { kind = "weekly", weeks = [1, 3], cycle = 4 }
created_at = "2026-09-01T00:00:00Z"

[[series.assignments]]
id = "c"
tutor_id = "zoe"
pattern = { kind = "consecutive", n = 5 }

[[series.assignments]]
id = "d"
tutor_id = "zoe"
pattern = "manual"

[[series.cancellations]]
id = "trip"
first_day = "2026-10-05"
last_day = "2026-10-05"
slot_id = "mon"
reason = "\\"a trip\\""

[[series.members]]
id = "ben"

[series.config]
on_gap = "skip"

[[tutors]]
id = "amina"
hourly_rate = "30.00 EUR"

[base]
weeks_ahead = 8
weeks_ahed = "3"

[branches."the north"]
max_changes = 0.5
"""
    )


def test_a_school_is_written_to_a_file_and_read_from_it(tmp_path: Path) -> None:
    school = School(**TYPED[School])
    (tmp_path / "school.toml").write_text(school.to_toml(), "utf-8")
    (tmp_path / "school.json").write_text(school.to_json(), "utf-8")

    assert School.from_toml(tmp_path / "school.toml") == school
    assert School.from_json(str(tmp_path / "school.json")) == school


# What can't be written


class _Own:
    """A host's own pattern."""

    kind = "own"

    def claims(self, turn: object) -> str | None:
        return None

    def __repr__(self) -> str:
        return "_Own()"


@pytest.mark.parametrize("write", [School.to_toml, School.to_json, School.to_dict])
def test_a_pattern_of_the_hosts_own_can_not_be_written(write: object) -> None:
    school = School([Series("m", starts_on="2026-09-07", assignments=[Assignment("a", tutor_id="t", pattern=_Own())])])

    assert callable(write)
    assert refused(lambda: write(school)) == "value must be of this library to be written to a file, got _Own()"


def test_a_length_in_seconds_can_not_be_written() -> None:
    slot = Slot("mon", days="MO", start="18:00", duration=timedelta(seconds=90))
    school = School([Series("m", starts_on="2026-09-07", slots=[slot])])

    assert refused(school.to_toml) == "duration must be in whole minutes to be written to a file, got 90 seconds"
