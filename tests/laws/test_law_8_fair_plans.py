"""Law 8, for whole plans: where a constant roster takes turns by round robin alone, nobody teaches two lessons more."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Config, School, Series, Slot, Tutor, plan_sessions, round_robin
from recurly_sessions.testing.strategies import TELLING_ZONES

PEOPLE = ("amina", "ben", "chi", "dora", "emil", "fay", "gil")


@given(
    people=st.integers(1, len(PEOPLE)),
    weeks=st.integers(1, 30),
    days=st.sets(st.integers(1, 7), min_size=1),
    zone=st.sampled_from(TELLING_ZONES),
    hour=st.integers(0, 23),
)
def test_a_plan_deals_lessons_evenly(people: int, weeks: int, days: set[int], zone: str, hour: int) -> None:
    roster = PEOPLE[:people]
    slot = Slot("slot", days=sorted(days), start=f"{hour}:30", duration=45)
    series = Series(
        "s", timezone=zone, starts_on="2026-02-02", slots=[slot], assignments=round_robin(*roster),
        config=Config(weeks_ahead=weeks),
    )  # fmt: skip

    plan = plan_sessions(School([series], tutors=[Tutor(each) for each in roster]), now="2026-01-31T12:00Z")

    counts = Counter(change.after.tutor_id for change in plan.creates)
    taught = [counts[each] for each in roster]
    assert sum(taught) == len(plan.creates)
    assert max(taught) - min(taught) <= 1
