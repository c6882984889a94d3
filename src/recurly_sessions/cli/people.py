"""A tutor or a member, as somebody typed them, to the sessions that are theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from recurly_sessions.cli.stored import every_id
from recurly_sessions.errors import UnknownNameError
from recurly_sessions.render.words import Names
from recurly_sessions.store import Store
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session


@attrs.frozen
class Person:
    """Whose calendar is asked for: a "tutor" or a "member", by id."""

    kind: str
    id: str

    def sessions(self, sessions: Iterable[Session], school: School, store: Store) -> list[Session]:
        """Those of some sessions that are theirs; somebody whom neither they nor the school name is refused."""
        given = list(sessions)
        if self.kind == "tutor":
            known = {*_tutors(school), *(each.tutor_id for each in given if each.tutor_id is not None)}
            found = [each for each in given if each.tutor_id == self.id]
        else:
            series = _with_archived(school, {each.series_id for each in given}, store)
            known = {member.id for each in series.values() for member in each.members or ()}
            mine = {each.id for each in series.values() if _takes_part(each, self.id)}
            found = [each for each in given if each.series_id in mine]
        if self.id not in known:
            raise UnknownNameError(self.kind, self.id, tuple(sorted(known)))
        return found

    def name(self, school: School) -> str:
        """What they are called."""
        names = Names(school)
        return names.tutor(self.id) if self.kind == "tutor" else names.members.get(self.id, self.id)


def _tutors(school: School) -> set[str]:
    declared = {tutor.id for tutor in school.tutors or ()}
    return declared | {assignment.tutor_id for series in school.series for assignment in series.assignments}


def _with_archived(school: School, series_ids: set[str], store: Store) -> Mapping[str, Series]:
    """The live series, and those of some that are in the archive, by id."""
    live = {each.id: each for each in school.series}
    archived = (each for each in every_id(store.archived_ids) if each in series_ids.difference(live))
    return live | {each: store.archived(each) for each in archived}


def _takes_part(series: Series, member_id: str) -> bool:
    return any(member.id == member_id and member.active for member in series.members or ())
