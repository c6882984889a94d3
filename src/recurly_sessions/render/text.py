"""Changes, conflicts and issues to the text that a plan prints, which reads like a terraform plan."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from recurly_sessions.fields import to_instant
from recurly_sessions.render.previews import previews
from recurly_sessions.render.words import (
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_REASON,
    Names,
    Paint,
    Places,
    aligned,
    clock,
    finding,
    local,
    padded_day,
    painter,
    reacted,
    safe,
    weekday_text,
)
from recurly_sessions.time.zones import Transition, zone_named
from recurly_sessions.values.change import Change, ChangeKind
from recurly_sessions.values.conflict import KINDS, Conflict
from recurly_sessions.values.issue import Issue
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session, SessionStatus

_SYMBOLS: Final = {
    ChangeKind.CREATE: ("+", "create", "green"),
    ChangeKind.UPDATE: ("~", "change", "yellow"),
    ChangeKind.CANCEL: ("-", "cancel", "red"),
    ChangeKind.REINSTATE: ("±", "bring back", "green"),
}
# What a total says of updates, by their code; of any other, "to update".
_UPDATES: Final = {
    "moved": "to move",
    "reassigned": "to reassign",
    "confirmed": "to confirm",
    "unconfirmed": "to unconfirm",
    "repriced": "to reprice",
}
_WORDS: Final = {
    "starts_at": "starts",
    "ends_at": "ends",
    "tutor_id": "tutor",
    "price": "price",
    "status": "status",
    "room_id": "room",
    "package_id": "package",
    "number": "number",
    "timezone": "timezone",
    "cause_id": "cause",
    "cancellation_reason": "reason",
}
_SAID_BY_KIND: Final = frozenset({"status", "cause_id", "cancellation_reason"})
_PRICE: Final = 4  # the column that stands to the right
_OFTEN: Final = 3  # lines with the same words, which are then said once
_LONG: Final = 40  # characters of a reason from which on that is worth a note
_MOST: Final = 20  # findings of one kind about one person
_MOST_YEARS: Final = 100  # in which to look for clock changes
# "Amina's turn in the rotation Amina, Luc, but Amina is away": the roster in the middle is what many lines share.
_ROSTER: Final = re.compile(r"(.*?),? (in the (?:rotation|order) .+?)(, but .*)?", re.DOTALL)


def as_text(
    changes: Sequence[Change],
    *,
    school: School,
    unchanged: int,
    conflicts: Sequence[Conflict] = (),
    issues: Sequence[Issue] = (),
    stand_ins: Sequence[tuple[str, str]] = (),
    left_out: int = 0,
    sessions: Iterable[Session] = (),
    color: bool = False,
) -> str:
    """Write a plan: the changes by series and start, what else was found, who teaches when, and the total.

    `stand_ins` are pairs of an occurrence's id and the id of the session that is kept instead; `sessions` are those
    that conflicts may be about.
    """
    paint = painter(color=color)
    names = Names(school)
    total = summary(changes, unchanged=unchanged, conflicts=len(conflicts), issues=len(issues), left_out=left_out)
    known = {session.id: session for session in sessions}
    places = Places(known | {change.id: change.after for change in changes}, school)
    sections = [
        _legend(changes, paint),
        *_by_series(changes, {each.id: each for each in school.series}, names, paint),
        _conflicts(conflicts, names, places, paint),
        _issues(issues, paint),
        _listed("Kept", [f"{_id(kept)} stands in for {_id(due)}" for due, kept in sorted(stand_ins)], paint),
        _listed("Who teaches when, before → after", previews(changes, school=school), paint),
        [paint("bold", total)],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def summary(
    changes: Iterable[Change], *, unchanged: int, conflicts: int = 0, issues: int = 0, left_out: int = 0
) -> str:
    """Say in one line how much a plan does; `left_out` are changes that it should make and doesn't.

    >>> summary([], unchanged=40, issues=1)
    'No changes. 40 sessions are as they should be. 1 issue.'
    """
    told = _totals(changes)
    if told:
        as_is = [f"{unchanged:,} as {'it is' if unchanged == 1 else 'they are'}"] if unchanged else []
        sentences = ["Plan: " + ", ".join([*told, *as_is])]
    else:
        as_is = [f"{_many(unchanged, 'session')} {'is as it' if unchanged == 1 else 'are as they'} should be"]
        sentences = ["No changes", *(as_is if unchanged else [])]
    found = [_many(number, word) for number, word in ((conflicts, "conflict"), (issues, "issue")) if number]
    left = [f"{_many(left_out, 'change')} left out"] if left_out else []
    return ". ".join([*sentences, *left, *([", ".join(found)] if found else [])]) + "."


def when(instant: datetime, timezone: str) -> str:
    """Say when something is on the clock of a timezone.

    >>> when(datetime.fromisoformat("2026-09-14T16:00Z"), "Europe/Paris")
    'Mon 14 Sep 2026 18:00'
    """
    moment = local(to_instant(instant), timezone)
    return f"{weekday_text(moment)} {clock(moment)}"


def _totals(changes: Iterable[Change]) -> list[str]:
    """How many changes there are of each kind, updates by what they do."""
    counts = Counter(
        _UPDATES.get(change.code, "to update") if change.kind is ChangeKind.UPDATE else change.kind
        for change in changes
    )
    words = {
        ChangeKind.CREATE: "to create",
        **{word: word for word in (*_UPDATES.values(), "to update")},
        ChangeKind.CANCEL: "to cancel",
        ChangeKind.REINSTATE: "to bring back",
    }
    return [f"{counts[kind]:,} {word}" for kind, word in words.items() if counts[kind]]


def _legend(changes: Iterable[Change], paint: Paint) -> list[str]:
    kinds = {change.kind for change in changes}
    told = [f"{paint(color, symbol)} {word}" for kind, (symbol, word, color) in _SYMBOLS.items() if kind in kinds]
    return ["  " + "   ".join(told)] if told else []


# The changes of a series


def _by_series(
    changes: Sequence[Change], series: Mapping[str, Series], names: Names, paint: Paint
) -> Iterator[list[str]]:
    """A section for each series with changes, by id."""
    of_series: dict[str, list[Change]] = {}
    for change in changes:
        of_series.setdefault(change.series_id, []).append(change)
    for series_id in sorted(of_series):
        found = sorted(of_series[series_id], key=lambda each: (each.after.starts_at, each.after.slot_id or "", each.id))
        timezone = _timezone(series.get(series_id), found)
        heading = paint("bold", " · ".join([safe(series_id, LONGEST_ID), *_subject(series.get(series_id)), timezone]))
        total = f"  {', '.join(_totals(found))}" if len(of_series) > 1 else ""
        yield [heading + paint("faint", total), *_lines(found, timezone, names, paint)]


def _timezone(series: Series | None, changes: Sequence[Change]) -> str:
    """The timezone in which a series is shown: its own, else that of most of its sessions."""
    if series is not None and series.timezone is not None:
        return series.timezone
    counts = Counter(change.after.timezone for change in changes)
    return min(counts, key=lambda name: (-counts[name], name))


def _subject(series: Series | None) -> list[str]:
    subject = (series.subject or "").strip() if series is not None else ""
    said_by_id = series is not None and subject.casefold() == series.id.casefold()
    return [safe(subject, LONGEST_NAME)] if subject and not said_by_id else []


def _lines(changes: Sequence[Change], timezone: str, names: Names, paint: Paint) -> Iterator[str]:
    """One line a change, the clock changes between them, and the words that many of them share."""
    reasons = _Reasons(changes)
    if reasons.of_all:
        yield f"  {paint('faint', f'# {reasons.of_all}')}"
    clocks = [
        (local(each.after.starts_at, each.after.timezone), local(each.after.ends_at, each.after.timezone))
        for each in changes
    ]
    cells = [_columns(each.after, *times, timezone, names) for each, times in zip(changes, clocks, strict=True)]
    clock_changes = _ClockChanges(timezone, changes)
    for change, (start, end), shown in zip(changes, clocks, aligned(cells, right=[_PRICE]), strict=True):
        for passed in clock_changes.until(change.after.starts_at):
            yield f"  {paint('cyan', f'── {passed} ──')}"
        symbol, _, color = _SYMBOLS[change.kind]
        why = reasons.of(change)
        told = [shown, *_details(change, start, end, names), *([paint("faint", f"# {why}")] if why else [])]
        yield f"  {paint(color, symbol)} {'  '.join(told).rstrip(' ')}"
    yield from (f"  {paint('faint', note)}" for note in reasons.notes)


def _columns(session: Session, start: datetime, end: datetime, timezone: str, names: Names) -> tuple[str, ...]:
    elsewhere = "" if session.timezone == timezone else f" {session.timezone}"
    return (
        padded_day(start),
        _range(start, end) + elsewhere,
        _id(session.slot_id or "-"),
        "no tutor" if session.tutor_id is None else names.tutor(session.tutor_id),
        "" if session.price is None else str(session.price),
    )


def _range(start: datetime, end: datetime) -> str:
    """From when to when, with the number of days by which the end is later: "23:00–07:00 +1"."""
    days = end.toordinal() - start.toordinal()
    if days == 1 and clock(end) == "00:00":
        return f"{clock(start)}–24:00"
    return f"{clock(start)}–{clock(end)}" + (f" +{days}" if days else "")


def _details(change: Change, start: datetime, end: datetime, names: Names) -> list[str]:
    """What the columns don't say: which fields change, and what is out of the ordinary."""
    before, after = change.before, change.after
    found = []
    if before is not None and change.kind is not ChangeKind.CANCEL:
        kept = _SAID_BY_KIND if change.kind is ChangeKind.REINSTATE else frozenset()
        found += differences((name for name in change.fields if name not in kept), before, after, names)
    if change.kind is ChangeKind.CANCEL and before is not None and before.status is SessionStatus.CONFIRMED:
        found.append("was confirmed")
    if after.occurs_on is not None and after.occurs_on != start.date():
        found.append(f"was due on {weekday_text(after.occurs_on)}")
    if after.id != str(after.identity):
        found.append(f"session {_id(after.id)}")
    found += _longer_or_shorter(after, start, end)
    return [", ".join(found)] if found else []


