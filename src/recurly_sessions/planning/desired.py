"""One series to what should be on its calendar, in columns: when, who teaches, and what is not wanted and why."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import attrs

from recurly_sessions.config import ResolvedConfig, zone_of
from recurly_sessions.fields import day_name
from recurly_sessions.planning.assign import assign_columns
from recurly_sessions.planning.expand import Columns, days_in, expand_days
from recurly_sessions.planning.packages import Dealt, Owed, Packages, Place
from recurly_sessions.planning.price import Prices
from recurly_sessions.planning.span import Span, span_of
from recurly_sessions.time.zones import Zone, local_day
from recurly_sessions.values.days_off import Cancellation, Closure
from recurly_sessions.values.issue import Decision, Issue
from recurly_sessions.values.package import Package
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session
from recurly_sessions.values.window import Days, Window

_FAR: Final = 62  # days between two stored dates from which on what lies between isn't looked at

Key = tuple[str, date]  # a slot and a date


class Cause(NamedTuple):
    """Why an occurrence is not wanted: a code, the id of what says so, and words."""

    code: str
    id: str
    why: str


@attrs.define(eq=False, kw_only=True)
class Desired:
    """What a series wants on its calendar, field by field; what applies to few occurrences by their place.

    `ignored` are those that count for nothing here; `outside`, those that aren't made now, but may be stored or in the
    way of others.
    """

    series: Series
    config: ResolvedConfig
    zone: Zone
    prices: Prices
    columns: Columns
    ids: list[str]
    decisions: list[Decision]
    tutor_ids: list[str | None]
    unwanted: dict[int, Cause]
    ignored: set[int]
    outside: set[int]
    places: dict[int, Place]
    packages: list[Dealt]  # those that aren't over
    today: date
    of_packages: Packages | None = None
    rooms: dict[str, str]  # by slot, where it isn't the series' own

    def package_issues(self, owed: Iterable[Owed], by_hand: Iterable[Session]) -> Iterator[Issue]:
        """What a person should see to in packages, with the sessions that people put on the calendar."""
        assert self.of_packages is not None, "only a series with packages has any"
        return self.of_packages.issues(owed, by_hand, today=self.today)

    def why_no_date(self, slot_id: str, day: date) -> Cause:
        """Why the slot of a stored session has no occurrence on its date."""
        series = self.series
        slot = next((each for each in series.slots if each.id == slot_id), None)
        if slot is None:
            return Cause("slot-gone", slot_id, f"the series has no slot {slot_id}")
        if not slot.active:
            return Cause("slot-inactive", slot_id, f"slot {slot_id} is not active")
        if day < series.starts_on:
            return Cause("out-of-dates", series.id, f"the series starts on {series.starts_on}")
        if series.ends_on is not None and day > series.ends_on:
            return Cause("out-of-dates", series.id, f"the series ends on {series.ends_on}")
        if slot.starts_on is not None and day < slot.starts_on:
            return Cause("out-of-dates", slot_id, f"slot {slot_id} starts on {slot.starts_on}")
        if slot.ends_on is not None and day > slot.ends_on:
            return Cause("out-of-dates", slot_id, f"slot {slot_id} ends on {slot.ends_on}")
        return Cause("no-date", slot_id, f"slot {slot_id} has no lesson on {day_name(day)} {day}")


class _Horizon(NamedTuple):
    """Where sessions may be made, surely on the days of `inside`; what lies around it, and the days (as ordinals)."""

    span: Span
    inside: tuple[date, date]
    around: Window
    days: tuple[int, int]


@attrs.frozen(kw_only=True)
class Request:
    """What all series of a plan have in common: the moment, the window if one is given, the tutors if they're tracked.

    `margin` is how far past both ends of its span each series looks for what may be in the way.
    """

    now: datetime
    window: Window | Days | None = None
    tutors: Mapping[str, Tutor] | None = None
    margin: timedelta = timedelta(0)
    _horizons: dict[tuple[str, int, str], _Horizon] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def horizon(self, zone: Zone, config: ResolvedConfig) -> _Horizon:
        """How far series in a zone look; many share it."""
        key = (zone.name, config.weeks_ahead, config.on_overlap)
        known = self._horizons.get(key)
        if known is None:
            weeks, on_overlap = config.weeks_ahead, config.on_overlap
            span = span_of(self.now, zone, weeks=weeks, on_overlap=on_overlap, window=self.window)
            around = Window(max(self.now, span.begin - self.margin), max(self.now, span.end + self.margin))
            known = self._horizons[key] = _Horizon(span, span.surely_holds(), around, days_in(around, zone))
        return known


def desire(
    series: Series,
    config: ResolvedConfig,
    request: Request,
    stored: Iterable[Session] = (),
    *,
    also: Iterable[Key] = (),
) -> Desired:
    """Say what a series wants in its span, a little past both ends of it, and on the dates of stored sessions.

    `also` are more slots and dates to look at.
    """
    zone = zone_of(series, config)
    horizon = request.horizon(zone, config)
    keys = _keys_beyond(stored, horizon, request.now).union(also)
    columns = expand_days(series, _stretches(horizon.days, keys), config=config, zone=zone)
    decisions = assign_columns(series, columns, config=config, tutors=request.tutors)
    ignored, outside = _not_to_make(columns, series, horizon, keys)
    desired = Desired(
        series=series,
        config=config,
        zone=zone,
        prices=Prices(series, config, request.tutors),
        columns=columns,
        ids=_ids(series, columns),
        decisions=decisions,
        tutor_ids=[decision.tutor_id for decision in decisions],
        unwanted=_called_off(series, config, columns),
        ignored=ignored,
        outside=outside,
        places={},
        packages=[],
        today=local_day(request.now, zone),
        rooms={slot.id: slot.room_id for slot in series.slots if slot.room_id and slot.room_id != series.room_id},
    )
    if series.packages:
        _place_in_packages(desired)
    return desired


def _keys_beyond(stored: Iterable[Session], horizon: _Horizon, now: datetime) -> set[Key]:
    """The slots and dates of stored sessions that a plan may touch and the span may not hold."""
    first, last = horizon.inside
    return {
        (session.slot_id, session.occurs_on)
        for session in stored
        if session.occurs_on is not None
        and not first <= session.occurs_on <= last
        and session.slot_id is not None
        and session.may_follow(now)
    }


def _stretches(days: tuple[int, int], keys: Iterable[Key]) -> list[tuple[int, int]]:
    """The days to look at: those of the span, and those of stored sessions elsewhere, a few stretches in all."""
    first, last = days
    stored = sorted({day.toordinal() for _, day in keys})
    before, after = stored[: bisect_left(stored, first)], stored[bisect_right(stored, last) :]
    return [*_clusters(before), *([days] if first <= last else []), *_clusters(after)]


def _clusters(days: list[int]) -> Iterator[tuple[int, int]]:
    """Days that are near to each other, as stretches."""
    begin = 0
    for at in range(1, len(days) + 1):
        if at == len(days) or days[at] - days[at - 1] > _FAR:
            yield days[begin], days[at - 1]
            begin = at


def _ids(series: Series, columns: Columns) -> list[str]:
    """The ids of the sessions: their identities as text. Put together they cost 0.1 µs each, an Identity's text 1."""
    prefixes = [f"{series.id}/{slot_id}/" for slot_id in columns.run_slots]
    return [prefix + day for prefix, days in zip(prefixes, columns.run_days, strict=True) for day in days]


