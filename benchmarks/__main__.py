"""Measure the library beside what else one would use: `python -m benchmarks`.

Both sides of a ratio run in this process, one after the other, again and again, and the medians are compared: a ratio
stays the same on a busy machine, a time doesn't. Both give the same instants, which is checked first.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import plans, workloads

if TYPE_CHECKING:
    from benchmarks.stores import Stored


class Side(NamedTuple):
    """One way to do the work: its name, and a function that does it and says how many instants it made."""

    name: str
    run: Callable[[], int]


class Wanted(NamedTuple):
    """How many times faster than dateutil the values and the columns have to be."""

    values: float
    columns: float


ENOUGH = 20_000  # instants
WANTED = {"W1": Wanted(4.5, 8), "W2": Wanted(3.5, 15), "W3": Wanted(7, 15)}


def main() -> int:
    """Print the tables, and fail if a ratio is below what is wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often each side runs (default 9, at least 7)")
    parser.add_argument("--only", choices=[*sorted(WANTED), "plans", "stores"], help="one workload instead of all")
    arguments = parser.parse_args()
    missed = [] if arguments.only in {"plans", "stores"} else _expanding(arguments)
    if arguments.only in {None, "plans"}:
        missed += _planning(max(7, arguments.rounds))
    if arguments.only in {None, "stores"}:
        missed += _storing(max(7, arguments.rounds))
    print("\nall as wanted" if not missed else f"\nnot as wanted: {', '.join(missed)}")
    return bool(missed)


def _expanding(arguments: argparse.Namespace) -> list[str]:
    missed: list[str] = []
    print("times faster than dateutil's rrule with zoneinfo; medians of interleaved runs\n")
    print(f"{'':4}{'slots end':13}{'occurrences':>11}{'dateutil':>12}{'expand_slots':>20}{'columns':>20}")
    for name, wanted in WANTED.items():
        if arguments.only in {None, name}:
            for ends in ("on the clock", "after minutes"):
                missed += _row(name, ends, wanted, max(7, arguments.rounds))
    if arguments.only in {None, "W1"}:
        _for_the_record(max(7, arguments.rounds))
    return missed


def _planning(rounds: int) -> list[str]:
    """Plans beside merely listing the dates, and conflicts beside sorting: so many times as long."""
    print("\nplanning; how many times as long as the other takes, medians of interleaved runs\n")
    missed: list[str] = []
    small, year = plans.make("W1"), plans.make("W2")
    there = plans.planned(small)
    rows = [
        ("W1, nothing exists", small, [], 1.0),
        ("W1, all exists", small, there, 0.6),
        ("W2, nothing exists", year, [], 1.6),
    ]
    for name, work, existing, most in rows:
        sides = [
            Side("listing", lambda work=work: plans.run_listing(work)),  # type: ignore[misc]
            Side("plan", lambda work=work, existing=existing: plans.run_plan(work, existing)),  # type: ignore[misc]
        ]
        if not existing:
            sides.append(Side("looked at", lambda work=work: plans.run_looked_at(work)))  # type: ignore[misc]
        listing, plan, *looked_at = _medians(sides, rounds)
        missed += _at_most(f"{name}, beside listing by dateutil", plan / listing, most)
        for each in looked_at:
            print(f"  {'... and every change looked at':62}{each / listing:6.2f}x")
    sessions = plans.diary()
    sides = [Side("sorting", lambda: plans.run_sorting(sessions)), Side("find", lambda: plans.run_conflicts(sessions))]
    sorting, finding = _medians(sides, rounds)
    missed += _at_most("find_conflicts in 200,000 sessions, beside sorting them", finding / sorting, 6)
    return missed + _growing(rounds)


def _storing(rounds: int) -> list[str]:
    """Stores beside bare rows: so many times as long."""
    from benchmarks import stores  # noqa: PLC0415 - needs the extra `sql`, which the others don't

    print("\nstores; how many times as long as the other takes, medians of interleaved runs\n")
    missed: list[str] = []
    with stores.a_folder() as folder, stores.a_server(folder / "server") as server:
        for times in (1, 10):
            work = plans.make("W1", times=times)
            for name, database in (
                ("SQLite", stores.Sqlite(folder, work)),
                ("PostgreSQL", stores.Postgres(server, work)),
            ):
                missed += _stored(name, stores.Stored(database), rounds if times == 1 else 3)
    return missed