def differences(fields: Iterable[str], before: Session, after: Session, names: Names) -> list[str]:
    """From what to what some fields of a session change: "tutor Amina → Luc"."""
    return [_difference(name, before, after, names) for name in sorted(fields, key=_rank)]


def _rank(field: str) -> tuple[int, str]:
    return (list(_WORDS).index(field) if field in _WORDS else len(_WORDS), field)


def _difference(field: str, before: Session, after: Session, names: Names) -> str:
    word = _WORDS.get(field) or safe(field.replace("_", " "), LONGEST_NAME)
    if field in {"starts_at", "ends_at"}:
        return f"{word} {_moved(getattr(before, field), before.timezone, getattr(after, field), after.timezone)}"
    return f"{word} {_value(field, before, names)} → {_value(field, after, names)}"


def _value(field: str, session: Session, names: Names) -> str:
    value = getattr(session, field, None)
    match field:
        case "room_id" if value is None:
            return "the series' own"
        case "tutor_id" if value is not None:
            return names.tutor(value)
        case _:
            return "none" if value is None else safe(str(value), LONGEST_ID) or '""'


def _moved(before: datetime, before_zone: str, after: datetime, after_zone: str) -> str:
    """From when to when: times alone on the same day, and with the offset or the zone if they look the same."""
    old, new = local(before, before_zone), local(after, after_zone)
    same_day = old.date() == new.date()
    told = [clock(each) if same_day else f"{weekday_text(each)} {clock(each)}" for each in (old, new)]
    if before_zone != after_zone:
        told = [f"{text} {zone}" for text, zone in zip(told, (before_zone, after_zone), strict=True)]
    elif told[0] == told[1]:
        told = [f"{text} {_offset_of(each)}" for text, each in zip(told, (old, new), strict=True)]
    return " → ".join(told)


