"""Entries as an HTML calendar by week and by month: a whole page, or a fragment for a notebook. Nothing is loaded.

How it works. Every entry stands on the day on which it starts, on the clock of its own series' timezone or of the one
that is asked for. `_arrange` chooses what is drawn and sorts it by day; what is drawn is bounded, changes and conflicts
first, and the rest is counted where it would have stood. Then the same lessons are drawn twice, in weeks and in months;
two radio buttons and the style sheet show one of the two, without a script.

All that people wrote goes through `_said` or `_plain`. The style sheet names nothing but our own classes, three times
over, so that it wins against the style sheet of a page around it.
"""

from __future__ import annotations

import hashlib
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from html import escape
from typing import Final, NamedTuple, TypeVar, get_args

import attrs

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import DAY_NAMES, to_instant
from recurly_sessions.render.entries import Entry, Mark
from recurly_sessions.render.style import PAGE_STYLE, STYLE
from recurly_sessions.time.zones import Transition, Zone, zone_named
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.issue import Issue
from recurly_sessions.values.session import Session, SessionStatus

MOST_ENTRIES: Final = 2_000
MOST_WEEKS: Final = 54
_MOST_LISTED: Final = 200  # issues, and conflicts that no entry carries
_MOST_CONFLICTS: Final = 3  # of one entry
_MOST_TUTORS: Final = 40
_MOST_ZONES: Final = 3  # in one sentence
# In characters. With these, the worst that 2,000 entries can say stays within some 10 MB.
_LONGEST_NAME: Final = 120
_LONGEST_HINT: Final = 300  # of a name that is cut
_LONGEST_REASON: Final = 400
_LONGEST_TEXT: Final = 2_000
_HUES: Final = 8
_SHAPES: Final = ("", " rs-ring", " rs-square")
_FOLDED: Final = 6  # more issues than these are folded away

_MARKS: Final[tuple[Mark, ...]] = get_args(Mark)
_SYMBOLS: Final[dict[Mark, str]] = {
    "created": "+",
    "moved": "→",
    "changed": "~",
    "cancelled": "×",
    "reinstated": "↺",
    "kept": "",
}
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_OFF: Final = frozenset({SessionStatus.CANCELLED, SessionStatus.RESCHEDULED})
_STATUS: Final = {
    SessionStatus.PENDING: "pending",
    SessionStatus.CONFIRMED: "confirmed",
    SessionStatus.COMPLETED: "completed",
    SessionStatus.NO_SHOW_STUDENT: "student absent",
    SessionStatus.NO_SHOW_TUTOR: "tutor absent",
    SessionStatus.CANCELLED: "cancelled",
    SessionStatus.RESCHEDULED: "waits for a new time",
}
_PINNED: Final = {
    "ends_at": "time",
    "meeting_url": "link",
    "package_id": "package",
    "room_id": "room",
    "starts_at": "time",
    "tutor_id": "tutor",
}
_REACTIONS: Final = {"unassign": "left without a tutor", "skip": "not held"}
_CONFLICTS: Final = {
    "tutor": "the tutor is double-booked",
    "student": "a student is double-booked",
    "room": "the room is double-booked",
    "unavailable": "the tutor is not available",
    "closed": "closed that day",
}
_YEAR: Final = timedelta(days=365)
# Not shown as they are: what controls, hides or turns text around. What joins letters and emoji may stay.
_HARMFUL: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_HARMLESS: Final = frozenset("\u00ad\u061c\u200c\u200d\u200e\u200f")
_BLANK: Final = frozenset("\t\n\r")

T = TypeVar("T")


def as_html(
    entries: Sequence[Entry],
    *,
    title: str,
    summary: str,
    now: datetime,
    timezone: str | None = None,
    issues: Sequence[Issue] = (),
    conflicts: Iterable[Conflict] = (),
    page: bool = True,
) -> str:
    """Draw a calendar on the clocks of the series, or on the clock of one timezone; `now` marks today.

    Of `conflicts`, those that no entry carries are listed beside the issues. `page=False` gives a fragment that can
    stand in any page. At most `MOST_ENTRIES` entries in `MOST_WEEKS` weeks are drawn; the others are counted.
    """
    calendar = _arrange(entries, _instant(now), timezone, level=1 if page else 2)
    to_see = _to_see(calendar, issues, _elsewhere(entries, conflicts))
    views = _weeks(calendar) + _months(calendar) if entries else _nothing(calendar)
    # Two calendars in one page must not share a switch.
    name = hashlib.sha256((to_see + views).encode()).hexdigest()[:8]
    toolbar = _toolbar(calendar, name) if entries else ""
    inside = _header(calendar, title, summary) + toolbar + to_see + _left_out(calendar) + views
    if not page:
        return f'<style>{STYLE}</style>\n<div class="rs" lang="en" dir="ltr">\n{inside}</div>\n'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_plain(title)}</title>\n<style>{PAGE_STYLE}{STYLE}</style>\n</head>\n"
        f'<body>\n<main class="rs">\n{inside}</main>\n</body>\n</html>\n'
    )


