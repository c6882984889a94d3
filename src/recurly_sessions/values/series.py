"""Series: a class, match or course that repeats."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import (
    OF,
    first_repeated,
    items_of,
    located,
    readable,
    refuse,
    to_date,
    to_first_day,
    to_id,
    to_member,
    to_text,
)
from recurly_sessions.time.rules import names_no_day
from recurly_sessions.time.zones import to_zone_name, zone_named
from recurly_sessions.values.assignment import Assignment
from recurly_sessions.values.config import Config
from recurly_sessions.values.days_off import Cancellation
from recurly_sessions.values.package import Package
from recurly_sessions.values.people import Member
from recurly_sessions.values.slot import Slot


class SeriesStatus(enum.StrEnum):
    """Where a series stands: only an ACTIVE one is kept on the calendar."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


def to_series_status(value: SeriesStatus | str) -> SeriesStatus:
    """A status, also by its name."""
    return to_member(value, SeriesStatus)


def to_slots(value: Iterable[Slot]) -> tuple[Slot, ...]:
    """Slots, in any order."""
    return items_of(value, Slot)


def to_assignments(value: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """Assignments; where none says when it was created, their order is the turn order."""
    return items_of(value, Assignment)


def to_cancellations(value: Iterable[Cancellation]) -> tuple[Cancellation, ...]:
    """Cancellations, in any order."""
    return items_of(value, Cancellation)


def to_packages(value: Iterable[Package]) -> tuple[Package, ...]:
    """Packages, by their first day."""
    return tuple(sorted(items_of(value, Package), key=lambda package: (package.starts_on, package.id)))


def to_members(value: Iterable[Member | str]) -> tuple[Member, ...]:
    """Members, also by a bare id."""
    return items_of(value, Member, by_id=True)  # type: ignore[arg-type]


def to_config(value: Config) -> Config:
    """A layer of rules."""
    if not isinstance(value, Config):
        raise refuse("must be a Config", value)
    return value


@attrs.frozen(repr=False, field_transformer=located)
class Series:
    """A class, match or course that repeats: its slots, who teaches, and what is called off.

    Its timezone may be left to the config. `members=None` means that members aren't tracked.

    >>> Series(
    ...     "maths",
    ...     timezone="Europe/Paris",
    ...     starts_on="2026-09-07",
    ...     slots=[Slot("mon", days=1, start="18:00", duration=90)],
    ... ).slots
    (Slot('mon', days='MO', start='18:00', duration=90),)
    """

    id: str = attrs.field(converter=to_id)
    timezone: str | None = attrs.field(default=None, converter=optional(to_zone_name), kw_only=True)
    starts_on: date = attrs.field(converter=to_first_day, kw_only=True)
    ends_on: date | None = attrs.field(default=None, converter=optional(to_date), kw_only=True)
    slots: tuple[Slot, ...] = attrs.field(default=(), converter=to_slots, kw_only=True, metadata={OF: Slot})
    assignments: tuple[Assignment, ...] = attrs.field(
        default=(), converter=to_assignments, kw_only=True, metadata={OF: Assignment}
    )
    cancellations: tuple[Cancellation, ...] = attrs.field(
        default=(), converter=to_cancellations, kw_only=True, metadata={OF: Cancellation}
    )
    packages: tuple[Package, ...] = attrs.field(default=(), converter=to_packages, kw_only=True, metadata={OF: Package})
    members: tuple[Member, ...] | None = attrs.field(
        default=None, converter=optional(to_members), kw_only=True, metadata={OF: Member}
    )
    branch_id: str | None = attrs.field(default=None, converter=optional(to_id), kw_only=True)
    subject: str | None = attrs.field(default=None, converter=optional(to_text), kw_only=True)
    room_id: str | None = attrs.field(default=None, converter=optional(to_id), kw_only=True)
    meeting_url: str | None = attrs.field(default=None, converter=optional(to_text), kw_only=True)
    config: Config = attrs.field(default=Config(), converter=to_config, kw_only=True, metadata={OF: Config})
    status: SeriesStatus = attrs.field(default=SeriesStatus.ACTIVE, converter=to_series_status, kw_only=True)
    request_id: str | None = attrs.field(default=None, converter=optional(to_id), kw_only=True)
    created_by: str | None = attrs.field(default=None, converter=optional(to_id), kw_only=True)

    def __attrs_post_init__(self) -> None:
        for _, contradiction in self.contradictions(self):
            raise contradiction

    def with_slot(self, slot: Slot) -> Series:
        """The series with a slot changed, or added if it has none of this id."""
        if not isinstance(slot, Slot):
            raise InvalidValueError("Series.with_slot", "must be given a Slot", slot)
        others = [each for each in self.slots if each.id != slot.id]
        place = next((place for place, each in enumerate(self.slots) if each.id == slot.id), len(others))
        return attrs.evolve(self, slots=(*others[:place], slot, *others[place:]))

    def in_timezone(self, timezone: str, *, keep: str = "wall", on: date | str | None = None) -> Series:
        """The series in another timezone: its times stay on the wall, or its instants do (`keep="instants"`).

        Clocks may change on different days in both, so instants are kept as they are `on` a day, and the plan shows
        the days on which they can't be.
        """
        moved = attrs.evolve(self, timezone=timezone)
        if keep == "wall":
            return moved
        if keep != "instants":
            raise InvalidValueError("Series.in_timezone: keep", "must be wall or instants", keep)
        if self.timezone is None:
            hint = "the config says it; set the series' own timezone first"
            raise InvalidValueError("Series.in_timezone", "must have a timezone of its own", None, hint)
        if on is None:
            raise InvalidValueError("Series.in_timezone: on", "must be a day on which to compare both clocks", None)
        try:
            day = to_date(on)
        except InvalidValueError as error:
            raise error.at("Series.in_timezone: on") from None
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        later = zone_named(timezone).offset(noon) - zone_named(self.timezone).offset(noon)
        return attrs.evolve(moved, slots=[slot.later(later) for slot in self.slots])

    @staticmethod
    def contradictions(series: Series) -> Iterator[tuple[str, InvalidValueError]]:
        """What the parts of a series, each right by itself, get wrong together, and in which field."""
        if series.ends_on is not None and series.ends_on < series.starts_on:
            rule = f"must not be before starts_on ({series.starts_on})"
            yield "ends_on", InvalidValueError("Series.ends_on", rule, series.ends_on.isoformat())
        for name in ("slots", "assignments", "cancellations", "packages", "members"):
            twice = first_repeated(each.id for each in getattr(series, name) or ())
            if twice is not None:
                yield name, InvalidValueError(f"Series.{name}", "must not have two of one id", twice)
        yield from _unknown_slots(series)
        yield from _overlapping_packages(series.packages)
        yield from _rules_that_never_come(series)

    __repr__ = readable


def first_day(series: Series, slot: Slot) -> date:
    """The first day on which a slot can have a date; its rule counts from it."""
    return max(series.starts_on, slot.starts_on or series.starts_on)


def _unknown_slots(series: Series) -> Iterator[tuple[str, InvalidValueError]]:
    known = {slot.id for slot in series.slots}
    named: dict[str, tuple[Assignment | Cancellation, ...]] = {
        "assignments": series.assignments,
        "cancellations": series.cancellations,
    }
    for name, values in named.items():
        for place, each in enumerate(values):
            if each.slot_id is not None and each.slot_id not in known:
                rule = f"must name a slot of the series ({_some(known)})"
                error = InvalidValueError(f"Series.{name}", rule, each.slot_id, f"it stands in {each.id!r}")
                yield f"{name}[{place}].slot_id", error


def _some(names: set[str], *, most: int = 20) -> str:
    rest = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(sorted(names)[:most]) + rest if names else "it has none"


def _overlapping_packages(packages: tuple[Package, ...]) -> Iterator[tuple[str, InvalidValueError]]:
    whole = sorted((each for each in packages if isinstance(each, Package)), key=lambda each: each.starts_on)
    for before, package in pairwise(whole):
        if package.starts_on <= before.ends_on:
            rule = f"must not overlap, but {before.id!r} lasts until {before.ends_on}"
            yield "packages", InvalidValueError("Series.packages", rule, package.id)


def _rules_that_never_come(series: Series) -> Iterator[tuple[str, InvalidValueError]]:
    for place, slot in enumerate(series.slots):
        for timing in getattr(slot, "timings", ()):
            if timing.rule is not None:
                counted_from = max(first_day(series, slot), timing.stated_on or series.starts_on)
                if names_no_day(timing.rule, counted_from):
                    rule = f"must name a day that comes, but no day within 100 years from {counted_from} is one"
                    error = InvalidValueError("Slot.rrule", rule, timing.rule.text, f"it stands in slot {slot.id!r}")
                    yield f"slots[{place}].rrule", error