def _longer_or_shorter(session: Session, start: datetime, end: datetime) -> list[str]:
    """What a clock change during a session does to its length, if there is one."""
    moved = (end.utcoffset() or timedelta(0)) - (start.utcoffset() or timedelta(0))
    if not moved:
        return []
    return [f"lasts {_length(session.ends_at - session.starts_at)}: {_how_clocks_go(moved)} during it"]


# Reasons


class _Reasons:
    """Why, for each line of a series: what every line would say, and at length what many do, is said once."""

    def __init__(self, changes: Sequence[Change]) -> None:
        # How many lines say each part, in the order in which they come.
        times = Counter(part for change in changes for part in dict.fromkeys(_parts(change)))
        all_lines = len(changes) if len(changes) >= _OFTEN else None
        self._everywhere = tuple(part for part, many in times.items() if many == all_lines)
        self.of_all = safe("; ".join(self._everywhere).strip(), LONGEST_REASON)
        shared: Counter[str] = Counter()
        for part, many in times.items():
            if part not in self._everywhere:
                shared[_around(part)[1]] += many
        noted = [words for words, many in shared.items() if words and many >= _OFTEN]
        numbers = {words: number for number, words in enumerate(noted, start=1)}
        self.notes = [f"[{number}] {safe(words.strip(), LONGEST_REASON)}" for words, number in numbers.items()]
        self._told = {part: _with_note(part, numbers) for part in times}

    def of(self, change: Change) -> str:
        """Why, in what is left to say on a change's own line."""
        told = [self._told[part] for part in _parts(change) if part not in self._everywhere]
        return safe("; ".join(told).strip(), LONGEST_REASON)


