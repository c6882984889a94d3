"""Hypothesis strategies for realistic schools: real zones and clock changes, phases, rosters that change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from recurly_sessions.patterns import Consecutive, Manual, Pattern, RoundRobin, Weekly
from recurly_sessions.time.zones import zone_named, zone_names
from recurly_sessions.values.assignment import Assignment, AssignmentStatus
from recurly_sessions.values.config import ABSENCE_TURNS, CALLED_OFF_TURNS, CLOSURES, GAPS, OVERLAPS, Config
from recurly_sessions.values.days_off import Cancellation, Closure
from recurly_sessions.values.people import Availability, Tutor
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series
from recurly_sessions.values.slot import Slot
from recurly_sessions.values.window import Window

# Half an hour's change, two hours', a day that was skipped, midnights that don't exist, changes within a month.
TELLING_ZONES: Final = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Auckland",
    "UTC",
)
TUTORS: Final = ("amina", "ben", "chi", "dora", "emil")

_SOME_RULES: Final = (
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1,-1",
    "FREQ=MONTHLY;BYDAY=2TU",
    "FREQ=MONTHLY;BYDAY=-1FR,1MO",
    "FREQ=MONTHLY;BYDAY=MO,1TU",
    "FREQ=MONTHLY;BYMONTHDAY=-1,15",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;COUNT=20",
    "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
    "FREQ=YEARLY;BYWEEKNO=1,13,44",
    "FREQ=YEARLY;BYYEARDAY=1,90,-1",
)
_FIRST_YEAR: Final = 2005
_LAST_YEAR: Final = 2035


# Hypothesis looks at a new strategy for longer than it draws from one that it knows: those that are always the same are
# made once, which halves the time of a law.


@lru_cache(maxsize=256, typed=True)
def one_of_these(*values: object) -> SearchStrategy[Any]:
    """One of some values that are always the same."""
    return st.sampled_from(values)


@lru_cache(maxsize=256, typed=True)
def maybe(*values: object) -> SearchStrategy[Any]:
    """None, or one of some values that are always the same."""
    return st.none() | st.sampled_from(values)


@cache
def _maybe_between(first: int, last: int) -> SearchStrategy[int | None]:
    return st.none() | st.integers(first, last)


@cache
def zones() -> SearchStrategy[str]:
    """Names of zones: the telling ones often, any other now and then."""
    return st.one_of(st.sampled_from(TELLING_ZONES), st.sampled_from(sorted(zone_names())))


@st.composite
def windows(draw: DrawFn, zone: str | None = None, *, most_days: int = 60) -> Window:
    """Windows in the years 2005 to 2035, often around a clock change of a zone; edges at any minute."""
    year = draw(st.integers(_FIRST_YEAR, _LAST_YEAR))
    middle = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 364)))
    changes = [change.at for change in zone_named(zone).transitions(year, year)] if zone else []
    if draw(st.booleans()) and changes:
        middle = draw(st.sampled_from(changes))
    before = timedelta(minutes=draw(st.integers(0, most_days * 12 * 60)))
    after = timedelta(minutes=draw(st.integers(0, most_days * 12 * 60)))
    return Window(middle - before, middle + after)


@st.composite
def slots(draw: DrawFn, slot_id: str = "slot", *, around: date = date(2026, 3, 29)) -> Slot:
    """Slots: weekdays or rules, at any time of day and often at night, by end or by duration, with phases."""
    said = (
        draw(_dates())
        | draw(_hours())
        | {"extra_dates": draw(_days_near(around)), "excluded_dates": draw(_days_near(around))}
    )
    if draw(st.integers(0, 4)) == 0:
        said["starts_on"] = around + timedelta(days=draw(st.integers(-60, 10)))
    if draw(st.integers(0, 4)) == 0:
        said["ends_on"] = around + timedelta(days=draw(st.integers(11, 60)))
    slot = Slot(slot_id, **said)
    for _ in range(draw(one_of_these(0, 0, 0, 1, 2))):
        changes = draw(_changes())
        slot = slot.changed_from(around + timedelta(days=draw(st.integers(-40, 40))), **draw(changes))
    return slot


@st.composite
def assignments(
    draw: DrawFn, slot_ids: Sequence[str] = (), *, around: date = date(2026, 3, 29), most: int = 5
) -> tuple[Assignment, ...]:
    """Rosters: every pattern, some with ranges of days, some not accepted, some of one slot only."""
    made = []
    for number in range(draw(st.integers(0, most))):
        first = draw(_maybe_between(-60, 40))
        length = draw(_maybe_between(0, 60))
        starts_on = None if first is None else around + timedelta(days=first)
        ends_on = None if length is None else (starts_on or around) + timedelta(days=length)
        created = draw(_maybe_between(0, 5))
        made.append(
            Assignment(
                f"a{number}",
                tutor_id=draw(one_of_these(*TUTORS)),
                pattern=draw(patterns()),
                slot_id=draw(one_of_these(None, None, *slot_ids)),
                status=draw(one_of_these(*[AssignmentStatus.ACCEPTED] * 5, *AssignmentStatus)),
                active=draw(st.integers(0, 7)) > 0,
                subject=draw(one_of_these(None, None, None, "Maths", "music")),
                starts_on=starts_on,
                ends_on=ends_on,
                created_at=None if created is None else _created(around, created),
            )
        )
    return tuple(made)


@cache
def patterns() -> SearchStrategy[Pattern]:
    """All patterns of this library, those that rotate more often."""
    weeks = st.lists(st.integers(1, 10), min_size=1, max_size=4)
    return st.one_of(
        st.just(RoundRobin()),
        st.just(RoundRobin()),
        st.builds(Consecutive, st.integers(1, 4)),
        st.builds(lambda named: Weekly(weeks=named), weeks),
        st.builds(lambda named, more: Weekly(weeks=named, cycle=max(named) + more), weeks, st.integers(0, 2)),
        st.builds(lambda every, start: Weekly(every=every, start_week=start), st.integers(1, 3), st.integers(1, 4)),
        st.just(Manual()),
    )


@st.composite
def series(draw: DrawFn, series_id: str = "maths", *, zone: str | None = None, around: date | None = None) -> Series:
    """Series: a few slots, a roster, cancellations; they begin a little or years before a day."""
    zone = zone or draw(zones())
    around = around or draw(st.dates(date(_FIRST_YEAR, 1, 1), date(_LAST_YEAR, 12, 31)))
    slot_ids = [f"s{number}" for number in range(draw(st.integers(1, 3)))]
    age = draw(_ages())
    return Series(
        series_id,
        timezone=zone,
        starts_on=around - timedelta(days=age),
        ends_on=draw(st.none() | st.integers(0, 80).map(lambda days: around + timedelta(days=days + 11))),
        slots=[draw(slots(slot_id, around=around)) for slot_id in slot_ids],
        assignments=draw(assignments(slot_ids, around=around)),
        cancellations=draw(_cancellations(slot_ids, around)),
        branch_id=draw(one_of_these(None, "north")),
        subject=draw(one_of_these(None, None, "maths")),
    )


@st.composite
def configs(draw: DrawFn, *, around: date = date(2026, 3, 29)) -> Config:
    """Layers of rules with every policy for dates and turns, and closures around a day."""
    return Config(
        on_gap=draw(maybe(*GAPS)),
        on_overlap=draw(maybe(*OVERLAPS)),
        on_closure=draw(maybe(*CLOSURES)),
        cancellation_turn=draw(maybe(*CALLED_OFF_TURNS)),
        closure_turn=draw(maybe(*CALLED_OFF_TURNS)),
        absence_turn=draw(maybe(*ABSENCE_TURNS)),
        closures=draw(_closures(around)),
    )


@st.composite
def tutors(draw: DrawFn, *, zone: str = "Europe/Paris", around: date = date(2026, 3, 29)) -> tuple[Tutor, ...]:
    """Most of the tutors of `assignments`, some with hours of their own."""
    known = draw(st.lists(st.sampled_from(TUTORS), unique=True, max_size=len(TUTORS)))
    return tuple(
        Tutor(
            tutor_id,
            timezone=draw(one_of_these(None, zone, "Asia/Tokyo")),
            availability=draw(st.none() | availability(around=around)),
        )
        for tutor_id in sorted(known)
    )


@st.composite
def availability(draw: DrawFn, *, around: date = date(2026, 3, 29)) -> tuple[Availability, ...]:
    """A tutor's hours: weekly ones, and additions, replacements and blocks on days around a day."""
    entries = []
    for number in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, 23))
        end = draw(st.integers(start + 1, 24))
        hours: dict[str, Any] = {"start": f"{start}:00", "end": f"{end}:00", "active": draw(st.integers(0, 7)) > 0}
        if draw(st.booleans()):
            entries.append(Availability(f"e{number}", weekday=draw(st.integers(1, 7)), **hours))
        else:
            day = around + timedelta(days=draw(st.integers(-5, 5)))
            mode = draw(one_of_these("add", "replace", "block"))
            entries.append(Availability(f"e{number}", date=day, mode=mode, **hours))
    return tuple(entries)


