"""What one field may hold: from what a person typed to the one form that is kept, or a refusal that says why.

A converter here doesn't know where its value stands; `located` wraps the converters of a class so that a refusal
names the class and the field.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, TypeVar

import attrs

from recurly_sessions.errors import InvalidValueError, shown

T = TypeVar("T")
E = TypeVar("E", bound=enum.StrEnum)

LONGEST_ID: Final = 64
_LONGEST_TEXT: Final = 200
_MOST_MINUTES: Final = 10_000_000  # 19 years
_REMEMBERED: Final = 16_384
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?", re.ASCII)
_WEEKDAY_NUMBERS = {
    name: number
    for number, (short, long) in enumerate(zip(WEEKDAYS, DAY_NAMES, strict=True), start=1)
    for name in (short, long.upper(), long[:3].upper())
}
_PLAIN_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
OF: Final = "of"  # the metadata key of a field that holds values of a kind
WRITE: Final = "write"  # the metadata key of a field that is shown by a function of its own


def located(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Let every converter of a class name the class and the field when it refuses (an attrs `field_transformer`)."""
    return [
        field
        if field.converter is None
        else field.evolve(converter=_at(f"{cls.__name__}.{field.name}", field.converter))
        for field in fields
    ]


def _at(place: str, convert: Any) -> Callable[[Any], Any]:
    def converted(value: object) -> object:
        try:
            return convert(value)
        except InvalidValueError as error:
            raise (error if error.where else error.at(place)) from None

    return converted


def refuse(rule: str, got: object, hint: str = "") -> InvalidValueError:
    """Make the refusal of a converter, whose place `located` fills in."""
    return InvalidValueError("", rule, got, hint)


# Words


def to_id(value: str) -> str:
    """An id: 1 to 64 characters, no control characters and no "/"."""
    if not isinstance(value, str):
        raise refuse("must be text", value)
    if not 1 <= len(value) <= LONGEST_ID:
        raise refuse(f"must have 1 to {LONGEST_ID} characters", value)
    if not _PLAIN_LETTERS.issuperset(value):
        if "/" in value:
            raise refuse('must not contain "/"', value, 'a "/" parts the ids in a session\'s id')
        refuse_unwritable(value)
    return value


def to_text(value: str) -> str:
    """Any text that can be stored: no NUL and no half of a character pair."""
    if not isinstance(value, str):
        raise refuse("must be text", value)
    if "\0" in value or not value.isascii():
        for character in value:
            if character == "\0" or unicodedata.category(character) == "Cs":
                raise refuse("must not contain NUL or half a character", value)
    return value


def refuse_unwritable(value: str) -> None:
    """Refuse what can't stand in a line of text."""
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
        raise refuse("must not contain control characters", value)


def to_flag(value: bool) -> bool:  # noqa: FBT001 - a converter takes what the field is
    """True or False, and nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise refuse("must be true or false", value)
    return value


def to_choice(value: str, choices: tuple[str, ...]) -> str:
    """One of a few words, in lower case."""
    word = value.lower() if isinstance(value, str) else value
    if word not in choices:
        raise refuse(f"must be one of {', '.join(choices)}", value)
    return word


def to_member(value: str, kind: type[E]) -> E:
    """A member of an enum, also by its name in any case."""
    try:
        return kind(value.upper()) if isinstance(value, str) else kind(value)
    except ValueError:
        raise refuse(f"must be one of {', '.join(kind)}", value) from None


def to_count(value: int, *, least: int = 1, most: int = 1_000_000) -> int:
    """A whole number within bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise refuse(f"must be a whole number from {least} to {most}", value)
    return int(value)


# Dates and times


