"""A school that goes through a term in a few plans, and what a worker does with them: apply, undo, tell people.

Everything is the same in each process, so that what one was killed in another can finish, and both can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs

from recurly_sessions import (
    Cancellation,
    Closure,
    Member,
    Package,
    Plan,
    School,
    Series,
    Slot,
    Tutor,
    apply_plan,
    plan_sessions,
    round_robin,
)
from recurly_sessions.operations.deliver import CallbackNotifier, Message, deliver
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.undo import undo_run
from recurly_sessions.store import Store
from tests.faults import nights

NOW: Final = "2026-10-05T08:00Z"
LATER: Final = "2026-10-06T08:00Z"
MUCH_LATER: Final = "2026-10-07T08:00Z"
_ZONES: Final = ("Europe/Paris", "America/New_York", "Pacific/Auckland")


def school() -> School:
    """Six series with shared tutors: one with packages, one still a draft."""
    tutors = [Tutor(each, hourly_rate="30 EUR") for each in ("amina", "luc", "zoe")]
    series = [_series(number) for number in range(6)]
    return School(series, tutors=tutors)


def _series(number: int) -> Series:
    package = Package("autumn", starts_on="2026-10-05", ends_on="2026-12-20", sessions=6)
    return Series(
        f"class-{number}",
        timezone=_ZONES[number % 3],
        starts_on="2026-10-05",
        slots=[
            Slot("a", days="MO,TH", start=f"{9 + number}:00", duration=55),
            Slot("b", days="WE", start=f"{9 + number}:30", end=f"{11 + number}:00"),
        ],
        assignments=round_robin("amina", "luc", "zoe"),
        members=[Member("kim"), Member(f"member-{number}")],
        packages=[package] if number == 4 else [],
        status="DRAFT" if number == 5 else "ACTIVE",
    )


def edited(before: School) -> School:
    """The same school after a day in the office: sessions move, change hands, are called off and are taken up again."""
    by_id = {series.id: series for series in before.series}
    moved, reassigned, off, fewer, smaller, same = by_id.values()
    week = Cancellation.week("away", slot_id="a", any_day="2026-10-14")
    series = [
        moved.with_slot(moved.slots[0].changed_from("2026-10-15", start="20:00")),
        attrs.evolve(reassigned, assignments=round_robin("zoe", "amina")),
        attrs.evolve(off, cancellations=[week]),
        attrs.evolve(fewer, slots=fewer.slots[:1]),
        attrs.evolve(smaller, members=[Member("kim")]),
        same,
    ]
    return attrs.evolve(before, series=series, closures=[Closure("fair", "2026-10-22", "2026-10-23")])


def first_plan(store: Store) -> Plan:
    """Everything is new, and the draft is planned by its name."""
    ids = [f"class-{number}" for number in range(6)]
    return plan_sessions(store.snapshot(now=NOW), now=NOW, only=ids)


def work(store: Store, task: str, folder: Path, **more: object) -> object:
    """Do one of the things that a worker does; whatever it leaves behind can be finished by another."""
    return _TASKS[task](store, folder, **more)


def _apply(plan: str, now: str) -> Callable[[Store, Path], object]:
    def apply(store: Store, folder: Path) -> object:
        return apply_plan(Plan.from_json((folder / plan).read_text(encoding="utf-8")), store, now=now)

    return apply


def _plan_and_apply(store: Store, folder: Path) -> object:
    return apply_plan(plan_sessions(store.snapshot(now=LATER), now=LATER), store, now=LATER)


def _maintain(store: Store, folder: Path) -> object:
    return maintain(store, now=LATER, switched_on=True, batch=2)


def _edit(store: Store, folder: Path) -> object:
    """Write a note on some sessions, each once, while others work on the same series."""
    for number in range(5):
        series_id = f"class-{number}"
        for session_id in (each.id for each in store.sessions_of(series_id) if each.starts_at.day % 2):
            with store.transaction(series_id) as transaction:
                before = transaction.sessions([session_id])[session_id]
                note = f"bring book {number}"
                after = attrs.evolve(before, notes=note, version=before.version + 1, updated_by="office")
                if before.notes != note:
                    assert not transaction.replace([(before, after)])
    return None


def _undo(store: Store, folder: Path) -> object:
    run_id = Plan.from_json((folder / "second.json").read_text(encoding="utf-8")).id
    return undo_run(run_id, store, now=MUCH_LATER)


def _deliver(now: str) -> Callable[[Store, Path], object]:
    def tell(store: Store, folder: Path) -> object:
        def send(message: Message) -> None:
            lines = [[line.kind, line.session_id] for line in message.lines]
            with (folder / "sent.jsonl").open("a", encoding="utf-8") as sent:
                sent.write(json.dumps([message.key, list(message.recipient), lines]) + "\n")

        while deliver(store, CallbackNotifier(send), now=now, limit=3).arrived:
            pass
        return None

    return tell


_TASKS: Final[dict[str, Callable[[Store, Path], Any]]] = {
    "apply first": _apply("first.json", NOW),
    "apply second": _apply("second.json", LATER),
    "plan and apply": _plan_and_apply,
    "maintain": _maintain,
    "edit": _edit,
    "undo": _undo,
    "deliver": _deliver(LATER),
    "deliver again": _deliver(MUCH_LATER),
    **nights.TASKS,
}
