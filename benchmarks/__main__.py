"""Measure `expand_slots` beside what else one would use: `python -m benchmarks`.

Both sides of a ratio run in this process, one after the other, again and again, and the medians are compared: a ratio
stays the same on a busy machine, a time doesn't. Both give the same instants, which is checked first.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from benchmarks import workloads


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
    parser.add_argument("--only", choices=sorted(WANTED), help="one workload instead of all")
    arguments = parser.parse_args()
    missed = []
    print("times faster than dateutil's rrule with zoneinfo; medians of interleaved runs\n")
    print(f"{'':4}{'slots end':13}{'occurrences':>11}{'dateutil':>12}{'expand_slots':>20}{'columns':>20}")
    for name, wanted in WANTED.items():
        if arguments.only in {None, name}:
            for ends in ("on the clock", "after minutes"):
                missed += _row(name, ends, wanted, max(7, arguments.rounds))
    if arguments.only in {None, "W1"}:
        _for_the_record(max(7, arguments.rounds))
    print("\nall as wanted" if not missed else f"\nbelow what is wanted: {', '.join(missed)}")
    return bool(missed)


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
    in_a_row = max(1, ENOUGH // sides[0].run())
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
