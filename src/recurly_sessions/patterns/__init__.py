"""Whose turn it is: the patterns, one a file. A turn and a roster go in, a claim with its reason comes out."""

from __future__ import annotations

from recurly_sessions.patterns.consecutive import Consecutive
from recurly_sessions.patterns.manual import Manual
from recurly_sessions.patterns.pattern import ClaimingPattern, Deal, Pattern, RotatingPattern, Turn, rotates
from recurly_sessions.patterns.round_robin import RoundRobin
from recurly_sessions.patterns.stored import from_stored, to_stored
from recurly_sessions.patterns.weekly import Weekly

__all__ = [
    "ClaimingPattern",
    "Consecutive",
    "Deal",
    "Manual",
    "Pattern",
    "RotatingPattern",
    "RoundRobin",
    "Turn",
    "Weekly",
    "from_stored",
    "rotates",
    "to_stored",
]
