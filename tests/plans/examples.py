"""Small schools whose plans can be worked out by hand, and the sessions that they have."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from recurly_sessions import Config, School, Series, Session, Slot, round_robin

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)  # a Monday, 10:00 in Paris
MONDAY = datetime(2026, 9, 7, 16, tzinfo=UTC)  # 18:00 in Paris
WEEK = timedelta(weeks=1)


def a_course(id: str = "maths", **more: Any) -> Series:
    """Mondays, 18:00 to 19:30 in Paris; Amina and Luc take turns."""
    said: dict[str, Any] = {
        "timezone": "Europe/Paris",
        "starts_on": "2026-09-07",
        "slots": [Slot("mon", days="MO", start="18:00", end="19:30")],
        "assignments": round_robin("amina", "luc"),
    }
    return Series(id, **(said | more))


def a_school(*series: Series, **more: Any) -> School:
    return School(series or [a_course()], **({"base": Config(weeks_ahead=2)} | more))


def a_session(day: str = "2026-09-07", **more: Any) -> Session:
    """The session of a Monday as `a_school` has it planned."""
    start = datetime.combine(date.fromisoformat(day), MONDAY.time(), UTC)
    said: dict[str, Any] = {
        "series_id": "maths",
        "slot_id": "mon",
        "occurs_on": day,
        "timezone": "Europe/Paris",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=90),
        "tutor_id": "amina" if (date.fromisoformat(day) - date(2026, 9, 7)).days // 7 % 2 == 0 else "luc",
        "price": "0 EUR",
    }
    said |= more
    return Session(said.pop("id", f"{said['series_id']}/{said['slot_id']}/{day}"), **said)


BOTH = (a_session(), a_session("2026-09-14"))


def two_courses(**rules: Any) -> School:
    """Amina in two places: at 18:00 and, half an hour later and in the same room, at 18:30."""
    late = Slot("mon", days="MO", start="18:30", duration=60)
    alone = round_robin("amina")
    return a_school(
        a_course("a", assignments=alone, room_id="blue", members=["kim"]),
        a_course("b", assignments=alone, room_id="blue", members=["kim", "lea"], slots=[late]),
        base=Config(weeks_ahead=1, **rules),
    )
