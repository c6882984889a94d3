"""A store that gets what another has left is as new: each test begins with nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from recurly_sessions import apply_plan, plan_sessions
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.testing.store_contract import NOW, a_course, a_school
from tests.stores.makers import postgresql, sqlite


def rows(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    with store._link() as link:
        tables = store.metadata.sorted_tables  # whose rows come in any order
        return {table.name: sorted(map(tuple, link.rows(sa.select(table))), key=repr) for table in tables}


def work(store: SqlStore) -> None:
    """Put something into most of the tables."""
    store.save(a_school(a_course(), a_course("art")))
    maintain(store, now=NOW, switched_on=True)
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
    first, *_ = store.sessions_of("art")
    with store.transaction("art") as transaction:
        transaction.delete([first])
        transaction.archive("art", at=NOW)
    store.claim(now=NOW, until=NOW + timedelta(days=1))


@pytest.mark.parametrize("make", [sqlite, postgresql])
def test_a_store_that_gets_what_another_has_left_is_as_new(make: Callable[[], SqlStore]) -> None:
    new = SqlStore("sqlite://")
    fresh = rows(new)
    new.close()
    store = make()
    work(store)
    told = rows(store)["recurly_notices"]
    left = store._bind, store.metadata.schema
    del store

    store = make()

    assert (store._bind, store.metadata.schema) == left
    assert rows(store) == fresh
    work(store)
    assert rows(store)["recurly_notices"] == told != []
