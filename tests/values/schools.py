"""Random small schools, with everything that a file can say."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from recurly_sessions import (
    Assignment,
    Availability,
    Cancellation,
    Closure,
    Config,
    Consecutive,
    Manual,
    Member,
    Money,
    Package,
    Phase,
    RoundRobin,
    School,
    Series,
    Slot,
    Tutor,
    Weekly,
)

DAY = timedelta(days=1)
ZONES = st.sampled_from(["Europe/Paris", "UTC", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"])

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    [
        '"',
        "'''",
        '"""',
        "\\",
        "\\u0041",
        "a\nb\r\n\tc",
        "# no comment",
        "id = 1",
        "[series]",
        "é😀\u2028\x85\x7f",
        " = ",
    ]
)
ids = st.text(
    st.characters(codec="utf-8", exclude_characters="/", exclude_categories=["C", "Z"]), min_size=1, max_size=6
)
dates = st.dates(date(2020, 3, 1), date(2040, 12, 31))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
times = st.times().map(lambda time: time.replace(second=0, microsecond=0))
lengths = st.integers(1, 1440).map(lambda minutes: timedelta(minutes=minutes))
rules = st.sampled_from(["FREQ=DAILY;INTERVAL=3", "FREQ=MONTHLY;BYDAY=2TU", "freq=weekly;count=7", "FREQ=YEARLY;"])
weekdays = st.sets(st.integers(1, 7), min_size=1).map(sorted)
rates = st.one_of(
    st.builds(Money, st.integers(0, 10**6), st.sampled_from(["EUR", "JPY", "KWD"])),
    st.decimals(0, 10**6, places=4),
)
patterns = st.one_of(
    st.just(RoundRobin()),
    st.builds(Manual, problem=st.none() | texts),
    st.builds(Consecutive, st.integers(1, 1000)),
    st.builds(Weekly, weeks=st.lists(st.integers(1, 60), min_size=1), cycle=st.none() | st.integers(60, 99)),
    st.builds(Weekly, every=st.integers(1, 9), start_week=st.integers(1, 9)),
)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[date, date]:
    """A first and a last day."""
    first = draw(dates)
    return first, first + draw(st.integers(0, 300)) * DAY


@st.composite
def phases(draw: st.DrawFn) -> list[Phase]:
    """Phases of a slot, in order."""
    days = sorted(draw(st.sets(dates, max_size=3)))
    starts = [draw(times) for _ in days]
    return [Phase(day, start=start, days=draw(st.none() | weekdays)) for day, start in zip(days, starts, strict=True)]


@st.composite
def slots(draw: st.DrawFn, id: str) -> Slot:
    """A slot with days or a rule, an end or a length."""
    by_days, by_end = draw(st.booleans()), draw(st.booleans())
    return Slot(
        id,
        days=draw(weekdays) if by_days else None,
        rrule=None if by_days else draw(rules),
        start=draw(times),
        end=draw(times) if by_end else None,
        duration=None if by_end else draw(lengths),
        starts_on=draw(st.none() | st.just("2020-02-02")),
        ends_on=draw(st.none() | dates),
        extra_dates=draw(st.lists(dates, max_size=2)),
        excluded_dates=draw(st.lists(dates, max_size=2)),
        subject=draw(st.none() | texts),
        room_id=draw(st.none() | ids),
        active=draw(st.booleans()),
        phases=draw(phases()),
    )


@st.composite
def closures(draw: st.DrawFn, id: str) -> Closure:
    """A closure."""
    first, last = draw(ranges())
    yearly, branch_id, reason = draw(st.booleans()), draw(st.none() | ids), draw(texts)
    return Closure(id, first, last, yearly=yearly, branch_id=branch_id, reason=reason)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """A layer of rules, with keys that no rule has."""
    return Config(
        weeks_ahead=draw(st.none() | st.integers(1, 520)),
        auto_generate=draw(st.none() | st.booleans()),
        timezone=draw(st.none() | ZONES),
        currency=draw(st.none() | st.sampled_from(["EUR", "JPY"])),
        default_rate=draw(st.none() | rates),
        on_gap=draw(st.sampled_from([None, "shift", "skip"])),
        closures=[draw(closures(id)) for id in draw(st.sets(ids, max_size=2))],
        reschedule_notice_hours=draw(st.none() | st.integers(0, 8760)),
        max_changes=draw(st.none() | st.integers(0, 100) | st.floats(0, 1, exclude_min=True)),
        unknown=draw(st.dictionaries(texts.filter(lambda key: not key.isidentifier()), texts, max_size=2)),
    )


@st.composite
def tutors(draw: st.DrawFn, id: str) -> Tutor:
    """A tutor with hours."""
    entries = [
        Availability(
            f"e{number}",
            start="09:30",
            end=draw(st.sampled_from(["12:00", "24:00"])),
            date=day,
            weekday=None if day else draw(st.integers(1, 7)),
            mode=draw(st.sampled_from(["add", "replace", "block"])) if day else "add",
        )
        for number, day in enumerate(draw(st.lists(st.none() | dates, max_size=3)))
    ]
    return Tutor(
        id,
        name=draw(texts | st.just(id)),
        hourly_rate=draw(st.none() | rates),
        subjects=draw(st.lists(texts, max_size=2)),
        timezone=draw(st.none() | ZONES),
        availability=draw(st.none() | st.just(entries)),
    )


@st.composite
def series(draw: st.DrawFn, id: str) -> Series:
    """A series with a bit of everything."""
    slot_ids = draw(st.lists(ids, unique=True, max_size=3))
    some_slot = st.sampled_from([None, *slot_ids])
    assignments = [
        Assignment(
            each,
            tutor_id=draw(ids),
            pattern=draw(patterns),
            slot_id=draw(some_slot),
            status=draw(st.sampled_from(["PENDING", "ACCEPTED", "DECLINED"])),
            starts_on=draw(st.none() | st.just("2020-01-01")),
            ends_on=draw(st.none() | dates),
            created_at=draw(st.none() | instants),
        )
        for each in draw(st.lists(ids, unique=True, max_size=3))
    ]
    first, last = draw(ranges())
    return Series(
        id,
        timezone=draw(st.none() | ZONES),
        starts_on=draw(st.just("2020-01-01")),
        ends_on=draw(st.none() | dates),
        slots=[draw(slots(each)) for each in slot_ids],
        assignments=assignments,
        cancellations=[Cancellation("c", first_day=first, last_day=last, slot_id=draw(some_slot), reason=draw(texts))],
        packages=[Package(draw(ids), starts_on=first, ends_on=last, sessions=draw(st.integers(1, 10_000)))],
        members=draw(
            st.none() | st.lists(st.builds(Member, ids, name=texts), unique_by=lambda member: member.id, max_size=2)
        ),
        branch_id=draw(st.none() | ids),
        subject=draw(st.none() | texts),
        meeting_url=draw(st.none() | texts),
        config=draw(configs()),
        status=draw(st.sampled_from(["DRAFT", "ACTIVE", "ENDED"])),
    )


@st.composite
def schools(draw: st.DrawFn) -> School:
    """A school with a bit of everything."""
    tutor_ids = draw(st.none() | st.lists(ids, unique=True, max_size=2))
    return School(
        [draw(series(id)) for id in draw(st.lists(ids, unique=True, max_size=2))],
        tutors=None if tutor_ids is None else [draw(tutors(id)) for id in tutor_ids],
        closures=[draw(closures(id)) for id in draw(st.lists(ids, unique=True, max_size=2))],
        base=draw(configs()),
        branches={id: draw(configs()) for id in draw(st.lists(ids, unique=True, max_size=2))},
    )
