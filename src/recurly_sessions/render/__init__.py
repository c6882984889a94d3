"""Changes and calendars as text and HTML."""
