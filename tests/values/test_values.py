"""What holds for every public value: equal by what it holds, hashable, picklable, frozen, readable."""

import copy
import enum
import pickle
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

import recurly_sessions
from recurly_sessions import Config, Manual, Money, Occurrence, Plan, RoundRobin, School, Slot, Tutor
from recurly_sessions.errors import InvalidValueError, shown
from tests.values.examples import AS_PEOPLE_TYPE, DAY, LEAST, NAMES, TYPED

KINDS = pytest.mark.parametrize("kind", TYPED, ids=[kind.__name__ for kind in TYPED])
TYPED_KINDS = pytest.mark.parametrize("kind", AS_PEOPLE_TYPE, ids=[kind.__name__ for kind in AS_PEOPLE_TYPE])
FIELDS = pytest.mark.parametrize(
    ("kind", "field"),
    [
        pytest.param(kind, field.alias, id=f"{kind.__name__}.{field.name}")
        for kind in LEAST
        for field in attrs.fields(kind)
        if field.init
    ],
)


def test_every_public_value_has_an_example() -> None:
    public = [getattr(recurly_sessions, name) for name in recurly_sessions.__all__]
    kinds = {each for each in public if isinstance(each, type) and not issubclass(each, enum.Enum)}

    assert kinds - {Plan} <= set(TYPED)


@KINDS
def test_an_example_says_something_about_every_field(kind: type) -> None:
    one_of_two = {"end", "days", "rrule", "weekday", "every", "start_week"}
    unsaid = {field.name for field in attrs.fields(kind) if field.init} - set(TYPED[kind])

    assert unsaid <= one_of_two


@TYPED_KINDS
def test_a_value_is_the_same_whether_it_is_built_from_strings_or_from_typed_values(kind: type) -> None:
    typed, from_strings = kind(**TYPED[kind]), kind(**AS_PEOPLE_TYPE[kind])

    assert from_strings == typed
    assert hash(from_strings) == hash(typed)


@TYPED_KINDS
def test_a_value_holds_what_was_typed_in_one_form(kind: type) -> None:
    value = kind(**AS_PEOPLE_TYPE[kind])

    assert {name: getattr(value, name) for name in TYPED[kind]} == TYPED[kind]
    assert {name: type(getattr(value, name)) for name in TYPED[kind]} == {
        name: type(held) for name, held in TYPED[kind].items()
    }


@KINDS
def test_values_are_equal_if_all_their_fields_are(kind: type) -> None:
    assert kind(**TYPED[kind]) == kind(**TYPED[kind])
    assert {kind(**TYPED[kind]), kind(**TYPED[kind])} == {kind(**TYPED[kind])}


@pytest.mark.parametrize("kind", [kind for kind in LEAST if LEAST[kind] != TYPED[kind]])
def test_values_differ_if_a_field_does(kind: type) -> None:
    assert kind(**LEAST[kind]) != kind(**TYPED[kind])


def test_values_of_different_kinds_differ() -> None:
    assert len({RoundRobin(), Manual(), Config(), School([])}) == 4


@KINDS
def test_a_value_survives_pickling_and_copying(kind: type) -> None:
    value = kind(**TYPED[kind])

    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value
    assert attrs.evolve(value) == value


def test_a_slot_that_was_pickled_still_knows_its_timings() -> None:
    slot = Slot(**TYPED[Slot])

    assert pickle.loads(pickle.dumps(slot)).timings == slot.timings


@KINDS
def test_a_value_can_not_be_changed(kind: type) -> None:
    value = kind(**TYPED[kind])
    for field in attrs.fields(kind):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, field.name, None)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            delattr(value, field.name)
    with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
        value.something_new = 1

    assert value == kind(**TYPED[kind])


@KINDS
def test_what_a_value_shows_makes_it_again(kind: type) -> None:
    value = kind(**TYPED[kind])

    assert eval(repr(value), NAMES) == value


@pytest.mark.parametrize("kind", LEAST, ids=[kind.__name__ for kind in LEAST])
def test_a_value_of_which_little_is_said_shows_little_and_makes_it_again(kind: type) -> None:
    value = kind(**LEAST[kind])

    assert eval(repr(value), NAMES) == value
    inside = sum(repr(held).count("=") for held in LEAST[kind].values())
    assert repr(value).count("=") - inside <= len(LEAST[kind])


