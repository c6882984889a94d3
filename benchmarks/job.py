"""The job: a run with nothing to do, and one after 1 % of the series was edited, beside the first run and a full one.

The same run with nothing to do over W1: a hundred series with fifty slots each.

`python -m benchmarks.job [series] [tutors]`; each tutor teaches as many of the series as another.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import attrs
import sqlalchemy as sa

from benchmarks import plans
from benchmarks.stores import a_folder, a_server
from benchmarks.workloads import ZONES
from recurly_sessions import Member, School, Series, Slot, round_robin
from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import Report

NOW = datetime(2026, 10, 5, 2, tzinfo=UTC)
NIGHT = timedelta(days=1)
TURNS = 5


def a_school(count: int, tutors: int) -> School:
    """Weekly classes on all days of the week, each with a tutor and a member of its own."""
    series = [
        Series(
            f"class-{number:06}",
            timezone=ZONES[number % len(ZONES)],
            starts_on="2026-09-07",
            slots=[Slot("s", days=number % 7 + 1, start=f"{8 + number % 12}:00", duration=55)],
            assignments=round_robin(f"tutor-{number * tutors // count}"),
            members=[Member(f"member-{number}")],
        )
        for number in range(count)
    ]
    return School(series)


def edited(school: School, share: float) -> School:
    """The school with a share of its series half an hour later."""
    step = round(1 / share)
    series = [
        attrs.evolve(each, slots=[each.slots[0].later(timedelta(minutes=30))]) if number % step == 0 else each
        for number, each in enumerate(school.series)
    ]
    return attrs.evolve(school, series=series)


def measure(store: SqlStore, url: str, school: School) -> None:
    """Print how long each run takes."""
    store.save(school)

    def run(name: str, *, full: bool = False) -> float:
        began = time.perf_counter()
        report: Report = maintain(store, now=NOW, switched_on=True, clock=MachineClock(), batch=200, full=full)
        seconds = time.perf_counter() - began
        print(f"  {name:<22} {seconds:8.3f} s  {report.statements:>6} statements  {report.summary()}", flush=True)
        return seconds

    first = run("first run")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))  # which PostgreSQL does by itself, but not at once
    engine.dispose()
    nothing, whole, few = [], [], []
    for turn in range(TURNS):
        nothing.append(run("nothing to do"))
        whole.append(run("full run", full=True))
        store.save(school if turn % 2 else edited(school, 0.01))
        few.append(run("1 % changed"))
    ratios = (median(nothing) / first, median(few) / median(whole))
    print("  nothing / first: {:.3f}, 1 % / full: {:.3f} (wanted: 0.1 at most)".format(*ratios))


def measure_idle(store: SqlStore) -> None:
    """Print how long a run with nothing to do takes over W1, beside the first one."""
    store.save(plans.make("W1").school)

    def run() -> float:
        began = time.perf_counter()
        maintain(store, now=plans.NOW, switched_on=True, clock=MachineClock())
        return time.perf_counter() - began

    first, nothing = run(), median(run() for _ in range(TURNS))
    print(f"  W1, nothing / first: {nothing / first:.3f} (wanted: 0.1 at most)")


def main(arguments: list[str]) -> None:
    """Measure SQLite and PostgreSQL."""
    count, tutors = (int(arguments[place]) if len(arguments) > place else 0 for place in (1, 2))
    school = a_school(count or 10_000, tutors or (count or 10_000) // 10)
    with ExitStack() as stack:
        folder = stack.enter_context(a_folder())
        urls: dict[str, Callable[[], str]] = {
            "SQLite": lambda: f"sqlite:///{Path(folder) / 'job.db'}",
            "PostgreSQL": lambda: stack.enter_context(a_server(Path(folder) / "server")),
        }
        for name, url in urls.items():
            print(f"{name}, {len(school.series):,} series")
            database = url()
            store = SqlStore(database)
            measure(store, database, school)
            store.close()
            store = SqlStore(database, prefix="w1_")
            measure_idle(store)
            store.close()


if __name__ == "__main__":
    main(sys.argv)
