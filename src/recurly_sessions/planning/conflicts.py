"""Sessions and what else keeps people and rooms busy, to what clashes: who gives way, to whom, and what is done.

How it works. Everything that takes time stands in a diary, field by field. Whoever is in it is looked at apart: each
tutor, member, room (`planning.clashes`). One total order says who stays. A finding depends on the calendar before any
reaction, so one reaction never leads to another, and finding again finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

import attrs

from recurly_sessions.availability import is_free
from recurly_sessions.config import ResolvedConfig, config_for
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import day_name
from recurly_sessions.planning.clashes import MOST_OTHERS, Clash, Rank, by_member, by_person, clashes
from recurly_sessions.planning.days_off import closed_days
from recurly_sessions.time.zones import zone_named
from recurly_sessions.values.conflict import RULES, Conflict
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import Booking, School, to_bookings, to_school, to_sessions
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Origin, Session, SessionStatus
from recurly_sessions.values.window import to_edge

_BUILT_IN: Final = ResolvedConfig()
OFF: Final = (SessionStatus.CANCELLED, SessionStatus.RESCHEDULED)


def find_conflicts(
    sessions: Iterable[Session],
    *,
    school: School | None = None,
    bookings: Iterable[Booking] = (),
    now: datetime | str | None = None,
) -> list[Conflict]:
    """List who or what is booked twice, by the start of the overlap; with a school also members, hours and closures.

    `session_id` gives way: of two, the one that hasn't started (as of `now`), that nobody pinned, moved or made by
    hand, that isn't confirmed, that was promised for later, with the greater id. Touching ends don't overlap. For one
    session and one person at most twenty others are listed, and of members who take part in the same, twenty.

    >>> session = Session(
    ...     "a",
    ...     series_id="maths",
    ...     timezone="UTC",
    ...     tutor_id="amina",
    ...     starts_at="2026-09-07T16:00Z",
    ...     ends_at="2026-09-07T17:00Z",
    ... )
    >>> other = attrs.evolve(session, id="b", starts_at="2026-09-07T16:30Z")
    >>> [(found.kind, found.session_id, found.other) for found in find_conflicts([session, other])]
    [('tutor', 'b', 'a')]
    """
    given, others, known, at = _checked(sessions, school, bookings, now)
    there = [session for session in given if session.status not in OFF]
    diary = _diary_of(there, others, known, at)
    tutors = {tutor.id: tutor for tutor in known.tutors or ()}
    found = [conflict for _, conflict in found_in(diary, names_in(known))]
    found += [conflict for _, conflict in unavailable(diary, range(len(there)), tutors)]
    places = by_person([session.series_id for session in there])
    for series in known.series:
        days = ((at, there[at].local_start.date()) for at in places.get(series.id, ()))
        found += [conflict for _, conflict in closed(diary, days, series, config_for(known, series))]
    return list(in_order(found))


def _checked(
    sessions: Iterable[Session], school: School | None, bookings: Iterable[Booking], now: datetime | str | None
) -> tuple[tuple[Session, ...], tuple[Booking, ...], School, datetime | None]:
    try:
        given = to_sessions(sessions)
    except InvalidValueError as error:
        raise error.at("find_conflicts: sessions") from None
    try:
        others = to_bookings(bookings)
    except InvalidValueError as error:
        raise error.at("find_conflicts: bookings") from None
    try:
        known = School([]) if school is None else to_school(school)
    except InvalidValueError as error:
        raise error.at("find_conflicts: school") from None
    try:
        at = None if now is None else to_edge(now)
    except InvalidValueError as error:
        raise error.at("find_conflicts: now") from None
    return given, others, known, at


def _diary_of(sessions: Sequence[Session], bookings: Sequence[Booking], school: School, now: datetime | None) -> Diary:
    """A diary of sessions as they are, and of bookings after them."""
    series = {each.id: each for each in school.series}
    rooms = {each.id: each.room_id for each in school.series}
    rules: dict[str, ResolvedConfig] = {}

    def party(place: int) -> Party:
        if place >= len(sessions):
            return booked(bookings[place - len(sessions)])
        session = sessions[place]
        own = series.get(session.series_id)
        if own is not None and own.id not in rules:
            rules[own.id] = config_for(school, own)
        rank = rank_of(session, session.original_starts_at or session.starts_at, now)
        reacts = own is not None and rank[0] > 1 and may_react(session)
        return Party(session.id, rank, rules.get(session.series_id, _BUILT_IN), session.timezone, reacts)

    diary = Diary(
        starts=[session.starts_at for session in sessions],
        ends=[session.ends_at for session in sessions],
        tutor_ids=[session.tutor_id for session in sessions],
        room_ids=[session.room_id or rooms.get(session.series_id) for session in sessions],
        groups=[],
        party=party,
    )
    if series:
        for series_id, places in by_person([session.series_id for session in sessions]).items():
            if series_id in series:
                diary.groups.append((active_members(series[series_id]), places))
    diary.enter(bookings)
    return diary


def active_members(series: Series) -> tuple[str, ...]:
    """The ids of those who take part; none where members aren't tracked."""
    return tuple(member.id for member in series.members or () if member.active)


