"""A school that has a calendar already, to the sessions that it lacks: they are made, and nothing else is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import attrs

from recurly_sessions.operations.apply import Applied
from recurly_sessions.operations.check import FAILED
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.values.school import Snapshot
from recurly_sessions.values.window import Window

WEEKS: Final = 4


@attrs.frozen(kw_only=True)
class Migrated:
    """What a migration comes to: how many series were processed or have no active slot, how many sessions were made.

    `preserved` are the sessions that were there already, all of them as they were; `errors` are series and what went
    wrong with them.
    """

    processed: int
    skipped: int
    generated: int
    preserved: int
    errors: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        series, sessions = ("series", "sessions")
        return "\n".join(
            [
                f"processed  {self.processed:>6,} {series}",
                f"skipped    {self.skipped:>6,} {series} without active slots",
                f"generated  {self.generated:>6,} {sessions}",
                f"preserved  {self.preserved:>6,} {sessions} that were there",
                f"errors     {len(self.errors):>6,}",
                *(f"  {series_id}: {why}" for series_id, why in self.errors),
            ]
        )


def plan_migration(snapshot: Snapshot, *, now: datetime, weeks: int = WEEKS, only: Iterable[str] | None = None) -> Plan:
    """Plan the sessions that are missing in so many weeks; what is there stays as it is, whatever it's like."""
    window = Window.weeks(weeks, start=now)
    return plan_sessions(snapshot, now=now, window=window, only=only).creates_only()


def migrated(plan: Plan, applied: Applied | None = None) -> Migrated:
    """Sum up a migration: what a plan would make, or what was made of it."""
    failed = [(issue.series_id or "", issue.message) for issue in plan.issues if issue.code in FAILED]
    refused = [] if applied is None else [(each, "; ".join(reasons)) for each, reasons in applied.refused]
    reached = {*plan.planned, *(series_id for series_id, _ in failed)}
    with_slots = {each.id for each in plan.school.series if any(slot.active for slot in each.slots)}
    return Migrated(
        processed=len(reached & with_slots),
        skipped=len(reached - with_slots),
        generated=len(plan.creates) if applied is None else applied.created,
        preserved=sum(each.series_id in reached for each in plan.snapshot.sessions),
        errors=(*failed, *refused),
    )
