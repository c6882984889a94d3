"""One example of each public value, with as much said as it can hold, and the same typed as people type it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import attrs

import recurly_sessions
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
)
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.values.actor import Role
from recurly_sessions.values.change import ChangeKind
from recurly_sessions.values.issue import Audience
from recurly_sessions.values.occurrence import Identity
from recurly_sessions.values.school import Booking
from recurly_sessions.values.series import SeriesStatus

DAY = date(2026, 9, 7)
LATER = date(2026, 10, 31)
START = datetime(2026, 9, 7, 16, 0, tzinfo=UTC)
END = datetime(2026, 9, 7, 17, 30, tzinfo=UTC)

# What a person who knows the public names can evaluate: those, and what they know from the standard library.
NAMES: dict[str, Any] = {
    **{name: getattr(recurly_sessions, name) for name in recurly_sessions.__all__},
    "Booking": Booking,
    "Decimal": Decimal,
    "Identity": Identity,
    "datetime": __import__("datetime"),
}


def refused(make: Callable[[], object]) -> str:
    """Say with which message a value is refused."""
    try:
        made = make()
    except InvalidValueError as error:
        return str(error)
    raise AssertionError(f"nothing was refused: {made!r}")


LESSON = Session("s1", series_id="maths", timezone="UTC", starts_at=START, ends_at=END)
CALLED_OFF = attrs.evolve(LESSON, status="CANCELLED", cause_id="trip", version=2)

# For each class, the fields of one value: of the types that are kept, and as people type them. With the fewest fields
# that it needs, the second is where a test of a bad field starts.
TYPED: dict[type, dict[str, Any]] = {
    Actor: {"id": "amina", "role": Role.TUTOR},
    Assignment: {
        "id": "a1",
        "tutor_id": "amina",
        "pattern": RoundRobin(),
        "slot_id": "mon",
        "status": AssignmentStatus.PENDING,
        "active": False,
        "subject": "maths",
        "starts_on": DAY,
        "ends_on": LATER,
        "created_at": START,
    },
    Availability: {
        "id": "dentist",
        "start": time(9, 5),
        "end": time(0),
        "date": DAY,
        "mode": "block",
        "active": False,
    },
    Booking: {
        "id": "b1",
        "starts_at": START,
        "ends_at": END,
        "tutor_id": "amina",
        "member_id": "ben",
        "room_id": "r1",
    },
    Cancellation: {"id": "trip", "first_day": DAY, "last_day": LATER, "slot_id": "mon", "reason": "a trip"},
    Change: {
        "kind": ChangeKind.CANCEL,
        "before": LESSON,
        "after": CALLED_OFF,
        "fields": ("cause_id", "status"),
        "code": "called-off",
        "decision": Decision("amina", "a1", "weekly", "week 1"),
        "because": "called off by trip",
    },
    Closure: {
        "id": "autumn",
        "first_day": DAY,
        "last_day": LATER,
        "yearly": True,
        "branch_id": "north",
        "reason": "holidays",
    },
    Config: {
        "weeks_ahead": 8,
        "auto_generate": False,
        "timezone": "Europe/Paris",
        "currency": "CHF",
        "default_rate": Money(30, "CHF"),
        "confirm_assigned": True,
        "confirmed_follow": "all",
        "on_gap": "skip",
        "on_overlap": "later",
        "on_tutor_busy": "unassign",
        "on_student_busy": "ignore",
        "on_room_busy": "skip",
        "on_unavailable": "skip",
        "on_closure": "flag",
        "cancellation_turn": "pass",
        "closure_turn": "pass",
        "absence_turn": "next",
        "closures": (Closure("autumn", DAY, LATER),),
        "reschedule_notice_hours": 0,
        "max_changes": 0.25,
        "unknown": (("weeks_ahed", "3"),),
    },
    Conflict: {
        "kind": "tutor",
        "session_id": "s1",
        "other": "s2",
        "who": "amina",
        "starts_at": START,
        "ends_at": END,
        "reaction": "unassign",
        "why": "amina is taken by s2",
    },
    Consecutive: {"n": 5},
    Decision: {"tutor_id": "amina", "assignment_id": "a1", "pattern": "weekly", "why": "week 1"},
    Identity: {"series_id": "maths", "slot_id": "mon", "occurs_on": DAY},
    Issue: {
        "code": "missing-tutor",
        "series_id": "maths",
        "message": "no profile",
        "audience": Audience.ADMIN,
        "details": (("tutor", "amina"),),
    },
    Manual: {"problem": "no such pattern"},
    Member: {"id": "ben", "name": "Ben", "timezone": "Europe/Rome", "active": False},
    Money: {"amount": Decimal("29.50"), "currency": "EUR"},
    Occurrence: {
        "series_id": "maths",
        "slot_id": "mon",
        "occurs_on": DAY,
        "index": 3,
        "starts_at": START,
        "ends_at": END,
        "called_off_by": "trip",
        "shifted": "gap",
    },
    Package: {"id": "p1", "starts_on": DAY, "ends_on": LATER, "sessions": 8},
    Phase: {"from_day": DAY, "days": (1, 3), "start": time(19), "duration": timedelta(minutes=45)},
    RoundRobin: {},
    School: {
        "series": (Series("maths", starts_on=DAY),),
        "tutors": (Tutor("amina"), Tutor("luc")),
        "closures": (Closure("autumn", DAY, LATER),),
        "base": Config(weeks_ahead=8),
        "branches": (("north", Config(on_gap="skip")), ("south", Config())),
    },
    Series: {
        "id": "maths",
        "timezone": "Europe/Paris",
        "starts_on": DAY,
        "ends_on": LATER,
        "slots": (Slot("mon", days="MO", start="18:00", end="19:30"),),
        "assignments": (Assignment("a1", tutor_id="amina", pattern=Consecutive(2), slot_id="mon"),),
        "cancellations": (Cancellation.day("trip", None, DAY),),
        "packages": (Package("p1", starts_on=DAY, ends_on=LATER, sessions=8),),
        "members": (Member("ben"), Member("cleo", name="Cléo")),
        "branch_id": "north",
        "subject": "maths",
        "room_id": "r1",
        "meeting_url": "https://meet.example/maths",
        "config": Config(on_gap="skip"),
        "status": SeriesStatus.DRAFT,
        "request_id": "q1",
        "created_by": "zoe",
    },
    Session: {
        "id": "maths/mon/2026-09-07",
        "series_id": "maths",
        "slot_id": "mon",
        "occurs_on": DAY,
        "timezone": "Europe/Paris",
        "starts_at": START,
        "ends_at": END,
        "tutor_id": "amina",
        "status": SessionStatus.CANCELLED,
        "price": Money("45", "EUR"),
        "origin": Origin.MANUAL,
        "cancellation_reason": "a trip",
        "cause_id": "trip",
        "meeting_url": "https://meet.example/other",
        "room_id": "r2",
        "package_id": "p1",
        "number": 3,
        "notes": "bring the book\nand a pen",
        "pinned": ("price", "starts_at"),
        "original_starts_at": START,
        "version": 2,
        "updated_by": "zoe",
        "updated_at": END,
    },
    Slot: {
        "id": "mon",
        "rrule": "FREQ=MONTHLY;BYDAY=2MO",
        "start": time(18),
        "duration": timedelta(minutes=90),
        "starts_on": DAY,
        "ends_on": LATER,
        "extra_dates": (DAY, LATER),
        "excluded_dates": (DAY,),
        "subject": "maths",
        "room_id": "r1",
        "active": False,
        "phases": (Phase(LATER, days="TU", start="19:00"),),
    },
    Snapshot: {
        "school": School([]),
        "sessions": (Session("s1", series_id="maths", timezone="UTC", starts_at=START, ends_at=END),),
        "bookings": (Booking("b1", starts_at=START, ends_at=END),),
        "read_at": START,
        "revision": "17",
        "only": ("maths",),
        "held": ("physics",),
        "revisions": (("maths", "3.4"),),
    },
    Tutor: {
        "id": "amina",
        "name": "Amina",
        "hourly_rate": Money("29.50", "EUR"),
        "subjects": ("maths", "physics"),
        "timezone": "Europe/Paris",
        "availability": (Availability("mondays", start="9:00", end="17:00", weekday=1),),
    },
    Weekly: {"weeks": (1, 3), "cycle": 4},
    Window: {"start": START, "end": END},
}
AS_PEOPLE_TYPE: dict[type, dict[str, Any]] = {
    Actor: {"id": "amina", "role": "tutor"},
    Assignment: TYPED[Assignment]
    | {
        "pattern": "Round_Robin",
        "status": "pending",
        "starts_on": "2026-09-07",
        "ends_on": "2026-10-31",
        "created_at": "2026-09-07T18:00+02:00",
    },
    Availability: TYPED[Availability] | {"start": "9:05", "end": "24:00", "date": "2026-09-07", "mode": "BLOCK"},
    Booking: TYPED[Booking] | {"starts_at": "2026-09-07T16:00:00Z", "ends_at": "2026-09-07T19:30+02:00"},
    Cancellation: TYPED[Cancellation] | {"first_day": "2026-09-07", "last_day": "2026-10-31"},
    Closure: TYPED[Closure] | {"first_day": "2026-09-07", "last_day": "2026-10-31"},
    Config: TYPED[Config]
    | {
        "currency": "chf",
        "default_rate": "30 chf",
        "on_gap": "SKIP",
        "closures": [Closure("autumn", "2026-09-07", "2026-10-31")],
        "max_changes": Decimal("0.25"),
        "unknown": {"weeks_ahed": 3},
    },
    Consecutive: {"n": 5},
    Issue: TYPED[Issue] | {"audience": "admin", "details": {"tutor": "amina"}},
    Identity: TYPED[Identity] | {"occurs_on": "2026-09-07"},
    Money: {"amount": 29.5, "currency": "eur"},
    Package: TYPED[Package] | {"starts_on": "2026-09-07", "ends_on": "2026-10-31"},
    Phase: {"from_day": "2026-09-07", "days": "Wednesday, mon", "start": "19:00", "duration": 45},
    School: TYPED[School]
    | {
        "series": Series("maths", starts_on="2026-09-07"),
        "tutors": ["amina", "luc"],
        "closures": [Closure("autumn", "2026-09-07", "2026-10-31")],
        "branches": {"south": Config(), "north": Config(on_gap="skip")},
    },
    Series: TYPED[Series]
    | {
        "starts_on": "2026-09-07",
        "ends_on": "2026-10-31",
        "slots": [Slot("mon", days=[1], start=time(18), end=time(19, 30))],
        "members": ["ben", Member("cleo", name="Cléo")],
        "status": "draft",
    },
    Session: TYPED[Session]
    | {
        "occurs_on": "2026-09-07",
        "starts_at": "2026-09-07T18:00:00+02:00",
        "ends_at": "2026-09-07T17:30Z",
        "status": "canceled",
        "price": "45 EUR",
        "origin": "manual",
        "pinned": ["starts_at", "price", "price"],
        "original_starts_at": "2026-09-07T16:00Z",
        "updated_at": "2026-09-07T17:30Z",
    },
    Slot: TYPED[Slot]
    | {
        "start": "18:00",
        "duration": 90,
        "starts_on": "2026-09-07",
        "ends_on": "2026-10-31",
        "extra_dates": ["2026-10-31", "2026-09-07", "2026-10-31"],
        "excluded_dates": ["2026-09-07"],
        "phases": [Phase("2026-10-31", days=2, start="19:00")],
    },
    Snapshot: TYPED[Snapshot] | {"read_at": "2026-09-07T16:00Z"},
    Tutor: TYPED[Tutor]
    | {
        "hourly_rate": "29.5 EUR",
        "subjects": ["physics", "maths", "maths"],
        "availability": [Availability("mondays", start="09:00", end="17:00", weekday="monday")],
    },
    Weekly: {"weeks": [3, 1, 3], "cycle": 4},
    Window: {"start": "2026-09-07T18:00+02:00", "end": "2026-09-07T17:30:00Z"},
}
LEAST: dict[type, dict[str, Any]] = {
    Actor: {"id": "amina", "role": "ADMIN"},
    Assignment: {"id": "a1", "tutor_id": "amina", "pattern": "manual"},
    Availability: {"id": "mondays", "start": "9:00", "end": "17:00", "weekday": "MO"},
    Booking: {"id": "b1", "starts_at": START, "ends_at": END},
    Cancellation: {"id": "trip", "first_day": "2026-09-07", "last_day": "2026-09-07"},
    Change: {"kind": "create", "after": LESSON, "code": "due"},
    Closure: {"id": "autumn", "first_day": "2026-09-07", "last_day": "2026-09-07"},
    Config: {},
    Conflict: {"kind": "room", "session_id": "s1", "starts_at": START, "ends_at": END},
    Consecutive: {"n": 5},
    Identity: TYPED[Identity],
    Issue: {"code": "late", "message": "too late"},
    Manual: {},
    Member: {"id": "ben"},
    Money: {"amount": 30, "currency": "EUR"},
    Package: {"id": "p1", "starts_on": "2026-09-07", "ends_on": "2026-09-30", "sessions": 8},
    Phase: {"from_day": "2026-11-02", "start": "19:00"},
    School: {"series": []},
    Series: {"id": "maths", "starts_on": "2026-09-07"},
    Session: {"id": "s1", "series_id": "maths", "timezone": "UTC", "starts_at": START, "ends_at": END},
    Slot: {"id": "mon", "days": "MO", "start": "18:00", "end": "19:30"},
    Snapshot: {"school": School([]), "read_at": START},
    Tutor: {"id": "amina"},
    Weekly: {"weeks": [1, 3]},
    Window: {"start": START, "end": END},
}


def made(kind: type, **said: object) -> Any:
    """Make a value of a kind with some fields said otherwise than in the least that it needs."""
    return kind(**LEAST[kind] | said)
