"""Commands about series and sessions: `show`, `explain`, `next`, `end`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Final

import click

from recurly_sessions.cli.desk import Desk, read_school, snapshot_of
from recurly_sessions.cli.errors import CommandError
from recurly_sessions.cli.names import names_no_slot, no_session, series_of
from recurly_sessions.cli.options import DRY_RUN, FILE, SCHOOL_FILE, What, at_desk, examples, planning, refused
from recurly_sessions.cli.people import Person
from recurly_sessions.cli.stored import every_id
from recurly_sessions.config import config_for
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import to_date
from recurly_sessions.operations.end import end_series
from recurly_sessions.planning.assign import who_is_next
from recurly_sessions.planning.conflicts import find_conflicts
from recurly_sessions.render.calendar import as_html
from recurly_sessions.render.entries import entries_of
from recurly_sessions.render.words import Names, clock, day_text, weekday_text
from recurly_sessions.store import Store
from recurly_sessions.time.zones import zone_named
from recurly_sessions.values.school import School
from recurly_sessions.values.session import Session, SessionStatus

_WEEK: Final = timedelta(days=7)
_MARKS: Final = {
    SessionStatus.PENDING: "",
    SessionStatus.CONFIRMED: "confirmed",
    SessionStatus.COMPLETED: "held",
    SessionStatus.NO_SHOW_STUDENT: "student absent",
    SessionStatus.NO_SHOW_TUTOR: "tutor absent",
    SessionStatus.CANCELLED: "off",
    SessionStatus.RESCHEDULED: "waits for a new time",
}


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """A day as it's typed: 2026-09-07."""
    try:
        return None if value is None else to_date(value)
    except InvalidValueError as error:
        raise click.BadParameter(refused(error), ctx, param) from None


@click.command(
    "show",
    short_help="Show the sessions that are stored.",
    epilog=examples(
        "recurly-sessions show",
        "recurly-sessions show --week 2026-10-19",
        "recurly-sessions show maths",
        "recurly-sessions show --tutor amina --week 2026-10-19",
        "recurly-sessions show --all --html calendar.html",
    ),
)
@click.argument("series_id", metavar="[SERIES]", required=False)
@click.option("--week", callback=_day, metavar="DAY", help="The week of this day. Without it, the week of now.")
@click.option("--all", "every", is_flag=True, help="All sessions, not those of a week.")
@click.option("--tutor", metavar="ID", help="Only the sessions of this tutor.")
@click.option("--member", metavar="ID", help="Only the sessions of the series in which this member takes part.")
@click.option("--archived", is_flag=True, help="Show which series are in the archive.")
@click.option("--html", metavar="FILE", help="Write it as a page instead, to be opened in a browser.")
@at_desk()
def show(
    desk: Desk,
    *,
    series_id: str | None,
    week: date | None,
    every: bool,
    tutor: str | None,
    member: str | None,
    archived: bool,
    html: str | None,
) -> None:
    """Show the sessions that are stored: those of a week, or all of a SERIES. Times are those of each series' place.

    With --tutor or --member it's the calendar of one person.

    Series in the archive keep their sessions: they are shown by SERIES and by --all.
    """
    if every and week is not None:
        raise click.UsageError("--all and --week both say which sessions: give one of them")
    person = _person(tutor, member)
    if archived:
        _show_archive(desk)
        return
    with desk.store() as store:
        school = store.school() if series_id is None else snapshot_of(store, series_id, now=desk.now).school
        if every or (series_id is not None and week is None):
            sessions = _in_order(_sessions(store, series_id, desk))
        else:
            sessions = _in_order(_of_week(store, series_id, week, desk))
        if series_id is not None and not sessions and series_id not in set(every_id(store.archived_ids)):
            school.one(series_id)  # which refuses one that nobody knows
        if person is not None:
            whole = school if series_id is None else store.school()
            sessions = person.sessions(sessions, whole, store)
    of_whom = "" if person is None else f" of {person.name(school)}"
    if html is not None:
        desk.screen.write(html, _page(school, sessions, f"Calendar{of_whom}", desk))
        desk.screen.data({"wrote": html, "sessions": len(sessions)})
        return
    if not sessions:
        of_week = "" if every or (series_id is not None and week is None) else f" in {_week_of(week, desk)}"
        desk.screen.say(f"No sessions{of_whom}{of_week}. `recurly-sessions plan` shows what should be there.")
    for day, of_day in groupby(sessions, key=lambda each: each.local_start.date()):
        desk.screen.title(weekday_text(day))
        desk.screen.columns(_rows(school, of_day))
    desk.screen.data(sessions)