def _parts(change: Change) -> list[str]:
    return change.why.split("; ")


def _around(part: str) -> tuple[str, str, str]:
    """The words of a reason's part that many lines may share, between those before and after them."""
    found = _ROSTER.fullmatch(part)
    if found is not None:
        return found[1], found[2], found[3] or ""
    return "", part if len(part) >= _LONG else "", ""


def _with_note(part: str, numbers: Mapping[str, int]) -> str:
    before, words, after = _around(part)
    return f"{before} [{numbers[words]}]{after}".lstrip() if words in numbers else part


# Clock changes


class _ClockChanges:
    """The clock changes of a timezone between the lines of a series."""

    def __init__(self, timezone: str, changes: Sequence[Change]) -> None:
        self._zone = zone_named(timezone)
        self._shown, last = changes[0].after.starts_at, changes[-1].after.starts_at
        near = last.year - self._shown.year < _MOST_YEARS
        self._coming = self._zone.transitions(self._shown.year, last.year) if near else []
        self._coming.reverse()

    def until(self, start: datetime) -> list[str]:
        """What happens to the clocks between the line before and one that starts at an instant."""
        passed = []
        while self._coming and self._coming[-1].at <= start:
            change = self._coming.pop()
            if change.at > self._shown:
                passed.append(change)
        self._shown = start
        if len(passed) > 2:
            return [f"clocks change {len(passed)} times, last: {self._told(passed[-1])}"]
        return list(map(self._told, passed))

    def _told(self, change: Transition) -> str:
        # The day that the old clock shows: at midnight, clocks go back on the day that would have begun.
        day = weekday_text((change.at + change.before).date())
        how = _how_clocks_go(change.after - change.before)
        return f"{how} on {day} ({_offset(change.before)} → {_offset(change.after)})"


