"""Recurring classes that turn into the right sessions."""

from __future__ import annotations

from recurly_sessions.availability import is_available
from recurly_sessions.config import resolve_config
from recurly_sessions.operations.apply import apply_plan
from recurly_sessions.patterns import Consecutive, Manual, RoundRobin, Weekly
from recurly_sessions.planning.assign import assign_tutors, who_is_next
from recurly_sessions.planning.conflicts import find_conflicts
from recurly_sessions.planning.diff import diff_sessions
from recurly_sessions.planning.expand import expand_slots
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.values.actor import Actor
from recurly_sessions.values.assignment import Assignment, AssignmentStatus, round_robin
from recurly_sessions.values.change import Change
from recurly_sessions.values.config import Config
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.days_off import Cancellation, Closure
from recurly_sessions.values.issue import Decision, Issue
from recurly_sessions.values.money import Money
from recurly_sessions.values.occurrence import Occurrence
from recurly_sessions.values.package import Package
from recurly_sessions.values.people import Availability, Member, Tutor
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Origin, Session, SessionStatus
from recurly_sessions.values.slot import Phase, Slot
from recurly_sessions.values.window import Window

__all__ = [
    "Actor",
    "Assignment",
    "AssignmentStatus",
    "Availability",
    "Cancellation",
    "Change",
    "Closure",
    "Config",
    "Conflict",
    "Consecutive",
    "Decision",
    "Issue",
    "Manual",
    "Member",
    "Money",
    "Occurrence",
    "Origin",
    "Package",
    "Phase",
    "Plan",
    "RoundRobin",
    "School",
    "Series",
    "Session",
    "SessionStatus",
    "Slot",
    "Snapshot",
    "Tutor",
    "Weekly",
    "Window",
    "apply_plan",
    "assign_tutors",
    "diff_sessions",
    "expand_slots",
    "find_conflicts",
    "is_available",
    "plan_sessions",
    "resolve_config",
    "round_robin",
    "who_is_next",
]
