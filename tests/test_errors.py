"""Errors: a small tree, each also the builtin that a stranger would catch, and each survives pickling."""

import pickle
from datetime import timedelta

import pytest

from recurly_sessions import errors
from recurly_sessions.errors import (
    DocumentError,
    InvalidValueError,
    LockedError,
    Problem,
    RecurlyError,
    RuleReachError,
    SchemaVersionError,
    StoreError,
    StoreUnavailableError,
    UnknownNameError,
    in_minutes,
    shown,
)

REACH = (
    "the rule 'FREQ=DAILY' counts from 1900-01-01 and is followed for 100 years, got a window up to 2026-09-07; "
    "let the slot start later, or state the rule again in a later phase"
)
TEXTS: list[tuple[RecurlyError, str]] = [
    (
        InvalidValueError("Slot.start", "must be a time", "25:00", "for example 9:05"),
        "Slot.start must be a time, got '25:00'; for example 9:05",
    ),
    (InvalidValueError("Slot.start", "must be a time", None), "Slot.start must be a time, got None"),
    (
        DocumentError("school.toml", (Problem("series[0]", "id is missing", 3), Problem("", "is wrong"))),
        "school.toml has 2 problems:\n  line 3, series[0]: id is missing\n  is wrong",
    ),
    (DocumentError("the text", (Problem("x", "is wrong"),)), "the text has 1 problem:\n  x: is wrong"),
    (RuleReachError("FREQ=DAILY", "1900-01-01", 100, "2026-09-07"), f"a slot: {REACH}"),
    (RuleReachError("FREQ=DAILY", "1900-01-01", 100, "2026-09-07", "maths/mon"), f"maths/mon: {REACH}"),
    (UnknownNameError("series", "chemistry", ("maths", "physics")), "no series 'chemistry'; there is maths, physics"),
    (UnknownNameError("series", "chemistry"), "no series 'chemistry'"),
    (StoreError("the database says: no", "say yes"), "the database says: no; say yes"),
    (StoreUnavailableError("the database is locked", "try again"), "the database is locked; try again"),
    (LockedError("somebody has locked it", "try again"), "somebody has locked it; try again"),
    (SchemaVersionError("it is of 0001", "run upgrade()", found="0001", wanted="0002"), "it is of 0001; run upgrade()"),
]


@pytest.mark.parametrize("error", [error for error, _ in TEXTS])
def test_an_error_survives_pickling_with_its_facts_and_its_text(error: RecurlyError) -> None:
    back = pickle.loads(pickle.dumps(error))

    assert type(back) is type(error)
    assert (str(back), back.code, vars(back)) == (str(error), error.code, vars(error))


def test_an_error_about_something_that_can_not_be_pickled_survives_too() -> None:
    error = InvalidValueError("Assignment.pattern", "must be a pattern", lambda: None)

    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(("error", "text"), TEXTS)
def test_a_message_says_where_what_and_the_way_out(error: RecurlyError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize(
    ("error", "builtin", "code"),
    [
        (RecurlyError, Exception, "error"),
        (InvalidValueError, ValueError, "invalid-value"),
        (DocumentError, ValueError, "bad-document"),
        (RuleReachError, ValueError, "rule-reach"),
        (UnknownNameError, LookupError, "unknown-name"),
        (LockedError, ConnectionError, "locked"),
    ],
)
def test_an_error_is_also_the_builtin_that_fits(error: type[RecurlyError], builtin: type, code: str) -> None:
    assert issubclass(error, (RecurlyError, builtin))
    assert issubclass(error, builtin)
    assert error.code == code


def test_the_tree_that_is_drawn_is_the_tree_that_is_there() -> None:
    def below(cls: type[Exception]) -> set[str]:
        own = [child for child in cls.__subclasses__() if child.__module__ == errors.__name__]
        return {child.__name__ for child in own}.union(*map(below, own))

    leaves = below(RecurlyError)

    assert errors.__doc__ is not None
    assert {name for name in leaves if f"── {name} " in errors.__doc__} == leaves
    assert errors.__doc__.count("──") == len(leaves)


def test_an_error_is_placed_elsewhere() -> None:
    error = InvalidValueError("", "must be a time", "25:00", "for example 9:05")

    placed = error.at("Slot.start")

    assert str(placed) == "Slot.start must be a time, got '25:00'; for example 9:05"
    assert error.where == ""


def test_an_error_about_a_rule_is_told_of_its_slot() -> None:
    error = RuleReachError("FREQ=DAILY", "1900-01-01", 100, "2026-09-07")

    assert str(error.of("maths/mon", "FREQ=DAILY")) == f"maths/mon: {REACH}"


def test_of_many_names_that_there_are_twenty_are_told() -> None:
    error = UnknownNameError("series", "x", tuple(f"s{n}" for n in range(21)))

    assert str(error) == f"no series 'x'; there is {', '.join(f's{n}' for n in range(20))}, …"


class _Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\n", r"'a\n'"),
        ("x" * 118, f"'{'x' * 118}'"),
        ("x" * 119, f"'{'x' * 119}…"),
        ("x" * 10_000_000, f"'{'x' * 119}…"),
        (b"x" * 10_000_000, f"b'{'x' * 118}…"),
        ([1] * 1_000, "[" + "1, " * 39 + "1,…"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(milliseconds=1), "0.001 seconds"),
        (timedelta(0), "0 minutes"),
        (_Unshowable(), "a _Unshowable"),
        (None, "None"),
    ],
)
def test_a_value_is_shown_as_a_person_would_write_it_and_never_at_length(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_value_that_contains_itself_is_shown() -> None:
    endless: list[object] = []
    endless.append(endless)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    assert (shown(endless), shown(deep)) == ("[[...]]", "a list")


def test_a_length_is_written_in_minutes_where_it_can_be() -> None:
    assert [in_minutes(timedelta(hours=-1)), in_minutes(timedelta(days=1, seconds=1))] == [
        "-60 minutes",
        "86401 seconds",
    ]