# What is drawn, and where


class _Lesson(NamedTuple):
    """An entry at its place: start and end are what the zone's clock shows."""

    entry: Entry
    zone: Zone
    start: datetime
    end: datetime

    @property
    def day(self) -> date:
        return self.start.date()

    @property
    def is_off(self) -> bool:
        return self.entry.session.status in _OFF


@attrs.frozen(kw_only=True)
class _Calendar:
    """What is drawn by day, and what is not, counted by week and by month."""

    now: datetime
    level: int  # of the title among the headings
    zones: tuple[Zone, ...]
    clock: Zone | None  # that of most sessions
    looks: dict[str, tuple[int, int]]
    entries: tuple[Entry, ...]
    lessons: dict[date, list[_Lesson]]
    ghosts: dict[date, list[tuple[_Lesson, datetime]]]  # which lesson was there, and from when
    left_weeks: dict[int, Counter[str]]
    left_months: dict[int, Counter[str]]
    clocks: dict[date, list[str]]
    today: dict[date, str]

    @property
    def says_zones(self) -> bool:
        """Whether every entry says whose clock it is on."""
        return len(self.zones) > 1

    @property
    def says_marks(self) -> bool:
        """Whether anything changes, so that what stays as it is has to be told from that."""
        return any(entry.mark != "kept" for entry in self.entries)

    def heading(self, below: int, inner: str, name: str) -> str:
        level = self.level + below
        return f'<h{level} class="rs-{name}">{inner}</h{level}>'


def _arrange(entries: Sequence[Entry], now: datetime, timezone: str | None, *, level: int) -> _Calendar:
    only = None if timezone is None else _zone(timezone)
    placed = [_place(entry, only or zone_named(entry.session.timezone)) for entry in entries]
    zones = {zone.name: zone for zone in ([only] if only else (lesson.zone for lesson in placed))}
    in_order = tuple(zones[name] for name in sorted(zones))
    sessions = Counter(lesson.zone.name for lesson in placed)
    drawn, left = _choose(placed)
    lessons = _grouped(drawn, lambda lesson: lesson.day)
    return _Calendar(
        now=now,
        level=level,
        zones=in_order,
        clock=min(in_order, key=lambda zone: -sessions[zone.name], default=None),
        looks=_looks_of({entry.tutor for entry in entries if entry.tutor is not None}),
        entries=tuple(entries),
        lessons=lessons,
        ghosts=_ghosts(drawn),
        left_weeks=_counted(left, _week),
        left_months=_counted(left, _month),
        clocks=_clock_changes(in_order, lessons),
        today=_todays(now, in_order),
    )


def _instant(now: datetime) -> datetime:
    try:
        return to_instant(now)
    except InvalidValueError as error:
        raise error.at("now") from None


def _zone(name: str) -> Zone:
    try:
        return zone_named(name)
    except InvalidValueError as error:
        raise error.at("timezone") from None


def _place(entry: Entry, zone: Zone) -> _Lesson:
    return _Lesson(entry, zone, zone.local(entry.session.starts_at), zone.local(entry.session.ends_at))


def _week(day: date) -> int:
    """Which week since the year 1, whose first day is a Monday."""
    return (day.toordinal() - 1) // 7


def _month(day: date) -> int:
    """Which month since the year 0."""
    return day.year * 12 + day.month - 1


def _choose(placed: list[_Lesson]) -> tuple[list[_Lesson], list[_Lesson]]:
    """What is drawn and what is left, each in order of time: changes and conflicts first, then what comes first."""
    in_order = sorted(placed, key=lambda lesson: (lesson.entry.session.starts_at, lesson.entry.session.id))
    by_weight = sorted(in_order, key=lambda lesson: lesson.entry.mark == "kept" and not lesson.entry.conflicts)
    weeks: set[int] = set()
    chosen: set[int] = set()
    for lesson in by_weight:
        if len(chosen) == MOST_ENTRIES:
            break
        week = _week(lesson.day)
        if week in weeks or len(weeks) < MOST_WEEKS:
            weeks.add(week)
            chosen.add(id(lesson))
    drawn = [lesson for lesson in in_order if id(lesson) in chosen]
    return drawn, [lesson for lesson in in_order if id(lesson) not in chosen]


def _grouped(values: Iterable[T], key: Callable[[T], date]) -> dict[date, list[T]]:
    groups: defaultdict[date, list[T]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)
    return dict(groups)


def _counted(lessons: list[_Lesson], key: Callable[[date], int]) -> dict[int, Counter[str]]:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for lesson in lessons:
        counts[key(lesson.day)][lesson.entry.mark] += 1
    return dict(counts)


