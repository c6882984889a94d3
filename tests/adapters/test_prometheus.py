"""Metrics of the job: every gauge, of a run and of the sessions to come, and the file that they are written to."""

import re
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from recurly_sessions import Config
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.adapters.prometheus import JobMetrics
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import ALERT_CODES, Alert, Failure, Report
from recurly_sessions.testing.store_contract import NOW, a_course, a_loose_session, a_school, a_session, put
from recurly_sessions.values.session import Origin, SessionStatus

DOCS = Path(__file__).parents[2] / "docs"


def a_report(**more: Any) -> Report:
    return Report(run_id="run-1", now=NOW, **more)


def written(registry: CollectorRegistry) -> dict[str, str]:
    """The values, by name and labels, as Prometheus reads them."""
    lines = generate_latest(registry).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def of_a_run(report: Report) -> dict[str, str]:
    metrics = JobMetrics()
    metrics.observe(report)
    return {name.removeprefix("recurly_sessions_run_"): value for name, value in written(metrics.registry).items()}


def starting(metrics: JobMetrics, days: int) -> dict[tuple[str, str], float | None]:
    """How many sessions start within some days, by origin and status, where there are any."""
    values = {
        (origin.value, status.value): metrics.registry.get_sample_value(
            "recurly_sessions_starting", {"days": str(days), "origin": origin.value, "status": status.value}
        )
        for origin, status in product(Origin, SessionStatus)
    }
    return {labels: value for labels, value in values.items() if value != 0}


# A run


@pytest.mark.requirement("MET-1", "MET-2", "MET-4", "FR-012")
def test_everything_that_a_run_reports_is_a_gauge() -> None:
    report = a_report(
        seconds=36.0,
        statements=321,
        skipped=70,
        visited=16,
        created=1,
        updated=2,
        cancelled=3,
        reinstated=4,
        archived=5,
        gaps=6,
        conflicts=7,
        issues=8,
        failures=(Failure("art", "it can't be planned"), Failure("maths", "nor can this")),
        alerts=(Alert(code="series-failing", message="2 of 18 series failed", todo="mend them"),),
    )

    assert of_a_run(report) == {
        "timestamp_seconds": "1.788768e+09",
        "finished": "1.0",
        "duration_seconds": "36.0",
        "seconds_per_series": "2.0",
        "statements": "321.0",
        'series{result="visited"}': "16.0",
        'series{result="skipped"}': "70.0",
        'series{result="failed"}': "2.0",
        "archived": "5.0",
        'sessions{change="created"}': "1.0",
        'sessions{change="updated"}': "2.0",
        'sessions{change="cancelled"}': "3.0",
        'sessions{change="reinstated"}': "4.0",
        "gaps": "6.0",
        "conflicts": "7.0",
        "issues": "8.0",
        'alert{code="failed-runs"}': "0.0",
        'alert{code="series-failing"}': "1.0",
        'alert{code="slow-statements"}': "0.0",
        'alert{code="braked"}': "0.0",
    }


def test_what_was_not_measured_has_no_value() -> None:
    bare, idle = of_a_run(a_report(visited=3)), of_a_run(a_report(seconds=0.5, statements=4, skipped=9))

    assert {"duration_seconds", "seconds_per_series", "statements"}.isdisjoint(bare)
    assert (idle["duration_seconds"], idle["statements"]) == ("0.5", "4.0")
    assert "seconds_per_series" not in idle


@pytest.mark.parametrize(
    ("stopped", "finished"), [("done", "1.0"), ("braked", "1.0"), ("budget", "0.0"), ("switched off", "0.0")]
)
def test_a_run_of_which_something_is_left_is_not_finished(stopped: str, finished: str) -> None:
    assert of_a_run(a_report(stopped=stopped))["finished"] == finished


def test_a_later_run_takes_the_place_of_the_one_before() -> None:
    metrics, braked = JobMetrics(), Alert(code="braked", message="too much", todo="look")
    metrics.observe(a_report(created=3, seconds=1.0, alerts=(braked,)))

    metrics.observe(a_report(cancelled=2))

    values = written(metrics.registry)
    assert values['recurly_sessions_run_sessions{change="created"}'] == "0.0"
    assert values['recurly_sessions_run_sessions{change="cancelled"}'] == "2.0"
    assert values['recurly_sessions_run_alert{code="braked"}'] == "0.0"
    assert "recurly_sessions_run_duration_seconds" not in values


