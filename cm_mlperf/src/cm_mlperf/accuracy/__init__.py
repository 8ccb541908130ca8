"""Ways to judge answers."""
