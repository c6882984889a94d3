"""Stores, and what else needs a library that the core does without; each is imported by its own name."""
