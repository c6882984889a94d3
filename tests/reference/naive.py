"""The answer that the fast code must give for dates and turns; slow, day by day, written from the design alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

if TYPE_CHECKING:
    from recurly_sessions import Assignment, Closure, Series, Slot, Tutor, Window
    from recurly_sessions.config import ResolvedConfig

Row = tuple[str, date, int, datetime, datetime, str | None, str | None]
Answer = tuple[str | None, str | None]  # tutor id, assignment id
IsAvailable = Callable[[Any, datetime, datetime, str], bool]
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)


class Dated(NamedTuple):
    """One date of a slot, whether or not it is called off, in a gap or in the window."""

    slot_id: str
    occurs_on: date
    ordinal: int
    starts_at: datetime
    ends_at: datetime
    called_off_by: str | None
    shifted: str | None
    cause: str | None  # "cancellation" or "closure"


class Terms(NamedTuple):
    """What a slot says on one day, after its phases."""

    days: tuple[int, ...] | None
    rrule: str | None
    anchor: date  # the rule's DTSTART
    start: time
    length: timedelta
    elapsed: bool  # the length is elapsed time (a duration), not wall clock (an end)


# --- wall clock -----------------------------------------------------------------------------------------------------


@cache
def zone_of(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def resolve(wall: datetime, zone: ZoneInfo, on_overlap: str) -> tuple[datetime, str | None]:
    """The instant of a wall-clock time, and "gap" or "overlap" if there is none or two."""
    earlier = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    later = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if earlier.astimezone(zone).replace(tzinfo=None) != wall:
        return earlier, "gap"  # fold=0 uses the offset before the gap, and so moves forward by its length
    if earlier == later:
        return earlier, None
    return (later if on_overlap == "later" else earlier), "overlap"


def wall_length(start: time, end: time) -> timedelta:
    length = datetime.combine(date.min, end) - datetime.combine(date.min, start)
    return length if length > timedelta(0) else length + DAY


def end_of(wall: datetime, starts_at: datetime, terms: Terms, zone: ZoneInfo, on_overlap: str) -> datetime:
    if terms.elapsed:
        return starts_at + terms.length
    ends_at, _ = resolve(wall + terms.length, zone, on_overlap)
    return ends_at if ends_at > starts_at else starts_at + terms.length


# --- the dates of a slot --------------------------------------------------------------------------------------------


def terms_on(slot: Slot, first: date, day: date) -> Terms:
    days, rrule, anchor, start = slot.days, slot.rrule, first, slot.start
    length, elapsed = (slot.duration, True) if slot.end is None else (wall_length(start, slot.end), False)
    assert length is not None
    for phase in sorted(slot.phases, key=lambda phase: phase.from_day):
        if phase.from_day > day:
            break
        start = start if phase.start is None else phase.start
        if phase.days is not None or phase.rrule is not None:
            days, rrule, anchor = phase.days, phase.rrule, max(phase.from_day, first)
        if phase.end is not None:
            length, elapsed = wall_length(start, phase.end), False
        elif phase.duration is not None:
            length, elapsed = phase.duration, True
    return Terms(days, rrule, anchor, start, length, elapsed)


def parts_of(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:")
    return dict(part.split("=", 1) for part in text.split(";") if part)


def rule_dates(rule: str, anchor: date, last: date) -> set[date]:
    """The dates of a rule from its DTSTART to `last`, with COUNT and without UNTIL."""
    parts = parts_of(rule)
    parts.pop("UNTIL", None)
    count = parts.pop("COUNT", None)
    days = parts.get("BYDAY", "").split(",")
    if len({day in WEEKDAYS for day in days}) == 2:  # "MO,1TU" is either; dateutil would want both: name every Monday
        every = range(1, 54) if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts else range(1, 6)
        parts["BYDAY"] = ",".join(f"{n}{day}" for day in days for n in (every if day in WEEKDAYS else ("",)))
    begin = anchor
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:  # dateutil cuts the first week at DTSTART, RFC 5545 does not
        parts.setdefault("BYDAY", WEEKDAYS[anchor.weekday()])
        while WEEKDAYS[begin.weekday()] != parts.get("WKST", "MO"):
            begin -= DAY
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    found = (moment.date() for moment in rrulestr(text, dtstart=datetime.combine(begin, time())))
    counted = islice((day for day in found if day >= anchor), None if count is None else int(count))
    return set(takewhile(lambda day: day <= last, counted))


def within_until(rule: str, wall: datetime, starts_at: datetime) -> bool:
    until = parts_of(rule).get("UNTIL")
    if until is None:
        return True
    if until.endswith("Z"):
        return starts_at <= datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if "T" in until:
        return wall <= datetime.strptime(until, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall, which has no zone
    return wall.date() <= date.fromisoformat(until)  # a bare date is the last day that counts


def closed_on(closure: Closure, day: date) -> bool:
    first, last = closure.first_day, closure.last_day
    if not closure.yearly:
        return first <= day <= last
    from_first = (day.month, day.day) >= (first.month, first.day)
    to_last = (day.month, day.day) <= (last.month, last.day)
    years = last.year - first.year
    return (from_first and to_last) if years == 0 else (years > 1 or from_first or to_last)


def called_off(series: Series, slot: Slot, day: date, config: ResolvedConfig) -> tuple[str | None, str | None]:
    """Who called the day off (an id), and which kind it is."""
    ids = [c.id for c in series.cancellations if c.slot_id in (None, slot.id) and c.first_day <= day <= c.last_day]
    if ids:
        return min(ids), "cancellation"
    here = [c for c in config.closures if c.branch_id in (None, series.branch_id)]
    ids = [c.id for c in here if closed_on(c, day)]
    return (min(ids), "closure") if ids and config.on_closure == "skip" else (None, None)


def dates_of(series: Series, slot: Slot, config: ResolvedConfig, window: Window) -> Iterator[Dated]:
    """Every date of the slot from its first day until two days after the window."""
    zone = zone_of(series.timezone)
    first = max(series.starts_on, slot.starts_on or series.starts_on)
    last = min(day for day in (series.ends_on, slot.ends_on, window.end.astimezone(zone).date() + 2 * DAY) if day)
    rules: dict[tuple[str, date], set[date]] = {}
    day, index = first - DAY, 0
    while slot.active and day < last:
        day += DAY
        terms = terms_on(slot, first, day)
        wall = datetime.combine(day, terms.start)
        starts_at, shifted = resolve(wall, zone, config.on_overlap)
        due = terms.days is not None and day.isoweekday() in terms.days
        if terms.rrule is not None:
            key = (terms.rrule, terms.anchor)
            if key not in rules:
                rules[key] = rule_dates(*key, last)
            due = day in rules[key] and within_until(terms.rrule, wall, starts_at)
        if day in slot.excluded_dates or not (due or day in slot.extra_dates):
            continue
        ends_at = end_of(wall, starts_at, terms, zone, config.on_overlap)
        called_off_by, cause = called_off(series, slot, day, config)
        yield Dated(slot.id, day, index, starts_at, ends_at, called_off_by, shifted, cause)
        index += 1


def is_shown(dated: Dated, window: Window, config: ResolvedConfig) -> bool:
    skipped = dated.shifted == "gap" and config.on_gap == "skip"
    return window.start <= dated.starts_at < window.end and not skipped


def occurrences(series: Series, window: Window, config: ResolvedConfig) -> list[Row]:
    """(slot_id, occurs_on, index, starts_at, ends_at, called_off_by, shifted), by start, slot, date."""
    found = [d for slot in series.slots for d in dates_of(series, slot, config, window) if is_shown(d, window, config)]
    return [d[:7] for d in sorted(found, key=lambda d: (d.starts_at, d.slot_id, d.occurs_on))]


# --- turns ----------------------------------------------------------------------------------------------------------


def roster_of(series: Series, slot: Slot) -> list[Assignment]:
    """The assignments that may serve the slot, in the order in which turns are dealt."""
    subject = slot.subject or series.subject
    fitting = [
        a
        for a in series.assignments
        if a.active
        and a.status.name == "ACCEPTED"
        and a.slot_id in (None, slot.id)
        and (not a.subject or not subject or a.subject.casefold() == subject.casefold())
    ]
    return sorted(fitting, key=lambda a: a.created_at or datetime.min.replace(tzinfo=UTC))


def kind_of(assignment: Assignment) -> str:
    return type(assignment.pattern).__name__


def is_live(assignment: Assignment, day: date) -> bool:
    return (assignment.starts_on or day) <= day <= (assignment.ends_on or day)


class Rotation:
    """The state of one rotation of one slot: who was dealt last, and how many of the block are used."""

    def __init__(self, members: list[Assignment]) -> None:
        self.members = members
        self.last: Assignment | None = None
        self.used = 0

    def live_after(self, member: Assignment | None, day: date) -> list[Assignment]:
        """The live members in cyclic order, from the one after `member` (None: the first) round to itself."""
        at = 0 if member is None else self.members.index(member) + 1
        return [m for m in self.members[at:] + self.members[:at] if is_live(m, day)]

    def deal(self, day: date) -> Assignment | None:
        last = self.last
        if last is not None and is_live(last, day) and self.used < block_of(last):
            self.used += 1
            return last
        following = self.live_after(last, day)
        if not following:
            return None
        self.last, self.used = following[0], 1
        return self.last


def block_of(assignment: Assignment) -> int:
    pattern: Any = assignment.pattern
    return int(pattern.n) if kind_of(assignment) == "Consecutive" else 1


def claims_week(assignment: Assignment, series: Series, day: date) -> bool:
    pattern: Any = assignment.pattern
    origin = assignment.starts_on or series.starts_on
    if assignment.starts_on is None and assignment.created_at is not None:
        origin = assignment.created_at.astimezone(zone_of(series.timezone)).date()
    week = ((day - day.weekday() * DAY) - (origin - origin.weekday() * DAY)).days // 7 + 1
    if week < 1 or not is_live(assignment, day):
        return False
    if pattern.weeks:
        return ((week - 1) % pattern.cycle + 1 if pattern.cycle else week) in pattern.weeks
    return bool(pattern.every) and week >= pattern.start_week and (week - pattern.start_week) % pattern.every == 0


def decisions(
    series: Series,
    window: Window,
    config: ResolvedConfig,
    tutors: Iterable[Tutor] | None = None,
    is_available: IsAvailable | None = None,
) -> dict[tuple[str, date], Answer]:
    """Who has each occurrence of the window: (tutor_id, assignment_id)."""
    profiles = None if tutors is None else {tutor.id: tutor for tutor in tutors}

    def can_teach(assignment: Assignment, dated: Dated) -> bool:
        if profiles is None:
            return True
        tutor = profiles.get(assignment.tutor_id)
        if tutor is None:
            return False
        if config.absence_turn == "keep" or tutor.availability is None or is_available is None:
            return True
        return is_available(
            tutor.availability, dated.starts_at, dated.ends_at, tutor.timezone or series.timezone or "UTC"
        )

    def decide(claims: list[Assignment], rotations: dict[str, Rotation], dated: Dated) -> Answer:
        if not claims:
            return None, None
        owner = claims[0]
        if dated.called_off_by is not None:
            return owner.tutor_id, owner.id
        asked = [owner]
        if config.absence_turn == "next":
            for claim in claims:
                rotation = rotations.get(kind_of(claim))
                asked += [claim, *(rotation.live_after(claim, dated.occurs_on) if rotation else [])]
        return next(((a.tutor_id, a.id) for a in asked if can_teach(a, dated)), (None, owner.id))

    found: dict[tuple[str, date], Answer] = {}
    for slot in series.slots:
        roster = roster_of(series, slot)
        rotations = {k: Rotation([a for a in roster if kind_of(a) == k]) for k in ("RoundRobin", "Consecutive")}
        for dated in dates_of(series, slot, config, window):
            policy = {"cancellation": config.cancellation_turn, "closure": config.closure_turn}.get(dated.cause or "")
            answer: Answer = (None, None)
            if policy != "pass":
                dealt = [rotation.deal(dated.occurs_on) for rotation in rotations.values()]
                claims = [
                    a
                    for a in roster
                    if any(a is d for d in dealt)
                    or (kind_of(a) == "Weekly" and claims_week(a, series, dated.occurs_on))
                ]
                answer = decide(claims, rotations, dated)
            if is_shown(dated, window, config):
                found[slot.id, dated.occurs_on] = answer
    return found
