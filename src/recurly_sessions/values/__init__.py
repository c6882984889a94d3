"""The nouns: immutable, checked when they are built, equal by value."""
