"""Schools in which plans have something to decide: few people, few times of day, all reactions; and their histories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from recurly_sessions import (
    Cancellation,
    Closure,
    Config,
    Member,
    Package,
    Plan,
    School,
    Series,
    Session,
    SessionStatus,
    Slot,
    Snapshot,
    Tutor,
    Window,
    round_robin,
)
from recurly_sessions.testing import configs, series, slots, tutors
from recurly_sessions.testing.strategies import TELLING_ZONES, TUTORS, maybe, one_of_these
from recurly_sessions.time.zones import zone_named
from recurly_sessions.values.config import CLOSURES, FOLLOWS, REACTIONS
from recurly_sessions.values.school import Booking
from recurly_sessions.values.series import SeriesStatus
from tests.plans import history
from tests.reference import planner

FEW_TUTORS: Final = TUTORS[:3]
MEMBERS: Final = (Member("kim"), Member("lea"), Member("max", active=False))
ROOMS: Final = ("blue", "red")
RATES: Final = ("30 EUR", 25, None, "33.35 EUR", "19.99 USD", "0.335")
# Close to each other, so that lessons overlap or touch; one that clock changes may skip.
STARTS: Final = ("18:00", "18:30", "19:00", "02:30")
LENGTHS: Final = (30, 60, 95)
YEARS: Final = (2015, 2027)


# --- schools --------------------------------------------------------------------------------------------------------


@st.composite
def planned_schools(draw: DrawFn, *, reactions: Sequence[str] = REACTIONS) -> tuple[School, datetime]:
    """A school of one to three small series, and a moment near the days on which something happens."""
    zone = draw(one_of_these(*TELLING_ZONES))
    around = draw(_days(zone))
    courses = [
        draw(_courses(f"c{number}", draw(one_of_these(zone, zone, zone, "UTC")), around, reactions))
        for number in range(draw(one_of_these(2, 1, 3)))
    ]
    base = draw(_rules(around, reactions))
    school = School(
        courses,
        tutors=draw(st.none() | _tutors(zone, around) | _tutors(zone, around)),
        closures=draw(st.sampled_from(((), (), (draw(_closures("shut", around)),)))),
        base=attrs.evolve(base, weeks_ahead=draw(st.integers(1, 3))),
        branches={"north": Config(on_closure=draw(maybe(*CLOSURES)))},
    )
    return school, draw(moments(around))


@cache
def _rarely(*, of: int = 10) -> SearchStrategy[bool]:
    """True once in so many times; not at the ends, which are tried more often than the rest."""
    return st.integers(0, of - 1).map(lambda number: number == of // 2)


def moments(around: date) -> SearchStrategy[datetime]:
    """Moments within ten days of a day, at any minute and often when lessons start."""
    start = datetime(around.year, around.month, around.day, tzinfo=UTC)
    minutes = st.integers(-10 * 24 * 60, 10 * 24 * 60)
    halves = st.integers(-10 * 48, 10 * 48).map(lambda half: half * 30)
    return (minutes | halves).map(lambda minute: start + timedelta(minutes=minute))


@st.composite
def _days(draw: DrawFn, zone: str) -> date:
    year = draw(st.integers(*YEARS))
    changes = [change.at.date() for change in zone_named(zone).transitions(year, year)]
    days = st.dates(date(year, 1, 1), date(year, 12, 31))
    return draw(st.sampled_from(changes) | days if changes else days)


@st.composite
def _courses(draw: DrawFn, series_id: str, zone: str, around: date, reactions: Sequence[str]) -> Series:
    drawn = draw(series(series_id, zone=zone, around=around))
    few = drawn.slots[: draw(st.integers(1, 2))]
    named = {slot.id for slot in few}
    own = draw(st.sampled_from((None, None, _rules(around, reactions))))
    starts_on = max(drawn.starts_on, around - timedelta(days=45))
    if not draw(_rarely(of=4)):
        starts_on = min(starts_on, around - timedelta(days=14))
    return attrs.evolve(
        drawn,
        starts_on=starts_on,
        ends_on=drawn.ends_on if draw(_rarely(of=4)) else None,
        slots=[draw(_alike(slot)) for slot in few],
        assignments=draw(
            st.sampled_from(
                (
                    round_robin(*FEW_TUTORS[:2]),
                    round_robin(*draw(st.permutations(FEW_TUTORS))),
                    [
                        attrs.evolve(each, tutor_id=FEW_TUTORS[TUTORS.index(each.tutor_id) % len(FEW_TUTORS)])
                        for each in drawn.assignments
                        if each.slot_id is None or each.slot_id in named
                    ],
                )
            )
        ),
        cancellations=[each for each in drawn.cancellations if each.slot_id is None or each.slot_id in named],
        packages=draw(_packages(around)) if draw(_rarely(of=3)) else (),
        members=draw(_members()),
        room_id=draw(_rooms()),
        config=Config() if own is None else draw(own),
        status=draw(st.sampled_from((SeriesStatus.DRAFT, SeriesStatus.ENDED)))
        if draw(_rarely())
        else SeriesStatus.ACTIVE,
    )


@st.composite
def _alike(draw: DrawFn, slot: Slot) -> Slot:
    """A slot whose lessons are short, and mostly at one of a few times of day."""
    said: dict[str, Any] = {"room_id": draw(_rooms()), "active": not draw(_rarely())}
    if not draw(_rarely(of=4)):
        said |= {"start": draw(one_of_these(*STARTS)), "end": None, "duration": draw(one_of_these(*LENGTHS))}
    if not draw(_rarely(of=4)):
        days = draw(one_of_these("MO,TU,WE,TH,FR,SA,SU", "MO,TH", "SA,SU", "TU"))
        said |= {"days": days, "rrule": None, "starts_on": None, "ends_on": None}
    if draw(st.booleans()):
        said |= {"phases": ()}
    return attrs.evolve(slot, **said)


@cache
def _members() -> SearchStrategy[tuple[Member, ...] | None]:
    return st.sampled_from((None, None, MEMBERS[:1], MEMBERS[:2], MEMBERS[1:], MEMBERS, MEMBERS[2:], ()))


@cache
def _rooms() -> SearchStrategy[str | None]:
    return st.sampled_from((None, None, *ROOMS))


@st.composite
def _packages(draw: DrawFn, around: date) -> tuple[Package, ...]:
    made: list[Package] = []
    first = around + timedelta(days=draw(st.integers(-25, 10)))
    for number in range(draw(st.integers(1, 2))):
        last = first + timedelta(days=draw(st.integers(0, 30)))
        made.append(Package(f"p{number}", starts_on=first, ends_on=last, sessions=draw(st.integers(1, 6))))
        first = last + timedelta(days=draw(st.integers(1, 7)))
    return tuple(made)


@st.composite
def _tutors(draw: DrawFn, zone: str, around: date) -> tuple[Tutor, ...]:
    """Some of the tutors, all with a rate or none; hours only now and then."""
    drawn = {tutor.id: tutor for tutor in draw(tutors(zone=zone, around=around))}
    return tuple(
        attrs.evolve(
            drawn.get(tutor_id, Tutor(tutor_id)) if draw(_rarely(of=3)) else Tutor(tutor_id),
            hourly_rate=draw(one_of_these(*RATES)),
        )
        for tutor_id in FEW_TUTORS
        if not draw(_rarely(of=8))
    )


@st.composite
def _rules(draw: DrawFn, around: date, reactions: Sequence[str]) -> Config:
    reaction = maybe(*reactions)
    return attrs.evolve(
        draw(configs(around=around)),
        on_tutor_busy=draw(reaction),
        on_student_busy=draw(reaction),
        on_room_busy=draw(reaction),
        on_unavailable=draw(reaction),
        confirm_assigned=draw(one_of_these(None, False, True)),
        confirmed_follow=draw(maybe(*FOLLOWS)),
        default_rate=draw(one_of_these(None, None, 12, "7.77", "9.50 EUR")),
        currency=draw(one_of_these(None, None, None, "JPY")),
        auto_generate=draw(st.booleans()) if draw(_rarely(of=15)) else None,
        weeks_ahead=draw(one_of_these(None, None, 1, 2)),
    )


@st.composite
def _closures(draw: DrawFn, closure_id: str, around: date) -> Closure:
    first = around + timedelta(days=draw(st.integers(-10, 20)))
    return Closure(closure_id, first, first + timedelta(days=draw(st.integers(0, 8))), yearly=draw(st.booleans()))


@st.composite
def some_windows(draw: DrawFn, now: datetime) -> Window:
    """Windows that begin some weeks before a moment, a little before it, or in the weeks after it."""
    days = draw(st.sampled_from((-21, -7, -2, 0, 0, 2, 7)))
    start = now + timedelta(days=days, minutes=draw(st.integers(0, 3 * 24 * 60)))
    return Window(start, max(start, now) + timedelta(minutes=draw(st.integers(0, 14 * 24 * 60))))


# --- what changes about a school ------------------------------------------------------------------------------------


def school_edits(school: School, now: datetime, *, reactions: Sequence[str] = REACTIONS) -> SearchStrategy[School]:
    """The school with one thing changed about it: what an administrator does on a day."""
    one_series = st.sampled_from(school.series).flatmap(
        lambda chosen: series_edits(chosen, now, reactions=reactions).map(lambda changed: with_series(school, changed))
    )
    return st.one_of(one_series, one_series, one_series, _of_the_whole(school, now, reactions))


def with_series(school: School, changed: Series) -> School:
    return attrs.evolve(school, series=[changed if each.id == changed.id else each for each in school.series])


@st.composite
def _of_the_whole(draw: DrawFn, school: School, now: datetime, reactions: Sequence[str]) -> School:
    kind = draw(st.sampled_from(("closure", "no closure", "rates", "hours", "rules", "no profiles")))
    if kind == "closure":
        others = [each for each in school.closures if each.id != "new-shut"]
        return attrs.evolve(school, closures=[*others, draw(_closures("new-shut", now.date()))])
    if kind == "no closure":
        return attrs.evolve(school, closures=school.closures[1:])
    if kind == "rules":
        return attrs.evolve(school, base=draw(_rules(now.date(), reactions)))
    if kind == "no profiles" or school.tutors is None:
        known = [Tutor(each, hourly_rate=draw(st.sampled_from(RATES))) for each in FEW_TUTORS]
        return attrs.evolve(school, tutors=known if school.tutors is None else school.tutors[1:])
    if kind == "rates":
        return attrs.evolve(
            school, tutors=[attrs.evolve(each, hourly_rate=draw(st.sampled_from(RATES))) for each in school.tutors]
        )
    return attrs.evolve(school, tutors=draw(_tutors("Europe/Paris", now.date())))


@st.composite
def series_edits(draw: DrawFn, chosen: Series, now: datetime, *, reactions: Sequence[str] = REACTIONS) -> Series:
    """The series with one thing changed about it."""
    if draw(_rarely(of=15)):
        return attrs.evolve(chosen, config=draw(_rules(now.date(), reactions)))
    edits = [_retimed, _retimed, _redated, _slot_off, _slot_gone, _slot_new, _called_off, _called_off, _called_on]
    edits += [_roster_now, _roster_from, _enrolled, _rezoned, _repacked, _rehoused, _ended]
    return draw(draw(st.sampled_from(edits))(chosen, now))


def _near(now: datetime, first: int = -10, last: int = 20) -> SearchStrategy[date]:
    return st.integers(first, last).map(lambda days: now.date() + timedelta(days=days))


def _with_slots(chosen: Series, kept: Sequence[Slot]) -> Series:
    """The series with these slots, and without what names others."""
    named = {slot.id for slot in kept}
    return attrs.evolve(
        chosen,
        slots=kept,
        assignments=[each for each in chosen.assignments if each.slot_id is None or each.slot_id in named],
        cancellations=[each for each in chosen.cancellations if each.slot_id is None or each.slot_id in named],
    )


@st.composite
def _retimed(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    """Change a slot's time of day, or its length, from a date on."""
    if not chosen.slots:
        return chosen
    slot = draw(st.sampled_from(chosen.slots))
    start, length = draw(st.sampled_from(STARTS)), draw(st.sampled_from((None, *LENGTHS)))
    said = {"start": start} | ({} if length is None else {"duration": length})
    day = draw(st.just(now.date()) | _near(now))
    return chosen.with_slot(slot.changed_from(day, **said))


