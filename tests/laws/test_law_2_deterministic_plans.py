"""Law 2, for whole plans: the order of inputs and the machine change nothing."""

import functools
import os
import subprocess
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from recurly_sessions import Series, plan_sessions
from recurly_sessions.testing.strategies import shuffled
from tests.plans.strategies import State, beginnings, busy_times

PRINT_A_PLAN = """
import locale

from recurly_sessions import *

try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
slots = [Slot(f"s{n}", days=[n % 7 + 1, 7], start="02:30", end="04:15") for n in range(5)]
people = round_robin("amina", "luc", "zoe")
named = [Series(f"c{n}", timezone=zone, starts_on="2026-01-01", slots=slots, assignments=people, members=["ben", "al"])
         for n, zone in enumerate(["Europe/Paris", "Asia/Beirut", "America/St_Johns", "Australia/Lord_Howe"])]
tutors = [Tutor(name, hourly_rate="33.35 EUR") for name in ("amina", "luc", "zoe")]
school = School(named, tutors=tutors, closures=[Closure("fair", "2026-10-19", "2026-10-20")])
first = plan_sessions(school, now="2026-10-10T09:00Z")
later = School([each.with_slot(slots[0].changed_from("2026-10-20", start="05:00")) for each in named], tutors=tutors)
second = plan_sessions(later, now="2026-10-12T09:00Z", existing=first.sessions_after)
for plan in (first, second):
    print(plan, plan.id, plan.conflict_table(), plan.as_html(), plan.to_json())
    print([plan.explain(change.id) for change in plan.changes])
"""


@st.composite
def in_another_order(draw: DrawFn, state: State) -> State:
    """The same state with its parts in another order, where order says nothing."""

    def turned(series: Series) -> Series:
        return attrs.evolve(
            draw(shuffled(series)), members=None if series.members is None else draw(st.permutations(series.members))
        )

    school = state.school
    return attrs.evolve(
        state,
        school=attrs.evolve(
            school,
            series=[turned(each) for each in draw(st.permutations(school.series))],
            tutors=None if school.tutors is None else draw(st.permutations(school.tutors)),
            closures=draw(st.permutations(school.closures)),
        ),
        sessions=tuple(draw(st.permutations(state.sessions))),
        bookings=tuple(draw(st.permutations(state.bookings))),
    )


@given(st.data())
def test_the_order_of_inputs_changes_no_plan(data: DataObject) -> None:
    state = data.draw(beginnings())
    state = state.after(plan_sessions(state.snapshot(), now=state.now, window=state.window))
    state = data.draw(busy_times(state))
    other = data.draw(in_another_order(state))

    plan = plan_sessions(state.snapshot(), now=state.now, window=state.window)
    again = plan_sessions(other.snapshot(), now=other.now, window=other.window)

    assert (again.changes, again.conflicts, again.issues) == (plan.changes, plan.conflicts, plan.issues)
    assert again.id == plan.id


@pytest.mark.parametrize(
    "machine",
    [
        {"TZ": "Pacific/Apia", "PYTHONHASHSEED": "1"},
        {"TZ": "NZST-12NZDT,M9.5.0,M4.1.0/3", "PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8"},
        {"PYTHONTZPATH": "", "PYTHONHASHSEED": "3", "LANG": "C", "PYTHONOPTIMIZE": "1"},
    ],
)
def test_another_machine_makes_the_same_plan(machine: dict[str, str]) -> None:
    assert len(_printed_here()) > 100_000
    assert _printed(machine) == _printed_here()


@functools.cache
def _printed_here() -> str:
    return _printed({"TZ": "UTC", "PYTHONHASHSEED": "0"})


def _printed(machine: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-c", PRINT_A_PLAN],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={key: value for key, value in os.environ.items() if key not in {"TZ", "LC_ALL", "LANG"}} | machine,
    ).stdout
