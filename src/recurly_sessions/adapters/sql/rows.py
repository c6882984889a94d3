"""Values to rows and back: the one place that knows how a Session, a Series or a journal entry is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from operator import add, attrgetter, sub
from typing import Any, Final

import attrs

from recurly_sessions.adapters.sql.dialects import Dialect, Row, Rows
from recurly_sessions.fields import instant_text
from recurly_sessions.planning.parties import parties_of
from recurly_sessions.planning.steps import Made
from recurly_sessions.store import Entry
from recurly_sessions.time.zones import to_zone_name
from recurly_sessions.values import document, files
from recurly_sessions.values.config import Config
from recurly_sessions.values.days_off import Closure
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.money import Money, money_of
from recurly_sessions.values.people import Availability, Member, Tutor
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Origin, Session, SessionStatus, sessions_of

_SOURCE: Final = files.Source("the database")
_FIELDS: Final = attrs.fields(Session)
_NAMES: Final = tuple(field.name for field in _FIELDS)
SESSION: Final = (*_NAMES[:9], "price_minor", "price_currency", *_NAMES[10:])  # the columns of its table
JOURNAL: Final = (
    "run_id",
    "series_id",
    "nth",
    "number",
    "kind",
    "at",
    "actor_id",
    "actor_role",
    "made",
    "changed",
    "activated",
    "undone_at",
    "undone_by",
)
_STATUSES: Final = {status.value: status for status in SessionStatus}
_ORIGINS: Final = {origin.value: origin for origin in Origin}
_INSTANTS: Final = frozenset({"starts_at", "ends_at", "original_starts_at", "updated_at"})
_MICROSECOND: Final = timedelta(microseconds=1)
_REMEMBERED: Final = 16_384

# Sessions


def rows_of_made(made: Sequence[Made], dialect: Dialect) -> Rows:
    """The rows of sessions to make, one series after the other."""
    parts = (_columns(each.columns, each.constants, len(each), dialect) for each in made)
    return Rows(SESSION, sum(map(len, made)), parts)


def rows_of(sessions: Sequence[Session], dialect: Dialect) -> list[Row]:
    """The rows of sessions."""
    columns = {name: list(map(attrgetter(name), sessions)) for name in _NAMES}
    return list(zip(*_columns(columns, {}, len(sessions), dialect), strict=True))


def _columns(
    columns: Mapping[str, Sequence[Any]], constants: Mapping[str, Any], count: int, dialect: Dialect
) -> list[Iterable[Any]]:
    written: list[Iterable[Any]] = []
    for field in _FIELDS:
        column = columns.get(field.name)
        if column is None:
            one = _column(field.name, [constants.get(field.name, field.default)], dialect)
            written += [repeat(values[0], count) for values in one]
        else:
            written += _column(field.name, column, dialect)
    return written


def _column(name: str, values: Sequence[Any], dialect: Dialect) -> list[list[Any]]:
    """The columns of one field."""
    if name in _INSTANTS or name == "occurs_on":
        return [[None] * len(values)] if values.count(None) == len(values) else [dialect.given(values)]
    if name == "price":
        known = {id(price): price for price in values}  # mostly few, each many times
        minors = {key: None if price is None else price.minor_units for key, price in known.items()}
        currencies = {key: None if price is None else price.currency for key, price in known.items()}
        keys = list(map(id, values))
        return [list(map(minors.__getitem__, keys)), list(map(currencies.__getitem__, keys))]
    if name == "pinned":
        return [list(map(",".join, values))]
    if name in {"status", "origin"}:
        return [[value.value for value in values]]
    return [list(values)]


def sessions_from(rows: Sequence[Row], dialect: Dialect) -> list[Session]:
    """The sessions of rows, in their order."""
    if not rows:
        return []
    columns: dict[str, Sequence[Any]] = dict(zip(SESSION, zip(*rows, strict=True), strict=True))
    minors, currencies = columns.pop("price_minor"), columns.pop("price_currency")
    known = {price: _price(*price) for price in {*zip(minors, currencies, strict=True)}}
    columns["price"] = list(map(known.__getitem__, zip(minors, currencies, strict=True)))
    columns["occurs_on"] = dialect.dates(columns["occurs_on"])
    columns["status"] = list(map(_STATUSES.__getitem__, columns["status"]))
    columns["origin"] = list(map(_ORIGINS.__getitem__, columns["origin"]))
    columns["pinned"] = list(map(_pinned, columns["pinned"]))
    for name in _INSTANTS:
        columns[name] = _instants(columns[name], dialect)
    for timezone in {*columns["timezone"]}:
        to_zone_name(timezone)
    return sessions_of(*(columns[name] for name in _NAMES))


def _instants(column: Sequence[Any], dialect: Dialect) -> Sequence[datetime | None]:
    missing = column.count(None)
    if missing == len(column):
        return column
    if not missing:
        return dialect.instants(column)
    there = iter(dialect.instants([each for each in column if each is not None]))
    return [None if each is None else next(there) for each in column]


def _price(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else money_of(minor, currency)


@lru_cache(maxsize=_REMEMBERED)
def _pinned(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


# Series, with what stands in tables of its own


def series_row(series: Series) -> dict[str, Any]:
    """The row of a series, but for its place and revision."""
    plain = document.plain(series)
    plain.pop("members", None)
    return {
        "id": series.id,
        "status": series.status.value,
        "branch_id": series.branch_id,
        "room_id": series.room_id,
        "document": as_text(plain),
        "members_tracked": series.members is not None,
    }


def member_rows(series: Series) -> list[Row]:
    """The rows of its members, without its id: place, id, name, timezone, active."""
    return [(place, each.id, each.name, each.timezone, each.active) for place, each in enumerate(series.members or ())]


def package_rows(series: Series) -> list[dict[str, Any]]:
    """The rows of its packages."""
    return [
        {"series_id": series.id, "id": each.id, "starts_on": each.starts_on, "ends_on": each.ends_on}
        for each in series.packages
    ]


def party_rows(series: Series) -> list[dict[str, Any]]:
    """The rows of the tutors, members and rooms that it names."""
    return [{"series_id": series.id, "kind": kind, "party_id": each} for kind, each in sorted(parties_of(series))]


@lru_cache(maxsize=_REMEMBERED)
def series_from(text: str, members: tuple[Row, ...] | None) -> Series:
    """The series of a document and the rows of its members, None where they aren't tracked."""
    series = document.read(Series, json.loads(text), _SOURCE)
    if members is None:
        return series
    return attrs.evolve(
        series,
        members=[Member(id, name=name, timezone=timezone, active=active) for _, id, name, timezone, active in members],
    )