def _not_to_make(columns: Columns, series: Series, horizon: _Horizon, keys: set[Key]) -> tuple[set[int], set[int]]:
    """Which occurrences count for nothing, and which may not be made now but are stored or may be in the way."""
    span, around = horizon.span, horizon.around
    slots = {slot.id: slot for slot in series.slots}
    ignored: set[int] = set()
    outside: set[int] = set()
    for slot_id, place in _near_edges(columns, *horizon.inside):
        day, starts_at = columns.dates[place], columns.starts[place]
        if not span.holds(slots[slot_id], day, starts_at):
            counts = (slot_id, day) in keys or around.start <= starts_at < around.end
            (outside if counts else ignored).add(place)
    return ignored, outside


def _near_edges(columns: Columns, first: date, last: date) -> Iterator[tuple[str, int]]:
    """The occurrences, as slots and places, that aren't due between two days; of most slots there's none."""
    dates = columns.dates
    begin = 0
    for slot_id, end in zip(columns.run_slots, columns.run_ends, strict=True):
        if dates[begin] < first or last < dates[end - 1]:
            for place in range(begin, end):
                if not first <= dates[place] <= last:
                    yield slot_id, place
        begin = end


def _called_off(series: Series, config: ResolvedConfig, columns: Columns) -> dict[int, Cause]:
    if not columns.called_off:
        return {}
    off: tuple[Closure | Cancellation, ...] = (*config.closures, *series.cancellations)
    causes = {each.id: _as_cause(each) for each in off}
    return {place: causes[cause] for place, cause in columns.called_off.items()}


def _as_cause(off: Closure | Cancellation) -> Cause:
    reason = f" ({off.reason})" if off.reason else ""
    if isinstance(off, Closure):
        return Cause("closed", off.id, f"closed: {off.id}{reason}")
    return Cause("called-off", off.id, f"called off by {off.id}{reason}")


def _place_in_packages(desired: Desired) -> None:
    """Number the occurrences of a series with packages; what has no number is not wanted."""
    columns, series = desired.columns, desired.series
    desired.of_packages = Packages(series, desired.config, desired.zone)
    dealt = desired.of_packages.dealt(since=min([desired.today, *columns.dates]))
    places = {key: place for each in dealt for key, place in each.places.items()}
    desired.packages = [each for each in dealt if each.package.ends_on >= desired.today]
    for at, key in enumerate(zip(columns.slot_ids, columns.dates, strict=True)):
        place = places.get(key)
        if place is not None:
            desired.places[at] = place
        elif at not in desired.unwanted:
            desired.unwanted[at] = _not_paid_for(series, desired.of_packages.on(key[1]))


def _not_paid_for(series: Series, package: Package | None) -> Cause:
    if package is None:
        return Cause("outside-packages", series.id, "the date is in none of the series' packages")
    return Cause("beyond-package", package.id, f"package {package.id} has no session left for it")
