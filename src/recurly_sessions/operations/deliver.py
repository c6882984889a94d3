"""What people are to be told, to the messages that they get: each run once, in their own time, until it has arrived."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

import attrs

from recurly_sessions.errors import InvalidValueError, UnknownNameError, UnreadableError
from recurly_sessions.fields import day_name
from recurly_sessions.store import SYSTEM_RECIPIENT, Digest, Recipient, Store, Told
from recurly_sessions.time.zones import zone_named
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session
from recurly_sessions.values.window import to_edge

LEASE: Final = timedelta(minutes=5)  # how long a digest that was taken is left to whoever took it
ATTEMPTS: Final = 10
_FIRST_PAUSE: Final = timedelta(minutes=1)
# In the order in which they're told.
_WORDS: Final = {
    "cancelled": "Cancelled",
    "unassigned": "No longer yours",
    "moved": "Moved",
    "reinstated": "Takes place after all",
    "generated": "New",
    "assigned": "You teach",
    "confirmed": "Confirmed",
}
_WORDS_TO_MEMBERS: Final = _WORDS | {"assigned": "Tutor changed"}


@attrs.frozen(kw_only=True)
class Line:
    """One session in a message: what happened, in a word of `kind`, and the session as it is; None if it's gone.

    Of something to see to, `kind` is the code of the issue, the id that of its series, and `words` say what it is.
    """

    kind: str
    session_id: str
    session: Session | None
    words: str = ""


@attrs.frozen(kw_only=True)
class Message:
    """One digest for one person: everything that a run did that concerns them.

    `key` is the same when a message is delivered again, so that a receiver can drop a repeat.
    """

    key: str
    recipient: Recipient
    name: str
    timezone: str | None
    lines: tuple[Line, ...]

    def as_text(self) -> str:
        """The message to be read, with all times on the recipient's own clock, or else on that of the series."""
        parts = []
        every = _WORDS if self.recipient.role == "tutor" else _WORDS_TO_MEMBERS
        others = {line.kind: line.kind.capitalize() for line in self.lines if line.kind not in every and not line.words}
        for kind, words in (every | others).items():
            told = [line for line in self.lines if line.kind == kind and not line.words]
            if told:
                parts += [f"{words}:", *(f"  {self._told(line)}" for line in told)]
        issues = [f"  {_place(line)}{line.words} ({line.kind})" for line in self.lines if line.words]
        return "\n".join([*parts, *(["To see to:"] if issues else []), *issues])

    def _told(self, line: Line) -> str:
        session = line.session
        if session is None:
            return f"{line.session_id} (no longer there)"
        timezone = self.timezone or session.timezone
        zone = zone_named(timezone).info
        start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
        reason = f" ({session.cancellation_reason})" if line.kind == "cancelled" and session.cancellation_reason else ""
        when = f"{day_name(start)[:3]} {start:%Y-%m-%d %H:%M}–{end:%H:%M} {timezone}"
        return f"{when}  {session.series_id}{reason}"


def _place(line: Line) -> str:
    """Which series an issue is of, if it's of one."""
    return "" if "/" in line.session_id else f"{line.session_id}: "


class Notifier(Protocol):
    """Whatever brings a message to a person. What it raises is a failure, and the message is tried again later."""

    def notify(self, message: Message) -> None:
        """Bring a message to its recipient; the same `key` may come twice."""
        ...


class LoggingNotifier:
    """A notifier that writes messages to a log."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger or logging.getLogger("recurly_sessions.notices")

    def notify(self, message: Message) -> None:
        """Log a message."""
        role, person = message.recipient
        self._logger.info("to %s %s (%s):\n%s", role, person, message.name, message.as_text())


class CallbackNotifier:
    """A notifier that hands messages to a function."""

    def __init__(self, callback: Callable[[Message], object]) -> None:
        self._callback = callback

    def notify(self, message: Message) -> None:
        """Hand a message on."""
        self._callback(message)


@attrs.frozen(kw_only=True)
class Delivered:
    """What came of a delivery: how many messages arrived, are tried again later, and were given up."""

    arrived: int = 0
    put_off: int = 0
    given_up: int = 0
    errors: tuple[str, ...] = ()


def deliver(
    store: Store, notifier: Notifier, *, now: datetime | str, limit: int = 100, lease: timedelta = LEASE
) -> Delivered:
    """Deliver what is due, one message a person and run; call it again and again, from as many workers as you like.

    A message that can't be delivered is tried again after a minute, then two, four and so on, ten times in all.
    What a worker took is taken by another after the lease, with the same key, whether it died or is just slow: let the
    lease be longer than it takes to send `limit` messages.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("deliver: now") from None
    outcome = Delivered()
    digests = store.claim(now=at, until=at + lease, limit=limit)
    if not digests:
        return outcome
    school = _school(store, digests, at)
    sessions = _sessions(store, digests)
    for digest in digests:
        try:
            notifier.notify(_message(digest, school, sessions))
        except Exception as error:  # noqa: BLE001 - a notifier may raise anything, and the others must be told
            outcome = _failed(store, digest, outcome, error, at)
        else:
            store.delivered(digest, at=at)
            outcome = attrs.evolve(outcome, arrived=outcome.arrived + 1)
    return outcome