def _ghosts(drawn: list[_Lesson]) -> dict[date, list[tuple[_Lesson, datetime]]]:
    """Where lessons stood that stand on another day now."""
    were = [
        (lesson, lesson.zone.local(lesson.entry.before.starts_at))
        for lesson in drawn
        if lesson.entry.before is not None
    ]
    return _grouped([(lesson, was) for lesson, was in were if was.date() != lesson.day], lambda pair: pair[1].date())


def _clock_changes(zones: tuple[Zone, ...], lessons: dict[date, list[_Lesson]]) -> dict[date, list[str]]:
    """What happens to the clocks, by day, in the years in which there are lessons and in those around them."""
    years = sorted({day.year + by for day in lessons for by in (-1, 0, 1)})
    names: defaultdict[tuple[date, str], list[str]] = defaultdict(list)
    for zone in zones:
        for transition in (each for year in years for each in zone.transitions(year, year)):
            wall = transition.at + transition.before
            names[wall.date(), _clock_change(wall, transition)].append(zone.name)
    texts: defaultdict[date, list[str]] = defaultdict(list)
    for (day, text), where in sorted(names.items()):
        texts[day].append(f"{text} in {_some(where, _MOST_ZONES)}" if len(zones) > 1 else text)
    return dict(texts)


def _clock_change(wall: datetime, transition: Transition) -> str:
    by = transition.after - transition.before
    way = "forward" if by > timedelta(0) else "back"
    return f"Clocks go {way} {_length(abs(by))} at {wall:%H:%M}"


