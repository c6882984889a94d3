"""A stored calendar to what is wrong with it: sessions that are missing, there twice, or belong to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol, runtime_checkable

import attrs

from recurly_sessions.config import config_for, zone_of
from recurly_sessions.errors import InvalidValueError, UnreadableError
from recurly_sessions.patterns.manual import Manual
from recurly_sessions.planning.choices import Choices
from recurly_sessions.planning.conflicts import find_conflicts
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.planning.roster import turn_order
from recurly_sessions.render.text import differences, when
from recurly_sessions.render.words import Names
from recurly_sessions.store import Store
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.conflict import RULES
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.session import Origin, Session, SessionStatus
from recurly_sessions.values.window import to_edge

# As they are best mended.
KINDS: Final = ("unreadable", "failed", "issue", "held", "orphan", "duplicate", "gap", "drift", "open", "clash")

FAILED: Final = frozenset({"series-failed", "slot-failed"})  # issues of what can't be planned
_OTHERWISE: Final = FAILED | {"brake", "held", "two-sessions", "unknown-series"}  # issues that are told as other faults
# Issues that say what a plan leaves as a person has set it, or what it's about to do: nothing is wrong with that.
_SETTLED: Final = frozenset({"kept-pinned", "moved-out-of-days-off", "roster-from-day-one", "would-start-in-past"})
_NO_TUTOR: Final = "no-tutor-profile"
_ID_TAKEN: Final = "id-taken"
_LOST: Final = "package-lesson-lost"


class MakeUp(NamedTuple):
    """A lesson to be added by hand for one of a package that was lost; without a time if the slots have no more dates.

    `timezone` is the series', and `tutor_id` who would have taught what was lost.
    """

    package_id: str
    timezone: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tutor_id: str | None = None


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that is wrong on the calendar, and what mends it.

    `kind` is a word of `KINDS`. `mend` is "apply" (plan the series and apply that), "call-off" (the session),
    "release" (the series), "edit" (what the school says, or save it again if it's right there), "declare" (the series
    that is gone, or call off the session if it's gone for good), "save" (the school again, which writes the row anew),
    "restore" (the row, by hand or from a copy), "rename" (the session that has the id of a lesson that is due),
    "add" (a session by hand, as `make_up` says), or "assign" (give the turn to somebody). `series_id` is None for what
    all series share.

    Of a clash, `choices` is what can be done instead, as on a plan's conflict sheet, and `rule` is the one that says
    "ignore" where it's to be kept.
    """

    kind: str
    series_id: str | None
    session_id: str | None = None
    why: str
    mend: str
    choices: tuple[str, ...] = ()
    rule: str | None = None
    make_up: MakeUp | None = None


@runtime_checkable
class Sieve(Protocol):
    """A store that tells rows that can't be read from those that can."""

    def readable(self, *, now: datetime | str) -> tuple[Snapshot, tuple[UnreadableError, ...]]:
        """Read a snapshot of the series, tutors and sessions that can be read, and say which can't.

        What all series share has to be readable, else an `UnreadableError` says so.
        """
        ...


def check_calendar(store: Store, *, now: datetime | str) -> list[Fault]:
    """List what is wrong with the sessions to come of a store, by kind, then series, start and id.

    unreadable: a row of the store can't be read; the rest is looked at. failed: a series or a slot can't be planned.
    issue: somebody should see to something, as a plan would tell. held: since a run was undone, nothing is done to the
    series. orphan: the series or the slot of a session is gone. duplicate: two sessions of a series begin at once, or
    stand for the same date. gap: a session is missing. drift: one isn't as its series says. open: nobody teaches one,
    though tutors take turns in its slot, none of them assigned by hand. clash: a tutor, a member or a room is booked
    twice, or a tutor away.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("check_calendar: now") from None
    try:
        return faults_of(store.snapshot(now=at), now=at)
    except UnreadableError:
        if not isinstance(store, Sieve):
            raise
    try:
        snapshot, unreadable = store.readable(now=at)
    except UnreadableError as error:
        return [_unreadable(error)]  # of what all series share: nothing else can be said
    return [*map(_unreadable, unreadable), *_not_of(unreadable, faults_of(_without(unreadable, snapshot), now=at))]


def _unreadable(error: UnreadableError) -> Fault:
    is_declared = error.session_id is None
    return Fault(
        kind="unreadable",
        series_id=error.series_id,
        session_id=error.session_id,
        why=error.what,
        mend="save" if is_declared else "restore",
    )


def _without(unreadable: Iterable[UnreadableError], snapshot: Snapshot) -> Snapshot:
    """A snapshot without the sessions of series that can't be read, of which nobody knows how they should be."""
    unknown = {error.series_id for error in unreadable if error.session_id is None}
    return attrs.evolve(snapshot, sessions=[each for each in snapshot.sessions if each.series_id not in unknown])


