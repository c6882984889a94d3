"""The public signatures as a type checker sees them; checked by mypy and by pyright, and never run."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import assert_type

from recurly_sessions import (
    Actor,
    Assignment,
    AssignmentStatus,
    Availability,
    Cancellation,
    Change,
    Closure,
    Config,
    Conflict,
    Consecutive,
    Decision,
    Issue,
    Manual,
    Member,
    Money,
    Occurrence,
    Origin,
    Package,
    Phase,
    Plan,
    RoundRobin,
    School,
    Series,
    Session,
    SessionStatus,
    Slot,
    Snapshot,
    Tutor,
    Weekly,
    Window,
    assign_tutors,
    diff_sessions,
    expand_slots,
    find_conflicts,
    is_available,
    plan_sessions,
    resolve_config,
    round_robin,
    who_is_next,
)
from recurly_sessions.availability import Answer
from recurly_sessions.config import ResolvedConfig
from recurly_sessions.errors import DocumentError, InvalidValueError, Problem, RuleReachError, UnknownNameError
from recurly_sessions.patterns import Deal, Pattern, Turn
from recurly_sessions.values.actor import SYSTEM, Role
from recurly_sessions.values.change import ChangeKind
from recurly_sessions.values.issue import Audience
from recurly_sessions.values.occurrence import Identity
from recurly_sessions.values.school import Booking
from recurly_sessions.values.series import SeriesStatus

NOW = datetime(2026, 9, 7, tzinfo=UTC)
DAY = date(2026, 9, 7)

# What people type is accepted, as text or as values.

slot = Slot("mon", days="MO,WE", start="18:00", end="19:30")
Slot("mon", days=1, start=time(18), duration=90, starts_on="2026-09-07", ends_on=DAY)
Slot("mon", days=["MO", 3], start="18:00", duration=timedelta(hours=1), extra_dates=["2026-09-07", DAY])
Slot("mon", rrule="FREQ=DAILY", start="18:00", end=time(19), phases=[Phase("2026-11-02", start="19:00")])
Slot("mon", days=None, rrule="FREQ=DAILY", start="18:00", end=None, duration=45, subject=None, room_id=None)
Phase(DAY, days="TU", rrule=None, start=None, end="19:00", duration=None)

series = Series("maths", starts_on="2026-09-07")
Series(
    "maths",
    timezone="Europe/Paris",
    starts_on=DAY,
    ends_on="2027-07-31",
    slots=[slot],
    assignments=round_robin("amina", "luc"),
    cancellations=(Cancellation.day("trip", "mon", DAY),),
    packages=[Package("p", starts_on=DAY, ends_on="2026-10-31", sessions=8)],
    members=["ben", Member("cleo")],
    branch_id="north",
    subject="maths",
    room_id="r1",
    meeting_url="https://meet.example",
    config=Config(weeks_ahead=8),
    status="draft",
    request_id="q",
    created_by="zoe",
)
Series("maths", timezone=None, starts_on=DAY, ends_on=None, members=None, status=SeriesStatus.ENDED)

Assignment("a", tutor_id="amina", pattern=RoundRobin())
Assignment("a", tutor_id="amina", pattern="manual", status="accepted", starts_on="2026-09-07", created_at=NOW)
Assignment("a", tutor_id="amina", pattern=Weekly(weeks=[1, 3], cycle=4), slot_id=None, created_at=None)
Assignment(
    "a", tutor_id="amina", pattern=Consecutive(5), status=AssignmentStatus.PENDING, created_at="2026-09-07T00:00Z"
)
Weekly(weeks=range(1, 9, 2))
Weekly(weeks=None, cycle=None, every=2, start_week=2)
Manual(problem=None)

school = School([series])
School(
    series,
    tutors=[Tutor("amina", hourly_rate="30 EUR"), "luc"],
    closures=[Closure("c", "2026-10-17", DAY, yearly=True)],
    base=Config(),
    branches={"north": Config(on_gap="skip")},
)
School([], tutors=None, branches=[("north", Config())])
Tutor("amina", name="Amina", hourly_rate=30, subjects="maths", timezone=None, availability=None)
Tutor("amina", hourly_rate=Decimal(30), subjects=["maths"], availability=[])
Tutor("amina", hourly_rate=Money(30, "EUR"))
Tutor("amina", hourly_rate=29.5)
Availability("a", start="9:00", end="24:00", weekday="MO")
Availability("a", start=time(9), end=time(17), weekday=None, date="2026-09-07", mode="block")
Availability("a", start="9:00", end="17:00", weekday=1, date=None)
Closure("c", DAY, "2026-11-01", branch_id=None, reason="holidays")
Cancellation("c", first_day="2026-10-17", last_day=DAY, slot_id=None)
Config(
    weeks_ahead=None,
    default_rate="30 EUR",
    closures=[Closure("c", DAY, DAY)],
    max_changes=0.2,
    unknown={"weeks_ahed": 3},
)
Config(default_rate=30, max_changes=5)
Window("2026-09-07T00:00Z", NOW)
Money("29.50", "EUR")
Money(30, "EUR")
Actor("amina", role="tutor")
Actor("amina", role=Role.ADMIN)
Issue("late", message="too late", audience="admin", details={"tutor": "amina", "minutes": 5})
Session(
    "s",
    series_id="maths",
    timezone="UTC",
    starts_at="2026-09-07T16:00Z",
    ends_at=NOW,
    slot_id=None,
    occurs_on="2026-09-07",
    status="scheduled",
    price="30 EUR",
    origin="manual",
    pinned=["price"],
    number=None,
)
Booking("b", starts_at=NOW, ends_at="2026-09-07T18:00Z", tutor_id="amina")
Snapshot(school=school, sessions=[], bookings=[], read_at=NOW, revision="7")

# What a value holds is of one type.

assert_type(slot.id, str)
assert_type(slot.days, tuple[int, ...] | None)
assert_type(slot.rrule, str | None)
assert_type(slot.start, time)
assert_type(slot.end, time | None)
assert_type(slot.duration, timedelta | None)
assert_type(slot.starts_on, date | None)
assert_type(slot.extra_dates, tuple[date, ...])
assert_type(slot.active, bool)
assert_type(slot.phases, tuple[Phase, ...])
assert_type(slot.changed_from("2026-11-02", start="19:00"), Slot)
assert_type(slot.phases[0].from_day, date)

assert_type(series.timezone, str | None)
assert_type(series.starts_on, date)
assert_type(series.slots, tuple[Slot, ...])
assert_type(series.assignments, tuple[Assignment, ...])
assert_type(series.cancellations, tuple[Cancellation, ...])
assert_type(series.packages, tuple[Package, ...])
assert_type(series.members, tuple[Member, ...] | None)
assert_type(series.config, Config)
assert_type(series.status, SeriesStatus)
assert_type(series.with_slot(slot), Series)
assert_type(series.assignments[0].pattern, Pattern)
assert_type(series.assignments[0].status, AssignmentStatus)
assert_type(series.assignments[0].created_at, datetime | None)
assert_type(series.packages[0].sessions, int)

assert_type(school.series, tuple[Series, ...])
assert_type(school.tutors, tuple[Tutor, ...] | None)
assert_type(school.closures, tuple[Closure, ...])
assert_type(school.base, Config)
assert_type(school.branches, tuple[tuple[str, Config], ...])
assert_type(school.one("maths"), Series)
assert_type(school.branch("north"), Config | None)
assert_type(School.from_toml(Path("school.toml")), School)
assert_type(School.from_json("school.json"), School)
assert_type(School.from_dict({"series": []}), School)
assert_type(school.to_toml(), str)
assert_type(school.to_json(), str)


def people(tutor: Tutor, member: Member, entry: Availability, actor: Actor) -> None:
    assert_type(tutor.name, str)
    assert_type(tutor.hourly_rate, Money | Decimal | None)
    assert_type(tutor.subjects, tuple[str, ...])
    assert_type(tutor.availability, tuple[Availability, ...] | None)
    assert_type(member.active, bool)
    assert_type(entry.start, time)
    assert_type(entry.weekday, int | None)
    assert_type(entry.date, date | None)
    assert_type(entry.mode, str)
    assert_type(actor.role, Role)
    assert_type(SYSTEM, Actor)


def money(amount: Money) -> None:
    assert_type(amount.amount, Decimal)
    assert_type(amount.currency, str)
    assert_type(amount.minor_units, int)
    assert_type(Money.parse("30 EUR"), Money)


def rules(config: Config, resolved: ResolvedConfig) -> None:
    assert_type(config.weeks_ahead, int | None)
    assert_type(config.closures, tuple[Closure, ...])
    assert_type(config.max_changes, int | float | None)
    assert_type(config.unknown, tuple[tuple[str, str], ...])
    assert_type(Config.from_mapping({"weeks_ahead": 3}), Config)
    assert_type(resolve_config(config), ResolvedConfig)
    assert_type(resolve_config(config, None, series=config), ResolvedConfig)
    assert_type(resolved.weeks_ahead, int)
    assert_type(resolved.timezone, str | None)
    assert_type(resolved.origin("weeks_ahead"), str)
    assert_type(resolved.issues, tuple[Issue, ...])
    assert_type(resolved.issues[0].audience, Audience)
    assert_type(resolved.issues[0].details, tuple[tuple[str, str], ...])


def sessions(session: Session, snapshot: Snapshot) -> None:
    assert_type(session.occurs_on, date | None)
    assert_type(session.starts_at, datetime)
    assert_type(session.local_start, datetime)
    assert_type(session.status, SessionStatus)
    assert_type(session.price, Money | None)
    assert_type(session.origin, Origin)
    assert_type(session.pinned, tuple[str, ...])
    assert_type(session.identity, Identity | None)
    assert_type(session.version, int)
    assert_type(snapshot.sessions, tuple[Session, ...])
    assert_type(snapshot.bookings, tuple[Booking, ...])
    assert_type(snapshot.read_at, datetime)
    assert_type(find_conflicts([session], school=snapshot.school, now=NOW), list[Conflict])
    assert_type(diff_sessions([session], [session], now=NOW), list[Change])


def plans(session: Session, snapshot: Snapshot, window: Window) -> None:
    plan = plan_sessions(snapshot, now=NOW)
    assert_type(plan, Plan)
    assert_type(plan_sessions(series, now="2026-09-07T00:00Z", window=window, existing=[session]), Plan)
    assert_type(plan_sessions([series], now=NOW, tutors=["amina", Tutor("luc")], bookings=snapshot.bookings), Plan)
    assert_type(plan_sessions(school, now=NOW, only=["maths"]), Plan)
    assert_type(plan.changes, tuple[Change, ...])
    assert_type(plan.creates, tuple[Change, ...])
    assert_type(plan.unchanged, tuple[Session, ...])
    assert_type(plan.conflicts, tuple[Conflict, ...])
    assert_type(plan.issues, tuple[Issue, ...])
    assert_type(plan.stand_ins, tuple[tuple[str, str], ...])
    assert_type(plan.id, str)
    assert_type(bool(plan), bool)
    assert_type(plan.braked, bool)
    assert_type(plan.creates_only(), Plan)
    assert_type(plan.explain("maths/mon/2026-09-07"), str)
    assert_type(plan.as_html(), str)
    assert_type(plan.changed_since(snapshot), dict[str, tuple[str, ...]])
    assert_type(Plan.from_json(plan.to_json()), Plan)
    assert_type(plan.changes[0].kind, ChangeKind)
    assert_type(plan.changes[0].before, Session | None)
    assert_type(plan.changes[0].after, Session)
    assert_type(plan.changes[0].decision, Decision | None)
    assert_type(plan.changes[0].why, str)
    assert_type(plan.conflicts[0].other, str | None)


def windows() -> None:
    assert_type(Window.weeks(4, start=NOW), Window)
    assert_type(Window.weeks(4, start="2026-09-07T00:00Z"), Window)
    assert_type(Window.dates("2026-09-07", DAY, "Europe/Paris"), Window)
    assert_type(Window.weeks(4, start=NOW).start, datetime)


def planning(config: ResolvedConfig, tutors: Iterable[Tutor], entries: Iterable[Availability]) -> None:
    occurrences = expand_slots(series, Window.weeks(4, start=NOW))
    decisions = assign_tutors(series, occurrences, config=config, tutors=tutors)
    answer = is_available(entries, NOW, NOW, "Europe/Paris")

    assert_type(occurrences, list[Occurrence])
    assert_type(expand_slots(series, Window.weeks(4, start=NOW), config=config), list[Occurrence])
    assert_type(occurrences[0].occurs_on, date)
    assert_type(occurrences[0].index, int)
    assert_type(occurrences[0].called_off_by, str | None)
    assert_type(occurrences[0].identity, Identity)
    assert_type(decisions, dict[tuple[str, date], Decision])
    assert_type(decisions["mon", DAY].tutor_id, str | None)
    assert_type(decisions["mon", DAY].why, str)
    assert_type(who_is_next(series, now=NOW), tuple[Occurrence, Decision] | None)
    assert_type(who_is_next(series, "mon", now="2026-09-07T00:00Z", tutors=tutors), tuple[Occurrence, Decision] | None)
    assert_type(round_robin("amina", "luc", slot_id="mon", starts_on=DAY), tuple[Assignment, ...])
    assert_type(answer, Answer)
    assert_type(bool(answer), bool)
    assert_type(is_available(None, NOW, NOW, "UTC").why, str)


class EveryFullMoon:
    """A host's own pattern, which claims turns by itself."""

    kind = "full_moon"

    def claims(self, turn: Turn) -> str | None:
        return f"{turn.occurs_on} is a full moon" if turn.number % 4 == 0 else None


class InPairs:
    """A host's own pattern, by which tutors take turns."""

    kind = "in_pairs"
    block = 2

    def why(self, deal: Deal) -> str:
        return f"the {deal.nth} of two"


claiming: Pattern = EveryFullMoon()
rotating: Pattern = InPairs()
Assignment("a", tutor_id="amina", pattern=EveryFullMoon())
Assignment("a", tutor_id="amina", pattern=InPairs())


def errors(
    invalid: InvalidValueError, document: DocumentError, reach: RuleReachError, unknown: UnknownNameError
) -> None:
    assert_type(invalid.where, str)
    assert_type(invalid.got, object)
    assert_type(invalid.code, str)
    assert_type(document.problems, tuple[Problem, ...])
    assert_type(document.problems[0].line, int | None)
    assert_type(reach.reach_years, int)
    assert_type(unknown.known, tuple[str, ...])
    of_values: tuple[ValueError, ...] = (invalid, document, reach)
    of_names: LookupError = unknown
    raise ExceptionGroup("all of them", [*of_values, of_names])
