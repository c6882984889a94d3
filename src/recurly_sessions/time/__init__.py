"""Zones, the clock on the wall, and date rules: the only place that knows about clock changes."""