def _not_of(unreadable: Iterable[UnreadableError], faults: Iterable[Fault]) -> list[Fault]:
    """Faults, but for those of sessions that can't be read, and only seem to be missing."""
    there = {error.session_id for error in unreadable} - {None}
    return [fault for fault in faults if fault.session_id not in there]


def faults_of(snapshot: Snapshot, *, now: datetime) -> list[Fault]:
    """What `check_calendar` lists, of a snapshot."""
    plan = plan_sessions(snapshot, now=now)
    coming = sorted(
        (each for each in snapshot.sessions if each.is_open and each.starts_at > now),
        key=lambda each: (each.series_id, each.starts_at, each.id),
    )
    twice = list(_duplicates(coming))
    found = [
        *_failed(plan),
        *_issues(plan),
        *_held(snapshot),
        *_without_series(coming, snapshot.school),
        *_changes(plan),
        *_open(coming, plan),
        *(_duplicate(keeps, other) for keeps, other in twice),
        *_clashes(coming, snapshot, {frozenset({keeps.id, other.id}) for keeps, other in twice}, now),
    ]
    return sorted(found, key=lambda fault: KINDS.index(fault.kind))


def _failed(plan: Plan) -> Iterator[Fault]:
    for issue in plan.issues:
        if issue.code in FAILED and issue.series_id is not None:
            yield Fault(kind="failed", series_id=issue.series_id, why=f"fails: {issue.message}", mend="edit")


def _issues(plan: Plan) -> Iterator[Fault]:
    """What somebody has to see to in the school, since no plan can."""
    for issue in plan.issues:
        if issue.code not in _OTHERWISE | _SETTLED:
            fault = Fault(kind="issue", series_id=issue.series_id, why=f"{issue.code}: {issue.message}", mend="edit")
            details = dict(issue.details)
            if issue.code == _ID_TAKEN:
                fault = attrs.evolve(fault, session_id=details["session_id"], mend="rename")
            elif issue.code == _LOST:
                make_up = _make_up(plan, issue.series_id or "", details)
                fault = attrs.evolve(fault, session_id=details["session_id"], mend="add", make_up=make_up)
            yield fault


def _make_up(plan: Plan, series_id: str, details: Mapping[str, str]) -> MakeUp:
    """The lesson that is proposed for one that was lost."""
    lost = (each.tutor_id for each in plan.snapshot.sessions if each.id == details["session_id"])
    series = plan.school.one(series_id)
    zone = zone_of(series, config_for(plan.school, series))
    make_up = MakeUp(details["package_id"], zone.name, tutor_id=next(lost, None))
    if not details["proposed"]:
        return make_up
    start, end = (datetime.fromisoformat(details[name]) for name in ("starts_at", "ends_at"))
    return make_up._replace(starts_at=start, ends_at=end)


def _held(snapshot: Snapshot) -> Iterator[Fault]:
    why = "is held since a run was undone, so no plan is applied to it"
    return (Fault(kind="held", series_id=each, why=why, mend="release") for each in snapshot.held)


def _without_series(coming: Iterable[Session], school: School) -> Iterator[Fault]:
    known = {series.id for series in school.series}
    for session in coming:
        if session.series_id not in known:
            why = f"{_told(session)}: there's no series {session.series_id}"
            yield _fault("orphan", session, why, mend="declare")


def _changes(plan: Plan) -> Iterator[Fault]:
    """What a plan would do, as what is wrong without it."""
    slots = {series.id: {slot.id for slot in series.slots} for series in plan.school.series}
    names = Names(plan.school)
    losing = _losing(plan)
    for change in plan.changes:
        session = change.after
        mend = "edit" if session.series_id in losing else "apply"
        if change.kind is ChangeKind.CREATE:
            yield _fault("gap", session, f"{_told(session)}: it is due, and isn't there", mend=mend)
        elif change.kind is ChangeKind.CANCEL and session.slot_id not in slots[session.series_id]:
            yield _fault("orphan", session, f"{_told(session)}: there's no slot {session.slot_id}", mend=mend)
        else:
            yield _fault("drift", session, f"{_told(change.before or session)}: {_differs(change, names)}", mend=mend)