def archive_row(series: Series) -> dict[str, Any]:
    """The row of a series that is archived."""
    members = None if series.members is None else as_text([list(row) for row in member_rows(series)])
    return {"series_id": series.id, "document": series_row(series)["document"], "members": members}


def archived_from(text: str, members: str | None) -> Series:
    """The series of an archived row."""
    return series_from(text, None if members is None else tuple(map(tuple, json.loads(members))))


# Tutors


def tutor_row(tutor: Tutor) -> dict[str, Any]:
    """The row of a tutor, but for the place."""
    plain = document.plain(tutor)
    plain.pop("availability", None)
    return {"id": tutor.id, "document": as_text(plain), "availability_tracked": tutor.availability is not None}


def availability_rows(tutor: Tutor) -> list[Row]:
    """The rows of a tutor's hours, without the tutor's id: place, id, weekday, date, starts, ends, mode, active."""
    return [
        (place, each.id, each.weekday, each.date, f"{each.start:%H:%M}", f"{each.end:%H:%M}", each.mode, each.active)
        for place, each in enumerate(tutor.availability or ())
    ]


@lru_cache(maxsize=_REMEMBERED)
def tutor_from(text: str, hours: tuple[Row, ...] | None) -> Tutor:
    """The tutor of a document and the rows of its hours, None where they aren't tracked."""
    tutor = document.read(Tutor, json.loads(text), _SOURCE)
    return tutor if hours is None else attrs.evolve(tutor, availability=map(_availability, hours))


def _availability(row: Row) -> Availability:
    _, id_, weekday, day, starts, ends, mode, active = row
    return Availability(id_, weekday=weekday, date=day, start=starts, end=ends, mode=mode, active=active)


# What all series share


def shared_row(base: Config, branches: Iterable[tuple[str, Config]], closures: Iterable[Closure]) -> dict[str, Any]:
    """The rules and closures of a school, as texts."""
    return {
        "base": as_text(document.plain(base)),
        "branches": as_text({branch: document.plain(config) for branch, config in branches}),
        "closures": as_text([document.plain(closure) for closure in closures]),
    }


@lru_cache(maxsize=16)
def shared_from(base: str, branches: str, closures: str) -> tuple[Config, dict[str, Config], tuple[Closure, ...]]:
    """The rules of all and of each branch, and the closures."""
    return (
        document.read(Config, json.loads(base), _SOURCE),
        {branch: document.read(Config, plain, _SOURCE) for branch, plain in json.loads(branches).items()},
        tuple(document.read(Closure, plain, _SOURCE) for plain in json.loads(closures)),
    )