def names_in(school: School) -> dict[str, dict[str, str]]:
    """The names of people, by the kind of their conflicts and by id."""
    members = {member.id: member.name for series in school.series for member in series.members or ()}
    return {"tutor": {tutor.id: tutor.name for tutor in school.tutors or ()}, "student": members, "room": {}}


class Party(NamedTuple):
    """What takes part in a clash: its rank, the rules by which it gives way (None: it never does), and if it may."""

    id: str
    rank: Rank
    config: ResolvedConfig | None
    timezone: str
    reacts: bool


class Reaction(NamedTuple):
    """What is done to a session that gives way: it's left without tutor, or not held; to what, and why."""

    kind: str
    other: str
    why: str


@attrs.define(eq=False, kw_only=True)
class Diary:
    """Everything that takes time, field by field. `groups` are members and the places in which they take part.

    `party` tells more of a place, and is asked only of those that clash.
    """

    starts: list[datetime]
    ends: list[datetime]
    tutor_ids: list[str | None]
    room_ids: list[str | None]
    groups: list[tuple[tuple[str, ...], Sequence[int]]]
    party: Callable[[int], Party]

    def enter(self, bookings: Iterable[Booking]) -> None:
        """Enter what else keeps people and rooms busy."""
        for booking in bookings:
            if booking.member_id is not None:
                self.groups.append(((booking.member_id,), (len(self.starts),)))
            self.starts.append(booking.starts_at)
            self.ends.append(booking.ends_at)
            self.tutor_ids.append(booking.tutor_id)
            self.room_ids.append(booking.room_id)


def booked(booking: Booking) -> Party:
    """The party of a booking, which always stays."""
    return Party(booking.id, (0, booking.starts_at, booking.id), None, "UTC", reacts=False)


def rank_of(session: Session, promised: datetime, now: datetime | None, *, confirms: bool = False) -> Rank:
    """The place of a session in the order of those who stay: what has happened, what a person set, what is agreed.

    One that is CANCELLED counts as if it were to be held: it's asked only of those that may be brought back.
    """
    settled = not session.is_open and session.status is not SessionStatus.CANCELLED
    if settled or (now is not None and session.starts_at <= now):
        return 1, promised, session.id
    if session.pinned or session.is_moved or session.origin is Origin.MANUAL or session.slot_id is None:
        return 2, promised, session.id
    return 3 if confirms or session.status is SessionStatus.CONFIRMED else 4, promised, session.id


def may_react(session: Session) -> bool:
    """Whether a session that gives way may be changed: nobody has agreed to it or laid a hand on it."""
    untouched = not session.pinned and not session.is_moved and session.slot_id is not None
    agreed = session.status not in {SessionStatus.PENDING, SessionStatus.CANCELLED}
    return session.origin is Origin.GENERATED and untouched and not agreed


