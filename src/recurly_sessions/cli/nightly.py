"""The job as a command: `run`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.errors import in_words
from recurly_sessions.cli.options import NO_NOTIFY, at_desk, examples
from recurly_sessions.cli.plans import tell_written
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.reports import Report

if TYPE_CHECKING:
    from recurly_sessions.adapters.prometheus import JobMetrics
    from recurly_sessions.adapters.sql import SqlStore


@click.command(
    "run",
    short_help="Keep the calendars of all series right; for every night.",
    epilog=examples(
        "recurly-sessions run",
        "recurly-sessions run --budget 1800 --stop-file /run/school/stop --log nightly.log",
        "recurly-sessions run --metrics /var/lib/node_exporter/recurly_sessions.prom",
    ),
)
@click.option("--full", is_flag=True, help="Visit all series, whether anything has changed or not.")
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=100, show_default=True, metavar="N",
    help="How many series are locked and written at once.",
)  # fmt: skip
@click.option("--pause", type=click.FloatRange(0), default=0.0, metavar="SECONDS", help="Wait between two batches.")
@click.option(
    "--budget", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
    help="Stop after so long; the next run goes on.",
)  # fmt: skip
@click.option("--stop-file", metavar="FILE", help="Stop before the next batch once this file is there.")
@click.option("--override-brake", is_flag=True, help="Go on even if more is cancelled or moved than max_changes.")
@click.option("--out", metavar="FILE", help="Save the plan if the brake holds it, for `apply FILE --override-brake`.")
@click.option("--metrics", metavar="FILE", help="Write what came of it as metrics for Prometheus.")
@click.option("--no-archive", is_flag=True, help="Leave the series whose last day has passed where they are.")
@NO_NOTIFY
@at_desk(writes=True)
def run_job(
    desk: Desk,
    *,
    full: bool,
    batch: int,
    pause: float,
    budget: float | None,
    stop_file: str | None,
    override_brake: bool,
    out: str | None,
    metrics: str | None,
    no_archive: bool,
    no_notify: bool,
) -> int:
    """Make the calendars of all ACTIVE series right for their weeks ahead.

    A series is visited if it has changed, or if time asks for something new; all others are skipped. One whose last
    day has passed goes to the archive, and its sessions stay. What was interrupted is gone on with: just run it again.
    One bad series doesn't stop the others; it's named at the end, with what is wrong.
    """
    gauges = None if metrics is None else _gauges()  # who lacks the package is told before anything is done
    with desk.store(writes=True) as store:
        with _telling(desk, store), desk.screen.working("Looking what there is to visit") as on_progress:
            report = maintain(
                store,
                now=desk.now,
                switched_on=True,
                full=full,
                batch=batch,
                pause=pause,
                budget=budget,
                stop=None if stop_file is None else Path(stop_file).exists,
                clock=MachineClock(),
                notify=not no_notify,
                brake=not override_brake,
                archive=not no_archive,
                on_progress=on_progress,
            )
        _tell(desk, report, out)
        if gauges is not None and metrics is not None:
            gauges.observe(report)
            gauges.count(store, now=desk.now)
            gauges.write(metrics)
    return 1 if report.failures or report.alerts else 0


def _gauges() -> JobMetrics:
    from recurly_sessions.adapters.prometheus import JobMetrics  # noqa: PLC0415 - only this option needs the extra

    return JobMetrics()


@contextmanager
def _telling(desk: Desk, store: SqlStore) -> Iterator[None]:
    """Say how much of a run was done that is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        for run in store.job_runs(limit=1):
            if run.finished_at is None:
                tell_written(desk, store, run.id)
        raise


def _tell(desk: Desk, report: Report, out: str | None) -> None:
    """Say what came of a run, and what to do about it."""
    desk.screen.say(in_words(str(report)).replace("Stopped: switched off.", "Stopped by the stop file.", 1))
    desk.screen.data(report.to_dict())
    if report.archived:
        listed = desk.command("show", "--archived")
        desk.screen.note(
            f"What went to the archive is to be taken out of your school file, too. It's listed by: {listed}"
        )
    if report.braked:
        what = "Nothing was written." if report.stopped == "braked" else "What is beyond its limit is as it was."
        desk.screen.note(f"{what} Look: {desk.command('plan')}")
        if out is None or report.plan is None:
            desk.screen.note(f"To do it after all: {desk.command('run', '--override-brake', writes=True)}")
        else:
            Path(out).write_text(report.plan.to_json(), encoding="utf-8")
            apply = desk.command("apply", out, "--override-brake", writes=True)
            desk.screen.note(f"The plan is in {out}. To do it after all: {apply}")
    if report.stopped in {"budget", "switched off"}:
        desk.screen.note(f"The rest is for the next time: {desk.command('run', writes=True)}")