def _losing(plan: Plan) -> set[str | None]:
    """The series of which a tutor is lost: a plan would take them off their sessions, and set other prices."""
    return {issue.series_id for issue in plan.issues if issue.code == _NO_TUTOR}


def _open(coming: Iterable[Session], plan: Plan) -> Iterator[Fault]:
    """Lessons as a plan leaves them, that nobody teaches though a roster is in force; by hand, nobody may have yet."""
    slots = {(series.id, slot.id): (series, slot) for series in plan.school.series for slot in series.slots}
    told = {change.id for change in plan.changes}
    losing, names = _losing(plan), Names(plan.school)
    for session in coming:
        is_left = session.tutor_id is None and "tutor_id" not in session.pinned and session.id not in told
        found = slots.get((session.series_id, session.slot_id or ""))
        if not is_left or found is None or session.occurs_on is None or session.series_id in losing:
            continue
        day = session.occurs_on
        here = [each for each in turn_order(*found) if (each.starts_on or day) <= day <= (each.ends_on or day)]
        if here and not any(isinstance(each.pattern, Manual) for each in here):
            tutors = ", ".join(dict.fromkeys(names.tutor(each.tutor_id) for each in here))
            yield _fault("open", session, f"{_told(session)}: nobody teaches it; its roster is {tutors}", mend="assign")


def _differs(change: Change, names: Names) -> str:
    match change.kind:
        case ChangeKind.CANCEL:
            return f"it should be off: {change.why}"
        case ChangeKind.REINSTATE:
            return f"it should take place: {change.why}"
        case _:
            assert change.before is not None, "what is created is told as a gap"
            told = differences(change.fields, change.before, change.after, names)
            return f"it should be otherwise, {', '.join(told)}: {change.why}"


def _duplicates(coming: Iterable[Session]) -> Iterator[tuple[Session, Session]]:
    """Pairs of a session that stays and another of the same series at the same time, or of the same date."""
    groups: dict[tuple[object, ...], list[Session]] = {}
    for session in coming:
        groups.setdefault((session.series_id, session.starts_at), []).append(session)
        if (identity := session.identity) is not None:
            groups.setdefault((identity,), []).append(session)
    told: set[str] = set()
    for group in (each for each in groups.values() if len(each) > 1):
        slots = {session.slot_id for session in group if session.slot_id is not None}
        same_date = len({session.identity for session in group}) == 1
        if same_date or len(slots) < len(group):
            keeps, *others = sorted(group, key=_standing)
            yield from ((keeps, other) for other in others if other.id not in told)
            told.update(other.id for other in others)


def _standing(session: Session) -> tuple[bool, bool, str]:
    """In which order sessions stay: what a person made or set, what is confirmed, the smaller id."""
    by_person = session.origin is Origin.MANUAL or bool(session.pinned)
    return not by_person, session.status is not SessionStatus.CONFIRMED, session.id


def _duplicate(keeps: Session, other: Session) -> Fault:
    return _fault("duplicate", other, f"{_told(other)}: {keeps.id} is at that time already", mend="call-off")


def _clashes(
    coming: Sequence[Session], snapshot: Snapshot, twice: set[frozenset[str]], now: datetime
) -> Iterator[Fault]:
    """Who or what is booked twice, and tutors who are away; that a day is closed is a drift already."""
    known = {session.id: session for session in coming}
    choices = Choices(snapshot.sessions, snapshot.bookings, snapshot.school)
    for conflict in find_conflicts(coming, school=snapshot.school, bookings=snapshot.bookings, now=now):
        pair = frozenset({conflict.session_id, conflict.other or ""})
        if conflict.kind != "closed" and pair not in twice:
            session = known[conflict.session_id]
            fault = _fault("clash", session, f"{_told(session)}: {conflict.why}", mend="call-off")
            yield attrs.evolve(fault, choices=choices.of(conflict), rule=RULES[conflict.kind])


def _fault(kind: str, session: Session, why: str, *, mend: str) -> Fault:
    return Fault(kind=kind, series_id=session.series_id, session_id=session.id, why=why, mend=mend)


def _told(session: Session) -> str:
    return f"{session.id} ({when(session.starts_at, session.timezone)})"
