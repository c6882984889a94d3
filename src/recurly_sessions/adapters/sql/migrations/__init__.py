"""How the tables came to be, one revision a file; see `recurly_sessions.adapters.sql.schema`."""
