"""The plan that the fast code must make; one session at a time, every pair of them compared, from the design alone.

Left out: words (`cancellation_reason` is None in every `after`), and for hours that don't cover a session, which entry
says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import attrs

from recurly_sessions import Money, Package, School, Series, Session, SessionStatus, Slot, Tutor, Window
from recurly_sessions.config import ResolvedConfig, config_for
from recurly_sessions.values.money import digits_of
from recurly_sessions.values.school import Booking
from tests.reference import naive
from tests.reference.availability import is_free

Key = tuple[str, date]  # slot id, the date on which it was due
Rank = tuple[int, datetime, str]  # the smaller stays
Finding = tuple[str, str, str | None, str | None, datetime, datetime, str]
OPEN = (SessionStatus.PENDING, SessionStatus.CONFIRMED)
OFF = (SessionStatus.CANCELLED, SessionStatus.RESCHEDULED)
WEEK = timedelta(days=7)
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


class NaivePlan(NamedTuple):
    changes: dict[str, tuple[str, str, Session]]  # session id: kind, code, after (without words)
    conflicts: set[Finding]  # kind, session_id, other, who, starts_at, ends_at, reaction
    stand_ins: dict[str, str]  # occurrence id: session id
    issues: set[tuple[str, str | None]]  # code, series_id
    unsure: set[tuple[str, str | None]]  # issues that may be told or not


class Place(NamedTuple):
    """An occurrence's place in a package."""

    package_id: str
    number: int
    is_make_up: bool


# --- what a series asks for -----------------------------------------------------------------------------------------


