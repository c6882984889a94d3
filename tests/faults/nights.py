"""A school that the nightly job looks after, two nights of it, and people who change things meanwhile.

The job begins at a full hour. Who goes on with a run does so minutes later, when no lesson begins, so that databases
can be compared as if it had been at once.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import sqlalchemy as sa

from recurly_sessions import (
    Assignment,
    Availability,
    Cancellation,
    Closure,
    Config,
    Member,
    Package,
    School,
    Series,
    Session,
    Slot,
    Tutor,
    round_robin,
)
from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.errors import ChangedMeanwhileError, StoreUnavailableError, UnknownNameError
from recurly_sessions.operations.edit import edit_session
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.patterns import from_stored
from recurly_sessions.store import Store
from tests.faults.databases import Dump, Postgres, Sqlite, dump, opened

FIRST: Final = "2026-10-05T02:00Z"
EVENING: Final = "2026-10-05T20:00Z"
OFFICE: Final = "2026-10-05T21:00Z"
SECOND: Final = "2026-10-06T02:00Z"
LATER: Final = {FIRST: "2026-10-05T02:07Z", SECOND: "2026-10-06T02:07Z"}  # when a run that died is gone on with
NIGHTS: Final = {"first": FIRST, "second": SECOND}
BATCH: Final = 7  # series, so that a night takes several
COUNT: Final = 36  # series
_ZONES: Final = ("Europe/Paris", "America/New_York", "Pacific/Auckland")
_DAYS: Final = ("MO,TH", "TU,FR", "WE")
_REACTS: Final = ("on_tutor_busy", "on_tutor_busy", "on_student_busy", "on_unavailable")
_TUTORS: Final = 12
_MINUTES: Final = re.compile(r"\b(\d\d):0\d:\d\d(?:\.\d+)?")
_BAD: Final = (10, 14)  # whose patterns nobody mends, so that they're told of once
_DELETE: Final = "DELETE FROM recurly_sessions WHERE id = :id"
_DRIFT: Final = "UPDATE recurly_sessions SET tutor_id = 'nobody' WHERE id = :id"


def name(number: int) -> str:
    """The id of a series."""
    return f"class-{number:02}"


def school() -> School:
    """Three dozen series: some react to others, some have packages, bad patterns, a branch, or aren't live."""
    hours = [Availability(f"morning-{day}", weekday=day, start="7:00", end="14:00") for day in range(1, 8)]
    tutors = [
        Tutor(
            _tutor(number), hourly_rate="30 EUR", timezone="Europe/Paris", availability=hours if number == 8 else None
        )
        for number in range(_TUTORS)
    ]
    return School(
        [_series(number) for number in range(COUNT)],
        tutors=tutors,
        closures=[
            Closure("autumn", "2026-10-12", "2026-10-14"),
            Closure("christmas", "2026-12-24", "2027-01-02", yearly=True),
            Closure("works", "2026-10-15", "2026-10-16", branch_id="north"),
        ],
        base=Config(weeks_ahead=3, unknown={"wekks": "2"}),
        branches={"north": Config(on_tutor_busy="unassign")},
    )


def _tutor(number: int) -> str:
    return f"tutor-{number % _TUTORS:02}"


def _series(number: int) -> Series:
    is_reacting = number % 6 == 0
    like = number + 1 if is_reacting else number  # who reacts is in the way of the next one
    hour = 8 + like % 10
    slot = Slot("a", days=_DAYS[like % 3], start=f"{hour}:{'20' if is_reacting else '00'}", duration=55)
    return Series(
        name(number),
        timezone=_ZONES[like % 3],
        starts_on="2026-09-28",
        ends_on="2026-10-05" if number == 27 else None,
        slots=[slot, Slot("b", days="SA", start=f"{hour}:30", end=f"{hour + 2}:00")][: 1 + (number % 4 == 1)],
        assignments=_bad_pattern() if number == _BAD[0] else round_robin(_tutor(like), _tutor(like + 5)),
        members=[Member("kim"), Member(f"member-{like // 2}")] if number % 2 else [Member(f"member-{number}")],
        packages=[Package("autumn", starts_on="2026-10-05", ends_on="2026-12-20", sessions=4)]
        if like % 12 == 5
        else [],
        branch_id="north" if number in {4, 23, 30} else None,
        config=Config(**_rules(number)),
        status={13: "DRAFT", 19: "ENDED"}.get(number, "ACTIVE"),
    )