# Sessions to come


@pytest.mark.requirement("MET-1", "MET-2")
def test_the_sessions_of_the_coming_days_are_counted_by_origin_and_status() -> None:
    store, metrics = MemoryStore(a_school()), JobMetrics()
    put(
        store,
        a_session("2026-08-31"),
        a_session("2026-09-07"),
        a_session("2026-09-14", status="CONFIRMED"),
        a_loose_session("extra", status="CANCELLED"),
        a_loose_session("next day", starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2)),
    )

    metrics.count(store, now="2026-09-07T08:00Z")
    metrics.count(store, now=NOW, days=8)

    assert starting(metrics, 1) == {("GENERATED", "PENDING"): 1, ("MANUAL", "CANCELLED"): 1}
    assert starting(metrics, 8) == {
        ("GENERATED", "PENDING"): 1,
        ("GENERATED", "CONFIRMED"): 1,
        ("MANUAL", "CANCELLED"): 1,
        ("MANUAL", "PENDING"): 1,
    }


def test_what_there_is_none_of_is_counted_as_none() -> None:
    store, metrics = MemoryStore(a_school()), JobMetrics()
    put(store, a_session())
    metrics.count(store, now=NOW)

    metrics.count(store, now=NOW + timedelta(days=2))

    values = written(metrics.registry)
    assert len(values) == len(Origin) * len(SessionStatus)
    assert set(values.values()) == {"0.0"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"days": 0}, "JobMetrics.count: days must be a whole number from 1 to 3650, got 0"),
        (
            {"now": "2026-09-07"},
            "JobMetrics.count: now must say its timezone, got '2026-09-07'; a naive datetime names no instant; "
            "add tzinfo=UTC or a ZoneInfo",
        ),
    ],
    ids=["days", "now"],
)
def test_days_and_moments_that_are_none_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        JobMetrics().count(MemoryStore(), **({"now": NOW} | wrong))

    assert str(caught.value) == message


# Where they go


def test_before_anything_happened_nothing_is_measured() -> None:
    assert written(JobMetrics().registry) == {}


def test_two_of_them_do_not_know_of_each_other() -> None:
    one, other = JobMetrics(), JobMetrics()

    one.observe(a_report())

    assert written(one.registry) != {}
    assert written(other.registry) == {}


def test_a_registry_of_the_host_has_them_beside_its_own() -> None:
    registry = CollectorRegistry()
    Gauge("pupils", "How many there are.", registry=registry).set(12)

    metrics = JobMetrics(registry)
    metrics.observe(a_report(created=3))

    values = written(registry)
    assert (values["pupils"], values['recurly_sessions_run_sessions{change="created"}']) == ("12.0", "3.0")


def test_a_registry_has_them_once() -> None:
    registry = CollectorRegistry()
    JobMetrics(registry)

    with pytest.raises(ValueError, match="Duplicated timeseries"):
        JobMetrics(registry)


def test_a_file_has_everything_and_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path, metrics = tmp_path / "job.prom", JobMetrics()
    metrics.observe(maintain(MemoryStore(a_school(a_course(), base=Config())), now=NOW, switched_on=True))
    path.write_text("what stood there before\n" * 1_000, encoding="utf-8")

    metrics.write(path)

    assert path.read_bytes() == generate_latest(metrics.registry)
    assert b'recurly_sessions_run_sessions{change="created"} 4.0\n' in path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_can_not_be_written_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "job.prom"

    with pytest.raises(FileNotFoundError) as caught:
        JobMetrics().write(path)

    assert str(caught.value) == f"[Errno 2] No such file or directory: '{path}'"


# What the pages say of them


def test_the_page_names_every_gauge_and_no_other() -> None:
    page = (DOCS / "how-to/watch-the-job.md").read_text(encoding="utf-8")
    table = set(re.findall(r"^\| `(recurly_sessions_\w+)", page, re.MULTILINE))
    gauges = {family.name for family in JobMetrics().describe()}

    assert table == gauges
    assert set(re.findall(r"\brecurly_sessions_(?:run|starting)\w*", page)) == gauges


def test_every_alert_has_its_line_on_the_page() -> None:
    page = (DOCS / "how-to/run-every-night.md").read_text(encoding="utf-8")
    _, _, of_alerts = page.partition("## When there's an alert")
    table, _, _ = of_alerts.partition("\n## ")

    assert re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE) == list(ALERT_CODES)
