"""Law 2: the order of inputs, the machine's timezone, locale, hash seed and system tzdata change nothing."""

import functools
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import School, resolve_config
from recurly_sessions.config import config_for
from recurly_sessions.testing import check_deterministic, configs, schools, series, windows, zones
from recurly_sessions.testing.strategies import shuffled

PRINT_A_CALENDAR = """
from recurly_sessions import *
from recurly_sessions.config import config_for
from recurly_sessions.testing.laws import calendar

slots = [Slot(f"s{n}", days=[n % 7 + 1, 7], start="02:30", end="01:30") for n in range(9)]
slots += [Slot("monthly", rrule="FREQ=MONTHLY;BYDAY=-1SU", start="00:15", duration=45)]
people = round_robin("amina", "luc", "zoe")
named = [Series(f"c{n}", timezone=zone, starts_on="2026-01-01", slots=slots, assignments=people)
         for n, zone in enumerate(["Europe/Paris", "Asia/Beirut", "America/St_Johns", "Australia/Lord_Howe"])]
closures = [Closure("summer", "2026-07-20", "2026-08-20"), Closure("new-year", "2026-12-24", "2027-01-02", yearly=True)]
school = School(named, closures=closures, branches={"north": Config(weeks_ahead=2), "south": Config(on_gap="skip")})
for each in school.series:
    print(calendar(each, Window("2026-01-01T00:00Z", "2027-02-01T00:00Z"), config=config_for(school, each)))
print(school, hash(school) == hash(School.from_toml(school.to_toml())))
"""


@given(st.data())
def test_the_order_of_the_parts_changes_nothing(data: DataObject) -> None:
    zone = data.draw(zones())
    window = data.draw(windows(zone))
    around = window.start.date()
    declared = data.draw(series(zone=zone, around=around))
    config = resolve_config(data.draw(configs(around=around)))

    check_deterministic(declared, data.draw(shuffled(declared)), window, config=config)


@given(schools())
def test_the_order_of_closures_and_branches_changes_no_rule(school: School) -> None:
    turned = School(
        school.series[::-1],
        tutors=school.tutors and school.tutors[::-1],
        closures=school.closures[::-1],
        base=school.base,
        branches=dict(reversed(school.branches)),
    )

    for each in school.series:
        here, there = config_for(school, each), config_for(turned, each)
        assert set(here.closures) == set(there.closures)
        assert {key: getattr(here, key) for key in ("on_gap", "closure_turn", "on_closure")} == {
            key: getattr(there, key) for key in ("on_gap", "closure_turn", "on_closure")
        }


@pytest.mark.parametrize(
    "machine",
    [
        {"TZ": "Pacific/Apia", "PYTHONHASHSEED": "1"},
        {"TZ": "NZST-12NZDT,M9.5.0,M4.1.0/3", "PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8"},
        {"PYTHONTZPATH": "", "PYTHONHASHSEED": "3", "LANG": "C", "PYTHONOPTIMIZE": "1"},
    ],
)
def test_another_machine_prints_the_same_calendar(machine: dict[str, str]) -> None:
    assert len(_printed_here()) > 100_000
    assert _printed(machine) == _printed_here()


@functools.cache
def _printed_here() -> str:
    return _printed({"TZ": "UTC", "PYTHONHASHSEED": "0"})


def _printed(machine: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-c", PRINT_A_CALENDAR],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={key: value for key, value in os.environ.items() if key not in {"TZ", "LC_ALL", "LANG"}} | machine,
    ).stdout
