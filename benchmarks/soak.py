"""A large school through a first run and seven nights: how long each takes, statements, and the most memory.

`python -m benchmarks.soak [series]`; each series is weekly, so that a night makes one session of every seventh.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

from benchmarks.job import NIGHT, NOW, a_school
from benchmarks.stores import a_folder, a_server
from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.operations.maintain import maintain

NIGHTS = 7


def most_memory() -> int:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def save(url: str, count: int) -> None:
    """Keep the school."""
    store = SqlStore(url)
    store.save(a_school(count, count // 10))
    store.close()


def soak(name: str, url: str, count: int) -> None:
    """Print what each night takes; the school is saved by a process of its own, so that its memory doesn't count."""
    saving = multiprocessing.get_context("spawn").Process(target=save, args=(url, count))
    saving.start()
    saving.join()
    store = SqlStore(url)
    print(f"{name}, {count:,} series; {most_memory():,} MB before the first run", flush=True)
    for night in range(NIGHTS + 1):
        began = time.perf_counter()
        report = maintain(store, now=NOW + night * NIGHT, switched_on=True, clock=MachineClock(), batch=200)
        seconds = time.perf_counter() - began
        told = f"{seconds:8.1f} s  {report.statements:>7,} statements  {most_memory():>6,} MB  {report.summary()}"
        print(f"  night {night}  {told}", flush=True)
        if night == 0:
            engine = sa.create_engine(url)
            with engine.begin() as connection:
                connection.execute(sa.text("ANALYZE"))  # which PostgreSQL does by itself, but not at once
            engine.dispose()
    store.close()


def main(arguments: list[str]) -> None:
    """Go through SQLite and PostgreSQL."""
    count = int(arguments[1]) if len(arguments) > 1 else 100_000
    with ExitStack() as stack:
        folder = Path(stack.enter_context(a_folder()))
        soak("SQLite", f"sqlite:///{folder / 'job.db'}", count)
        soak("PostgreSQL", stack.enter_context(a_server(folder / "server")), count)


if __name__ == "__main__":
    main(sys.argv)