@st.composite
def schools(draw: DrawFn) -> School:
    """Schools: some series in two branches, tutors, closures, rules."""
    around = draw(st.dates(date(_FIRST_YEAR, 1, 1), date(_LAST_YEAR, 12, 31)))
    return School(
        [draw(series(f"c{number}", around=around)) for number in range(draw(st.integers(1, 3)))],
        tutors=draw(st.none() | tutors(around=around)),
        closures=draw(_closures(around)),
        base=draw(configs(around=around)),
        branches=draw(st.dictionaries(st.sampled_from(("north", "south")), configs(around=around))),
    )


@cache
def _ages() -> SearchStrategy[int]:
    """How many days before a day a series begins."""
    return st.integers(-10, 60) | st.integers(300, 800)


@cache
def _changes() -> SearchStrategy[SearchStrategy[dict[str, Any]]]:
    """What a phase may change of a slot."""
    return st.sampled_from((_start_only(), _hours(), _dates(), st.builds(dict.__or__, _dates(), _hours())))


@cache
def _dates() -> SearchStrategy[dict[str, Any]]:
    weekdays = st.sets(st.integers(1, 7), min_size=1, max_size=3).map(lambda days: {"days": sorted(days)})
    return st.one_of(weekdays, weekdays, st.sampled_from(_SOME_RULES).map(lambda rule: {"rrule": rule}))