def _stored(name: str, stored: Stored, rounds: int) -> list[str]:
    count = f"{name}, {stored.count:,} sessions"
    raw, apply = _fresh_medians([stored.raw, stored.apply], rounds)
    missed = _at_most(f"{count}: apply, beside bare rows", apply / raw, 2)
    select, snapshot = _fresh_medians([stored.select, stored.snapshot], rounds)
    missed += _at_most(f"{count}: snapshot, beside a bare SELECT", snapshot / select, 3)
    raw, first_run = _fresh_medians([stored.raw, stored.first_run], rounds)
    missed += _at_most(f"{count}: read, plan, write, beside bare rows", first_run / raw, 3)
    applying, reading = stored.statements()
    print(f"  statements: {applying:,} to apply, {reading} to read; {stored.peak():.0f} MB at most to apply")
    return missed


def _fresh_medians(sides: Sequence[Callable[[], Callable[[], int]]], rounds: int) -> list[float]:
    """The median time of work that needs something new each time, which is made before."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, taken in zip(sides, times, strict=True):
            run = side()
            gc.collect()
            begin = time.perf_counter()
            run()
            taken.append(time.perf_counter() - begin)
    return list(map(statistics.median, times))


def _growing(rounds: int) -> list[str]:
    """Time and memory for each session of a plan, small and large."""
    small, large = plans.make("W1"), plans.make("W1", times=10)
    sides = [
        Side("W1", lambda: plans.run_plan(small, [])),
        Side("ten times W1", lambda: plans.run_plan(large, [])),
    ]
    one, ten = _medians(sides, rounds)
    missed = _at_most("W1 grown ten times, time per session beside W1", ten / one / 10, 1.3)
    kept, looked_at = plans.memory_of(small)
    print(
        f"  bytes for each session that a plan makes: {kept:.0f}, and {looked_at:.0f} once every change was looked at"
    )
    return missed


def _at_most(name: str, ratio: float, most: float) -> list[str]:
    print(f"  {name:62}{ratio:6.2f}x (wanted at most {most:g}x)")
    return [name] if ratio > most else []


def _row(name: str, ends: str, wanted: Wanted, rounds: int) -> list[str]:
    work = workloads.make(name, on_the_clock=ends == "on the clock")
    assert workloads.expanded(work) == workloads.by_dateutil(work), "both sides give the same instants"
    sides = [
        Side("dateutil", lambda: workloads.run_dateutil(work)),
        Side("values", lambda: workloads.run_values(work)),
        Side("columns", lambda: workloads.run_columns(work)),
    ]
    base, values, columns = _medians(sides, rounds)
    count = sides[0].run()
    print(
        f"{name:4}{ends:13}{count:11,}{base / count * 1e6:9.2f} µs"
        f"{_ratio(base / values, wanted.values):>20}{_ratio(base / columns, wanted.columns):>20}"
    )
    found = {"values": (base / values, wanted.values), "columns": (base / columns, wanted.columns)}
    return [f"{name} {ends} {side}" for side, (ratio, least) in found.items() if ratio < least]


def _ratio(ratio: float, wanted: float) -> str:
    return f"{ratio:.1f}x (wanted {wanted:g}x)"


def _for_the_record(rounds: int) -> None:
    """A tenth of W1 by other libraries that one may know."""
    work = workloads.make("W1", on_the_clock=True, share=10)
    sides = [
        Side("expand_slots", lambda: workloads.run_values(work)),
        Side("... and assign_tutors", lambda: workloads.run_assigned(work)),
        Side("dateutil and zoneinfo", lambda: workloads.run_dateutil(work)),
    ]
    for name, run in (("whenever", workloads.run_whenever), ("recurring-ical-events", workloads.run_ical)):
        try:
            run(work)
        except ImportError:
            print(f"{name} is not installed", file=sys.stderr)
        else:
            sides.append(Side(name, lambda run=run: run(work)))  # type: ignore[misc]
    assert len({side.run() for side in sides}) == 1, "all sides find the same number"
    ours, *others = _medians(sides, rounds)
    print(f"\nfor the record, a tenth of W1: expand_slots takes {ours * 1e3:.1f} ms")
    for side, median in zip(sides[1:], others, strict=True):
        print(f"  {side.name:24}{median / ours:8.1f}x as long")


def _medians(sides: list[Side], rounds: int) -> list[float]:
    """The median time of each side; small work is done several times in a row, so that all take long enough to tell."""
    in_a_row = max(1, ENOUGH // max(1, sides[0].run()))
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            gc.collect()
            begin = time.perf_counter()
            for _ in range(in_a_row):
                side.run()
            times[side.name].append((time.perf_counter() - begin) / in_a_row)
    return [statistics.median(times[side.name]) for side in sides]


if __name__ == "__main__":
    sys.exit(main())