@st.composite
def _redated(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    """Move a slot to other days from a date on, or leave some dates out."""
    if not chosen.slots:
        return chosen
    slot = draw(st.sampled_from(chosen.slots))
    if draw(st.booleans()):
        return chosen.with_slot(slot.changed_from(draw(_near(now)), days=draw(st.sampled_from(("MO", "TU,FR", "SU")))))
    days = draw(st.lists(_near(now), max_size=3))
    return chosen.with_slot(attrs.evolve(slot, excluded_dates=days))


@st.composite
def _slot_off(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    if not chosen.slots:
        return chosen
    slot = draw(st.sampled_from(chosen.slots))
    return chosen.with_slot(attrs.evolve(slot, active=not slot.active))


@st.composite
def _slot_gone(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    if not chosen.slots:
        return chosen
    gone = draw(st.sampled_from(chosen.slots))
    return _with_slots(chosen, [slot for slot in chosen.slots if slot is not gone])


@st.composite
def _slot_new(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    slot_id = draw(st.sampled_from(("s0", "s1", "new")))
    return chosen.with_slot(draw(_alike(draw(slots(slot_id, around=now.date())))))


@st.composite
def _called_off(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    first = draw(_near(now, -3, 10))
    off = Cancellation(
        draw(st.sampled_from(("a-trip", "z-trip"))),
        first_day=first,
        last_day=first + timedelta(days=draw(st.integers(0, 8))),
        slot_id=draw(st.sampled_from((None, *(slot.id for slot in chosen.slots)))),
    )
    return attrs.evolve(chosen, cancellations=[*(each for each in chosen.cancellations if each.id != off.id), off])


@st.composite
def _called_on(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    return attrs.evolve(chosen, cancellations=draw(st.sampled_from(((), chosen.cancellations[1:]))))


@st.composite
def _roster_now(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    """Change the roster from day one."""
    names = draw(st.lists(st.sampled_from(FEW_TUTORS), unique=True, max_size=3))
    return attrs.evolve(chosen, assignments=round_robin(*names))


@st.composite
def _roster_from(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    """Let somebody leave on a date, and somebody else come."""
    day = draw(_near(now))
    stay = [
        attrs.evolve(each, ends_on=day)
        if draw(st.booleans()) and (each.starts_on is None or each.starts_on <= day)
        else each
        for each in chosen.assignments
        if not each.id.startswith("then-")
    ]
    comes = round_robin(draw(st.sampled_from(FEW_TUTORS)), starts_on=day, prefix="then-")
    return attrs.evolve(chosen, assignments=[*stay, *comes])


@st.composite
def _enrolled(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    return attrs.evolve(chosen, members=draw(_members()))


@st.composite
def _rezoned(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    return attrs.evolve(chosen, timezone=draw(st.sampled_from(TELLING_ZONES)))


@st.composite
def _repacked(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    return attrs.evolve(chosen, packages=draw(st.just(()) | _packages(now.date())))


@st.composite
def _rehoused(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    changed = attrs.evolve(chosen, room_id=draw(_rooms()))
    return attrs.evolve(changed, slots=[attrs.evolve(slot, room_id=draw(_rooms())) for slot in chosen.slots])


@st.composite
def _ended(draw: DrawFn, chosen: Series, now: datetime) -> Series:
    """End the series on a day, or go on; or let it sleep, or wake it."""
    day = draw(_near(now, -3, 15))
    if draw(st.booleans()):
        return attrs.evolve(chosen, ends_on=day if day >= chosen.starts_on and chosen.ends_on is None else None)
    statuses = (SeriesStatus.ACTIVE, SeriesStatus.ACTIVE, SeriesStatus.DRAFT)
    return attrs.evolve(chosen, status=draw(st.sampled_from(statuses)))


# --- what people do to sessions -------------------------------------------------------------------------------------


@st.composite
def people_edits(draw: DrawFn, sessions: Sequence[Session], now: datetime) -> history.Sessions:
    """The sessions after somebody did something to one of them, mostly to one that lies ahead."""
    ahead = [each for each in sessions if each.starts_at > now and each.status is not SessionStatus.CANCELLED]
    if not sessions:
        return ()
    session = draw(st.sampled_from(ahead) | st.sampled_from(sessions) if ahead else st.sampled_from(sessions))
    by = timedelta(minutes=draw(st.sampled_from((30, -30, 24 * 60, -24 * 60, 7 * 24 * 60, 5, -3 * 24 * 60))))
    free = next(f"extra-{number}" for number in range(99) if all(each.id != f"extra-{number}" for each in sessions))
    changed = draw(
        st.sampled_from(
            (
                history.move(session, by),
                history.move(session, by),
                history.drift(session, by),
                history.lengthen(session, abs(by)),
                history.pin_tutor(session, draw(st.sampled_from((None, *FEW_TUTORS)))),
                history.pin_price(session, "5 EUR"),
                history.put_in_room(session, draw(_rooms())),
                history.note(session, "bring a ruler"),
                history.pin(session, "package_id"),
                history.pin(session, "ends_at"),
                history.confirm(session),
                history.confirm(session),
                history.insist(session),
                history.pin(session, "status"),
                history.cancel(session),
                history.cancel_and_pin(session),
                history.put_off(session),
                history.complete(session),
                history.complete(session, SessionStatus.NO_SHOW_TUTOR),
                history.take_over(session),
                history.copy_of(session, free),
                history.manual(free, session.series_id, session.starts_at, like=session),
                history.manual(free, session.series_id, session.starts_at + by, like=session),
                history.manual(free, "elsewhere", session.starts_at, like=session),
            )
        )
    )
    return history.edited(sessions, changed)


@st.composite
def some_bookings(draw: DrawFn, near: Sequence[datetime]) -> tuple[Booking, ...]:
    """Things that keep people and rooms busy at about these instants."""
    made = []
    for number in range(draw(st.sampled_from((0, 0, 1, 2))) if near else 0):
        start = draw(st.sampled_from(near)) + timedelta(minutes=draw(st.sampled_from((-60, -30, 0, 30))))
        made.append(
            history.book(
                f"b{number}",
                start,
                timedelta(minutes=draw(st.sampled_from((30, 60, 600)))),
                tutor_id=draw(st.sampled_from((None, *FEW_TUTORS))),
                member_id=draw(st.sampled_from((None, "kim", "lea", "max"))),
                room_id=draw(_rooms()),
            )
        )
    return tuple(made)


# --- histories ------------------------------------------------------------------------------------------------------


@attrs.frozen
class State:
    """All that a plan depends on, and how the school was before."""

    school: School
    now: datetime
    sessions: history.Sessions = ()
    bookings: tuple[Booking, ...] = ()
    window: Window | None = None
    before: School | None = None

    def snapshot(self) -> Snapshot:
        return Snapshot(school=self.school, sessions=self.sessions, bookings=self.bookings, read_at=self.now)

    def with_sessions(self, sessions: history.Sessions) -> State:
        return attrs.evolve(self, sessions=sessions)

    def after(self, plan: Plan) -> State:
        """The same moment, when the plan is applied."""
        return attrs.evolve(self, sessions=history.applied(self.sessions, [change.after for change in plan.changes]))


@st.composite
def beginnings(draw: DrawFn, *, reactions: Sequence[str] = REACTIONS) -> State:
    """A school that has no sessions yet, or some of those that a plan would make, or older ones at their times."""
    school, now = draw(planned_schools(reactions=reactions))
    window = draw(some_windows(now)) if draw(_rarely(of=3)) else None
    made = [after for _, _, after in planner.plan(school, (), now=now, window=window).changes.values()]
    return State(school, now, history.in_order(draw(_older(made))), window=window)


@st.composite
def _older(draw: DrawFn, made: Sequence[Session]) -> list[Session]:
    if not made or draw(st.booleans()):
        return []
    found = []
    chosen = draw(st.lists(st.sampled_from(made), unique_by=lambda each: each.id, min_size=1, max_size=4))
    for number, session in enumerate(chosen):
        slotless = attrs.evolve(session, id=f"old-{number}", slot_id=None, occurs_on=None)
        own = history.take_over(slotless)
        off = history.cancel(slotless)
        found.append(draw(st.sampled_from((session, slotless, own, own, off, history.take_over(session)))))
    return found


@st.composite
def busy_times(draw: DrawFn, state: State, *, most: int = 3, reactions: Sequence[str] = REACTIONS) -> State:
    """Some things that happen one after the other."""
    for _ in range(draw(st.integers(1, most))):
        state = draw(happenings(state, reactions=reactions))
    return state


@st.composite
def happenings(draw: DrawFn, state: State, *, reactions: Sequence[str] = REACTIONS) -> State:
    """Something that happens next: to sessions, to the school, or that time passes."""
    kind = draw(st.sampled_from(("people", "school", "people", "school", "time", "called off", "back", "bookings")))
    if kind == "people":
        return attrs.evolve(state, sessions=draw(people_edits(state.sessions, state.now)))
    if kind == "school":
        school = draw(school_edits(state.school, state.now, reactions=reactions))
        return attrs.evolve(state, school=school, before=state.school)
    if kind == "back" and state.before is not None:
        return attrs.evolve(state, school=state.before, before=state.school)
    if kind == "bookings":
        return attrs.evolve(state, bookings=draw(some_bookings([each.starts_at for each in state.sessions])))
    if kind == "called off":
        return draw(_date_called_off(state))
    return attrs.evolve(state, now=draw(_later(state)))


@st.composite
def _later(draw: DrawFn, state: State) -> datetime:
    """Some hours or days later, or right when a session starts, or a little before it."""
    ahead = sorted(session.starts_at for session in state.sessions if session.starts_at > state.now)
    if draw(st.booleans()) and ahead:
        start = draw(st.sampled_from(ahead[:3]))
        return max(state.now, start - timedelta(minutes=draw(st.sampled_from((0, 15, 15, 45)))))
    return state.now + timedelta(minutes=draw(st.sampled_from((60, 24 * 60, 26 * 60 + 7, 6 * 24 * 60, 15 * 24 * 60))))


@st.composite
def _date_called_off(draw: DrawFn, state: State) -> State:
    """Call off the date of a session, which somebody may have moved away before."""
    named = {slot.id for series in state.school.series for slot in series.slots}
    known = {series.id: series for series in state.school.series}
    ahead = [
        each
        for each in state.sessions
        if each.starts_at > state.now and each.series_id in known and each.slot_id in named and each.occurs_on
    ]
    if not ahead:
        return state
    session = draw(st.sampled_from(ahead))
    chosen = known[session.series_id]
    day = session.occurs_on
    assert day is not None, "a session with a slot has a date"
    off = Cancellation("off", first_day=day, last_day=day + timedelta(days=draw(st.sampled_from((0, 0, 1, 6)))))
    others = [each for each in chosen.cancellations if each.id != off.id]
    school = with_series(state.school, attrs.evolve(chosen, cancellations=[*others, off]))
    sessions = state.sessions
    if draw(st.booleans()):
        by = timedelta(days=draw(st.sampled_from((1, -1, 2, 7))))
        sessions = history.edited(sessions, draw(st.sampled_from((history.move, history.drift)))(session, by))
    return attrs.evolve(state, school=school, sessions=sessions, before=state.school)
