"""What a plan was made from and what there is now, to what has changed since for each series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

import attrs

from recurly_sessions.config import ResolvedConfig, config_for
from recurly_sessions.fields import as_typed
from recurly_sessions.values.config import RULES
from recurly_sessions.values.document import plain
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import Booking, School, Snapshot
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session

_MOST: Final = 20  # that are told of one series


def changed_since(
    before: Snapshot, after: Snapshot, planned: Iterable[str], *, now: datetime
) -> dict[str, tuple[str, ...]]:
    """Say of each planned series what has changed in its inputs, or in its sessions that start after `now`."""
    found: dict[str, tuple[str, ...]] = {}
    were, are = _by_id(before.school.series), _by_id(after.school.series)
    sessions = [_to_come(snapshot.sessions, now) for snapshot in (before, after)]
    for series_id in planned:
        if series_id not in are:
            found[series_id] = ("the series is gone",)
            continue
        told = [
            *_of_value("", were[series_id], are[series_id]),
            *_of_rules(config_for(before.school, were[series_id]), config_for(after.school, are[series_id])),
            *_of_people(_tutors(before.school, were[series_id]), _tutors(after.school, were[series_id])),
            *_of_many("session", *(each.get(series_id, {}) for each in sessions)),
            *_of_many("booking", *(_bookings(each, are[series_id], now) for each in (before, after))),
        ]
        if told:
            more = [f"and {len(told) - _MOST} more"] if len(told) > _MOST else []
            found[series_id] = (*told[:_MOST], *more)
    return found


def _by_id(values: Iterable[Any]) -> dict[str, Any]:
    return {value.id: value for value in values}


def _bookings(snapshot: Snapshot, series: Series, now: datetime) -> dict[str, Booking]:
    """What else will keep busy those who take part in a series, its tutors and its rooms."""
    tutors = {assignment.tutor_id for assignment in series.assignments}
    members = {member.id for member in series.members or ()}
    rooms = {series.room_id, *(slot.room_id for slot in series.slots)} - {None}
    return {
        each.id: each
        for each in snapshot.bookings
        if each.ends_at > now and (each.tutor_id in tutors or each.member_id in members or each.room_id in rooms)
    }


def _to_come(sessions: Iterable[Session], now: datetime) -> dict[str, dict[str, Session]]:
    found: dict[str, dict[str, Session]] = {}
    for session in sessions:
        if session.starts_at > now:
            found.setdefault(session.series_id, {})[session.id] = session
    return found


def _of_value(name: str, before: attrs.AttrsInstance, after: attrs.AttrsInstance) -> Iterator[str]:
    """What differs between two values of one kind, field by field; values with ids are compared one by one."""
    if before == after:
        return
    for field in attrs.fields(type(before)):
        was, now = getattr(before, field.name), getattr(after, field.name)
        if was == now or not field.eq or field.name == "config":
            continue
        if _have_ids(was) and _have_ids(now) and (was or now):
            yield from _of_many(_one_of(field.name), _by_id(was), _by_id(now))
            if sorted(was, key=attrgetter("id")) == sorted(now, key=attrgetter("id")):
                yield f"{name}{field.name} in another order"
        else:
            yield f"{name}{field.name} {_shown(was)} → {_shown(now)}"


def _shown(value: object) -> str:
    """A field as people type it; values in it as a file has them."""
    if isinstance(value, tuple) and value and all(attrs.has(type(each)) for each in value):
        tables = (", ".join(f"{name} = {said}" for name, said in plain(each).items()) for each in value)
        return f"[{', '.join(f'{{ {table} }}' for table in tables)}]"
    return as_typed(value)


def _have_ids(values: object) -> bool:
    return isinstance(values, tuple) and all(hasattr(value, "id") for value in values)


def _one_of(name: str) -> str:
    return name if name == "series" else name.removesuffix("s")


def _of_many(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{kind} {each} is new" for each in after if each not in before)
    yield from (f"{kind} {each} is gone" for each in before if each not in after)
    for each, value in before.items():
        if each in after:
            yield from _of_value(f"{kind} {each}: ", value, after[each])


def _of_rules(before: ResolvedConfig, after: ResolvedConfig) -> Iterator[str]:
    for rule in RULES:
        was, now = getattr(before, rule), getattr(after, rule)
        if rule == "closures":
            yield from _of_many("closure", _by_id(was), _by_id(now))
        elif was != now:
            yield f"{rule} {as_typed(was)} → {as_typed(now)} ({after.origin(rule)})"


def _of_people(before: Mapping[str, Tutor] | None, after: Mapping[str, Tutor] | None) -> Iterator[str]:
    if before is None or after is None:
        if before is not after:
            yield "tutors are tracked now" if before is None else "tutors are no longer tracked"
        return
    yield from _of_many("tutor", before, after)


def _tutors(school: School, series: Series) -> dict[str, Tutor] | None:
    """The tutors that the series names, if they're tracked."""
    if school.tutors is None:
        return None
    named = {assignment.tutor_id for assignment in series.assignments}
    return {tutor.id: tutor for tutor in school.tutors if tutor.id in named}
