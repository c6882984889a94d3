"""Converters of single fields: one form is kept, or a refusal says why."""

import enum
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import attrs
import pytest

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import (
    as_plain,
    as_typed,
    days_text,
    first_repeated,
    items,
    items_of,
    located,
    readable,
    refuse,
    to_choice,
    to_count,
    to_date,
    to_dates,
    to_end_time,
    to_flag,
    to_id,
    to_instant,
    to_length,
    to_member,
    to_text,
    to_weekday,
)


class Colour(enum.StrEnum):
    """What a thing may be painted."""

    RED = "RED"
    BLUE = "BLUE"


def to_colour(value: Colour | str) -> Colour:
    """A colour, also by its name."""
    return to_member(value, Colour)


@attrs.frozen(repr=False, field_transformer=located)
class Thing:
    """A value with a bit of everything."""

    id: str = attrs.field(converter=to_id)
    colour: Colour = attrs.field(default=Colour.RED, converter=to_colour, kw_only=True)
    parts: tuple[str, ...] = attrs.field(factory=tuple, kw_only=True)
    secret: str = attrs.field(default="", repr=False, kw_only=True)
    length: int = attrs.field(init=False, eq=False, default=3)
    _hidden: int = attrs.field(default=0, kw_only=True)

    __repr__ = readable


def refused(converter: Any, value: object) -> str:
    """Say how a converter refuses a value, without a place, which it doesn't know."""
    with pytest.raises(InvalidValueError) as error:
        converter(value)
    assert error.value.where == ""
    return str(error.value).lstrip()


def test_a_refusal_names_the_class_and_the_field() -> None:
    with pytest.raises(InvalidValueError) as error:
        Thing("a", colour="GREEN")

    assert str(error.value) == "Thing.colour must be one of RED, BLUE, got 'GREEN'"
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_a_refusal_that_knows_its_place_keeps_it() -> None:
    def convert(value: object) -> object:
        raise InvalidValueError("Inner.field", "must be right", value)

    @attrs.frozen(field_transformer=located)
    class Outer:
        inner: object = attrs.field(converter=convert)

    with pytest.raises(InvalidValueError) as error:
        Outer(1)

    assert str(error.value) == "Inner.field must be right, got 1"


def test_a_converter_leaves_the_place_of_its_refusal_open() -> None:
    assert str(refuse("must be right", 1, "think")) == "must be right, got 1; think"


@pytest.mark.parametrize("id", ["a", "x" * 64, "amina-1_b.c", "Élève n° 7", "👩\u200d🏫", " ", "a\xa0b", ".."])
def test_an_id_is_kept_as_it_is(id: str) -> None:
    assert to_id(id) == id