def _failed(store: Store, digest: Digest, outcome: Delivered, error: Exception, now: datetime) -> Delivered:
    words = str(error) or type(error).__name__
    errors = (*outcome.errors, f"{digest.recipient.role} {digest.recipient.id}: {words}")
    if digest.attempt >= ATTEMPTS:
        store.give_up(digest, at=now)
        return attrs.evolve(outcome, given_up=outcome.given_up + 1, errors=errors)
    store.put_off(digest, until=now + _FIRST_PAUSE * 2 ** (digest.attempt - 1))
    return attrs.evolve(outcome, put_off=outcome.put_off + 1, errors=errors)


def _sessions(store: Store, digests: Iterable[Digest]) -> Mapping[str, Session]:
    """The sessions of some digests as they are now."""
    told = (told for digest in digests for notice in digest.notices for told in notice.told)
    ids = {each.session_id for each in told if not each.words}
    with store.transaction() as transaction:
        return transaction.sessions(ids)


def _school(store: Store, digests: Iterable[Digest], now: datetime) -> School:
    """The school as it is now, with those series of some digests that have gone to the archive meanwhile."""
    told_of = {notice.series_id for digest in digests for notice in digest.notices}
    try:
        school = store.school()
    except UnreadableError:  # which must not keep everybody from being told
        school = _readable(store, told_of, now)
    live = {series.id for series in school.series}
    return attrs.evolve(school, series=[*school.series, *_archived(store, told_of - live)])


def _readable(store: Store, series_ids: Iterable[str], now: datetime) -> School:
    """What can be read of some series, and of who teaches."""
    school = School([])
    for series_id in sorted(series_ids):
        with suppress(UnreadableError), store.transaction() as transaction:
            found = transaction.snapshot([series_id], now=now).school
            school = attrs.evolve(found, series=[*school.series, *found.series])
    return school


def _archived(store: Store, series_ids: Iterable[str]) -> Iterator[Series]:
    for series_id in sorted(series_ids):
        with suppress(UnknownNameError, UnreadableError):  # it's told of all, or the series is gone
            yield store.archived(series_id)


def _message(digest: Digest, school: School, sessions: Mapping[str, Session]) -> Message:
    told = [each for notice in digest.notices for each in notice.told]
    name, timezone = _person(digest, school)
    return Message(
        key=digest.key,
        recipient=digest.recipient,
        name=name,
        timezone=timezone,
        lines=tuple(sorted((_line(each, sessions) for each in told), key=_by_start)),
    )


def _line(told: Told, sessions: Mapping[str, Session]) -> Line:
    session = None if told.words else sessions.get(told.session_id)
    return Line(kind=told.kind, session_id=told.session_id, session=session, words=told.words)


def _by_start(line: Line) -> tuple[bool, str, str]:
    session = line.session
    return session is None, "" if session is None else session.starts_at.isoformat(), line.session_id


def _person(digest: Digest, school: School) -> tuple[str, str | None]:
    """The name and the timezone of who is told; the id of somebody who is no longer known.

    A member of several series is who the series says that they're told of.
    """
    recipient = digest.recipient
    if recipient == SYSTEM_RECIPIENT:
        return recipient.id, None
    if recipient.role == "tutor":
        known = [(each.name, each.timezone) for each in school.tutors or () if each.id == recipient.id]
    else:
        own = {notice.series_id for notice in digest.notices}
        series = sorted(school.series, key=lambda each: each.id not in own)
        members = (each for one in series for each in one.members or ())
        known = [(each.name, each.timezone) for each in members if each.id == recipient.id]
    return known[0] if known else (recipient.id, None)
