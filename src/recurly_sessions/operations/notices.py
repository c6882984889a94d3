"""What was done to the sessions of a series, to who is told what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Final

from recurly_sessions.planning.steps import Made
from recurly_sessions.store import Notice, Recipient, Told
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session, SessionStatus

_OFF: Final = (SessionStatus.CANCELLED, SessionStatus.RESCHEDULED)


def notices_of(
    series: Series, run_id: str, nth: int, *, made: Made | None = None, changed: Iterable[tuple[Session, Session]] = ()
) -> list[Notice]:
    """Say who is told of sessions that were made, and of those that were changed (before, after), by recipient.

    Members are told of each session that is made, changes its time or its tutor, is called off, taken up again or
    confirmed; tutors of those that they teach, or no longer do. A new price or package is in the next bill.
    """
    members = [Recipient("member", member.id) for member in series.members or () if member.active]
    told: dict[Recipient, list[Told]] = {}
    if made is not None:
        _tell_of_made(told, made, members)
    for before, after in changed:
        for kind, recipients in _kinds(before, after, members):
            for recipient in recipients:
                told.setdefault(recipient, []).append(Told(kind, after.id, after.version))
    return [
        Notice(run_id=run_id, series_id=series.id, nth=nth, recipient=recipient, told=tuple(told[recipient]))
        for recipient in sorted(told)
    ]


def notices_again(
    run_id: str, nths: Mapping[str, int], *told_and_changed: tuple[Iterable[Notice], Iterable[tuple[Session, Session]]]
) -> list[Notice]:
    """Say what those who were told of sessions are told once these change again (before, after), by recipient.

    Nobody else is told anything, whoever belongs to the series by now.
    """
    again: dict[tuple[str, Recipient], dict[Told, None]] = {}
    for told, changed in told_and_changed:
        pairs = {after.id: (before, after) for before, after in changed}
        for notice in told:
            for session_id in (each.session_id for each in notice.told if each.session_id in pairs):
                before, after = pairs[session_id]
                members = [notice.recipient] if notice.recipient.role == "member" else []
                lines = again.setdefault((notice.series_id, notice.recipient), {})
                for kind, recipients in _kinds(before, after, members):
                    if notice.recipient in recipients:
                        lines[Told(kind, session_id, after.version)] = None
    return [
        Notice(run_id=run_id, series_id=series_id, nth=nths[series_id], recipient=recipient, told=tuple(lines))
        for (series_id, recipient), lines in sorted(again.items())
        if lines
    ]


def _tell_of_made(told: dict[Recipient, list[Told]], made: Made, members: Sequence[Recipient]) -> None:
    ids, versions = made.column("id"), made.column("version")
    if members:
        whole = list(map(Told, repeat("generated"), ids, versions))
        told.update((recipient, whole.copy()) for recipient in members)
    taught: dict[str | None, list[Told]] = {}
    for tutor_id, each in zip(made.column("tutor_id"), map(Told, repeat("assigned"), ids, versions), strict=False):
        taught.setdefault(tutor_id, []).append(each)
    told.update((Recipient("tutor", tutor_id), sessions) for tutor_id, sessions in taught.items() if tutor_id)


def _kinds(before: Session, after: Session, members: list[Recipient]) -> Iterator[tuple[str, list[Recipient]]]:
    """What happened to a session, and who is told of it."""
    tutor, was = _tutor(after), _tutor(before)
    if after.status in _OFF:
        if before.status not in _OFF:
            yield "cancelled", [*was, *members]
        return
    if before.status in _OFF:
        yield "reinstated", [*tutor, *members]
        return
    if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
        yield "moved", [*(each for each in tutor if each in was), *members]
    if tutor != was:
        yield "unassigned", was
        yield "assigned", [*tutor, *members]
    if after.status is SessionStatus.CONFIRMED and before.status is not SessionStatus.CONFIRMED:
        yield "confirmed", members


def _tutor(session: Session) -> list[Recipient]:
    return [] if session.tutor_id is None else [Recipient("tutor", session.tutor_id)]