@cache
@st.composite
def _hours(draw: DrawFn) -> dict[str, Any]:
    said = draw(_start_only())
    if draw(st.booleans()):
        return said | {"end": draw(_times())}
    return said | {"duration": draw(one_of_these(15, 45, 60, 90, 12 * 60, 24 * 60))}


@cache
def _start_only() -> SearchStrategy[dict[str, Any]]:
    return _times().map(lambda start: {"start": start})


@cache
def _times() -> SearchStrategy[str]:
    """Times of day, every second one at night, when clocks change."""
    quarters = st.one_of(st.integers(0, 16), st.integers(92, 95), st.integers(0, 95), st.integers(0, 95))
    return quarters.map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")


@lru_cache(maxsize=8)
def _days_near(around: date) -> SearchStrategy[list[date]]:
    near = st.integers(-40, 40).map(lambda days: around + timedelta(days=days))
    return st.one_of(st.just([]), st.just([]), st.lists(near, max_size=3))


@st.composite
def _cancellations(draw: DrawFn, slot_ids: Sequence[str], around: date) -> tuple[Cancellation, ...]:
    made = []
    for number in range(draw(one_of_these(0, 0, 1, 2, 3))):
        first = around + timedelta(days=draw(st.integers(-40, 40)))
        last = first + timedelta(days=draw(st.integers(0, 20)))
        slot_id = draw(one_of_these(None, *slot_ids))
        made.append(Cancellation(f"x{number}", first_day=first, last_day=last, slot_id=slot_id))
    return tuple(draw(st.permutations(made)))


@st.composite
def _closures(draw: DrawFn, around: date) -> tuple[Closure, ...]:
    made = []
    for number in range(draw(one_of_these(0, 0, 1, 2))):
        first = around + timedelta(days=draw(st.integers(-40, 40)))
        last = first + timedelta(days=draw(st.integers(0, 20)))
        if draw(st.booleans()):
            first, last = first.replace(day=28), last.replace(day=28) + timedelta(days=draw(st.integers(0, 4)))
        branch_id = draw(one_of_these(None, "north", "south"))
        made.append(Closure(f"h{number}", first, last, yearly=draw(st.booleans()), branch_id=branch_id))
    return tuple(draw(st.permutations(made)))


def _created(around: date, days: int) -> datetime:
    return datetime(around.year, around.month, around.day, 12, tzinfo=UTC) - timedelta(days=30 + days)


@st.composite
def shuffled(draw: DrawFn, value: Series) -> Series:
    """The same series with its parts in another order, where order says nothing."""
    return attrs.evolve(
        value,
        slots=draw(st.permutations(value.slots)),
        cancellations=draw(st.permutations(value.cancellations)),
        packages=draw(st.permutations(value.packages)),
    )