@attrs.frozen
class Wants:
    """Everything that one planned series asks for, from its first day until after everything that matters."""

    series: Series
    config: ResolvedConfig
    profiles: dict[str, Tutor]
    dates: dict[Key, naive.Dated]
    turns: dict[Key, str | None]
    places: dict[Key, Place]
    short: tuple[str, ...]  # packages in which too few fit
    now: datetime
    window: Window | None

    @property
    def slots(self) -> dict[str, Slot]:
        return {slot.id: slot for slot in self.series.slots}

    @property
    def zone_name(self) -> str:
        assert self.series.timezone is not None, "filled in from the config"
        return self.series.timezone

    def turn(self, dated: naive.Dated, session: Session | None) -> str | None:
        """Who should teach; one that was moved out of the days off keeps its tutor, as its turn is spent or passed."""
        if dated.called_off_by is not None and session is not None:
            return session.tutor_id
        return self.turns[dated.slot_id, dated.occurs_on]

    def id_of(self, key: Key) -> str:
        return f"{self.series.id}/{key[0]}/{key[1].isoformat()}"

    def local_date(self, instant: datetime) -> date:
        return instant.astimezone(naive.zone_of(self.zone_name)).date()

    def is_in_window(self, dated: naive.Dated) -> bool:
        """Whether the occurrence may be created."""
        if dated.starts_at < self.now:
            return False
        if self.window is not None:
            return self.window.start <= dated.starts_at < self.window.end
        zone = naive.zone_of(self.zone_name)
        wall_now = self.now.astimezone(zone).replace(tzinfo=None)
        slot = self.slots[dated.slot_id]
        start = naive.terms_on(slot, self.first_day(slot), dated.occurs_on).start
        wall_today = datetime.combine(wall_now.date(), start)
        is_ahead_today = (
            wall_today >= wall_now and naive.resolve(wall_today, zone, self.config.on_overlap)[0] >= self.now
        )
        first = wall_now.date() + timedelta(days=0 if is_ahead_today else 1)
        return first <= dated.occurs_on < first + self.config.weeks_ahead * WEEK

    def edges(self) -> tuple[datetime, datetime]:
        """Where the window begins and ends, as instants."""
        if self.window is not None:
            return self.window.start, self.window.end
        zone = naive.zone_of(self.zone_name)
        wall_end = self.now.astimezone(zone).replace(tzinfo=None) + self.config.weeks_ahead * WEEK
        return self.now, naive.resolve(wall_end, zone, self.config.on_overlap)[0]

    def first_day(self, slot: Slot) -> date:
        return max(self.series.starts_on, slot.starts_on or self.series.starts_on)

    def closure_on(self, day: date) -> str | None:
        """The closure (of several the smallest id) that shuts a day, whatever is done about it."""
        here = [c for c in self.config.closures if c.branch_id in (None, self.series.branch_id)]
        return min((c.id for c in here if naive.closed_on(c, day)), default=None)

    def is_off_by(self, dated: naive.Dated, day: date) -> bool:
        """Whether what calls an occurrence off would call off this day too."""
        if dated.cause == "cancellation":
            named = [c for c in self.series.cancellations if c.id == dated.called_off_by]
            return any(c.first_day <= day <= c.last_day for c in named)
        here = [c for c in self.config.closures if c.branch_id in (None, self.series.branch_id)]
        return any(naive.closed_on(c, day) for c in here if c.id == dated.called_off_by)

    def why_not(self, key: Key, stands_on: date | None = None) -> tuple[str, str] | None:
        """Why there should be no session (code and cause), or None; `stands_on` is where somebody moved it to."""
        slot_id, day = key
        slot = self.slots.get(slot_id)
        if slot is None:
            return "slot-gone", slot_id
        if not slot.active:
            return "slot-inactive", slot_id
        if not self.series.starts_on <= day <= (self.series.ends_on or date.max):
            return "out-of-dates", self.series.id
        if not (slot.starts_on or date.min) <= day <= (slot.ends_on or date.max):
            return "out-of-dates", slot_id
        dated = self.dates.get(key)
        if dated is None:
            return "no-date", slot_id
        if dated.called_off_by is not None:
            if stands_on is not None and not self.is_off_by(dated, stands_on):
                return None  # a person moved it out of the days off, and so wants it
            return ("called-off" if dated.cause == "cancellation" else "closed"), dated.called_off_by
        if self.series.packages and key not in self.places:
            package = next((p for p in self.series.packages if p.starts_on <= day <= p.ends_on), None)
            return ("outside-packages", self.series.id) if package is None else ("beyond-package", package.id)
        return None

    def price(self, tutor_id: str | None, starts_at: datetime, ends_at: datetime) -> Money:
        profile = self.profiles.get(tutor_id) if tutor_id is not None else None
        rate = profile.hourly_rate if profile is not None else None
        if rate is None:
            rate = self.config.default_rate
        if rate is None:
            return Money(0, self.config.currency)
        amount, currency = (
            (rate.amount, rate.currency) if isinstance(rate, Money) else (Decimal(rate), self.config.currency)
        )
        members = self.series.members
        heads = 1 if members is None else len([member for member in members if member.active])
        hours = Fraction((ends_at - starts_at) // timedelta(microseconds=1), 3_600_000_000)
        coins = Fraction(amount) * hours * heads * 10 ** digits_of(currency)
        return Money(Decimal(int(coins + Fraction(1, 2))).scaleb(-digits_of(currency)), currency)

    def room_id(self, slot: Slot) -> str | None:
        return slot.room_id if slot.room_id is not None and slot.room_id != self.series.room_id else None


def wants_of(school: School, series: Series, sessions: list[Session], now: datetime, window: Window | None) -> Wants:
    config = config_for(school, series)
    series = attrs.evolve(series, timezone=series.timezone or config.timezone)
    days = [now.date() + config.weeks_ahead * WEEK, now.date(), *(package.ends_on for package in series.packages)]
    days += [session.occurs_on for session in sessions if session.occurs_on is not None]
    days += [window.end.date()] if window is not None else []
    end = datetime.combine(max(days) + WEEK, datetime.min.time(), UTC)
    everything = Window(LONG_AGO, end)
    dates = {
        (dated.slot_id, dated.occurs_on): dated
        for slot in series.slots
        for dated in naive.dates_of(series, slot, config, everything)
        if naive.is_shown(dated, everything, config)
    }
    turns = naive.decisions(series, everything, config, school.tutors, is_free)
    places: dict[Key, Place] = {}
    short = []
    for package in series.packages:
        inside, missing = places_of(package, dates)
        places |= inside
        short += [package.id] if missing else []
    return Wants(
        series=series,
        config=config,
        profiles={tutor.id: tutor for tutor in school.tutors or ()},
        dates=dates,
        turns={key: tutor_id for key, (tutor_id, _) in turns.items()},
        places=places,
        short=tuple(short),
        now=now,
        window=window,
    )


def places_of(package: Package, dates: dict[Key, naive.Dated]) -> tuple[dict[Key, Place], int]:
    """The occurrences that a package pays for, and how many are missing."""
    inside = [d for d in dates.values() if package.starts_on <= d.occurs_on <= package.ends_on]
    inside.sort(key=lambda d: (d.starts_at, d.slot_id, d.occurs_on))
    first, rest = inside[: package.sessions], inside[package.sessions :]
    to_make_up = len([d for d in first if d.called_off_by is not None])
    made_up = 0
    make_ups = []
    for d in rest:  # a make-up that is called off has a number too, and is made up for by a later one
        if made_up < to_make_up:
            make_ups.append(d)
            made_up += d.called_off_by is None
    places = {
        (d.slot_id, d.occurs_on): Place(package.id, number, number > package.sessions)
        for number, d in enumerate([*first, *make_ups], start=1)
    }
    return places, package.sessions - len(first) + to_make_up - made_up


# --- one session ----------------------------------------------------------------------------------------------------


def is_moved(session: Session) -> bool:
    """Whether a person says when it is."""
    return bool({"starts_at", "ends_at"} & {*session.pinned}) or session.original_starts_at is not None


def is_touchable(session: Session, now: datetime) -> bool:
    """Whether a plan may change a session that has a place in its series."""
    if session.origin.name == "MANUAL" or session.starts_at <= now:
        return False
    if session.status is SessionStatus.CANCELLED:
        return session.cause_id is not None and "status" not in session.pinned
    return session.status in OPEN


def new_session(wants: Wants, dated: naive.Dated, tutor_id: str | None) -> Session:
    key = (dated.slot_id, dated.occurs_on)
    blank = Session(
        wants.id_of(key),
        series_id=wants.series.id,
        slot_id=dated.slot_id,
        occurs_on=dated.occurs_on,
        timezone=wants.zone_name,
        starts_at=dated.starts_at,
        ends_at=dated.ends_at,
    )
    return follow(wants, dated, blank, tutor_id)


def follow(wants: Wants, dated: naive.Dated, before: Session, tutor_id: str | None) -> Session:
    """A session with everything that follows its series, except that `tutor_id` has the turn."""
    confirmed = before.status is SessionStatus.CONFIRMED
    keeps_turn = confirmed and wants.config.confirmed_follow != "all"
    place = wants.places.get((dated.slot_id, dated.occurs_on))
    after = before
    if not is_moved(before) and not (confirmed and wants.config.confirmed_follow == "never"):
        after = attrs.evolve(after, starts_at=dated.starts_at, ends_at=dated.ends_at)
    if "tutor_id" not in before.pinned and not keeps_turn:
        after = attrs.evolve(after, tutor_id=tutor_id)
    if "price" not in before.pinned and not keeps_turn:
        after = attrs.evolve(after, price=wants.price(after.tutor_id, after.starts_at, after.ends_at))
    if "status" not in before.pinned:
        if confirmed and wants.config.confirmed_follow == "all" and after.tutor_id is None:
            after = attrs.evolve(after, status=SessionStatus.PENDING)
        if not confirmed and wants.config.confirm_assigned and after.tutor_id is not None:
            after = attrs.evolve(after, status=SessionStatus.CONFIRMED)
    if "room_id" not in before.pinned:
        after = attrs.evolve(after, room_id=wants.room_id(wants.slots[dated.slot_id]))
    if "package_id" not in before.pinned:
        package_id, number = (place.package_id, place.number) if place is not None else (None, None)
        after = attrs.evolve(after, package_id=package_id, number=number)
    return attrs.evolve(after, timezone=wants.zone_name)


# --- the desired calendar -------------------------------------------------------------------------------------------


@attrs.define
class Entry:
    """Something on the desired calendar, before reactions."""

    id: str
    starts_at: datetime
    ends_at: datetime
    rank: Rank
    tutor_id: str | None = None
    member_ids: frozenset[str] = frozenset()
    room_id: str | None = None
    wants: Wants | None = None  # only of a planned series
    dated: naive.Dated | None = None  # only if it follows its occurrence
    before: Session | None = None
    is_reported: bool = False
    reacts: bool = False


class Desired:
    """What will be there, of what there is and what there should be; and what else there is to tell."""

    def __init__(
        self, school: School, sessions: list[Session], bookings: list[Booking], wants: dict[str, Wants]
    ) -> None:
        self.known = {series.id: series for series in school.series}
        self.wants = wants
        self.entries = [self.booked(booking) for booking in bookings]
        self.changes: dict[str, tuple[str, str, Session]] = {}
        self.stand_ins: dict[str, str] = {}
        self.issues: set[tuple[str, str | None]] = set()
        self.unsure: set[tuple[str, str | None]] = set()
        self.skipped: list[tuple[str, str]] = []  # series and package of each lesson that isn't made
        self.sessions = sessions

    def booked(self, booking: Booking) -> Entry:
        return Entry(
            booking.id,
            booking.starts_at,
            booking.ends_at,
            (0, booking.starts_at, booking.id),
            booking.tutor_id,
            frozenset() if booking.member_id is None else frozenset({booking.member_id}),
            booking.room_id,
        )

    def stand(self, session: Session, now: datetime, promised: datetime | None = None) -> Entry:
        """A session on the calendar, as it is given."""
        series = self.known.get(session.series_id)
        if promised is None:
            promised = session.original_starts_at or session.starts_at
        rank = 4
        if session.starts_at <= now or session.status not in OPEN:
            rank = 1  # it has started, or somebody says that it is over
        elif session.pinned or session.original_starts_at or session.origin.name == "MANUAL" or not session.slot_id:
            rank = 2
        elif session.status is SessionStatus.CONFIRMED:
            rank = 3
        entry = Entry(
            session.id,
            session.starts_at,
            session.ends_at,
            (rank, promised, session.id),
            session.tutor_id,
            frozenset(member.id for member in (series and series.members) or () if member.active),
            session.room_id or (series.room_id if series is not None else None),
            self.wants.get(session.series_id),
        )
        self.entries.append(entry)
        return entry

    def keep(self, session: Session, now: datetime, dated: naive.Dated | None = None) -> None:
        """Leave a stored session as it is: it is on the calendar unless it is off."""
        if session.status not in OFF:
            entry = self.stand(session, now, None if dated is None else dated.starts_at)
            entry.before = session
            entry.is_reported = entry.wants is not None and session.starts_at > now

    def take(self, session: Session, wants: Wants, key: Key, now: datetime) -> None:
        """Find what becomes of a stored session, the one of its identity."""
        dated = wants.dates.get(key)
        if not is_touchable(session, now):
            self.keep(session, now, dated)
            return
        is_cancelled = session.status is SessionStatus.CANCELLED
        reason = wants.why_not(key, wants.local_date(session.starts_at) if is_moved(session) else None)
        if reason is not None:
            self.call_off(session, *reason, now, dated)
            return
        assert dated is not None, "it would not be wanted"
        if dated.called_off_by is not None:
            code = "kept-pinned" if "status" in session.pinned else "moved-out-of-days-off"
            self.issues.add((code, wants.series.id))
        before = session
        if is_cancelled:
            before = attrs.evolve(session, status=SessionStatus.PENDING, cause_id=None, cancellation_reason=None)
        after = follow(wants, dated, before, wants.turn(dated, session))
        if after.starts_at <= now:
            if not is_cancelled:
                self.issues.add(("would-start-in-past", wants.series.id))
            self.keep(session, now, dated)
            return
        entry = self.stand(after, now, dated.starts_at)
        entry.dated, entry.before, entry.is_reported = dated, session, True
        was_pending = SessionStatus.PENDING in (before.status, after.status)
        entry.reacts = was_pending and not session.pinned and session.original_starts_at is None

    def call_off(self, session: Session, code: str, cause: str, now: datetime, dated: naive.Dated | None) -> None:
        """Cancel a session that isn't wanted, or name another cause if it is cancelled."""
        after = attrs.evolve(session, status=SessionStatus.CANCELLED, cause_id=cause, cancellation_reason=None)
        if session.status is SessionStatus.CANCELLED:
            if session.cause_id != cause:
                self.changes[session.id] = "UPDATE", "recaused", next_version(after)
        elif "status" in session.pinned:
            self.issues.add(("kept-pinned", session.series_id))
            self.keep(session, now, dated)
        else:
            self.changes[session.id] = "CANCEL", code, next_version(after)


def next_version(session: Session) -> Session:
    return attrs.evolve(session, version=session.version + 1)


def is_planned(school: School, series: Series, only: Iterable[str] | None) -> bool:
    if series.status.name == "ENDED":
        return False
    if only is not None:
        return series.id in only
    return series.status.name == "ACTIVE" and config_for(school, series).auto_generate


def plan(
    school: School,
    sessions: Iterable[Session],
    bookings: Iterable[Booking] = (),
    *,
    now: datetime,
    window: Window | None = None,
    only: tuple[str, ...] | None = None,
) -> NaivePlan:
    """What should become of the sessions, and what should be added to them."""
    stored = sorted(sessions, key=lambda session: session.id)
    planned = {
        series.id: wants_of(school, series, [s for s in stored if s.series_id == series.id], now, window)
        for series in school.series
        if is_planned(school, series, only)
    }
    desired = Desired(school, stored, list(bookings), planned)
    place_stored(desired, now)
    for wants in planned.values():
        place_new(desired, wants, now, longest=longest_of(planned))
    findings = [finding for entry in desired.entries if entry.is_reported for finding in findings_of(desired, entry)]
    for entry in desired.entries:
        finish(desired, entry, [finding for finding in findings if finding[1] == entry.id])
    for wants in planned.values():
        tell(desired, wants)
    return NaivePlan(desired.changes, set(findings), desired.stand_ins, desired.issues, desired.unsure)


def place_stored(desired: Desired, now: datetime) -> None:
    for session in desired.sessions:
        wants = desired.wants.get(session.series_id)
        if session.series_id not in desired.known:
            desired.issues.add(("unknown-series", session.series_id))
        if wants is None or session.slot_id is None or session.occurs_on is None:
            desired.keep(session, now)
            continue
        key = (session.slot_id, session.occurs_on)
        same = [s for s in desired.sessions if s.identity == session.identity]
        if len(same) > 1:
            desired.issues.add(("two-sessions", session.series_id))
        if session is min(same, key=lambda s: (s.id != str(s.identity), s.id)):
            desired.take(session, wants, key, now)
        else:
            desired.keep(session, now)


def place_new(desired: Desired, wants: Wants, now: datetime, *, longest: timedelta) -> None:
    """Put what isn't stored on the calendar, unless another session of the series stands in for it."""
    mine = [session for session in desired.sessions if session.series_id == wants.series.id]
    stored = {(session.slot_id, session.occurs_on) for session in mine}
    free = [session for session in mine if session.slot_id is None]
    begins, ends = wants.edges()
    for key in sorted(wants.dates):
        dated = wants.dates[key]
        if key in stored or wants.why_not(key) is not None or dated.starts_at < now:
            continue
        in_window = wants.is_in_window(dated)
        instead = next((session for session in free if session.starts_at == dated.starts_at), None)
        if in_window and instead is not None:
            desired.stand_ins[wants.id_of(key)] = instead.id
            free.remove(instead)
        elif in_window or begins - longest <= dated.starts_at < ends + longest:
            entry = desired.stand(new_session(wants, dated, wants.turn(dated, None)), now, dated.starts_at)
            entry.dated, entry.is_reported, entry.reacts = dated, in_window, in_window


def longest_of(planned: dict[str, Wants]) -> timedelta:
    lengths = [dated.ends_at - dated.starts_at for wants in planned.values() for dated in wants.dates.values()]
    return max(lengths, default=timedelta(0))


def tell(desired: Desired, wants: Wants) -> None:
    """Tell what a person should see to in a series."""
    series_id = wants.series.id
    if wants.series.members is not None and not any(member.active for member in wants.series.members):
        desired.issues.add(("no-members", series_id))
    lost = {package.id for package in wants.series.packages if is_any_lost(desired, wants, package.id)}
    for code, packages in (("package-short", {*wants.short}), ("package-lesson-lost", lost)):
        if packages & packages_ahead(wants, days=1):
            desired.issues.add((code, series_id))
        elif packages & packages_ahead(wants, days=-1):
            desired.unsure.add((code, series_id))


def is_any_lost(desired: Desired, wants: Wants, package_id: str) -> bool:
    """Whether more lessons of a package are lost than people have made up for by hand."""
    mine = [session for session in desired.sessions if session.series_id == wants.series.id]
    placed = {
        session.id
        for session in mine
        for place in [wants.places.get((session.slot_id or "", session.occurs_on or date.min))]
        if place is not None and place.package_id == package_id
    }
    held_off = {key for key, dated in wants.dates.items() if dated.called_off_by is not None}  # made up by themselves
    lost = [
        session
        for session in mine
        if session.id in placed and is_lost(session) and (session.slot_id, session.occurs_on) not in held_off
    ]
    made_up = [
        session
        for session in mine
        if session.id not in placed and session.package_id == package_id and session.origin.name == "MANUAL"
        if session.status.name not in ("CANCELLED", "NO_SHOW_TUTOR")
    ]
    return len(lost) + desired.skipped.count((wants.series.id, package_id)) > len(made_up)


def packages_ahead(wants: Wants, *, days: int) -> set[str]:
    """Those that are not over after so many days."""
    today = wants.local_date(wants.now)
    return {package.id for package in wants.series.packages if package.ends_on >= today + timedelta(days=days)}


def is_lost(session: Session) -> bool:
    """Whether a person cancelled it, or the tutor missed it."""
    by_a_person = session.cause_id is None or "status" in session.pinned
    return session.status.name == "NO_SHOW_TUTOR" or (session.status is SessionStatus.CANCELLED and by_a_person)


# --- conflicts ------------------------------------------------------------------------------------------------------


def findings_of(desired: Desired, entry: Entry) -> list[Finding]:
    """What is wrong with a session of a planned series, where it is the one that gives way."""
    wants = entry.wants
    assert wants is not None, "only those of planned series are reported"
    itself = entry.starts_at, entry.ends_at
    found: list[Finding] = []

    def find(kind: str, other: str | None, who: str | None, at: tuple[datetime, datetime]) -> None:
        reaction = reaction_to(kind, entry, wants.config)
        if reaction != "ignore":
            found.append((kind, entry.id, other, who, *at, reaction))

    for other in desired.entries:
        if other.rank < entry.rank and other.starts_at < entry.ends_at and entry.starts_at < other.ends_at:
            overlap = max(entry.starts_at, other.starts_at), min(entry.ends_at, other.ends_at)
            if entry.tutor_id is not None and entry.tutor_id == other.tutor_id:
                find("tutor", other.id, entry.tutor_id, overlap)
            for member_id in entry.member_ids & other.member_ids:
                find("student", other.id, member_id, overlap)
            if entry.room_id is not None and entry.room_id == other.room_id:
                find("room", other.id, entry.room_id, overlap)
    tutor = wants.profiles.get(entry.tutor_id or "")
    if tutor is not None and not is_free(tutor.availability, *itself, tutor.timezone or wants.zone_name):
        find("unavailable", None, tutor.id, itself)
    closure_id = wants.closure_on(wants.local_date(entry.starts_at))
    if closure_id is not None:
        find("closed", closure_id, None, itself)
    return sorted(found, key=lambda each: (each[0], each[2] or "", each[3] or ""))  # of several, the first is the cause


def reaction_to(kind: str, entry: Entry, config: ResolvedConfig) -> str:
    if kind == "closed":
        return "ignore" if config.on_closure == "ignore" else "flag"
    said: str = {
        "tutor": config.on_tutor_busy,
        "student": config.on_student_busy,
        "room": config.on_room_busy,
        "unavailable": config.on_unavailable,
    }[kind]
    if said != "ignore" and not entry.reacts:
        return "flag"
    return "flag" if said == "unassign" and entry.tutor_id is None else said


def finish(desired: Desired, entry: Entry, findings: list[Finding]) -> None:
    """Turn an entry into a change, now that it is known what it has to give way to."""
    wants, dated, before = entry.wants, entry.dated, entry.before
    if wants is None or dated is None or not entry.is_reported:
        return
    key = (dated.slot_id, dated.occurs_on)
    skipped = next((finding for finding in findings if finding[6] == "skip"), None)
    if skipped is not None:
        if key in wants.places:
            desired.skipped.append((wants.series.id, wants.places[key].package_id))
        if before is not None:
            desired.call_off(before, "conflict", skipped[2] or skipped[3] or "", wants.now, dated)
        return
    tutor_id = None if any(finding[6] == "unassign" for finding in findings) else wants.turn(dated, before)
    if before is None:
        after = new_session(wants, dated, tutor_id)
        is_make_up = key in wants.places and wants.places[key].is_make_up
        desired.changes[after.id] = "CREATE", "make-up" if is_make_up else "due", after
    elif before.status is SessionStatus.CANCELLED:
        open_again = attrs.evolve(before, status=SessionStatus.PENDING, cause_id=None, cancellation_reason=None)
        after = follow(wants, dated, open_again, tutor_id)
        desired.changes[after.id] = "REINSTATE", "wanted-again", next_version(after)
    else:
        after = follow(wants, dated, before, tutor_id)
        if after != before:
            without_words = attrs.evolve(after, cancellation_reason=None)
            desired.changes[after.id] = "UPDATE", update_code(before, after), next_version(without_words)


def update_code(before: Session, after: Session) -> str:
    if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
        return "moved"
    if before.tutor_id != after.tutor_id:
        return "reassigned"
    if before.status is not after.status:
        return "confirmed" if after.status is SessionStatus.CONFIRMED else "unconfirmed"
    return "repriced" if before.price != after.price else "relinked"