def as_text(plain: object) -> str:
    """Plain data as JSON, on one line."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


# The journal


def journal_rows(entries: Sequence[Entry], numbers: Iterable[int], dialect: Dialect) -> Rows:
    """The rows of what a run did to some series, each with the number that it has in the journal."""
    rows = (_journal_row(entry, number, dialect) for entry, number in zip(entries, numbers, strict=True))
    return Rows(JOURNAL, len(entries), ([[each] for each in row] for row in rows))


def _journal_row(entry: Entry, number: int, dialect: Dialect) -> Row:
    at, undone_at = (None if each is None else dialect.given([each])[0] for each in (entry.at, entry.undone_at))
    return (
        entry.run_id,
        entry.series_id,
        entry.nth,
        number,
        entry.kind,
        at,
        entry.actor.id,
        entry.actor.role.value,
        _made_to_text(entry.made),
        changed_to_text(entry.changed),
        entry.activated,
        undone_at,
        entry.undone_by,
    )


def _made_to_text(made: Made | None) -> str | None:
    """Sessions that were made, as JSON: column by column, each value once if it's the same in all, each decision once.

    The ends are told by how long lessons last, which is mostly the same.
    """
    if made is None:
        return None
    columns = dict(made.columns)
    if "starts_at" in columns and "ends_at" in columns:
        columns["lasts"] = list(map(sub, columns.pop("ends_at"), columns["starts_at"]))
    few = {id(decision): decision for decision in made.decisions}
    places: dict[Decision, int] = {}
    place_of = {at: places.setdefault(decision, len(places)) for at, decision in few.items()}
    return as_text(
        {
            "columns": {
                name: _plain_column(name, column[:1] if column.count(column[0]) == len(column) else column)
                for name, column in columns.items()
            },
            "constants": {name: _plain_column(name, [value])[0] for name, value in made.constants.items()},
            "decisions": [list(attrs.astuple(decision)) for decision in places],
            "dealt": list(map(place_of.__getitem__, map(id, made.decisions))),
            "codes": None if made.codes is None else list(made.codes),
            "becauses": None if made.becauses is None else list(made.becauses),
        }
    )


def made_from_text(text: str | None) -> Made | None:
    """What `_made_to_text` wrote."""
    if text is None:
        return None
    plain = json.loads(text)
    decisions = [Decision(*each) for each in plain["decisions"]]
    count = len(plain["dealt"])
    columns = {
        name: _column_from(name, column * count if len(column) == 1 else column)
        for name, column in plain["columns"].items()
    }
    if "lasts" in columns:
        columns["ends_at"] = list(map(add, columns["starts_at"], columns.pop("lasts")))
    return Made(
        columns=columns,
        constants={name: _column_from(name, [value])[0] for name, value in plain["constants"].items()},
        decisions=list(map(decisions.__getitem__, plain["dealt"])),
        codes=plain["codes"],
        becauses=plain["becauses"],
    )


def changed_to_text(changed: Sequence[tuple[Session, Session]]) -> str:
    """Sessions before and after, as JSON, field by field."""
    if not changed:
        return "[]"
    return as_text([_plain_sessions([pair[place] for pair in changed]) for place in (0, 1)])


def changed_from_text(text: str) -> tuple[tuple[Session, Session], ...]:
    """What `changed_to_text` wrote."""
    if text == "[]":
        return ()
    before, after = (
        sessions_of(*(_column_from(name, columns[name]) for name in _NAMES)) for columns in json.loads(text)
    )
    return tuple(zip(before, after, strict=True))


def _plain_sessions(sessions: Sequence[Session]) -> dict[str, list[Any]]:
    return {name: _plain_column(name, list(map(attrgetter(name), sessions))) for name in _NAMES}


def _plain_column(name: str, values: Sequence[Any]) -> list[Any]:
    if name in _INSTANTS:
        return [None if value is None else instant_text(value) for value in values]
    if name == "occurs_on":
        return [None if value is None else value.isoformat() for value in values]
    if name == "price":
        few = {id(value): value for value in values}
        texts = {at: None if value is None else str(value) for at, value in few.items()}
        return [texts[id(value)] for value in values]
    if name == "lasts":
        return [value // _MICROSECOND for value in values]
    return list(values)


def _column_from(name: str, plain: Sequence[Any]) -> list[Any]:
    if name in _INSTANTS:
        return [None if value is None else datetime.fromisoformat(value) for value in plain]
    read = _READ.get(name)
    if read is not None:
        return [None if value is None else read(value) for value in plain]
    return [tuple(value) for value in plain] if name == "pinned" else list(plain)


@lru_cache(maxsize=_REMEMBERED)
def _money(text: str) -> Money:
    return Money.parse(text)


_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "lasts": lambda count: count * _MICROSECOND,
    "occurs_on": date.fromisoformat,
    "price": _money,
    "status": SessionStatus,
    "origin": Origin,
}