@pytest.mark.parametrize("character", ["\n", "\t", "\0", "\x1f", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_an_id_has_no_control_characters(character: str) -> None:
    assert refused(to_id, f"a{character}") == f"must not contain control characters, got {f'a{character}'!r}"


@pytest.mark.parametrize("text", ["", "a\nb\t", "é😀", "x" * 100_000, "a\x85\u2028"])
def test_a_text_is_kept_as_it_is(text: str) -> None:
    assert to_text(text) == text


@pytest.mark.parametrize("text", ["a\0", "é\0", "\ud800", "a\udfff"])
def test_a_text_that_can_not_be_stored_is_refused(text: str) -> None:
    assert refused(to_text, text) == f"must not contain NUL or half a character, got {text!r}"


def test_a_flag_is_true_or_false_and_nothing_that_looks_like_it() -> None:
    assert (to_flag(True), to_flag(False)) == (True, False)
    assert [refused(to_flag, value) for value in (0, "true", None)] == [
        "must be true or false, got 0",
        "must be true or false, got 'true'",
        "must be true or false, got None",
    ]


def test_a_choice_is_a_word_in_any_case() -> None:
    assert to_choice("Skip", ("shift", "skip")) == "skip"
    assert refused(lambda value: to_choice(value, ("shift", "skip")), {"a": 1}) == (
        "must be one of shift, skip, got {'a': 1}"
    )


def test_a_member_of_an_enum_is_named_in_any_case() -> None:
    assert to_member("blue", Colour) is to_member(Colour.BLUE, Colour) is Colour.BLUE
    assert refused(lambda value: to_member(value, Colour), ["RED"]) == "must be one of RED, BLUE, got ['RED']"


def test_a_count_is_a_whole_number_within_bounds() -> None:
    class Many(int):
        """A number of a host's own."""

    count = to_count(Many(3))

    assert (count, type(count)) == (3, int)
    assert refused(to_count, 1_000_001) == "must be a whole number from 1 to 1000000, got 1000001"
    assert refused(to_count, True) == "must be a whole number from 1 to 1000000, got True"


@pytest.mark.parametrize("typed", ["2026-09-07", "20260907", date(2026, 9, 7)])
def test_a_date_is_read(typed: date | str) -> None:
    assert to_date(typed) == date(2026, 9, 7)


@pytest.mark.parametrize("typed", ["2026-9-7", " 2026-09-07", "", "9" * 1_000_000, 7, None, datetime(2026, 9, 7)])  # noqa: DTZ001
def test_what_is_no_date_is_refused(typed: object) -> None:
    assert refused(to_date, typed).startswith("must be a date like 2026-09-07, got ")


def test_dates_are_kept_in_order_and_once_each() -> None:
    assert to_dates(["2026-09-08", date(2026, 9, 7), "2026-09-08"]) == (date(2026, 9, 7), date(2026, 9, 8))
    assert to_dates(iter([])) == ()
    assert refused(to_dates, b"2026-09-07") == "must be a list of dates, got b'2026-09-07'"


@pytest.mark.parametrize("typed", ["24:00", " 24:00", "0:00", time(0)])
def test_the_end_of_a_day_is_its_midnight(typed: time | str) -> None:
    assert to_end_time(typed) == time(0)


def test_a_length_is_minutes_or_a_timedelta() -> None:
    assert to_length(90) == to_length(timedelta(hours=1.5)) == timedelta(minutes=90)
    assert to_length(timedelta(seconds=1)) == timedelta(seconds=1)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-09-07T16:00Z",
        "2026-09-07T18:00:00+02:00",
        datetime(2026, 9, 7, 16, tzinfo=UTC),
        datetime(2026, 9, 7, 18, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_an_instant_is_kept_in_utc(typed: datetime | str) -> None:
    instant = to_instant(typed)

    assert (instant, instant.tzinfo) == (datetime(2026, 9, 7, 16, tzinfo=UTC), UTC)


def test_a_weekday_is_read_from_its_name_or_its_number() -> None:
    assert [to_weekday(typed) for typed in ("mo", "Tuesday", " wed ", "4", 5)] == [1, 2, 3, 4, 5]


def test_items_are_those_of_any_iterable_but_text_and_mappings() -> None:
    assert items(iter([1, 2])) == items([1, 2]) == items((1, 2)) == (1, 2)
    assert [refused(items, value) for value in ("ab", b"ab", {"a": 1}, 5)] == [
        "must be a list, got 'ab'",
        "must be a list, got b'ab'",
        "must be a list, got {'a': 1}",
        "must be a list, got 5",
    ]


def test_items_of_a_kind_may_be_named_by_their_ids() -> None:
    assert items_of(["a", Thing("b")], Thing, by_id=True) == (Thing("a"), Thing("b"))
    assert refused(lambda value: items_of(value, Thing), ["a"]) == "must be a list of Thing values, got 'a'"


def test_the_first_that_stands_there_again_is_found() -> None:
    assert [first_repeated("abcb"), first_repeated("abc"), first_repeated("")] == ["b", None, None]


def test_a_value_shows_only_what_differs_from_its_defaults() -> None:
    assert repr(Thing("a")) == "Thing('a')"
    assert repr(Thing("a", colour="BLUE", parts=("x", "y"), secret="s", hidden=1)) == (
        "Thing('a', colour='BLUE', parts=['x', 'y'], hidden=1)"
    )


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        (date(2026, 9, 7), "'2026-09-07'"),
        (datetime(2026, 9, 7, 16, 0, 5, tzinfo=UTC), "'2026-09-07T16:00:05Z'"),
        (time(9, 5), "'09:05'"),
        (timedelta(minutes=90), "90"),
        (timedelta(seconds=90), "datetime.timedelta(seconds=90)"),
        (Colour.RED, "'RED'"),
        ((1, ("a", Colour.BLUE)), "[1, ['a', 'BLUE']]"),
        (None, "None"),
        ({"a": 1}, "{'a': 1}"),
    ],
)
def test_a_field_is_shown_as_people_type_it(value: object, typed: str) -> None:
    assert as_typed(value) == typed


def test_what_people_type_is_plain() -> None:
    assert [as_plain(value) for value in (date(2026, 9, 7), timedelta(minutes=5), Colour.RED, 5)] == [
        "2026-09-07",
        5,
        "RED",
        5,
    ]
    assert type(as_plain(Colour.RED)) is str


def test_weekdays_are_written_short() -> None:
    assert (days_text((1, 2, 3, 4, 5, 6, 7)), days_text(())) == ("MO,TU,WE,TH,FR,SA,SU", "")
