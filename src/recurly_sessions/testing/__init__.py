"""For tests, ours and yours: Hypothesis strategies for realistic schools, and the laws as checks to run on them.

Needs the extra `testing`.
"""

from __future__ import annotations

from recurly_sessions.testing.laws import (
    check_composable_windows,
    check_deterministic,
    check_fair,
    check_stable,
    check_wall_clock,
)
from recurly_sessions.testing.strategies import assignments, configs, schools, series, slots, tutors, windows, zones

__all__ = [
    "assignments",
    "check_composable_windows",
    "check_deterministic",
    "check_fair",
    "check_stable",
    "check_wall_clock",
    "configs",
    "schools",
    "series",
    "slots",
    "tutors",
    "windows",
    "zones",
]