def to_date(value: date | str) -> date:
    """A calendar date, also as "2026-09-07"."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise refuse("must be a date like 2026-09-07", value) from None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise refuse("must be a date like 2026-09-07", value)
    return value


def to_first_day(value: date | str) -> date:
    """The date on which something that repeats begins, in the years 1900 to 9899."""
    day = to_date(value)
    if not 1900 <= day.year < 9900:
        raise refuse("must lie in the years 1900 to 9899", day.isoformat())
    return day


def to_dates(value: Iterable[date | str]) -> tuple[date, ...]:
    """Dates in order, each once."""
    if isinstance(value, (str, bytes)):
        raise refuse("must be a list of dates", value)
    return tuple(sorted({to_date(day) for day in items(value)}))


def to_time(value: time | str) -> time:
    """A time of day to the minute, also as "9:05"."""
    if isinstance(value, str):
        found = _TIME.fullmatch(value.strip())
        if found and int(found[1]) < 24 and int(found[2]) < 60:
            return time(int(found[1]), int(found[2]))
    elif isinstance(value, time) and value.tzinfo is None and not value.second and not value.microsecond:
        return value.replace(fold=0)
    raise refuse("must be a time from 00:00 to 23:59, written HH:MM", value)


def to_end_time(value: time | str) -> time:
    """A time of day that ends something: "24:00" is the midnight after, kept as 00:00."""
    if isinstance(value, str) and value.strip() == "24:00":
        return time(0)
    return to_time(value)


def to_length(value: int | timedelta) -> timedelta:
    """A length longer than zero, in whole seconds; a number is minutes."""
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > _MOST_MINUTES:
            rule = f"must be at most {_MOST_MINUTES:,} minutes" if value > 0 else "must be longer than zero"
            raise refuse(rule, value)
        value = timedelta(minutes=value)
    if not isinstance(value, timedelta):
        raise refuse("must be minutes or a timedelta", value)
    if value <= timedelta(0):
        raise refuse("must be longer than zero", value)
    if value.microseconds:
        raise refuse("must be in whole seconds", value)
    return value


def to_instant(value: datetime | str) -> datetime:
    """An instant, kept in UTC; a datetime without a zone is refused."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise refuse("must be an instant like 2026-09-07T16:00:00Z", value) from None
    if not isinstance(instant, datetime):
        raise refuse("must be an instant (an aware datetime)", value)
    if instant.utcoffset() is None:
        raise refuse("must say its timezone", value, "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise refuse("must lie within the years 1 to 9999", value) from None


def to_days(value: str | int | Iterable[str | int]) -> tuple[int, ...]:
    """Weekdays as ISO numbers in order: from "MO,WE", names, or numbers (Monday=1)."""
    if isinstance(value, str):
        parts: Iterable[str | int] = (part.strip() for part in value.split(","))
    elif isinstance(value, int):
        parts = (value,)
    else:
        parts = items(value)
    days = tuple(sorted({to_weekday(part) for part in parts if part != ""}))
    if not days:
        raise refuse("must name at least one weekday", value, 'for example "MO,WE"')
    return days


def to_weekday(value: str | int) -> int:
    """One weekday as its ISO number, Monday=1."""
    if isinstance(value, str):
        number = _WEEKDAY_NUMBERS.get(value.strip().upper(), 0) or (int(value) if value in "1234567" and value else 0)
    else:
        number = value if isinstance(value, int) and not isinstance(value, bool) else 0
    if not 1 <= number <= len(WEEKDAYS):
        raise refuse("must be weekdays like MO,WE or ISO numbers (Monday=1)", value)
    return number


# Several of something


def items(value: Iterable[T]) -> tuple[T, ...]:
    """The members of any iterable but text and mappings."""
    if isinstance(value, (str, bytes, dict)) or not isinstance(value, Iterable):
        raise refuse("must be a list", value)
    return tuple(value)


def items_of(value: Iterable[T], kind: type[T], *, by_id: bool = False) -> tuple[T, ...]:
    """The members of an iterable, each of one kind; `by_id` also takes a bare id for a value that needs no more."""
    members = items(value)
    if by_id:
        make: Callable[..., T] = kind
        members = tuple(make(member) if isinstance(member, str) else member for member in members)
    if set(map(type, members)) <= {kind}:
        return members  # nearly always, and ten times faster than a look at each
    for member in members:
        if not isinstance(member, kind):
            raise refuse(f"must be a list of {kind.__name__} values", member)
    return members


def to_pairs(value: Mapping[str, object] | Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """What is said by name, as short texts in the order of the names."""
    pairs = items(value.items() if isinstance(value, Mapping) else value)
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise refuse("must be pairs of a name and what it says", pair)
    return tuple(sorted((as_short_text(key), as_short_text(said)) for key, said in pairs))


def as_short_text(value: object) -> str:
    """Any value as a text that can be shown and stored."""
    plain = as_plain(value)
    text = plain if isinstance(plain, str) else shown(plain)
    return text[:_LONGEST_TEXT].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def first_repeated(ids: Iterable[str]) -> str | None:
    """The first id that stands there again, if any does."""
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            return each
        seen.add(each)
    return None


# Showing


def readable(self: Any) -> str:
    """Show a value as the call that makes it, with only what differs from the defaults."""
    cls = type(self)
    parts = []
    for field in attrs.fields(cls):
        value = getattr(self, field.name)
        if not field.init or not field.repr or is_default(self, field):
            continue
        write = field.metadata.get(WRITE, as_typed)
        by_place = not field.kw_only and field.default is attrs.NOTHING
        parts.append(write(value) if by_place else f"{field.alias}={write(value)}")
    return f"{cls.__name__}({', '.join(parts)})"


def is_default(value: Any, field: attrs.Attribute[Any]) -> bool:
    """Whether a value's field holds what it would hold unsaid."""
    default: Any = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory(value) if default.takes_self else default.factory()
    return bool(getattr(value, field.name) == default)


def as_typed(value: object) -> str:
    """Show one field's value in the form in which people type it."""
    plain = as_plain(value)
    if isinstance(plain, tuple):
        return "[" + ", ".join(as_typed(member) for member in plain) + "]"
    if isinstance(plain, Mapping):
        return "{" + ", ".join(f"{as_typed(key)}: {as_typed(plain[key])}" for key in plain) + "}"
    return repr(plain)


def as_plain(value: object) -> object:
    """Give a value in the form in which people type it, if there's one: "18:00", "2026-09-07", minutes."""
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
        case timedelta() if value.total_seconds() % 60 == 0:
            return int(value.total_seconds() // 60)
        case enum.Enum():
            return value.value
        case _:
            return value


@lru_cache(maxsize=_REMEMBERED)
def instant_text(instant: datetime) -> str:
    """An instant as text in UTC; many lessons start together, and the same ones are written more than once."""
    return instant.astimezone(UTC).isoformat()


def day_name(day: date) -> str:
    """The weekday of a date in English, whatever the locale.

    >>> day_name(date(2026, 9, 7))
    'Monday'
    """
    return DAY_NAMES[day.weekday()]


def days_text(days: tuple[int, ...]) -> str:
    """Weekdays as people type them.

    >>> days_text((1, 3))
    'MO,WE'
    """
    return ",".join(WEEKDAYS[day - 1] for day in days)