def _person(tutor: str | None, member: str | None) -> Person | None:
    if tutor is not None and member is not None:
        raise click.UsageError("--tutor and --member both say whose calendar it is: give one of them")
    if tutor is not None:
        return Person("tutor", tutor)
    return None if member is None else Person("member", member)


def _sessions(store: Store, series_id: str | None, desk: Desk) -> Iterable[Session]:
    """The sessions of one series, or of all that there are."""
    if series_id is not None:
        return store.sessions_of(series_id)
    ids = {*every_id(store.series_ids), *every_id(store.archived_ids), *_ids_to_come(store, desk)}
    return (session for each in sorted(ids) for session in store.sessions_of(each))


def _of_week(store: Store, series_id: str | None, day: date | None, desk: Desk) -> Iterable[Session]:
    """The sessions of a week, which a snapshot of some days before has."""
    before = desk.now if day is None else datetime.combine(day, time(), UTC)
    only = () if series_id is None else (series_id,)
    sessions = snapshot_of(store, *only, now=before - _WEEK - timedelta(days=2)).sessions
    mine = (each for each in sessions if series_id in {None, each.series_id})
    return (each for each in mine if _is_in_week(each, day, desk))


def _in_order(sessions: Iterable[Session]) -> list[Session]:
    """Sessions by local day."""
    return sorted(sessions, key=lambda each: (each.local_start.date(), each.starts_at, each.id))


def _show_archive(desk: Desk) -> None:
    """The series in the archive: each with its last day, and how many sessions it has."""
    with desk.store() as store:
        found = [(store.archived(each), len(store.sessions_of(each))) for each in every_id(store.archived_ids)]
    if not found:
        desk.screen.say("The archive is empty.")
    else:
        rows = [(series.id, str(series.ends_on or ""), f"{count:,}") for series, count in found]
        desk.screen.table(("series", "last day", "sessions"), rows)
    desk.screen.data([{"id": series.id, "ends_on": series.ends_on, "sessions": count} for series, count in found])


def _ids_to_come(store: Store, desk: Desk) -> Iterable[str]:
    return (session.series_id for session in store.snapshot(now=desk.now).sessions)


def _is_in_week(session: Session, day: date | None, desk: Desk) -> bool:
    """Whether a session begins in the week of a day, from Monday, where it takes place."""
    today = day or zone_named(session.timezone).local(desk.now).date()
    monday = today - timedelta(days=today.weekday())
    return monday <= session.local_start.date() < monday + _WEEK


def _week_of(day: date | None, desk: Desk) -> str:
    today = day or desk.now.date()
    monday = today - timedelta(days=today.weekday())
    return f"the week of {weekday_text(monday)}"


def _rows(school: School, sessions: Iterable[Session]) -> list[Sequence[str]]:
    names = Names(school)
    return [
        (
            f"  {clock(each.local_start)}–{clock(zone_named(each.timezone).local(each.ends_at))}",
            each.timezone,
            each.id,
            "no tutor" if each.tutor_id is None else names.tutor(each.tutor_id),
            _mark(each),
        )
        for each in sessions
    ]


def _mark(session: Session) -> str:
    parts = [_MARKS[session.status]]
    if session.cancellation_reason and session.status is SessionStatus.CANCELLED:
        parts.append(session.cancellation_reason)
    if session.original_starts_at is not None:
        parts.append(f"moved from {day_text(session.original_starts_at.date())}")
    return ": ".join(part for part in parts if part)


def _page(school: School, sessions: Sequence[Session], title: str, desk: Desk) -> str:
    conflicts = find_conflicts(sessions, school=school, now=desk.now)
    shown = entries_of((), sessions, conflicts, school=school)
    summary = "1 session" if len(sessions) == 1 else f"{len(sessions):,} sessions"
    return as_html(shown, title=title, summary=f"{summary}.", now=desk.now, conflicts=conflicts)


