"""What a person may ask for between nights: generate a slot, a series or all, look at a week, fill gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

import attrs

from recurly_sessions.config import config_for
from recurly_sessions.errors import InvalidValueError, NotSwitchedOnError, UnknownNameError
from recurly_sessions.operations.apply import Applied, apply_plan
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.neighbours import snapshot_of
from recurly_sessions.operations.reports import Failure, Report
from recurly_sessions.planning.plan import plan_sessions
from recurly_sessions.planning.steps import Steps
from recurly_sessions.store import Store
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.school import Snapshot
from recurly_sessions.values.series import SeriesStatus
from recurly_sessions.values.session import SessionStatus
from recurly_sessions.values.window import to_edge

_WEEK: Final = timedelta(weeks=1)
_BATCH: Final = 200
_OFF: Final = (SessionStatus.CANCELLED, SessionStatus.RESCHEDULED)


def generate(
    store: Store,
    *,
    now: datetime | str,
    series_id: str | None = None,
    slot_id: str | None = None,
    switched_on: bool = False,
    actor: Actor = SYSTEM,
    notify: bool = True,
    brake: bool = True,
) -> Report:
    """Make the calendar of a slot, of a series, or of all ACTIVE ones right for the weeks ahead.

    A series that is named is generated though it doesn't by itself; one that isn't ACTIVE is refused. All of them are a
    full run of the job.
    """
    at = _moment("generate", now, switched_on=switched_on)
    if series_id is None:
        if slot_id is not None:
            raise InvalidValueError("generate: series_id", "must be said for a slot", series_id)
        return maintain(
            store,
            now=at,
            switched_on=True,
            full=True,
            actor=actor,
            notify=notify,
            brake=brake,
            archive=False,
            resume=False,
        )
    plan = plan_sessions(_of_active(store, series_id, at), now=at, only=[series_id])
    if slot_id is not None:
        slots = tuple(slot.id for slot in plan.school.one(series_id).slots)
        if slot_id not in slots:
            raise UnknownNameError("slot", slot_id, slots)
        plan = attrs.evolve(plan, steps=tuple(_of_slot(each, slot_id) for each in plan.steps))
    applied = apply_plan(plan, store, now=at, actor=actor, notify=notify, brake=brake, kind="generate")
    return _report(at, [applied], visited=1)


def fill_gaps(
    store: Store,
    *,
    now: datetime | str,
    series_id: str | None = None,
    switched_on: bool = False,
    actor: Actor = SYSTEM,
    notify: bool = True,
) -> Report:
    """Make the sessions that are missing in the weeks ahead of one series, or all; what is there stays untouched."""
    at = _moment("fill_gaps", now, switched_on=switched_on)
    applied: list[Applied] = []
    visited = 0
    pages = _all(store, at) if series_id is None else [(_of_active(store, series_id, at), [series_id])]
    for snapshot, names in pages:
        plan = plan_sessions(snapshot, now=at, only=names)
        visited += len(plan.planned)
        applied.append(apply_plan(plan.creates_only(), store, now=at, actor=actor, notify=notify, kind="fill-gaps"))
    return _report(at, applied, visited=visited)


def sessions_exist(store: Store, series_id: str, week: date | str) -> bool:
    """Whether a series has sessions in a week (Monday to Sunday, on their own clock) that aren't off.

    The week is said by any of its days, or as ISO writes it, like "2026-W38".
    """
    monday = _monday(week)
    starts = (each.local_start.date() for each in store.sessions_of(series_id) if each.status not in _OFF)
    return any(monday <= start < monday + _WEEK for start in starts)


def _monday(week: date | str) -> date:
    try:
        day = date.fromisoformat(week) if isinstance(week, str) else week
        return date(*day.timetuple()[:3]) - timedelta(days=day.weekday())
    except (AttributeError, TypeError, ValueError):
        rule = "must be a day of it or a week as ISO writes it"
        raise InvalidValueError("sessions_exist: week", rule, week, "for example 2026-W38") from None


def _moment(where: str, now: datetime | str, *, switched_on: bool) -> datetime:
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at(f"{where}: now") from None
    if switched_on is not True:
        raise NotSwitchedOnError
    return at


def _of_active(store: Store, series_id: str, now: datetime) -> Snapshot:
    snapshot = snapshot_of(store, series_id, now=now)
    status = snapshot.school.one(series_id).status
    if status is not SeriesStatus.ACTIVE:
        hint = f"{series_id} is {status}; plan a draft by its name, and apply that"
        raise InvalidValueError("generate", "must be given a series that is ACTIVE", status, hint)
    return snapshot


def _of_slot(steps: Steps, slot_id: str) -> Steps:
    made = steps.made
    if made is not None:
        places = [place for place, own in enumerate(made.column("slot_id")) if own == slot_id]
        made = made.at(places) if places else None
    return Steps(made, tuple(change for change in steps.others if change.after.slot_id == slot_id))


def _all(store: Store, now: datetime) -> Iterator[tuple[Snapshot, list[str]]]:
    """The live series, some at a time, and which of them generate by themselves."""
    after = ""
    while series_ids := store.series_ids(after=after, limit=_BATCH):
        snapshot = snapshot_of(store, *series_ids, now=now)
        wanted, school = frozenset(series_ids), snapshot.school
        active = (each for each in school.series if each.id in wanted and each.status is SeriesStatus.ACTIVE)
        yield snapshot, [each.id for each in active if config_for(school, each).auto_generate]
        after = series_ids[-1]


def _report(now: datetime, applied: Iterable[Applied], *, visited: int) -> Report:
    """What came of applying plans, as the job tells it."""
    every = list(applied)
    failures = [Failure(series_id, "; ".join(reasons)) for each in every for series_id, reasons in each.refused]
    return Report(
        run_id=every[0].run_id if len(every) == 1 else f"{len(every)} plans",
        now=now,
        visited=visited - len(failures),
        created=sum(each.created for each in every),
        updated=sum(each.updated for each in every),
        cancelled=sum(each.cancelled for each in every),
        reinstated=sum(each.reinstated for each in every),
        gaps=sum(left.was_due for each in every for left in each.left_alone),
        failures=tuple(failures),
    )
