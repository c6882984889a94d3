"""School: everything that is declared. Snapshot: a school with what exists, read at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol, TypeVar

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import (
    OF,
    WRITE,
    first_repeated,
    items_of,
    located,
    readable,
    refuse,
    to_id,
    to_instant,
    to_pairs,
    to_text,
)
from recurly_sessions.values import document, files
from recurly_sessions.values.config import Config, to_closures
from recurly_sessions.values.days_off import Closure
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.series import Series, to_config
from recurly_sessions.values.session import Session


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


H = TypeVar("H", bound=_HasId)


def to_series(value: Iterable[Series] | Series) -> tuple[Series, ...]:
    """Series, each under an id of its own; one may stand alone."""
    return _each_once((value,) if isinstance(value, Series) else items_of(value, Series))


def to_tutors(value: Iterable[Tutor | str]) -> tuple[Tutor, ...]:
    """Tutors, also by a bare id, each once."""
    return _each_once(items_of(value, Tutor, by_id=True))  # type: ignore[arg-type]


def to_school_closures(value: Iterable[Closure]) -> tuple[Closure, ...]:
    """Closures, each under an id of its own."""
    return _each_once(to_closures(value))


def to_branches(value: Mapping[str, Config] | Iterable[tuple[str, Config]]) -> tuple[tuple[str, Config], ...]:
    """Configs by branch id, in the order of the ids."""
    pairs = tuple(value.items()) if isinstance(value, Mapping) else items_of(value, tuple)
    for pair in pairs:
        if len(pair) != 2:
            raise refuse("must be configs by branch id", pair)
    twice = first_repeated(to_id(branch) for branch, _ in pairs)
    if twice is not None:
        raise refuse("must not have two configs of one id", twice)
    return tuple(sorted(((branch, to_config(config)) for branch, config in pairs), key=itemgetter(0)))


def _show_branches(branches: tuple[tuple[str, Config], ...]) -> str:
    return repr(dict(branches))


def _each_once(values: tuple[H, ...]) -> tuple[H, ...]:
    ids = [value.id for value in values]
    if len(set(ids)) < len(ids):
        raise refuse("must not have two of one id", first_repeated(ids))
    return values


@attrs.frozen(repr=False, field_transformer=located)
class School:
    """Everything that is declared: series, tutors, closures, and the rules of all and of each branch.

    `tutors=None` means that profiles aren't tracked. A TOML or JSON file is one:

    >>> School.from_toml('''
    ... [[series]]
    ... id = "maths"
    ... timezone = "Europe/Paris"
    ... starts_on = 2026-09-07
    ... slots = [{ id = "mon", days = "MO", start = "18:00", end = "19:30" }]
    ... ''').series[0].slots[0].id
    'mon'
    """

    series: tuple[Series, ...] = attrs.field(converter=to_series, metadata={OF: Series})
    tutors: tuple[Tutor, ...] | None = attrs.field(
        default=None, converter=optional(to_tutors), kw_only=True, metadata={OF: Tutor}
    )
    closures: tuple[Closure, ...] = attrs.field(
        default=(), converter=to_school_closures, kw_only=True, metadata={OF: Closure}
    )
    base: Config = attrs.field(default=Config(), converter=to_config, kw_only=True, metadata={OF: Config})
    branches: tuple[tuple[str, Config], ...] = attrs.field(
        default=(),
        converter=to_branches,
        kw_only=True,
        metadata={OF: Config, document.BY_ID: True, WRITE: _show_branches},
    )

    def one(self, series_id: str) -> Series:
        """The series of an id."""
        for series in self.series:
            if series.id == series_id:
                return series
        raise UnknownNameError("series", series_id, tuple(series.id for series in self.series))

    def with_series(self, series: Series) -> School:
        """The school with a series changed, or added if it has none of this id."""
        if not isinstance(series, Series):
            raise InvalidValueError("School.with_series", "must be given a Series", series)
        known = [each.id for each in self.series]
        place = known.index(series.id) if series.id in known else len(known)
        return attrs.evolve(self, series=(*self.series[:place], series, *self.series[place + 1 :]))

    def branch(self, branch_id: str | None) -> Config | None:
        """The rules of a branch, if it has any."""
        return dict(self.branches).get(branch_id) if branch_id is not None else None

    @classmethod
    def from_toml(cls, path_or_text: str | Path) -> School:
        """Read a school from a TOML file or its text; a `DocumentError` names everything that is wrong."""
        return document.read(cls, *files.from_toml(path_or_text))

    @classmethod
    def from_json(cls, path_or_text: str | Path) -> School:
        """Read a school from a JSON file or its text; a `DocumentError` names everything that is wrong."""
        return document.read(cls, *files.from_json(path_or_text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> School:
        """Read a school from plain data, as TOML or JSON hold it."""
        return document.read(cls, data, files.Source("the school"))

    def to_toml(self) -> str:
        """Write the school as TOML; only what differs from the defaults is said."""
        return files.to_toml(document.plain(self))

    def to_json(self) -> str:
        """Write the school as JSON; only what differs from the defaults is said."""
        return files.to_json(document.plain(self))

    def to_dict(self) -> dict[str, Any]:
        """Write the school as plain data."""
        return document.plain(self)

    __repr__ = readable


@attrs.frozen(repr=False, kw_only=True, field_transformer=located)
class Booking:
    """Something else that keeps a tutor, a member or a room busy."""

    id: str = attrs.field(converter=to_id, kw_only=False)
    starts_at: datetime = attrs.field(converter=to_instant)
    ends_at: datetime = attrs.field(converter=to_instant)
    tutor_id: str | None = attrs.field(default=None, converter=optional(to_id))
    member_id: str | None = attrs.field(default=None, converter=optional(to_id))
    room_id: str | None = attrs.field(default=None, converter=optional(to_id))

    def __attrs_post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            rule = f"must be after starts_at ({self.starts_at.isoformat()})"
            raise InvalidValueError("Booking.ends_at", rule, self.ends_at.isoformat())

    __repr__ = readable


def to_school(value: School) -> School:
    """A school."""
    if not isinstance(value, School):
        raise refuse("must be a School", value)
    return value


def to_sessions(value: Iterable[Session]) -> tuple[Session, ...]:
    """Sessions, each once."""
    return _each_once(items_of(value, Session))


def to_ids(value: Iterable[str]) -> tuple[str, ...]:
    """Ids, each once, in order."""
    return tuple(sorted({to_id(each) for each in items_of(value, str)}))


def to_bookings(value: Iterable[Booking]) -> tuple[Booking, ...]:
    """Bookings, each once."""
    return _each_once(items_of(value, Booking))


@attrs.frozen(repr=False, kw_only=True, field_transformer=located)
class Snapshot:
    """A school with the sessions that exist and other bookings of its people and rooms, read at one moment.

    `only` are the series that were asked for, where that isn't all; `held` are those that nothing is done to, since a
    run was undone. `revisions` say of each series by which revision of it, and of what all share, it was read.
    """

    school: School = attrs.field(converter=to_school)
    sessions: tuple[Session, ...] = attrs.field(default=(), converter=to_sessions)
    bookings: tuple[Booking, ...] = attrs.field(default=(), converter=to_bookings)
    read_at: datetime = attrs.field(converter=to_instant)
    revision: str = attrs.field(default="", converter=to_text)
    only: tuple[str, ...] | None = attrs.field(default=None, converter=optional(to_ids))
    held: tuple[str, ...] = attrs.field(default=(), converter=to_ids)
    revisions: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=to_pairs)

    __repr__ = readable