@click.command(
    "explain",
    short_help="Tell the whole story of one session.",
    epilog=examples(
        "recurly-sessions explain maths/mon/2026-09-14", "recurly-sessions explain maths/mon/2026-09-14 school.toml"
    ),
)
@click.argument("session_id", metavar="SERIES/SLOT/DAY")
@FILE
@planning
@at_desk()
def explain(desk: Desk, *, session_id: str, file: str | None, what: What) -> None:
    """Tell the whole story of one session: its date, clock, turn and price, and what a plan would do to it.

    A session is named as plans show it, like maths/mon/2026-09-14. FILE is a school to look into instead of the
    database, or with the sessions of the database if one is named, as for `plan`.
    """
    snapshot = desk.snapshot(file, *what.series, series_of(session_id))
    made = what.plan(snapshot, desk.now)
    there = {each.id for each in snapshot.sessions}
    if session_id not in there and names_no_slot(session_id, snapshot.school):
        raise no_session(session_id, snapshot.school)
    try:
        story = made.explain(session_id)
    except UnknownNameError:
        raise no_session(session_id, snapshot.school, there) from None
    desk.screen.say(story)
    desk.screen.data({"session_id": session_id, "story": story.splitlines()})


@click.command(
    "next",
    short_help="Say who teaches next, and why.",
    epilog=examples("recurly-sessions next maths", "recurly-sessions next maths mon"),
)
@click.argument("series_id", metavar="SERIES")
@click.argument("slot_id", metavar="[SLOT]", required=False)
@click.option("--file", type=SCHOOL_FILE, metavar="FILE", help="A school file to look into instead of the database.")
@at_desk()
def who(desk: Desk, *, series_id: str, slot_id: str | None, file: str | None) -> None:
    """Say who teaches the next date of a slot, or of each slot of a SERIES, and why."""
    school = read_school(file) if file is not None else desk.snapshot(None, series_id).school
    series = school.one(series_id)
    rules = config_for(school, series)
    slots = [slot_id] if slot_id is not None else [slot.id for slot in series.slots if slot.active]
    names = Names(school)
    rows, data = [], []
    for each in slots:
        found = who_is_next(series, each, now=desk.now, config=rules, tutors=school.tutors)
        if found is None:
            rows.append((each, "no date in ten years", "", ""))
            continue
        occurrence, decision = found
        tutor = "nobody" if decision.tutor_id is None else names.tutor(decision.tutor_id)
        rows.append((each, weekday_text(occurrence.occurs_on), tutor, decision.why))
        data.append({"slot_id": each, "occurs_on": occurrence.occurs_on, **_decided(decision)})
    desk.screen.table(("slot", "next", "who", "why"), rows)
    desk.screen.data(data)


def _decided(decision: object) -> dict[str, object]:
    return {name: getattr(decision, name) for name in ("tutor_id", "assignment_id", "pattern", "why")}


@click.command("end", short_help="Archive a series that is over.")
@click.argument("series_id", metavar="SERIES")
@DRY_RUN
@at_desk(writes=True)
def end(desk: Desk, *, series_id: str, dry_run: bool) -> None:
    """Move a series whose last day has passed to the archive, with its members. All its sessions stay.

    Take it out of your school file, too: `import` leaves what is in the archive there. `show --archived` lists it.
    """
    with desk.store(writes=not dry_run) as store:
        known = tuple(every_id(store.series_ids))
        if series_id not in known:
            raise UnknownNameError("series", series_id, known)
        try:
            ended = end_series(series_id, store, now=desk.now, dry_run=dry_run)
        except InvalidValueError as error:
            raise CommandError(f"series {series_id} isn't over", error.hint or "") from None
        kept = len(store.sessions_of(series_id))
    told = "Would end" if dry_run else "Ended"
    desk.screen.say(f"{told}: {ended.id}, which lasted until {ended.ends_on}. Its sessions stay: {kept:,}.")
    if not dry_run:
        desk.screen.say("Take it out of your school file, too; an import leaves it in the archive.")
    desk.screen.data({"ended": ended.id, "ends_on": ended.ends_on, "sessions": kept})