@pytest.mark.parametrize(
    "value",
    [
        Tutor("amina", hourly_rate="29.5"),
        Slot("mon", days="MO", start="18:00", duration=timedelta(seconds=5430)),
        Slot("mon", days="MO", start="00:00", end="24:00"),
        Config(max_changes=1),
        Config(max_changes=1.0),
        Config(default_rate=0),
        Tutor('d"Arc\\', name="it's"),
        Tutor("amina", availability=()),
    ],
    ids=repr,
)
def test_what_an_unusual_value_shows_makes_it_again(value: object) -> None:
    assert eval(repr(value), NAMES) == value


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (
            "Slot",
            "Slot('mon', rrule='FREQ=MONTHLY;BYDAY=2MO', start='18:00', duration=90, starts_on='2026-09-07', "
            "ends_on='2026-10-31', extra_dates=['2026-09-07', '2026-10-31'], excluded_dates=['2026-09-07'], "
            "subject='maths', room_id='r1', active=False, phases=[Phase('2026-10-31', days='TU', start='19:00')])",
        ),
        ("Phase", "Phase('2026-09-07', days='MO,WE', start='19:00', duration=45)"),
        ("Money", "Money('29.50', 'EUR')"),
        ("Actor", "Actor('amina', role='TUTOR')"),
        ("Weekly", "Weekly(weeks=[1, 3], cycle=4)"),
        ("RoundRobin", "RoundRobin()"),
        ("Decision", "Decision('amina', assignment_id='a1', pattern='weekly', why='week 1')"),
        ("Window", "Window('2026-09-07T16:00:00Z', '2026-09-07T17:30:00Z')"),
        (
            "Assignment",
            "Assignment('a1', tutor_id='amina', pattern=RoundRobin(), slot_id='mon', status='PENDING', active=False, "
            "subject='maths', starts_on='2026-09-07', ends_on='2026-10-31', created_at='2026-09-07T16:00:00Z')",
        ),
        (
            "Availability",
            "Availability('dentist', start='09:05', end='00:00', date='2026-09-07', mode='block', active=False)",
        ),
        (
            "Tutor",
            "Tutor('amina', name='Amina', hourly_rate=Money('29.50', 'EUR'), subjects=['maths', 'physics'], "
            "timezone='Europe/Paris', availability=[Availability('mondays', start='09:00', end='17:00', weekday=1)])",
        ),
    ],
)
def test_a_value_is_shown_as_the_call_that_makes_it(kind: str, shown: str) -> None:
    cls = NAMES[kind]

    assert repr(cls(**TYPED[cls])) == shown


# Bad values


class _Stranger:
    """A value of which nothing in the library has ever heard."""


STRANGE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    10**30,
    -(10**30),
    10**5000,
    1.5,
    float("nan"),
    float("inf"),
    Decimal("sNaN"),
    Decimal("NaN"),
    Decimal("1e999999"),
    Decimal("1e-999999"),
    "",
    " ",
    "x",
    "x" * 1_000_000,
    "9" * 1_000_000,
    "9" * 1_000_001 + " EUR",
    "\0",
    "\ud800",
    "²",
    "a/b",
    "24:00",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00+23:59",
    "9999-12-31T23:59-23:59",
    b"x",
    [],
    [[]],
    [{}],
    [None],
    [1],
    ["x"],
    [["a"]],
    [("a",)],
    [("a", "b", "c")],
    {},
    {"a": 1},
    {1: []},
    {"x"},
    range(3),
    _Stranger(),
    [_Stranger()],
    _Stranger,
    RoundRobin,
    RoundRobin(),
    Money(1, "EUR"),
    Config(),
    date.min,
    date.max,
    datetime(2026, 1, 1),  # noqa: DTZ001 - a naive one is what is tried
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    time(9, tzinfo=UTC),
    time(9, 0, 1),
    timedelta.max,
    timedelta.min,
    timedelta(0),
]


@FIELDS
def test_whatever_a_field_is_given_it_is_taken_or_refused_with_its_place(kind: type, field: str) -> None:
    wrong = []
    for strange in STRANGE:
        try:
            hash(kind(**LEAST[kind] | {field: strange}))
        except InvalidValueError as error:
            if not error.where.startswith(kind.__name__) or len(str(error)) > 1_000:
                wrong.append(str(error)[:100])
        except Exception as error:  # noqa: BLE001 - any other exception is what must not happen
            wrong.append(f"{shown(strange)}: {type(error).__name__}")

    assert wrong == []


def test_an_occurrence_knows_its_identity() -> None:
    occurrence = Occurrence(**TYPED[Occurrence])

    assert occurrence.identity == NAMES["Identity"]("maths", "mon", DAY)
    assert str(occurrence.identity) == "maths/mon/2026-09-07"
