"""Print four weeks of a school, across the night in which the clocks change: when, who teaches, and why.

Usage: python four_weeks.py [SCHOOL.toml [FIRST_DAY]]
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

from recurly_sessions import School, Series, Window, assign_tutors, expand_slots
from recurly_sessions.config import config_for
from recurly_sessions.errors import RecurlyError
from recurly_sessions.fields import to_date
from recurly_sessions.time.zones import zone_named

SCHOOL = Path(__file__).with_name("school.toml")


def rows_of(school: School, series: Series, first: date) -> list[tuple[str, ...]]:
    """Each occurrence of four weeks as texts: date, local time, UTC, tutor, and why."""
    rules = config_for(school, series)
    timezone = series.timezone or rules.timezone or "UTC"
    window = Window.dates(first, first + timedelta(days=27), timezone)
    occurrences = expand_slots(series, window, config=rules)
    decisions = assign_tutors(series, occurrences, config=rules, tutors=school.tutors)
    names = {tutor.id: tutor.name for tutor in school.tutors or ()}
    zone = zone_named(timezone).info
    rows: list[tuple[str, ...]] = []
    for each in occurrences:
        decision = decisions[each.slot_id, each.occurs_on]
        start, end = each.starts_at.astimezone(zone), each.ends_at.astimezone(zone)
        who = "-" if each.called_off_by else names.get(decision.tutor_id or "", decision.tutor_id or "(open)")
        rows.append((f"{start:%a %d %b}", f"{start:%H:%M}-{end:%H:%M}", f"{each.starts_at:%H:%M}Z", who, decision.why))
    return rows


def main(path: Path, first_day: date) -> None:
    """Print the calendar of a school file."""
    school = School.from_toml(path)
    for series in school.series:
        print(f"{series.id}, from {first_day}")
        rows = rows_of(school, series, first_day)
        widths = [max(len(row[column]) for row in rows) for column in range(4)] if rows else []
        for *columns, why in rows:
            print("  ", *(text.ljust(width) for text, width in zip(columns, widths, strict=True)), why, sep="  ")
        print()


if __name__ == "__main__":
    path, first_day = (*sys.argv[1:3], *(str(SCHOOL), "2026-10-12")[len(sys.argv[1:3]) :])
    try:
        main(Path(path), to_date(first_day))
    except (RecurlyError, OSError) as error:
        sys.exit(str(error).strip())
