"""Data sets of the demo and of the user's own."""