def _length(by: timedelta) -> str:
    """A length in words: "1 h", "30 min", "1 h 15 min"."""
    hours, rest = divmod(int(by.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _todays(now: datetime, zones: tuple[Zone, ...]) -> dict[date, str]:
    """Today, which is two days if the zones' calendars don't agree."""
    names: defaultdict[date, list[str]] = defaultdict(list)
    for zone in zones:
        names[zone.local(now).date()].append(zone.name)
    if len(names) < 2:
        return dict.fromkeys(names, "Today")
    return {day: f"Today in {_some(where, _MOST_ZONES)}" for day, where in names.items()}


def _elsewhere(entries: Sequence[Entry], conflicts: Iterable[Conflict]) -> list[Conflict]:
    shown = {entry.session.id for entry in entries if entry.conflicts}
    return [conflict for conflict in conflicts if conflict.session_id not in shown]


# Around the calendar


def _header(calendar: _Calendar, title: str, summary: str) -> str:
    said = _said(summary, _LONGEST_TEXT)
    return (
        f'<header class="rs-header">{calendar.heading(0, _said(title), "title")}'
        f'<p class="rs-summary">{said}</p><p class="rs-meta">{_as_of(calendar)}</p></header>\n'
    )


def _as_of(calendar: _Calendar) -> str:
    """Whose clock is shown, and when it was drawn."""
    if calendar.clock is None:
        return f"As of {_long_day(calendar.now.date())}, {calendar.now:%H:%M} UTC"
    now = calendar.clock.local(calendar.now)
    as_of = f"as of {_long_day(now.date())}, {now:%H:%M}"
    if not calendar.says_zones:
        return f"Times in {escape(calendar.clock.name)}, {as_of}"
    names = escape(_some([zone.name for zone in calendar.zones], 2 * _MOST_ZONES))
    return f"Times on each series' own clock ({names}), {as_of} in {escape(calendar.clock.name)}"


def _toolbar(calendar: _Calendar, name: str) -> str:
    return f'<div class="rs-bar">{_legend(calendar)}{_switch(name)}</div>\n{_tutors(calendar)}'


def _legend(calendar: _Calendar) -> str:
    counts = Counter[str](entry.mark for entry in calendar.entries)
    items = [
        f'<li class="rs-key rs-{mark}">{_badge(mark)}{mark.capitalize()} <b class="rs-count">{counts[mark]:,}</b></li>'
        for mark in _MARKS
        if counts[mark] and calendar.says_marks
    ]
    conflicting = sum(1 for entry in calendar.entries if entry.conflicts)
    if conflicting:
        items.append(
            '<li class="rs-key rs-conflict"><span class="rs-badge" aria-hidden="true">!</span>'
            f'In conflict <b class="rs-count">{conflicting:,}</b></li>'
        )
    return f'<ul class="rs-legend" aria-label="What the marks mean">{"".join(items)}</ul>'


def _switch(name: str) -> str:
    # A form of its own, so that the same calendar may be shown twice; "dialog" never sends it anywhere.
    return (
        '<form class="rs-form" method="dialog"><fieldset class="rs-switch"><legend class="rs-sr">Show by</legend>'
        f'<label class="rs-choice"><input class="rs-pick rs-by-week" type="radio" name="rs-{name}" checked>Week</label>'
        f'<label class="rs-choice"><input class="rs-pick rs-by-month" type="radio" name="rs-{name}">Month</label>'
        "</fieldset></form>"
    )


def _tutors(calendar: _Calendar) -> str:
    """Who teaches how many of the sessions that are held."""
    counts = Counter(entry.tutor for entry in calendar.entries if entry.session.status not in _OFF)
    names = sorted(name for name in counts if name is not None)
    items = [
        f'<li class="rs-who">{_dot(calendar, name)}{_said(name)} <b class="rs-count">{counts[name]:,}</b></li>'
        for name in names[:_MOST_TUTORS]
    ]
    if len(names) > _MOST_TUTORS:
        items.append(f'<li class="rs-who">and {_number(len(names) - _MOST_TUTORS, "more tutor")}</li>')
    if counts[None]:
        items.append(f'<li class="rs-who">{_dot(calendar, None)}No tutor <b class="rs-count">{counts[None]:,}</b></li>')
    return f'<ul class="rs-tutors" aria-label="Sessions of each tutor">{"".join(items)}</ul>\n' if items else ""


def _to_see(calendar: _Calendar, issues: Sequence[Issue], conflicts: Sequence[Conflict]) -> str:
    """What a person should see to, folded away if it is long."""
    items = [f'<li class="rs-issue">{_conflict(each, named=True)}</li>' for each in conflicts[:_MOST_LISTED]]
    items += [_issue(issue) for issue in issues[:_MOST_LISTED]]
    count = len(conflicts) + len(issues)
    if count > len(items):
        items.append(f'<li class="rs-issue">and {count - len(items):,} more</li>')
    if not items:
        return ""
    heading = calendar.heading(1, f'To see to <span class="rs-number">{count:,}</span>', "see")
    is_open = " open" if count <= _FOLDED else ""
    return (
        f'<details class="rs-issues"{is_open}><summary class="rs-fold">{heading}</summary>'
        f'<ul class="rs-list">{"".join(items)}</ul></details>\n'
    )


def _issue(issue: Issue) -> str:
    where = f" in {_said(issue.series_id)}" if issue.series_id is not None else ""
    code = f'<b class="rs-code">{_said(issue.code)}</b>{where}'
    whose = f'<span class="rs-whose">for the {issue.audience.lower()}</span>'
    return f'<li class="rs-issue">{code}: {_said(issue.message, _LONGEST_TEXT)} {whose}</li>'


def _left_out(calendar: _Calendar) -> str:
    left = sum(counts.total() for counts in calendar.left_weeks.values())
    if not left:
        return ""
    count = len(calendar.entries)
    return (
        f'<p class="rs-note">{count - left:,} of {_number(count, "session")} are drawn, changes and conflicts first. '
        f"Only counted, in their weeks and months: {left:,}.</p>\n"
    )


def _nothing(calendar: _Calendar) -> str:
    heading = calendar.heading(1, "Nothing on this calendar", "quiet")
    return (
        f'<section class="rs-nothing"><p class="rs-leaf" aria-hidden="true">{calendar.now.day}</p>{heading}'
        '<p class="rs-hint">There are no sessions to show: none is planned, and none has to change.</p></section>\n'
    )


# By week


def _weeks(calendar: _Calendar) -> str:
    weeks = sorted({_week(day) for day in calendar.lessons})
    busy = {day.weekday() for day in (*calendar.lessons, *calendar.ghosts)}
    columns = " ".join("minmax(0,1fr)" if weekday in busy else "minmax(0,.55fr)" for weekday in range(7))
    parts = [
        _one_week(calendar, first)
        if is_drawn
        else _gap(calendar, _days_of_weeks(first, last), "week", last - first + 1)
        for first, last, is_drawn in _stretches(weeks, calendar.left_weeks)
    ]
    return f'<div class="rs-weeks" style="--rs-columns:{columns}">\n{"".join(parts)}</div>\n'


def _stretches(drawn: list[int], left: Iterable[int]) -> Iterator[tuple[int, int, bool]]:
    """The first and the last of what is drawn, one by one, and of what lies between, in one piece."""
    ends = sorted({*drawn, *left})
    here = ends[0] if ends else 0
    for number in drawn:
        if here < number:
            yield here, number - 1, False
        yield number, number, True
        here = number + 1
    if ends and here <= ends[-1]:
        yield here, ends[-1], False


def _days_of_weeks(first: int, last: int) -> tuple[date, date]:
    return date.fromordinal(7 * first + 1), date.fromordinal(min(7 * last + 7, date.max.toordinal()))


def _gap(calendar: _Calendar, days: tuple[date, date], unit: str, number: int) -> str:
    """One line for weeks or months of which nothing is drawn."""
    key, left = (_week, calendar.left_weeks) if unit == "week" else (_month, calendar.left_months)
    first, last = key(days[0]), key(days[1])
    counts = sum((left[each] for each in left if first <= each <= last), Counter[str]())
    what = f"{_number(counts.total(), 'more session')} not drawn ({_counts(counts)})" if counts else "No sessions"
    length = f", {_number(number, unit)}" if number > 1 else ""
    clocks = _clocks_in(calendar, *days) if days[1] - days[0] < _YEAR else ""
    said = f"{what}; {clocks}" if clocks else what
    return f'<p class="rs-gap"><b class="rs-range">{_range(*days)}</b>{length}: {said}.</p>\n'


def _clocks_in(calendar: _Calendar, first: date, last: date) -> str:
    changes = [
        f"{text[0].lower()}{text[1:]} on {_short_day(day)}"
        for day in sorted(calendar.clocks)
        if first <= day <= last
        for text in calendar.clocks[day]
    ]
    return f'<span class="rs-clock">{escape("; ".join(changes))}</span>' if changes else ""


def _one_week(calendar: _Calendar, week: int) -> str:
    first, last = _days_of_weeks(week, week)
    days = [date.fromordinal(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1)]
    starts = [lesson.start for day in days for lesson in calendar.lessons.get(day, ())]
    starts += [was for day in days for _, was in calendar.ghosts.get(day, ())]
    rows = {hour: row for row, hour in enumerate(sorted({start.hour for start in starts}), start=2)}
    hours = (
        f'<span class="rs-hour" style="--rs-row:{row}" aria-hidden="true">{hour:02}:00</span>'
        for hour, row in rows.items()
    )
    counts = Counter[str](lesson.entry.mark for day in days for lesson in calendar.lessons.get(day, ()))
    told = _counts(counts) if calendar.says_marks or not counts else _number(counts.total(), "session")
    heading = calendar.heading(
        1, f'<span class="rs-number">Week {first.isocalendar().week}</span> {_range(first, last)}', "when"
    )
    return (
        f'<section class="rs-week"><div class="rs-over">{heading}<p class="rs-counts">{told}</p></div>\n'
        f'<div class="rs-days" style="--rs-rows:{len(rows)}">{"".join(hours)}\n'
        f"{''.join(_day(calendar, day, rows) for day in days)}</div>\n{_and_more(calendar.left_weeks, week, 'week')}"
        "</section>\n"
    )


def _day(calendar: _Calendar, day: date, rows: dict[int, int]) -> str:
    today, clocks = calendar.today.get(day), calendar.clocks.get(day, ())
    lessons, ghosts = calendar.lessons.get(day, ()), calendar.ghosts.get(day, ())
    by_hour: defaultdict[int, list[tuple[datetime, int, str]]] = defaultdict(list)
    for lesson in lessons:
        by_hour[lesson.start.hour].append((lesson.entry.session.starts_at, 0, _card(calendar, lesson)))
    for lesson, was in ghosts:
        by_hour[was.hour].append((_before(lesson).starts_at, 1, _ghost(lesson, was)))
    lists = (
        f'<ul class="rs-at" style="--rs-row:{rows[hour]}">{"".join(item for _, _, item in sorted(items))}</ul>\n'
        for hour, items in sorted(by_hour.items())
    )
    classes = "rs-day" + (" rs-today" if today else "") + ("" if by_hour or today or clocks else " rs-empty")
    date_of = (
        f'<span class="rs-weekday">{DAY_NAMES[day.weekday()][:3]}</span> <span class="rs-date">{day.day}</span> '
        f'<span class="rs-of{" rs-new" if day.day == 1 else ""}">{_MONTHS[day.month - 1][:3]}</span>'
    )
    return (
        f'<div class="{classes}" style="--rs-column:{day.weekday() + 2}"><div class="rs-top">'
        f"{calendar.heading(2, date_of, 'name')}{_signs(today, clocks)}</div>\n{''.join(lists)}</div>\n"
    )


def _signs(today: str | None, clocks: Iterable[str]) -> str:
    """What is special about a day."""
    now = f'<p class="rs-now">{escape(today)}</p>' if today else ""
    return now + "".join(f'<p class="rs-clock">{escape(text)}</p>' for text in clocks)


def _and_more(left: dict[int, Counter[str]], number: int, unit: str) -> str:
    counts = left.get(number)
    if not counts:
        return ""
    return (
        f'<p class="rs-gap">{_number(counts.total(), "more session")} this {unit} not drawn ({_counts(counts)}).</p>\n'
    )


# By month


def _months(calendar: _Calendar) -> str:
    months = sorted({_month(day) for day in calendar.lessons})
    parts = [
        _one_month(calendar, first)
        if is_drawn
        else _gap(calendar, (_first_day(first), _last_day(last)), "month", last - first + 1)
        for first, last, is_drawn in _stretches(months, calendar.left_months)
    ]
    return f'<div class="rs-months">\n{"".join(parts)}</div>\n'


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _last_day(month: int) -> date:
    return date.max if month == _month(date.max) else _first_day(month + 1) - timedelta(days=1)


def _one_month(calendar: _Calendar, month: int) -> str:
    """A table with a row for each week; days of other months stay empty, since they stand in their own."""
    first, last = _first_day(month), _last_day(month)
    heads = "".join(
        f'<th class="rs-head" scope="col" role="columnheader">{name[:3]}<span class="rs-sr">{name[3:]}</span></th>'
        for name in DAY_NAMES
    )
    rows = "".join(_row(calendar, week, month) for week in range(_week(first), _week(last) + 1))
    name = f"{_MONTHS[first.month - 1]} {first.year}"
    return (
        f'<section class="rs-month">{calendar.heading(1, name, "when")}\n'
        f'<table class="rs-table" role="table" aria-label="{name}"><thead class="rs-thead" role="rowgroup">'
        f'<tr class="rs-row" role="row"><th class="rs-head rs-nr" scope="col" role="columnheader">'
        f'<span class="rs-sr">Week</span></th>{heads}</tr></thead>\n'
        f'<tbody class="rs-tbody" role="rowgroup">{rows}</tbody>'
        f"</table>\n{_and_more(calendar.left_months, month, 'month')}</section>\n"
    )


def _row(calendar: _Calendar, week: int, month: int) -> str:
    monday, sunday = _days_of_weeks(week, week)
    days = [date.fromordinal(ordinal) for ordinal in range(monday.toordinal(), sunday.toordinal() + 1)]
    cells = [
        _cell(calendar, day) if _month(day) == month else '<td class="rs-cell rs-other" role="cell"></td>'
        for day in days
    ]
    cells += ['<td class="rs-cell rs-other" role="cell"></td>'] * (7 - len(days))
    number = monday.isocalendar().week
    head = f'<th class="rs-head rs-nr" scope="row" role="rowheader"><span class="rs-sr">Week </span>{number}</th>'
    return f'<tr class="rs-row" role="row">{head}{"".join(cells)}</tr>\n'


def _cell(calendar: _Calendar, day: date) -> str:
    today, clocks = calendar.today.get(day), calendar.clocks.get(day, ())
    items = [
        (lesson.entry.session.starts_at, 0, _chip(calendar, lesson)) for lesson in calendar.lessons.get(day, ())
    ] + [(_before(lesson).starts_at, 1, _ghost(lesson, was)) for lesson, was in calendar.ghosts.get(day, ())]
    chips = f'<ul class="rs-chips">{"".join(item for _, _, item in sorted(items))}</ul>' if items else ""
    classes = "rs-cell" + (" rs-today" if today else "") + ("" if items or today or clocks else " rs-empty")
    name = (
        f'<p class="rs-label"><span class="rs-only">{DAY_NAMES[day.weekday()][:3]} </span>'
        f'<span class="rs-date">{day.day}</span><span class="rs-only"> {_MONTHS[day.month - 1][:3]}</span></p>'
    )
    return f'<td class="{classes}" role="cell">{name}{_signs(today, clocks)}{chips}</td>'


# One session


def _card(calendar: _Calendar, lesson: _Lesson) -> str:
    """A session in full, as it stands in its week."""
    entry = lesson.entry
    return (
        f'<li class="rs-card {_classes(lesson)}" data-session="{_plain(entry.session.id)}">'
        f'<p class="rs-line"><span class="rs-time">{_span(lesson.start, lesson.end)}</span> {_word(entry)}</p>'
        f'<p class="rs-what">{_named(entry)}</p>{_teaches(calendar, entry)}{_more(calendar, lesson)}'
        f"{_reason(entry)}</li>\n"
    )


def _chip(calendar: _Calendar, lesson: _Lesson) -> str:
    """A session in short, as it stands in its month; what else there is to say unfolds."""
    entry = lesson.entry
    conflict = '<span class="rs-badge rs-alert" aria-hidden="true">!</span>' if entry.conflicts else ""
    short = (
        f'{_badge(entry.mark)}{conflict}<span class="rs-sr">{entry.mark.capitalize()}: </span>'
        f'<span class="rs-time">{_time(lesson.start)}</span> <span class="rs-what">{_named(entry)}</span>'
    )
    more = _more(calendar, lesson) + (
        f'<p class="rs-reason">{_said(entry.why, _LONGEST_REASON)}</p>' if entry.why else ""
    )
    if more:
        until = f'<p class="rs-line"><span class="rs-time">{_span(lesson.start, lesson.end)}</span> {_word(entry)}</p>'
        short = (
            f'<details class="rs-details"><summary class="rs-short">{short}</summary>'
            f'<div class="rs-inner">{until}{more}</div></details>'
        )
    else:
        short = f'<p class="rs-short">{short}</p>'
    identity = _plain(entry.session.id)
    return f'<li class="rs-chip {_classes(lesson)}" data-session="{identity}">{short}{_teaches(calendar, entry)}</li>\n'


def _ghost(lesson: _Lesson, was: datetime) -> str:
    """Where a session was before it moved to another day."""
    to = f"{_short_day(lesson.day, was.date())}, {_time(lesson.start)}"
    return (
        f'<li class="rs-ghost"><s class="rs-gone"><span class="rs-time">{_time(was)}</span> '
        f'{_said(lesson.entry.title)}</s> <span class="rs-to">moves to {to}</span></li>\n'
    )


def _named(entry: Entry) -> str:
    """The title, of which its first part matters most."""
    first, dot, rest = entry.title.partition(" · ")
    return f'{_said(first)} <span class="rs-rest">{_said(rest)}</span>' if dot else _said(first)


def _classes(lesson: _Lesson) -> str:
    conflict = " rs-conflict" if lesson.entry.conflicts else ""
    return f"rs-{lesson.entry.mark}{' rs-off' if lesson.is_off else ''}{conflict}"


def _word(entry: Entry) -> str:
    """What becomes of it, as a symbol and as a word; where nothing does, how it stands."""
    if entry.mark == "kept":
        return f'<span class="rs-mark">{_STATUS[entry.session.status]}</span>'
    return f'<span class="rs-mark">{_badge(entry.mark)}{entry.mark.capitalize()}</span>'


def _badge(mark: Mark) -> str:
    return f'<span class="rs-badge" aria-hidden="true">{_SYMBOLS[mark]}</span>' if _SYMBOLS[mark] else ""


def _teaches(calendar: _Calendar, entry: Entry) -> str:
    tutor = _said(entry.tutor) if entry.tutor is not None else "No tutor"
    is_reassigned = entry.before is not None and entry.before.tutor_id != entry.session.tutor_id
    was = ""
    if is_reassigned:
        name = _said(entry.tutor_before) if entry.tutor_before is not None else "no tutor"
        was = f'<s class="rs-gone"><span class="rs-sr">was </span>{name}</s> <span aria-hidden="true">→</span> '
    return f'<p class="rs-tutor">{was}{_dot(calendar, entry.tutor)}{tutor}</p>'


def _dot(calendar: _Calendar, name: str | None) -> str:
    """A tutor's colour and shape."""
    if name is None:
        return '<span class="rs-dot rs-nobody" aria-hidden="true"></span>'
    hue, shape = calendar.looks[name]
    return f'<span class="rs-dot{_SHAPES[shape]}" style="--rs-hue:{hue * 45 + 10}" aria-hidden="true"></span>'


def _looks_of(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Each tutor's colour and shape: the same on every page, but where another tutor of the page has that colour."""
    looks: dict[str, tuple[int, int]] = {}
    hues: Counter[int] = Counter()
    both: Counter[tuple[int, int]] = Counter()
    for name in sorted(names):
        rest, own = divmod(zlib.crc32(name.encode("utf-8", "replace")), _HUES)
        hue = min(((own + step) % _HUES for step in range(_HUES)), key=hues.__getitem__)
        shapes = ((rest + step) % len(_SHAPES) for step in range(len(_SHAPES)))
        looks[name] = min(((hue, shape) for shape in shapes), key=both.__getitem__)
        hues[hue] += 1
        both[looks[name]] += 1
    return looks


def _more(calendar: _Calendar, lesson: _Lesson) -> str:
    """All that is special about a session, each in a line of its own."""
    entry, session = lesson.entry, lesson.entry.session
    lines = [_conflict(conflict) for conflict in entry.conflicts[:_MOST_CONFLICTS]]
    if len(entry.conflicts) > _MOST_CONFLICTS:
        lines.append(f'<p class="rs-warn">and {_number(len(entry.conflicts) - _MOST_CONFLICTS, "more conflict")}</p>')
    lines += [f'<p class="rs-fact">{fact}</p>' for fact in _facts(lesson)]
    if calendar.says_zones:
        lines.append(f'<p class="rs-fact rs-zone">{escape(lesson.zone.name)}</p>')
    if entry.mark == "kept" and lesson.is_off and session.cancellation_reason:
        lines.append(f'<p class="rs-reason">{_said(session.cancellation_reason, _LONGEST_REASON)}</p>')
    if entry.pinned:
        fields = ", ".join(dict.fromkeys(_PINNED.get(field, field) for field in entry.pinned))
        lines.append(f'<p class="rs-fact"><b class="rs-pin">Set by hand:</b> {fields}</p>')
    return "".join(lines)


def _facts(lesson: _Lesson) -> Iterator[str]:
    """What was different before, and what isn't as for all others."""
    session, before = lesson.entry.session, lesson.entry.before
    if before is not None and (before.starts_at, before.ends_at) != (session.starts_at, session.ends_at):
        yield f'was <s class="rs-gone">{_span_before(before, lesson)}</s>'
    elif session.original_starts_at not in {None, session.starts_at}:
        assert session.original_starts_at is not None, "None is in the set above"
        first = lesson.zone.local(session.original_starts_at)
        yield f"moved earlier from {_short_day(first.date(), lesson.day)}, {_time(first)}"
    if lesson.entry.mark != "kept" and session.status not in {SessionStatus.PENDING, SessionStatus.CANCELLED}:
        yield _STATUS[session.status]
    if before is not None and before.price != session.price:
        yield f"price {_from_to(before.price, session.price)}"
    if before is not None and before.room_id != session.room_id:
        yield f"room {_from_to(before.room_id, session.room_id)}"
    elif session.room_id is not None:
        yield f"room {_said(session.room_id)}"


def _from_to(before: object | None, after: object | None) -> str:
    was, now = ("none" if value is None else _said(str(value)) for value in (before, after))
    return f'<s class="rs-gone">{was}</s> <span aria-hidden="true">→</span><span class="rs-sr">now</span> {now}'


def _span_before(before: Session, lesson: _Lesson) -> str:
    start, end = lesson.zone.local(before.starts_at), lesson.zone.local(before.ends_at)
    day = "" if start.date() == lesson.day else f"{_short_day(start.date(), lesson.day)}, "
    return day + _span(start, end)


def _before(lesson: _Lesson) -> Session:
    assert lesson.entry.before is not None, "only what was elsewhere leaves a ghost"
    return lesson.entry.before


def _conflict(conflict: Conflict, *, named: bool = False) -> str:
    why = conflict.why or f"{_CONFLICTS[conflict.kind]}{f': {conflict.other}' if conflict.other else ''}"
    where = f" {_said(conflict.session_id)}:" if named else ""
    reaction = f"; {_REACTIONS[conflict.reaction]}" if conflict.reaction in _REACTIONS else ""
    return (
        f'<p class="rs-warn"><b class="rs-word"><span aria-hidden="true">! </span>Conflict</b>{where} '
        f"{_said(why.rstrip('.'), _LONGEST_REASON)}{reaction}.</p>"
    )


def _reason(entry: Entry) -> str:
    """Why it is so: folded away where nothing else was expected."""
    if not entry.why:
        return ""
    why = _said(entry.why, _LONGEST_REASON)
    if entry.mark in {"created", "kept"}:
        return (
            f'<details class="rs-details"><summary class="rs-why">Why</summary><p class="rs-reason">{why}</p></details>'
        )
    return f'<p class="rs-reason">{why}</p>'


# Words


def _span(start: datetime, end: datetime) -> str:
    """From when to when, with the number of midnights between: "23:00–07:00 +1"."""
    later = (end.date() - start.date()).days
    days = f' <b class="rs-later">+{later}<span class="rs-sr"> {"day" if later == 1 else "days"}</span></b>'
    return f"{_time(start)}–{_time(end)}{days if later else ''}"


def _time(local: datetime) -> str:
    """The time on the clock, with its offset from UTC where the clock shows it twice."""
    text = f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return text
    return f'{text} <small class="rs-offset">UTC{local.isoformat("T", "minutes")[16:]}</small>'


def _short_day(day: date, beside: date | None = None) -> str:
    """A day as in "Mon 26 Oct", with the year if the day beside it is in another."""
    year = f" {day.year}" if beside is not None and beside.year != day.year else ""
    return f"{DAY_NAMES[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1][:3]}{year}"


def _long_day(day: date) -> str:
    return f"{DAY_NAMES[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _range(first: date, last: date) -> str:
    """The days from one to another, each part said once: "19 – 25 October 2026"."""
    until = f"{last.day} {_MONTHS[last.month - 1]} {last.year}"
    if first.year != last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} {first.year} – {until}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} – {until}"
    return f"{first.day} – {until}"


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[mark]:,} {mark}" for mark in _MARKS if counts[mark])


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _some(names: Sequence[str], most: int) -> str:
    """Names in one sentence; of many, the first."""
    rest = [f"{len(names) - most} more"] if len(names) > most else []
    *firsts, last = [*names[:most], *rest]
    return f"{', '.join(firsts)} and {last}" if firsts else last


def _said(text: str, longest: int = _LONGEST_NAME) -> str:
    """What people wrote, harmless in the text of a page: shortened, and written in its own direction."""
    clean = _visible(text[:_LONGEST_TEXT])
    if len(clean) <= longest:
        return f"<bdi>{escape(clean)}</bdi>"
    hint = f' title="{escape(clean[:_LONGEST_HINT])}"' if longest == _LONGEST_NAME else ""
    return f"<bdi{hint}>{escape(clean[: longest - 1])}…</bdi>"


def _plain(text: str) -> str:
    """What people wrote, harmless in an attribute."""
    return escape(_visible(text[:_LONGEST_HINT]))


def _visible(text: str) -> str:
    """Show what can't be seen, or turns the text around, as its code: "[U+202E]"."""
    if text.isprintable():
        return text
    return "".join(_seen(character) for character in text)


def _seen(character: str) -> str:
    if character in _BLANK:
        return " "
    if unicodedata.category(character) in _HARMFUL and character not in _HARMLESS:
        return f"[U+{ord(character):04X}]"
    return character
