"""A report of the job, and what a store counts, to gauges for Prometheus."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import to_count
from recurly_sessions.operations.reports import ALERT_CODES, Report
from recurly_sessions.store import Store, Tallied
from recurly_sessions.values.session import Origin, SessionStatus
from recurly_sessions.values.window import Window, to_edge

S = TypeVar("S")
T = TypeVar("T")

_EMPTY: Final = Report(run_id="", now=datetime.fromtimestamp(0, UTC))


class JobMetrics(Collector):
    """Gauges of the last call of the job that was observed, and of sessions that were counted.

    They are in a registry of their own, or in the one given; `prometheus_client` pushes or serves that. Before anything
    was observed or counted, there are none.

    >>> from recurly_sessions.adapters.memory import MemoryStore
    >>> from recurly_sessions.operations.maintain import maintain
    >>> metrics, store = JobMetrics(), MemoryStore()
    >>> metrics.observe(maintain(store, now="2026-09-01T02:00Z", switched_on=True))
    >>> metrics.registry.get_sample_value("recurly_sessions_run_finished")
    1.0
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = CollectorRegistry() if registry is None else registry
        self._report: Report | None = None
        self._tallies: Mapping[int, list[Tallied]] = {}
        self.registry.register(self)

    def observe(self, report: Report) -> None:
        """Take a report for the last one."""
        self._report = report

    def count(self, store: Store, *, now: datetime | str, days: int = 1) -> None:
        """Count the sessions that start within so many times 24 hours; other numbers of days stay as counted before."""
        start = _asked(to_edge, now, "now")
        length = timedelta(days=_asked(partial(to_count, most=3_650), days, "days"))
        # As a whole, since it may be read by another thread.
        self._tallies = {**self._tallies, days: store.tally(Window(start, start + length))}

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the registry to a file, in one go, for the textfile collector of node_exporter."""
        try:
            write_to_textfile(os.fspath(path), self.registry)
        except OSError as error:  # which names the file that is written first, beside
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the gauges to the registry."""
        if self._report is not None:
            yield from _of_run(self._report)
        if self._tallies:
            yield _of_sessions(self._tallies)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Say which gauges there may be, so that the registry refuses others of these names."""
        yield from _of_run(_EMPTY)
        yield _of_sessions({})


def _asked(convert: Callable[[S], T], value: S, name: str) -> T:
    try:
        return convert(value)
    except InvalidValueError as error:
        raise error.at(f"JobMetrics.count: {name}") from None


def _of_run(report: Report) -> Iterator[GaugeMetricFamily]:
    tried = report.visited + report.failed
    each = None if report.seconds is None or not tried else report.seconds / tried
    raised = {alert.code for alert in report.alerts}
    alerts = {code: code in raised for code in ALERT_CODES}
    yield _gauge("run_timestamp_seconds", "What counted as now when the run began.", report.now.timestamp())
    yield _gauge("run_finished", "Whether nothing is left of the run.", report.is_finished)
    yield _gauge("run_duration_seconds", "How long the call took.", report.seconds)
    yield _gauge("run_seconds_per_series", "How long a series took that was visited or failed.", each)
    yield _gauge("run_statements", "How many statements the database was sent.", report.statements)
    yield _gauge_by("result", "run_series", "ACTIVE series.", _named(report, "visited", "skipped", "failed"))
    yield _gauge("run_archived", "Series whose last day has passed.", report.archived)
    changes = _named(report, "created", "updated", "cancelled", "reinstated")
    yield _gauge_by("change", "run_sessions", "Sessions that were changed.", changes)
    yield _gauge("run_gaps", "Sessions that are due and couldn't be made.", report.gaps)
    yield _gauge("run_conflicts", "Conflicts of the series that were visited.", report.conflicts)
    yield _gauge("run_issues", "Issues of the series that were visited.", report.issues)
    yield _gauge_by("code", "run_alert", "Whether somebody should look.", alerts)


def _of_sessions(tallies: Mapping[int, Iterable[Tallied]]) -> GaugeMetricFamily:
    """Sessions to come; 0 for what there is none of, so that nothing disappears."""
    family = _family("starting", "Sessions that start within some days.", ("days", "origin", "status"))
    for days, tally in tallies.items():
        counts = {(each.origin, each.status): each.sessions for each in tally}
        for origin in Origin:
            for status in SessionStatus:
                family.add_metric([str(days), origin.value, status.value], counts.get((origin, status), 0))
    return family


def _named(report: Report, *names: str) -> dict[str, int]:
    return {name: getattr(report, name) for name in names}


def _gauge(name: str, what: str, value: float | None) -> GaugeMetricFamily:
    """A gauge; what isn't known has no value."""
    family = _family(name, what)
    if value is not None:
        family.add_metric([], float(value))
    return family


def _gauge_by(label: str, name: str, what: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = _family(name, what, (label,))
    for named, value in values.items():
        family.add_metric([named], float(value))
    return family


def _family(name: str, what: str, labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"recurly_sessions_{name}", what, labels=labels)
