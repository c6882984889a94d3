"""Stored patterns: a name and data to a pattern and back; whatever is wrong becomes manual, and is said."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Consecutive, Manual, RoundRobin, Weekly
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.patterns import Pattern, Turn, from_stored, to_stored

week_numbers = st.integers(1, 5200)
patterns: st.SearchStrategy[Pattern] = st.one_of(
    st.just(RoundRobin()),
    st.just(Manual()),
    st.integers(1, 1000).map(Consecutive),
    st.builds(lambda every, start: Weekly(every=every, start_week=start), week_numbers, week_numbers),
    st.builds(lambda weeks: Weekly(weeks=weeks), st.sets(week_numbers, min_size=1, max_size=9)),
    st.builds(lambda weeks: Weekly(weeks=weeks, cycle=5200), st.sets(week_numbers, min_size=1, max_size=9)),
)


@given(pattern=patterns)
def test_a_pattern_that_is_written_is_read_back(pattern: Pattern) -> None:
    name, data = to_stored(pattern)

    assert from_stored(name, data) == pattern
    assert from_stored(name, json.dumps(data)) == pattern


@pytest.mark.parametrize(
    ("pattern", "stored"),
    [
        (RoundRobin(), ("ROUND_ROBIN", {})),
        (Manual(), ("MANUAL", {})),
        (Manual(problem="once wrong"), ("MANUAL", {})),
        (Consecutive(5), ("CONSECUTIVE_DAYS", {"consecutiveDays": 5})),
        (Weekly(every=2), ("WEEKLY", {"pattern": "alternating", "startWeek": 1})),
        (Weekly(every=2, start_week=2), ("WEEKLY", {"pattern": "alternating", "startWeek": 2})),
        (Weekly(every=3, start_week=2), ("WEEKLY", {"every": 3, "startWeek": 2})),
        (Weekly(weeks=(1, 3)), ("WEEKLY", {"weeks": [1, 3]})),
        (Weekly(weeks=(1, 3), cycle=4), ("WEEKLY", {"weeks": [1, 3], "cycle": 4})),
    ],
    ids=str,
)
def test_a_pattern_is_stored_as_a_name_and_data(pattern: Pattern, stored: tuple[str, dict[str, object]]) -> None:
    assert to_stored(pattern) == stored


@pytest.mark.parametrize(
    ("name", "data", "pattern"),
    [
        ("ROUND_ROBIN", None, RoundRobin()),
        ("round_robin", {}, RoundRobin()),
        ("round-robin", "", RoundRobin()),
        (" Round Robin ", "{}", RoundRobin()),
        ("ROUND_ROBIN", {"unused": 1}, RoundRobin()),
        ("ROUND_ROBIN", "null", RoundRobin()),
        ("manual", None, Manual()),
        ("CONSECUTIVE_DAYS", {"consecutiveDays": 3}, Consecutive(3)),
        ("consecutive", '{"consecutiveDays": 3}', Consecutive(3)),
        ("WEEKLY", {"weeks": [1, 3]}, Weekly(weeks=(1, 3))),
        ("WEEKLY", {"weeks": (1, 3), "cycle": 4}, Weekly(weeks=(1, 3), cycle=4)),
        ("WEEKLY", {"pattern": "alternating"}, Weekly(every=2)),
        ("WEEKLY", {"pattern": "alternating", "startWeek": 2}, Weekly(every=2, start_week=2)),
        ("WEEKLY", {"every": 3}, Weekly(every=3)),
        ("WEEKLY", '{"every": 3, "startWeek": 2}', Weekly(every=3, start_week=2)),
        ("WEEKLY", {"weeks": [1] * 5200}, Weekly(weeks=(1,))),
    ],
)
def test_a_name_and_data_are_read(name: str, data: str, pattern: Pattern) -> None:
    assert from_stored(name, data) == pattern


NAMES = "pattern must be ROUND_ROBIN, WEEKLY, CONSECUTIVE_DAYS or MANUAL"
WEEKS = "pattern.weeks must be a list of at most 5200 week numbers"

BAD: list[tuple[Any, Any, str]] = [
    ("", None, f"{NAMES}, got ''"),
    (None, None, f"{NAMES}, got None"),
    (3, None, f"{NAMES}, got 3"),
    ("MONTHLY", {}, f"{NAMES}, got 'MONTHLY'"),
    ("WEEKLY", None, f"{WEEKS}, got None"),
    ("WEEKLY", {}, f"{WEEKS}, got None"),
    ("WEEKLY", {"weeks": "1,3"}, f"{WEEKS}, got '1,3'"),
    ("WEEKLY", {"weeks": {"1": True}}, f"{WEEKS}, got {{'1': True}}"),
    ("WEEKLY", {"weeks": [1] * 5201}, f"{WEEKS}, got [" + "1, " * 39 + "1,…"),
    ("WEEKLY", {"weeks": []}, "Weekly.weeks must name at least one week, got []"),
    ("WEEKLY", {"weeks": [0]}, "Weekly.weeks must be a whole number from 1 to 5200, got 0"),
    ("WEEKLY", {"weeks": [-1]}, "Weekly.weeks must be a whole number from 1 to 5200, got -1"),
    ("WEEKLY", {"weeks": [1.5]}, "Weekly.weeks must be a whole number from 1 to 5200, got 1.5"),
    ("WEEKLY", {"weeks": [10**30]}, f"Weekly.weeks must be a whole number from 1 to 5200, got {10**30}"),
    ("WEEKLY", {"weeks": [[1]]}, "Weekly.weeks must be a whole number from 1 to 5200, got [1]"),
    ("WEEKLY", {"weeks": [True]}, "Weekly.weeks must be a whole number from 1 to 5200, got True"),
    ("WEEKLY", {"weeks": [5], "cycle": 4}, "Weekly.cycle must be no less than the last of weeks, got 4"),
    ("WEEKLY", {"weeks": [5], "cycle": None}, "pattern.cycle must be a whole number, got None"),
    ("WEEKLY", {"weeks": [5], "cycle": "4"}, "pattern.cycle must be a whole number, got '4'"),
    ("WEEKLY", {"pattern": "every other"}, "pattern.pattern must be \"alternating\", got 'every other'"),
    ("WEEKLY", {"pattern": None}, 'pattern.pattern must be "alternating", got None'),
    (
        "WEEKLY",
        {"pattern": "alternating", "startWeek": 0},
        "Weekly.start_week must be a whole number from 1 to 5200, got 0",
    ),
    ("WEEKLY", {"pattern": "alternating", "startWeek": "2"}, "pattern.startWeek must be a whole number, got '2'"),
    ("WEEKLY", {"pattern": "alternating", "startWeek": True}, "pattern.startWeek must be a whole number, got True"),
    ("WEEKLY", {"every": None}, "pattern.every must be a whole number, got None"),
    ("WEEKLY", {"every": 0}, "Weekly.every must be a whole number from 1 to 5200, got 0"),
    ("WEEKLY", {"every": 2, "startWeek": 2.0}, "pattern.startWeek must be a whole number, got 2.0"),
    ("CONSECUTIVE_DAYS", None, "pattern.consecutiveDays must be a whole number, got None"),
    ("CONSECUTIVE_DAYS", {"consecutiveDays": "5"}, "pattern.consecutiveDays must be a whole number, got '5'"),
    ("CONSECUTIVE_DAYS", {"consecutiveDays": True}, "pattern.consecutiveDays must be a whole number, got True"),
    ("CONSECUTIVE_DAYS", {"consecutiveDays": 0}, "Consecutive.n must be a whole number from 1 to 1000, got 0"),
    ("CONSECUTIVE_DAYS", {"consecutiveDays": 1001}, "Consecutive.n must be a whole number from 1 to 1000, got 1001"),
    (
        "CONSECUTIVE_DAYS",
        "__import__('os')",
        "pattern must be data as JSON, got \"__import__('os')\"; not JSON: 'Expecting value: line 1 column 1 (char 0)'",
    ),
    ("ROUND_ROBIN", "[1]", "pattern must be data by name, got [1]"),
    ("ROUND_ROBIN", 3, "pattern must be data by name, got 3"),
    ("ROUND_ROBIN", b"{}", "pattern must be data by name, got b'{}'"),
    (
        "ROUND_ROBIN",
        " " * 100_001,
        f"pattern must have at most 100,000 characters of data, got '{' ' * 119}…",
    ),
]


@pytest.mark.requirement("VAL-4")
@pytest.mark.parametrize(("name", "data", "problem"), BAD)
def test_bad_data_becomes_manual_with_the_problem_said(name: str, data: str, problem: str) -> None:
    assert from_stored(name, data) == Manual(problem=problem)


def test_data_of_the_greatest_length_is_read() -> None:
    assert from_stored("ROUND_ROBIN", "{}" + " " * 99_998) == RoundRobin()


def test_data_nested_without_end_becomes_manual() -> None:
    pattern = from_stored("WEEKLY", "[" * 90_000)

    assert isinstance(pattern, Manual)
    assert pattern.problem is not None
    assert pattern.problem.startswith("pattern must be data as JSON, got '[[[[")


def test_a_number_of_very_many_digits_becomes_manual() -> None:
    pattern = from_stored("CONSECUTIVE", f'{{"consecutiveDays": {"9" * 50_000}}}')

    assert isinstance(pattern, Manual)
    assert pattern.problem is not None
    assert len(pattern.problem) < 500


@pytest.mark.requirement("VAL-4")
def test_data_is_never_evaluated() -> None:
    trap = "__import__('sys').modules.__setitem__('recurly_sessions_was_here', 1)"
    for name in ("WEEKLY", "CONSECUTIVE_DAYS", "ROUND_ROBIN", trap):
        for data in (
            trap,
            json.dumps(trap),
            {"weeks": trap, "consecutiveDays": trap, "every": trap},
            {"weeks": [trap]},
        ):
            from_stored(name, data)

    assert "recurly_sessions_was_here" not in sys.modules


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
keys = st.sampled_from(["weeks", "cycle", "every", "startWeek", "pattern", "consecutiveDays"])


@pytest.mark.requirement("VAL-4")
@given(
    name=st.sampled_from(["ROUND_ROBIN", "WEEKLY", "CONSECUTIVE_DAYS", "MANUAL"]) | st.text(max_size=9),
    data=st.dictionaries(keys, json_values | st.lists(st.integers(0, 60), max_size=4), max_size=4)
    | st.text(max_size=30)
    | json_values,
)
def test_any_data_is_read_within_bounds_or_becomes_manual(name: str, data: str) -> None:
    pattern = from_stored(name, data)

    match pattern:
        case Consecutive(n=n):
            assert 1 <= n <= 1000
        case Weekly(weeks=weeks, cycle=cycle, every=every, start_week=start):
            assert all(1 <= each <= 5200 for each in (*(weeks or ()), cycle or 1, every or 1, start))
        case Manual(problem=None):
            assert name.strip().upper() == "MANUAL"
        case Manual(problem=str(problem)):
            assert " must " in problem
        case _:
            assert pattern == RoundRobin()


def test_a_pattern_of_a_host_has_no_stored_form() -> None:
    class Odd:
        kind = "odd"

        def claims(self, turn: Turn) -> str | None:
            return "odd" if turn.week % 2 else None

        def __repr__(self) -> str:
            return "Odd()"

    with pytest.raises(InvalidValueError) as error:
        to_stored(Odd())

    assert str(error.value) == "pattern must be one of this library's to have a stored form, got Odd()"
