"""What happens to stored sessions: a plan is applied, and people move, fill, confirm, call off and add lessons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from recurly_sessions import Money, Origin, Session, SessionStatus
from recurly_sessions.values.school import Booking

Sessions = tuple[Session, ...]


def applied(sessions: Iterable[Session], afters: Iterable[Session]) -> Sessions:
    """The sessions after a plan, of which `afters` are those that it makes or changes."""
    return in_order({**{each.id: each for each in sessions}, **{each.id: each for each in afters}}.values())


def in_order(sessions: Iterable[Session]) -> Sessions:
    return tuple(sorted(sessions, key=lambda each: each.id))


def edited(sessions: Iterable[Session], changed: Session) -> Sessions:
    """The sessions with one of them changed (its version is a later one), or added."""
    before = {each.id: each for each in sessions}
    if changed.id in before:
        changed = attrs.evolve(changed, version=before[changed.id].version + 1)
    return in_order((before | {changed.id: changed}).values())


def once_each(sessions: Iterable[Session]) -> list[Session]:
    """The sessions as a store takes them: of two for what was promised once, the first."""
    found: dict[object, Session] = {}
    for session in sessions:
        found.setdefault(session.identity or session.id, session)
    return list(found.values())


# --- what a person does to a session --------------------------------------------------------------------------------


def move(session: Session, by: timedelta) -> Session:
    """Give a session another time, once and for all."""
    return attrs.evolve(
        session,
        starts_at=session.starts_at + by,
        ends_at=session.ends_at + by,
        original_starts_at=session.original_starts_at or session.starts_at,
        pinned=(*session.pinned, "starts_at", "ends_at"),
    )


def drift(session: Session, by: timedelta) -> Session:
    """Give a session another time as a host does that keeps what was promised, but pins nothing."""
    moved = attrs.evolve(session, starts_at=session.starts_at + by, ends_at=session.ends_at + by)
    return attrs.evolve(moved, original_starts_at=session.original_starts_at or session.starts_at)


def lengthen(session: Session, by: timedelta) -> Session:
    return attrs.evolve(session, ends_at=session.ends_at + by, pinned=(*session.pinned, "ends_at"))


def pin_tutor(session: Session, tutor_id: str | None) -> Session:
    return attrs.evolve(session, tutor_id=tutor_id, pinned=(*session.pinned, "tutor_id"))


def pin_price(session: Session, price: Money | str) -> Session:
    return attrs.evolve(session, price=price, pinned=(*session.pinned, "price"))


def pin(session: Session, *names: str) -> Session:
    return attrs.evolve(session, pinned=(*session.pinned, *names))


def put_in_room(session: Session, room_id: str | None) -> Session:
    return attrs.evolve(session, room_id=room_id, pinned=(*session.pinned, "room_id"))


def note(session: Session, text: str) -> Session:
    return attrs.evolve(session, notes=text, pinned=(*session.pinned, "notes"))


def confirm(session: Session) -> Session:
    return attrs.evolve(session, status=SessionStatus.CONFIRMED)


def insist(session: Session) -> Session:
    """Confirm a session so that it takes place whatever happens to its slot."""
    return attrs.evolve(session, status=SessionStatus.CONFIRMED, pinned=(*session.pinned, "status"))


def cancel(session: Session, reason: str = "the student is ill") -> Session:
    """Call a session off for good."""
    return attrs.evolve(session, status=SessionStatus.CANCELLED, cause_id=None, cancellation_reason=reason)


def cancel_and_pin(session: Session) -> Session:
    """Call a session off for good, in the name of something (a request, a bill)."""
    named = attrs.evolve(cancel(session), cause_id=session.cause_id or "a-request")
    return attrs.evolve(named, pinned=(*session.pinned, "status"))


def put_off(session: Session) -> Session:
    return attrs.evolve(session, status=SessionStatus.RESCHEDULED)


def complete(session: Session, status: SessionStatus = SessionStatus.COMPLETED) -> Session:
    return attrs.evolve(session, status=status)


def take_over(session: Session) -> Session:
    """Make a session one's own, with its place in the series."""
    return attrs.evolve(session, origin=Origin.MANUAL)


def copy_of(session: Session, id: str) -> Session:
    """A second session for what was promised once."""
    return attrs.evolve(session, id=id)


def manual(id: str, series_id: str, starts_at: datetime, *, like: Session) -> Session:
    """A lesson that a person adds to a series, of the length of another and with its tutor."""
    return Session(
        id,
        series_id=series_id,
        timezone=like.timezone,
        starts_at=starts_at,
        ends_at=starts_at + (like.ends_at - like.starts_at),
        tutor_id=like.tutor_id,
        origin=Origin.MANUAL,
    )


def book(
    id: str,
    starts_at: datetime,
    length: timedelta,
    *,
    tutor_id: str | None = None,
    member_id: str | None = None,
    room_id: str | None = None,
) -> Booking:
    """Keep somebody busy elsewhere, or a room."""
    ends_at = starts_at + length
    return Booking(id, starts_at=starts_at, ends_at=ends_at, tutor_id=tutor_id, member_id=member_id, room_id=room_id)