def _rules(number: int) -> dict[str, Any]:
    if number % 6 == 0:
        return {_REACTS[number // 6 % 4]: "skip"}
    rules: dict[int, dict[str, Any]] = {25: {"auto_generate": False}, 26: {"weeks_ahead": 5}, 27: {"weeks_ahead": 1}}
    return rules.get(number, {})


def _bad_pattern() -> list[Assignment]:
    return [Assignment("bad", tutor_id=_tutor(3), pattern=from_stored("WEEKLY", {"weeks": [0]}))]


def called_off(before: School) -> School:
    """The school on an evening on which two classes are called off for a while."""
    off = [Cancellation("away", first_day="2026-10-06", last_day="2026-10-20")]
    for number in (2, 6):
        before = before.with_series(attrs.evolve(before.one(name(number)), cancellations=off))
    return before


def edited(before: School) -> School:
    """The school after a day in the office; what all series share is as it was."""

    def change(number: int, **more: Any) -> None:
        nonlocal before
        before = before.with_series(attrs.evolve(before.one(name(number)), **more))

    slots = {number: before.one(name(number)).slots for number in (1, 5, 7, 8)}
    change(1, slots=[slots[1][0].changed_from("2026-10-12", start="19:00"), *slots[1][1:]])
    change(2, cancellations=[])  # taken back
    change(3, assignments=round_robin(_tutor(9), _tutor(1)))
    change(5, slots=slots[5][:1])
    change(7, slots=[attrs.evolve(slots[7][0], start="18:00")])  # out of the way of the one before
    change(8, slots=[attrs.evolve(slots[8][0], start="8:00")])
    change(9, members=[])
    change(11, cancellations=[Cancellation.week("trip", slot_id="a", any_day="2026-10-21")])
    change(_BAD[1], assignments=_bad_pattern())
    change(16, status="ENDED")
    change(20, branch_id="north")
    return before


def people(store: SqlStore) -> None:
    """What people do that evening, and what somebody does by plain SQL."""
    moved, pinned, gone, drifted = (_coming(store, number)[0] for number in (15, 17, 21, 22))
    start = moved.starts_at.replace(hour=6)
    edit_session(moved, store, now=OFFICE, starts_at=start, ends_at=start + (moved.ends_at - moved.starts_at))
    edit_session(pinned, store, now=OFFICE, tutor_id=_tutor(2))
    _sql(store, _DELETE, id=gone.id)
    _sql(store, _DRIFT, id=drifted.id)


def _coming(store: Store, number: int) -> list[Session]:
    since = datetime(2026, 10, 8, tzinfo=UTC)
    return [each for each in store.sessions_of(name(number)) if each.starts_at > since and each.is_open]


def _sql(store: SqlStore, statement: str, **values: object) -> None:
    engine = store._bind
    assert isinstance(engine, sa.Engine)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)


def prepare(databases: Sqlite | Postgres) -> None:
    """Make the databases as they are before each night."""
    with opened(databases.new("before first")) as store:
        store.save(school())
    with opened(databases.copy("before first", "before second")) as store:
        night(store, Path(), now=FIRST)
        store.save(called_off(store.school()))
        night(store, Path(), now=EVENING)
        store.save(edited(store.school()))
        people(store)


# What workers do


def night(store: Store, folder: Path, *, now: str, full: bool = False) -> dict[str, Any]:
    """Run the job."""
    return maintain(store, now=now, switched_on=True, full=full, batch=BATCH, clock=MachineClock()).to_dict()


def _edit_sessions(store: Store, folder: Path, *, seed: int) -> None:
    """Move, cancel and give away sessions, one by one."""
    chance = random.Random(seed)
    for _ in range(12):
        coming = _coming(store, chance.randrange(COUNT))
        if coming:
            session = chance.choice(coming)
            fields: dict[str, Any] = chance.choice(
                (
                    {"starts_at": session.starts_at.replace(minute=45), "ends_at": session.ends_at.replace(minute=59)},
                    {"status": "CANCELLED", "cancellation_reason": "ill"},
                    {"tutor_id": _tutor(chance.randrange(_TUTORS))},
                    {"notes": f"bring book {chance.randrange(100)}"},
                )
            )
            _until_done(partial(edit_session, session, store, now=OFFICE, **fields))
        time.sleep(chance.random() * 0.05)


def _edit_series(store: Store, folder: Path, *, seed: int) -> None:
    """Change slots, rosters and cancellations of series, each in a transaction of its own."""
    chance = random.Random(seed)
    for _ in range(12):
        series_id = name(chance.choice([number for number in range(COUNT) if number not in _BAD]))
        start, tutor = f"{chance.randrange(8, 19)}:{chance.choice(('00', '15'))}", _tutor(chance.randrange(_TUTORS))
        last_day = f"2026-10-{chance.randrange(10, 30)}"
        change = chance.choice(
            (partial(_start, start=start), partial(_teach, tutor=tutor), partial(_call_off, last_day=last_day))
        )
        _until_done(partial(_save, store, series_id, change))
        time.sleep(chance.random() * 0.05)


def _start(series: Series, *, start: str) -> Series:
    return attrs.evolve(series, slots=[attrs.evolve(series.slots[0], start=start), *series.slots[1:]])


def _teach(series: Series, *, tutor: str) -> Series:
    return attrs.evolve(series, assignments=round_robin(tutor))


def _call_off(series: Series, *, last_day: str) -> Series:
    off = Cancellation("off", first_day="2026-10-08", last_day=last_day)
    return attrs.evolve(series, cancellations=[] if series.cancellations else [off])


def _save(store: Store, series_id: str, change: Callable[[Series], Series]) -> None:
    with store.transaction(series_id) as transaction:
        series = transaction.snapshot([series_id], now=datetime.fromisoformat(OFFICE)).school.one(series_id)
        transaction.save_series(change(series))


def _edit_by_sql(store: Store, folder: Path, *, seed: int) -> dict[str, list[str]]:
    """Delete and change sessions behind the back of the store; what is deleted will be made, and told of, again."""
    assert isinstance(store, SqlStore)
    chance = random.Random(seed)
    deleted = []
    for _ in range(8):
        coming = _coming(store, chance.randrange(COUNT))
        if coming:
            gone, drifted = chance.choice(coming).id, chance.choice(coming).id
            deleted.append(gone)
            _until_done(partial(_sql, store, _DELETE, id=gone))
            _until_done(partial(_sql, store, _DRIFT, id=drifted))
        time.sleep(chance.random() * 0.05)
    return {"deleted": deleted}


def _edit_what_all_share(store: Store, folder: Path, *, seed: int) -> None:
    """Close the school on some day, once in the middle of the night."""
    time.sleep(random.Random(seed).random() * 0.3)
    day = f"2026-10-{random.Random(seed).randrange(19, 25)}"
    _until_done(lambda: store.save(attrs.evolve(store.school(), closures=[Closure("storm", day, day)])))


def _until_done(do: Callable[[], object]) -> None:
    """Do something again that came in the way of others; who has lost a session, or a series, leaves it."""
    for _ in range(20):
        try:
            do()
        except (ChangedMeanwhileError, UnknownNameError):
            return
        except (StoreUnavailableError, sa.exc.OperationalError):
            time.sleep(0.05)
        else:
            return
    raise AssertionError("somebody must be let through")


TASKS: Final[dict[str, Callable[..., Any]]] = {
    "night": night,
    "edit sessions": _edit_sessions,
    "edit series": _edit_series,
    "edit by sql": _edit_by_sql,
    "edit what all share": _edit_what_all_share,
}


# What they leave


def calendar(url: str) -> Dump:
    """Everything but which series were visited when, in which runs: what any way to the same end has to leave."""
    return without_visits(as_at_once(url))


def without_visits(found: Dump) -> Dump:
    """The same without what is known of visits and runs."""
    return {table: rows for table, rows in found.items() if not table.endswith(("_visits", "_runs"))}


def visits(found: Dump) -> Dump:
    """How each series was left, but in which run: one that died at its very end is followed by another."""
    return {"visits": [(series_id, *more) for series_id, _, *more in found["recurly_visits"]]}


def as_at_once(url: str) -> Dump:
    """Everything in a database, as if who went on with a run had done so at once."""
    found = dump(url)
    return {table: sorted((tuple(map(_at_once, row)) for row in rows), key=repr) for table, rows in found.items()}


def _at_once(value: object) -> object:
    """A moment in the first minutes of an hour as the full one: that's when jobs run, and are gone on with."""
    if not isinstance(value, (str, datetime)):
        return value
    said = str(value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value)
    return _MINUTES.sub(r"\1:00:00", said)
