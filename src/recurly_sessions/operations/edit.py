"""One session as a person makes or changes it, to the store and to those who must know.

Who may do what, and until when, is the host's to say: here nothing is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from recurly_sessions.config import config_for, zone_of
from recurly_sessions.errors import ChangedMeanwhileError, InvalidValueError, UnknownNameError
from recurly_sessions.operations.notices import notices_of
from recurly_sessions.planning.price import Prices
from recurly_sessions.planning.steps import Made
from recurly_sessions.store import Store, Transaction
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.occurrence import Identity
from recurly_sessions.values.school import School
from recurly_sessions.values.session import PINNABLE, Origin, Session
from recurly_sessions.values.window import to_edge

# A move and a status are told by other means, and the others no plan touches.
_PINNED: Final = frozenset(PINNABLE) - {"starts_at", "status", "notes", "meeting_url"}
_ROOM_FOR_NUMBER: Final = 190  # characters of an id before a number
_MOST: Final = 100  # numbers that are tried


def edit_session(
    session: Session,
    store: Store,
    *,
    now: datetime | str,
    actor: Actor = SYSTEM,
    notify: bool = True,
    **fields: Any,  # noqa: ANN401 - whatever a Session takes
) -> Session:
    """Change a session, if it's still the one that was read, and keep who did; it's returned as it is then.

    What is set stays: fields that plans would set again are pinned, unless `pinned` is given, and of a session that is
    moved its first time is kept in `original_starts_at`. If somebody has changed the session since it was read, a
    `ChangedMeanwhileError` says so, and nothing is written.
    """
    at = _moment("edit_session", now)
    more: dict[str, Any] = {"version": session.version + 1, "updated_by": actor.id, "updated_at": at}
    for name in sorted(more.keys() & fields):
        raise InvalidValueError(f"edit_session: {name}", "must be left to the store", fields[name])
    after = attrs.evolve(session, **more, **fields)
    if (after.id, after.series_id) != (session.id, session.series_id):
        raise InvalidValueError("edit_session", "must leave the id and the series as they are", after.id)
    after = _kept(session, after, fields)
    with store.transaction(session.series_id) as transaction:
        if transaction.replace([(session, after)]):
            stored = transaction.sessions([session.id]).get(session.id)
            raise ChangedMeanwhileError(session.id, session.version, None if stored is None else stored.version)
        if notify:
            _tell(transaction, after, changed=[(session, after)])
    return after


def _kept(before: Session, after: Session, given: Mapping[str, object]) -> Session:
    """The session with what tells plans that a person has set it."""
    is_moved = after.starts_at != before.starts_at
    changed = {name for name in _PINNED if name in given and getattr(after, name) != getattr(before, name)}
    if is_moved and "original_starts_at" not in given:
        after = attrs.evolve(after, original_starts_at=before.original_starts_at or before.starts_at)
    if "pinned" not in given:
        after = attrs.evolve(after, pinned={*after.pinned, *(changed - {"ends_at"} if is_moved else changed)})
    return after


def add_session(
    session: Session, store: Store, *, now: datetime | str, actor: Actor = SYSTEM, notify: bool = True
) -> Session:
    """Put a session that a person has made on the calendar, and keep who did; it's returned as it is then.

    One whose id, or whose date of a slot, is taken is refused.
    """
    made = attrs.evolve(session, updated_by=actor.id, updated_at=_moment("add_session", now))
    with store.transaction(made.series_id) as transaction:
        if transaction.insert(Made.of([made])):
            raise InvalidValueError("add_session", "must have an id, and a date of a slot, that isn't taken", made.id)
        if notify:
            _tell(transaction, made, made=Made.of([made]))
    return made


def session_by_hand(
    school: School,
    series_id: str,
    *,
    starts_at: datetime,
    ends_at: datetime,
    tutor_id: str | None = None,
    package_id: str | None = None,
) -> Session:
    """A lesson of a series that no slot says, as a person would add it: priced as any other, in its day's package."""
    series = school.one(series_id)
    config = config_for(school, series)
    zone = zone_of(series, config)
    tutors = None if school.tutors is None else {tutor.id: tutor for tutor in school.tutors}
    if tutors is not None and tutor_id is not None and tutor_id not in tutors:
        raise UnknownNameError("tutor", tutor_id, tuple(tutors))
    packages = {package.id: package for package in series.packages}
    if package_id is not None and package_id not in packages:
        raise UnknownNameError("package", package_id, tuple(packages))
    local = zone.local(starts_at)
    own = next((each.id for each in series.packages if each.starts_on <= local.date() <= each.ends_on), None)
    return Session(
        f"{series_id}/{local:%Y-%m-%dT%H:%M}",
        series_id=series_id,
        timezone=zone.name,
        starts_at=starts_at,
        ends_at=ends_at,
        tutor_id=tutor_id,
        price=Prices(series, config, tutors).one(tutor_id, ends_at - starts_at),
        origin=Origin.MANUAL,
        package_id=package_id or own,
    )


def rename_session(session_id: str, store: Store, *, now: datetime | str, actor: Actor = SYSTEM) -> Session:
    """Give a session that has the id of a lesson which it isn't another one, so that a plan can make that lesson.

    It's named by the slot and date for which it stands, or by a number where it stands for none or that id is taken
    too. Nothing else about it changes, and nobody is told. One that is the lesson that its id says is refused.
    """
    at = _moment("rename_session", now)
    with store.transaction() as transaction:
        found = transaction.sessions([session_id]).get(session_id)
    if found is None:
        raise UnknownNameError("session", session_id)
    with store.transaction(found.series_id) as transaction:
        before = transaction.sessions([session_id]).get(session_id)
        if before != found:
            raise ChangedMeanwhileError(session_id, found.version, None if before is None else before.version)
        if not _has_id_of_another(before):
            rule = "must be given a session that has the id of a lesson which it isn't"
            raise InvalidValueError("rename_session", rule, session_id)
        names = [str(before.identity), *(f"{session_id[:_ROOM_FOR_NUMBER]} ({number})" for number in range(2, _MOST))]
        taken = transaction.sessions(names)
        name = next(each for each in (names if before.identity is not None else names[1:]) if each not in taken)
        after = attrs.evolve(before, id=name, version=before.version + 1, updated_by=actor.id, updated_at=at)
        left = transaction.delete([before]) or transaction.insert(Made.of([after]))
        assert not left, "it was read in this transaction, and the name and the date are free"
    return after


def _has_id_of_another(session: Session) -> bool:
    try:
        return Identity.parse(session.id) != session.identity
    except InvalidValueError:
        return False


def _moment(name: str, now: datetime | str) -> datetime:
    try:
        return to_edge(now)
    except InvalidValueError as error:
        raise error.at(f"{name}: now") from None


def _tell(
    transaction: Transaction,
    session: Session,
    *,
    made: Made | None = None,
    changed: Sequence[tuple[Session, Session]] = (),
) -> None:
    """Keep who is told; of a series that isn't live nobody is."""
    if session.series_id not in transaction.standing(session.series_id):
        return
    assert session.updated_at is not None, "it was set when the session was made or changed"
    school = transaction.snapshot([session.series_id], now=session.updated_at).school
    series = next(each for each in school.series if each.id == session.series_id)
    transaction.tell(notices_of(series, f"edit {session.id} {session.version}", 1, made=made, changed=changed))
