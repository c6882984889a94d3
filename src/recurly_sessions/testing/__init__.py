"""For tests, ours and yours: strategies for realistic schools, the laws as checks, and what any store must do.

Needs the extra `testing`.
"""

from __future__ import annotations

import pytest

# So that their assertions, too, say what differs.
pytest.register_assert_rewrite("recurly_sessions.testing.store_contract", "recurly_sessions.testing.store_story")

from recurly_sessions.testing.laws import (
    check_composable_windows,
    check_deterministic,
    check_fair,
    check_stable,
    check_wall_clock,
)
from recurly_sessions.testing.store_contract import StoreContract
from recurly_sessions.testing.store_story import StoreStory
from recurly_sessions.testing.strategies import assignments, configs, schools, series, slots, tutors, windows, zones

__all__ = [
    "StoreContract",
    "StoreStory",
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
