"""The patterns themselves: what they hold, what they claim, and what they say."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Consecutive, Manual, RoundRobin, Weekly
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.patterns import ClaimingPattern, Deal, Pattern, RotatingPattern, Turn
from recurly_sessions.patterns.pattern import in_turn, ordinal


def turn(week: int) -> Turn:
    return Turn("mon", date(2026, 9, 7), number=3, week=week)


def claimed(pattern: ClaimingPattern, weeks: Iterable[int]) -> list[int]:
    return [week for week in weeks if pattern.claims(turn(week)) is not None]


def test_every_pattern_has_one_of_the_two_shapes() -> None:
    patterns: list[Pattern] = [RoundRobin(), Consecutive(2), Weekly(every=1), Manual()]

    assert [isinstance(each, RotatingPattern) for each in patterns] == [True, True, False, False]
    assert [isinstance(each, ClaimingPattern) for each in patterns] == [False, False, True, True]
    assert [each.kind for each in patterns] == ["round_robin", "consecutive", "weekly", "manual"]


def test_patterns_are_values() -> None:
    assert {RoundRobin(), RoundRobin(), Consecutive(2), Consecutive(2), Consecutive(3), Manual(), Manual()} == {
        RoundRobin(),
        Consecutive(2),
        Consecutive(3),
        Manual(),
    }
    assert Weekly(weeks=(3, 1, 3)) == Weekly(weeks=[1, 3])


@pytest.mark.parametrize(
    "pattern",
    [
        RoundRobin(),
        Consecutive(5),
        Manual(),
        Manual(problem="pattern must be data by name, got 3"),
        Weekly(weeks=(1, 3, 5)),
        Weekly(weeks=(1, 3), cycle=4),
        Weekly(every=2),
        Weekly(every=2, start_week=2),
    ],
    ids=str,
)
def test_a_pattern_shows_itself_as_the_call_that_makes_it(pattern: object) -> None:
    assert eval(repr(pattern)) == pattern  # noqa: S307, RUF100 - that is what the text is for


# Round robin and consecutive


def test_round_robin_takes_one_turn_and_says_who_is_in_the_rotation() -> None:
    pattern = RoundRobin()

    assert pattern.block == 1
    assert pattern.why(Deal("luc", 1, 1, ("amina", "luc"))) == "luc's turn in the rotation amina, luc"
    assert pattern.why(Deal("luc", 1, 1, ("luc",))) == "luc's turn: nobody else is in the rotation"


def test_consecutive_takes_a_block_and_says_where_in_it_a_turn_is() -> None:
    pattern = Consecutive(5)

    assert (pattern.n, pattern.block) == (5, 5)
    assert pattern.why(Deal("luc", 2, 5, ("amina", "luc"))) == "luc's 2nd of 5 in a row, in the order amina, luc"
    assert pattern.why(Deal("luc", 2, 5, ("luc",))) == "luc's turn: nobody else takes turns in a row"


@pytest.mark.parametrize("n", [1, 1000])
def test_a_block_has_one_to_a_thousand_turns(n: int) -> None:
    assert Consecutive(n).n == n


@pytest.mark.parametrize("n", [0, -1, 1001, 2.0, "5", True, None])
def test_another_block_is_refused(n: int) -> None:
    with pytest.raises(InvalidValueError) as error:
        Consecutive(n)

    assert str(error.value) == f"Consecutive.n must be a whole number from 1 to 1000, got {n!r}"


@pytest.mark.parametrize(
    ("roster", "words"),
    [
        (("a",), "a"),
        (("a", "b", "c", "d", "e", "f"), "a, b, c, d, e, f"),
        (("a", "b", "c", "d", "e", "f", "g"), "a, b, c, d, e, f and 1 more"),
        (tuple("abcdefghij"), "a, b, c, d, e, f and 4 more"),
    ],
)
def test_a_long_roster_is_shortened(roster: tuple[str, ...], words: str) -> None:
    assert in_turn(roster) == words


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (10, "10th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (14, "14th"),
        (21, "21st"),
        (101, "101st"),
        (111, "111th"),
        (113, "113th"),
        (1002, "1002nd"),
    ],
)
def test_a_place_is_written_as_one_says_it(number: int, text: str) -> None:
    assert ordinal(number) == text


# Manual


def test_manual_claims_nothing() -> None:
    assert claimed(Manual(), range(-3, 60)) == []


# Weekly


@pytest.mark.parametrize(
    ("pattern", "weeks"),
    [
        (Weekly(weeks=(1, 3, 5)), [1, 3, 5]),
        (Weekly(weeks=(12,)), [12]),
        (Weekly(weeks=(1, 3), cycle=4), [1, 3, 5, 7, 9, 11]),
        (Weekly(weeks=(4,), cycle=4), [4, 8, 12]),
        (Weekly(weeks=(1,), cycle=1), list(range(1, 13))),
        (Weekly(weeks=(2,), cycle=5), [2, 7, 12]),
        (Weekly(every=1), list(range(1, 13))),
        (Weekly(every=2), [1, 3, 5, 7, 9, 11]),
        (Weekly(every=2, start_week=2), [2, 4, 6, 8, 10, 12]),
        (Weekly(every=3, start_week=5), [5, 8, 11]),
        (Weekly(every=1, start_week=11), [11, 12]),
    ],
    ids=str,
)
def test_weekly_claims_its_weeks_and_no_others(pattern: Weekly, weeks: list[int]) -> None:
    assert claimed(pattern, range(-9, 13)) == weeks


@given(
    weeks=st.sets(st.integers(1, 12), min_size=1),
    cycle=st.none() | st.integers(12, 20),
    week=st.integers(-30, 100),
)
def test_named_weeks_are_claimed_in_each_cycle(weeks: set[int], cycle: int | None, week: int) -> None:
    pattern = Weekly(weeks=weeks, cycle=cycle)
    every_time = {each + (cycle or 0) * round_ for each in weeks for round_ in range(10)}

    assert claimed(pattern, [week]) == [each for each in [week] if each in every_time]


@given(every=st.integers(1, 9), start_week=st.integers(1, 20), week=st.integers(-30, 100))
def test_every_so_many_weeks_are_claimed_from_the_first_on(every: int, start_week: int, week: int) -> None:
    pattern = Weekly(every=every, start_week=start_week)

    assert claimed(pattern, [week]) == [each for each in [week] if each in range(start_week, 101, every)]


@pytest.mark.parametrize(
    ("pattern", "week", "why"),
    [
        (Weekly(weeks=(1, 3, 5)), 3, "week 3 is one of the weeks 1, 3, 5"),
        (Weekly(weeks=(1, 3), cycle=4), 7, "week 7 (week 3 in a cycle of 4) is one of the weeks 1, 3"),
        (Weekly(weeks=range(1, 9)), 8, "week 8 is one of the weeks 1, 2, 3, 4, 5, 6, 7, 8"),
        (Weekly(weeks=range(1, 10)), 9, "week 9 is one of the weeks named (9 of them)"),
        (Weekly(every=1), 9, "week 9, every week from week 1"),
        (Weekly(every=2, start_week=3), 9, "week 9, every 2nd week from week 3"),
        (Weekly(every=3), 1, "week 1, every 3rd week from week 1"),
    ],
    ids=str,
)
def test_weekly_says_why_it_claims_a_week(pattern: Weekly, week: int, why: str) -> None:
    assert pattern.claims(turn(week)) == why


def test_weeks_are_named_by_keyword_only() -> None:
    with pytest.raises(TypeError):
        Weekly([1, 3])  # type: ignore[call-arg]


def test_the_outermost_weeks_are_taken() -> None:
    assert Weekly(weeks=(1, 5200), cycle=5200).cycle == 5200
    assert Weekly(every=5200, start_week=5200).start_week == 5200
    assert Weekly(weeks=(1, 4), cycle=4).weeks == (1, 4)


EITHER = "must have either weeks or every"
HINT = "weeks=(1, 3) names weeks, every=2 takes every second one"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, f"Weekly {EITHER}, got Weekly(); {HINT}"),
        ({"weeks": [1], "every": 2}, f"Weekly {EITHER}, got Weekly(weeks=[1], every=2); {HINT}"),
        ({"weeks": []}, "Weekly.weeks must name at least one week, got []"),
        ({"weeks": "13"}, "Weekly.weeks must be a list, got '13'"),
        ({"weeks": 3}, "Weekly.weeks must be a list, got 3"),
        ({"weeks": [0]}, "Weekly.weeks must be a whole number from 1 to 5200, got 0"),
        ({"weeks": [5201]}, "Weekly.weeks must be a whole number from 1 to 5200, got 5201"),
        ({"weeks": [True]}, "Weekly.weeks must be a whole number from 1 to 5200, got True"),
        ({"weeks": ["1"]}, "Weekly.weeks must be a whole number from 1 to 5200, got '1'"),
        ({"weeks": [1, 5], "cycle": 4}, "Weekly.cycle must be no less than the last of weeks, got 4"),
        ({"weeks": [1], "cycle": 0}, "Weekly.cycle must be a whole number from 1 to 5200, got 0"),
        ({"weeks": [1], "cycle": 5201}, "Weekly.cycle must be a whole number from 1 to 5200, got 5201"),
        ({"every": 2, "cycle": 4}, "Weekly.cycle goes with weeks, got 4"),
        ({"every": 0}, "Weekly.every must be a whole number from 1 to 5200, got 0"),
        ({"every": 5201}, "Weekly.every must be a whole number from 1 to 5200, got 5201"),
        ({"every": 2, "start_week": 0}, "Weekly.start_week must be a whole number from 1 to 5200, got 0"),
        ({"every": 2, "start_week": 5201}, "Weekly.start_week must be a whole number from 1 to 5200, got 5201"),
        ({"weeks": [1], "start_week": 2}, "Weekly.start_week goes with every, got 2"),
    ],
)
def test_weeks_that_make_no_sense_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        Weekly(**arguments)

    assert str(error.value) == message
