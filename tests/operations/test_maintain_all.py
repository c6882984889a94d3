"""The job looks after every series that it has to, in whatever school: what it makes is what the naive planner says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import event, given, settings
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
def test_every_active_series_that_has_slots_gets_the_sessions_of_its_weeks_ahead(make: Callable[[], Store]) -> None:
    @settings(max_examples=100)
    @given(planned_schools(reactions=("flag",)), st.integers(1, 3))
    def check(beginning: tuple[School, datetime], batch: int) -> None:
        school, now = beginning
        store = make()
        store.save(school)

        maintain(store, now=now, switched_on=True, batch=batch)

        wanted = plan(school, (), (), now=now, window=None).changes
        live = {each.id for each in school.series if each.status == "ACTIVE" and config_for(school, each).auto_generate}
        made = {each.id: each.series_id for id in school.series for each in store.sessions_of(id.id)}
        event(f"all of them: {len(live) == len(school.series)}")
        assert made.keys() == {session_id for session_id in wanted if session_id.partition("/")[0] in live}

    check()
