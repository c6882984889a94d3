"""Law 3 for plans: what is created in a window is what is created in its parts, conflicts and reactions included."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from recurly_sessions import School, Session, Window, plan_sessions
from tests.plans.strategies import planned_schools, some_windows


def created(school: School, now: datetime, window: Window) -> dict[str, Session]:
    return {change.id: change.after for change in plan_sessions(school, now=now, window=window).creates}


@given(st.data())
def test_two_windows_side_by_side_create_what_one_does(data: DataObject) -> None:
    school, now = data.draw(planned_schools())
    whole = data.draw(some_windows(now))
    middle = whole.start + (whole.end - whole.start) * data.draw(st.floats(0, 1))

    first = created(school, now, Window(whole.start, middle))
    second = created(school, now, Window(middle, whole.end))

    assert first.keys().isdisjoint(second)
    assert first | second == created(school, now, whole)
