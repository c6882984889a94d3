"""The job looks after every series that it has to, in whatever school: what it makes is what the naive planner says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recurly_sessions import School
from recurly_sessions.config import config_for
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.store import Store
from tests.plans.strategies import planned_schools
from tests.reference.planner import plan
from tests.stores.makers import MAKERS


@pytest.mark.requirement("P24")
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_active_series_with_slots_gets_the_sessions_of_its_weeks_ahead(make: Callable[[], Store]) -> None:
    @settings(max_examples=100)
    @given(planned_schools(reactions=("flag",)), st.integers(1, 3))
    def check(beginning: tuple[School, datetime], batch: int) -> None:
        school, now = beginning
        store = make()
        store.save(school)

        maintain(store, now=now, switched_on=True, batch=batch)

        live = {each.id for each in school.series if each.status == "ACTIVE" and config_for(school, each).auto_generate}
        wanted = {each for each in plan(school, (), now=now).changes if each.partition("/")[0] in live}
        made = {session.id for each in school.series for session in store.sessions_of(each.id)}
        assert made == wanted

    check()
