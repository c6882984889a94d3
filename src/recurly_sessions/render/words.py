"""The shapes that all texts share: names, days and times as people read them, and columns that line up.

What people typed is made safe to print: it can neither steer a terminal nor break a line.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import accumulate
from typing import Final

from recurly_sessions.config import config_for
from recurly_sessions.fields import DAY_NAMES
from recurly_sessions.time.zones import zone_named
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session

LONGEST_NAME: Final = 30  # columns
LONGEST_ID: Final = 200
LONGEST_REASON: Final = 400
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ANSI: Final = {"bold": 1, "faint": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
_JOINERS: Final = "\u200c\u200d"  # names in Persian and families of emoji need them, and they do no harm

Paint = Callable[[str, str], str]


def finding(kind: str, who: str | None) -> str:
    """What is wrong, in words; `who` is the name of the tutor, the student or the room."""
    name = None if who is None else safe(who, LONGEST_NAME + LONGEST_ID)
    match kind:
        case "closed":
            return "closed that day"
        case "unavailable":
            return "the tutor is not available" if name is None else f"tutor {name} is not available"
        case _:
            what = safe(kind, LONGEST_NAME)
            return f"the {what} is double-booked" if name is None else f"{what} {name} is double-booked"


def reacted(reaction: str) -> str:
    """What is done about a conflict, in words."""
    return {"flag": "only flagged", "unassign": "left without a tutor", "skip": "not held"}.get(reaction) or safe(
        reaction, LONGEST_NAME
    )


class Names:
    """What tutors and members are called, ready to print; two of one name are told apart by their ids."""

    def __init__(self, school: School) -> None:
        members: dict[str, str] = {}
        for series in sorted(school.series, key=lambda each: each.id):
            for each in series.members or ():
                # A series may know a member by the bare id where another has the name.
                if members.get(each.id, each.id) == each.id:
                    members[each.id] = each.name
        self.tutors = _told_apart({each.id: each.name for each in school.tutors or ()})
        self.members = _told_apart(members)

    def tutor(self, tutor_id: str) -> str:
        """A tutor's name, or the id of one without a profile."""
        return self.tutors.get(tutor_id) or safe(tutor_id, LONGEST_ID)

    def of(self, conflict: Conflict) -> str | None:
        """The name of whom a conflict is about, or of the room."""
        if conflict.who is None:
            return None
        if conflict.kind == "room":
            return safe(conflict.who, LONGEST_ID)
        known = self.members if conflict.kind == "student" else self.tutors
        return known.get(conflict.who) or safe(conflict.who, LONGEST_ID)


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    shown = {id: safe(name.strip() or id, LONGEST_NAME) for id, name in names.items()}
    times = Counter(shown.values())
    return {
        id: name if times[name] == 1 else f"{name} ({safe(id, LONGEST_ID)})"
        for id, name in shown.items()
    }  # fmt: skip


class Places:
    """In which series and timezone a session is, as far as its id or the stored session tells."""

    def __init__(self, sessions: Mapping[str, Session], school: School) -> None:
        self._sessions = sessions
        self._school = school
        self._series = {each.id: each for each in school.series}

    def timezone(self, session_id: str) -> str:
        """The session's timezone, else its series', else UTC."""
        if session_id in self._sessions:
            return self._sessions[session_id].timezone
        series = self._of(session_id)
        if series is None:
            return "UTC"
        return series.timezone or config_for(self._school, series).timezone or "UTC"

    def title(self, session_id: str) -> str:
        """What is taught: the slot's subject, else the series', else the series by its id."""
        series = self._of(session_id)
        if series is None:
            return self._ids(session_id)[0]
        slot_id = self._ids(session_id)[1]
        subjects = [slot.subject for slot in series.slots if slot.id == slot_id]
        return next(filter(None, [*subjects, series.subject]), series.id)

    def _of(self, session_id: str) -> Series | None:
        return self._series.get(self._ids(session_id)[0])

    def _ids(self, session_id: str) -> tuple[str, str | None]:
        session = self._sessions.get(session_id)
        if session is not None:
            return session.series_id, session.slot_id
        series_id, _, rest = session_id.partition("/")
        return series_id, rest.partition("/")[0] or None


# Days and times


def local(instant: datetime, timezone: str) -> datetime:
    """An instant on the clock of a timezone; in UTC where that lies outside the years 1 to 9999."""
    return zone_named(timezone).local(instant)


def day_text(day: date, *, year: bool = True) -> str:
    """A day as people write it, whatever the locale: "14 Sep 2026", "14 Sep"."""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{text} {day.year}" if year else text


def weekday_text(day: date) -> str:
    """A day with its weekday: "Mon 14 Sep 2026"."""
    return f"{DAY_NAMES[day.weekday()][:3]} {day_text(day)}"


def padded_day(day: date) -> str:
    """A day with its weekday, always as wide: "Mon  7 Sep 2026"."""
    return f"{DAY_NAMES[day.weekday()][:3]} {day.day:2} {_MONTHS[day.month - 1]} {day.year}"


def clock(moment: datetime) -> str:
    """A time of day: "18:00", with seconds only if there are some."""
    text = f"{moment.hour:02}:{moment.minute:02}"
    if moment.second or moment.microsecond:
        text += f":{moment.second:02}"
    return f"{text}.{moment.microsecond:06}" if moment.microsecond else text


# Texts that line up


def safe(text: str, most: int) -> str:
    r"""A text in one line that steers no terminal: controls and bidi marks as escapes, and cut to some columns.

    >>> print(safe("Amina\x1b[2J\n", 30), safe("Nebuchadnezzar", 8))
    Amina\x1b[2J\n Nebucha…
    """
    # No text needs more characters than that for its columns, but a flood of accents has them.
    flooded = len(text) > 3 * most
    text = text[: 3 * most]
    if not text.isprintable():
        text = "".join(map(_escaped, text))
    return _cut(text, most) if flooded or width(text) > most else text


def _escaped(character: str) -> str:
    if character not in _JOINERS and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def _cut(text: str, most: int) -> str:
    columns = accumulate(map(_columns, text))
    return "".join(character for character, upto in zip(text, columns, strict=True) if upto < most) + "…"


def width(text: str) -> int:
    """How many columns a text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def aligned(rows: Sequence[Sequence[str]], *, right: Iterable[int] = ()) -> list[str]:
    """Each row as a line whose columns line up, up to the last, without the columns in which nothing stands."""
    to_the_right = frozenset(right)
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    kept = [(place, most) for place, most in enumerate(widths) if most]
    return [
        "  ".join(
            " " * (most - width(row[place])) + row[place]
            if place in to_the_right
            else row[place] + " " * (most - width(row[place]))
            for place, most in kept
        )
        for row in rows
    ]


def painter(*, color: bool) -> Paint:
    """A function that paints a text in a color of the terminal, or leaves it alone."""

    def paint(name: str, text: str) -> str:
        return f"\x1b[{_ANSI[name]}m{text}\x1b[0m" if color and text else text

    return paint