def _how_clocks_go(moved: timedelta) -> str:
    return f"clocks go {'forward' if moved > timedelta(0) else 'back'} {_length(abs(moved))}"


def _length(length: timedelta) -> str:
    """How long something lasts: "1 h 30 min"."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    parts = ((minutes // 60, "h"), (minutes % 60, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _offset_of(moment: datetime) -> str:
    return _offset(moment.utcoffset() or timedelta(0))


def _offset(offset: timedelta) -> str:
    """An offset from UTC: "UTC+2", "UTC-3:30"."""
    if not offset:
        return "UTC"
    minutes, seconds = divmod(round(abs(offset).total_seconds()), 60)
    rest = f":{minutes % 60:02}" if minutes % 60 or seconds else ""
    return f"UTC{'-' if offset < timedelta(0) else '+'}{minutes // 60}{rest}" + (f":{seconds:02}" if seconds else "")


# Findings


def _conflicts(conflicts: Sequence[Conflict], names: Names, places: Places, paint: Paint) -> list[str]:
    if not conflicts:
        return []
    zones = {places.timezone(each.session_id) for each in conflicts}
    lines = [paint("bold", "Conflicts" + (f" (times in {min(zones)})" if len(zones) == 1 else ""))]
    in_order = sorted(
        conflicts,
        key=lambda each: (
            *(KINDS.index(each.kind), names.of(each) or "", each.who or ""),
            *(each.starts_at, each.session_id, each.other or "", each.ends_at, each.reaction, each.why),
        ),
    )
    for _, group in groupby(in_order, key=lambda each: (each.kind, each.who)):
        found = list(group)
        many = f", {len(found):,} times" if len(found) > 1 else ""
        lines.append(f"  {finding(found[0].kind, names.of(found[0]))}{many}")
        shown = [_conflict(each, places, say_zone=len(zones) > 1) for each in found[:_MOST]]
        lines += [f"    {paint('yellow', '!')} {line.rstrip(' ')}" for line in aligned(shown)]
        lines += [f"    {line}" for line in _more(found, "; see plan.conflicts")]
    return lines


def _conflict(conflict: Conflict, places: Places, *, say_zone: bool) -> tuple[str, ...]:
    timezone = places.timezone(conflict.session_id)
    start, end = local(conflict.starts_at, timezone), local(conflict.ends_at, timezone)
    return (
        padded_day(start),
        _range(start, end),
        timezone if say_zone else "",
        _id(conflict.session_id),
        # Not twice: the reason mostly names the other too.
        "" if conflict.other is None or conflict.other in conflict.why else f"with {_id(conflict.other)}",
        reacted(conflict.reaction),
        f"# {safe(conflict.why, LONGEST_REASON)}" if conflict.why else "",
    )


def _issues(issues: Sequence[Issue], paint: Paint) -> list[str]:
    if not issues:
        return []
    in_order = sorted(issues, key=lambda each: (each.code, each.series_id or "", each.message))
    of_codes = [list(group) for _, group in groupby(in_order, key=lambda each: each.code)]
    shown = [
        (_id(each.series_id or "-"), safe(each.code, LONGEST_NAME), safe(each.message, LONGEST_REASON))
        for group in of_codes
        for each in group[:_MOST]
    ]
    lines = [f"  {paint('yellow', '!')} {line.rstrip(' ')}" for line in aligned(shown)]
    more = [
        f"  {line}"
        for group in of_codes
        for line in _more(group, f" {safe(group[0].code, LONGEST_NAME)}; see plan.issues")
    ]
    return [paint("bold", "Issues"), *lines, *more]


def _more(found: Sequence[object], where: str) -> list[str]:
    return [f"… and {len(found) - _MOST:,} more{where}"] if len(found) > _MOST else []


def _listed(heading: str, lines: Sequence[str], paint: Paint) -> list[str]:
    return [paint("bold", heading), *(f"  {line}" for line in lines)] if lines else []


def _id(text: str) -> str:
    return safe(text, LONGEST_ID)


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
