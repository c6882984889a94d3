"""Law 11: the same random story told to every store gives the same answers."""

from datetime import datetime
from typing import Final

from hypothesis import settings
from hypothesis.strategies import SearchStrategy

from recurly_sessions import School
from recurly_sessions.store import Store
from recurly_sessions.testing import StoreStory
from tests.plans.strategies import planned_schools, school_edits
from tests.stores.makers import MAKERS

_MANY: Final = settings().max_examples


class Story(StoreStory):
    """Every store that there is, the first of which is in memory and says what the others must do."""

    def make_stores(self) -> list[Store]:
        return [make() for make in MAKERS.values()]


class StoryOfAnySchool(Story):
    """The same in schools with everything that plans have to decide."""

    def beginnings(self) -> SearchStrategy[tuple[School, datetime]]:
        return planned_schools()

    def edits(self, school: School, now: datetime) -> SearchStrategy[School]:
        return school_edits(school, now) if school.series else super().edits(school, now)


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=_MANY // 10, stateful_step_count=30)
TestStoryOfAnySchool = StoryOfAnySchool.TestCase
TestStoryOfAnySchool.settings = settings(max_examples=_MANY // 20, stateful_step_count=20)