def found_in(diary: Diary, names: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[int, Conflict]]:
    """Every double booking of a diary, with the place of the one that gives way."""
    parties: dict[int, Party] = {}

    def party(place: int) -> Party:
        known = parties.get(place)
        if known is None:
            known = parties[place] = diary.party(place)
        return known

    def rank(place: int) -> Rank:
        return party(place).rank

    for kind, whose, places in _busy(diary):
        for clash in clashes(places, diary.starts, diary.ends, rank):
            loser, winner = party(clash.gives_way), party(clash.stays)
            reaction = _reaction(kind, loser)
            if reaction == "unassign" and diary.tutor_ids[clash.gives_way] is None:
                reaction = "flag"  # there's nobody to be taken off it
            if reaction is not None:
                for who in whose[:MOST_OTHERS]:
                    name = names[kind].get(who, who)
                    why = f"{'room ' if kind == 'room' else ''}{name} is taken by {_told(diary, clash, loser, winner)}"
                    yield (
                        clash.gives_way,
                        Conflict(
                            kind,
                            session_id=loser.id,
                            other=winner.id,
                            who=who,
                            starts_at=max(diary.starts[clash.gives_way], diary.starts[clash.stays]),
                            ends_at=min(diary.ends[clash.gives_way], diary.ends[clash.stays]),
                            reaction=reaction,
                            why=why,
                        ),
                    )


def _busy(diary: Diary) -> Iterator[tuple[str, list[str], Sequence[int]]]:
    """Who is busy, and at which places; members who take part in the same are looked at together."""
    for tutor_id, places in by_person(diary.tutor_ids).items():
        yield "tutor", [tutor_id], places
    for room_id, places in by_person(diary.room_ids).items():
        yield "room", [room_id], places
    for members, places in by_member(diary.groups):
        yield "student", members, places


def _reaction(kind: str, loser: Party) -> str | None:
    """What the rules say of a finding: None if it isn't told."""
    config = loser.config
    if config is None:
        return None
    said: str = getattr(config, RULES[kind])
    return None if said == "ignore" else said if loser.reacts else "flag"


def _told(diary: Diary, clash: Clash, loser: Party, winner: Party) -> str:
    zone = zone_named(loser.timezone)
    start, end = zone.local(diary.starts[clash.stays]), zone.local(diary.ends[clash.stays])
    later = f" (+{(end.date() - start.date()).days})" if end.date() != start.date() else ""
    return f"{winner.id} on {day_name(start)[:3]} {start:%Y-%m-%d %H:%M}–{end:%H:%M}{later}"


def unavailable(diary: Diary, places: Iterable[int], tutors: Mapping[str, Tutor]) -> Iterator[tuple[int, Conflict]]:
    """The sessions at some places that aren't wholly within the hours of their tutor."""
    tracked = {tutor_id for tutor_id, tutor in tutors.items() if tutor.availability is not None}
    if not tracked:
        return
    for place in places:
        tutor_id = diary.tutor_ids[place]
        if tutor_id is None or tutor_id not in tracked:
            continue
        party, tutor = diary.party(place), tutors[tutor_id]
        reaction = _reaction("unavailable", party)
        if reaction is None:
            continue
        start, end = diary.starts[place], diary.ends[place]
        timezone = tutor.timezone or party.timezone
        answer = is_free(tutor.availability, start, end, timezone)
        if not answer:
            why = f"{tutor.name} is {answer.why}" + ("" if timezone == party.timezone else f" ({timezone} time)")
            yield (
                place,
                Conflict(
                    "unavailable",
                    session_id=party.id,
                    other=answer.entry_id,
                    who=tutor_id,
                    starts_at=start,
                    ends_at=end,
                    reaction=reaction,
                    why=why,
                ),
            )


def closed(
    diary: Diary, days: Iterable[tuple[int, date]], series: Series, config: ResolvedConfig
) -> Iterator[tuple[int, Conflict]]:
    """The sessions of a series, at some places with the days on which they are, that are on closed days."""
    if not config.closures or config.on_closure == "ignore":
        return
    given = list(days)
    if not given:
        return
    all_days = [day.toordinal() for _, day in given]
    shut = closed_days(series, config, min(all_days), max(all_days))
    for place, day in given:
        closure_id = shut.get(day.toordinal())
        if closure_id is not None:
            party = diary.party(place)
            yield (
                place,
                Conflict(
                    "closed",
                    session_id=party.id,
                    other=closure_id,
                    starts_at=diary.starts[place],
                    ends_at=diary.ends[place],
                    why=f"{day_name(day)} {day} is closed: {closure_id}",
                ),
            )


def in_order(conflicts: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """Conflicts by the start of the overlap, then session, kind, who and whom."""
    return tuple(
        sorted(
            conflicts,
            key=lambda each: (each.starts_at, each.session_id, each.kind, each.who or "", each.other or ""),
        )
    )
