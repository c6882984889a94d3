"""What is done to a school over a store, whichever it is."""
