"""Short ways to plan, to apply what a plan says, and to tell what it does."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from recurly_sessions import (
    Cancellation,
    Config,
    Consecutive,
    Manual,
    Member,
    Package,
    Plan,
    School,
    Series,
    Session,
    SessionStatus,
    Slot,
    Tutor,
    Weekly,
    Window,
    plan_sessions,
    round_robin,
)
from recurly_sessions.values.change import Change
from recurly_sessions.values.conflict import Conflict
from tests.planning.helpers import a_series, a_slot, by

# A Tuesday, six days before the first lesson of `a_series`, 10:00 on the clock in Paris.
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
FOUR = ("s/a/2026-09-07", "s/a/2026-09-14", "s/a/2026-09-21", "s/a/2026-09-28")


def utc(text: str) -> datetime:
    """An instant in UTC, from "2026-09-07 16:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def planned(what: Any = None, /, *existing: Session, now: datetime = NOW, **more: Any) -> Plan:
    """The plan of a series (by default `a_series` with its Mondays), with what exists."""
    return plan_sessions(a_series(a_slot()) if what is None else what, now=now, existing=existing, **more)


def made(what: Any = None, /, *existing: Session, now: datetime = NOW, **more: Any) -> tuple[Session, ...]:
    """The sessions that a plan makes."""
    return tuple(change.after for change in planned(what, *existing, now=now, **more).creates)


def after(existing: Iterable[Session], plan: Plan) -> tuple[Session, ...]:
    """What there is when a plan is applied."""
    changed = {change.id: change.after for change in plan.changes}
    return tuple(({session.id: session for session in existing} | changed).values())


def steps(plan: Plan) -> list[tuple[str, ...]]:
    """What a plan does: the kind, the code and the session of each change, and the fields that become different."""
    return [step(change) for change in plan.changes]


def step(change: Change) -> tuple[str, ...]:
    return (change.kind.value, change.code, change.id, *change.fields)


def issues(plan: Plan) -> list[tuple[str, str]]:
    """The issues of a plan: their codes and messages."""
    return [(issue.code, issue.message) for issue in plan.issues]


def by_id(sessions: Iterable[Session]) -> dict[str, Session]:
    return {session.id: session for session in sessions}


def ids(sessions: Iterable[Session]) -> list[str]:
    return [session.id for session in sessions]


def found(conflicts: Iterable[Conflict]) -> list[tuple[str, str, str | None, str | None, str]]:
    """Conflicts in short: what is wrong, who gives way, to what, whose, and what is done."""
    return [(each.kind, each.session_id, each.other, each.who, each.reaction) for each in conflicts]


def changed(session: Session, **fields: Any) -> Session:
    return attrs.evolve(session, **fields)


def confirmed(session: Session, **fields: Any) -> Session:
    return attrs.evolve(session, status=SessionStatus.CONFIRMED, **fields)


def later(session: Session, by: timedelta, **fields: Any) -> Session:
    """A session at another time, and nothing else about it."""
    return attrs.evolve(session, starts_at=session.starts_at + by, ends_at=session.ends_at + by, **fields)


def moved(session: Session, by: timedelta) -> Session:
    """A session that a person has moved."""
    return later(session, by, original_starts_at=session.starts_at, pinned=[*session.pinned, "starts_at", "ends_at"])


def manual(id: str, start: str, end: str, **more: Any) -> Session:
    """A lesson that a person made, of series "s" unless said."""
    said = {"series_id": "s", "timezone": "Europe/Paris", "origin": "MANUAL", **more}
    return Session(id, starts_at=utc(start), ends_at=utc(end), **said)


def one_school(*series: Series, **more: Any) -> School:
    return School(series, **more)


def rules(**said: Any) -> Config:
    return Config(**said)


def taught_by(*tutor_ids: str, **more: Any) -> Series:
    """Series "s" on Mondays, with tutors who take turns."""
    return a_series(a_slot(), **{"assignments": round_robin(*tutor_ids), **more})


def two_slots(**more: Any) -> tuple[Slot, Slot]:
    """Two slots at the same time."""
    return a_slot("a", **more), a_slot("b", **more)


def window(start: str, end: str) -> Window:
    return Window(utc(start), utc(end))


# --- schools, drawn with few choices: a hundred of them in a second -------------------------------------------------

ROSTERS = (
    (),
    round_robin("amina", "luc"),
    round_robin("amina", "luc", "zoe", starts_on="2026-09-15"),
    (by("amina", Consecutive(2)), by("luc", Consecutive(1), status="DECLINED"), by("zoe", Weekly(every=2))),
    (by("amina", Weekly(weeks=[1, 3])),),
    (by("amina", Manual()),),
)
MEMBERS = (None, ("kim",), ("kim", "lea"), (Member("kim", active=False), Member("lea")), ())
WEEKDAYS = st.sampled_from(("MO", "TU,TH", "SA,SU", "MO,TU,WE,TH,FR,SA,SU"))
PACKAGES = (
    (),
    (),
    (Package("p", starts_on="2026-09-03", ends_on="2026-09-25", sessions=5),),
    (
        Package("p", starts_on="2026-08-20", ends_on="2026-09-12", sessions=9),
        Package("q", starts_on="2026-09-14", ends_on="2026-12-31", sessions=3),
    ),
)


@st.composite
def small_series(draw: DrawFn, /, id: str = "s") -> Series:
    """A series of one or two slots around `NOW`, with days off, a roster, members, and sometimes packages."""
    first = draw(st.integers(0, 30))
    trip = Cancellation(
        "trip",
        first_day=NOW.date() + first * DAY,
        last_day=NOW.date() + (first + 3) * DAY,
        slot_id=draw(st.sampled_from((None, "a"))),
    )
    said: dict[str, Any] = {
        "timezone": draw(st.sampled_from(("Europe/Paris", "America/New_York", "Asia/Tokyo"))),
        "starts_on": draw(st.sampled_from(("2026-08-03", "2026-09-10"))),
        "slots": [
            a_slot(each, days=draw(WEEKDAYS), start=draw(st.sampled_from(("17:00", "18:00", "23:30"))), duration=60)
            for each in ("a", "b")[: draw(st.integers(1, 2))]
        ],
        "assignments": draw(st.sampled_from(ROSTERS)),
        "cancellations": draw(st.sampled_from(((), (trip,)))),
        "members": draw(st.sampled_from(MEMBERS)),
        "packages": draw(st.sampled_from(PACKAGES)),
    }
    return Series(id, **said)


@st.composite
def small_schools(draw: DrawFn) -> School:
    """One or two small series, with tutors who have rates."""
    series = [draw(small_series(each)) for each in ("s", "t")[: draw(st.integers(1, 2))]]
    known = [Tutor("AMINA", hourly_rate="30 EUR"), Tutor("amina", hourly_rate="20 EUR"), Tutor("luc"), Tutor("zoe")]
    return School(series, tutors=draw(st.sampled_from((None, known))))


def moments(days: int = 30) -> st.SearchStrategy[datetime]:
    """Moments within some days from `NOW`, half hours often."""
    minutes = st.integers(0, days * 48).map(lambda half: half * 30) | st.integers(0, days * 24 * 60)
    return minutes.map(lambda minute: NOW + timedelta(minutes=minute))
