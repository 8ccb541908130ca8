"""Checks of runs and submissions, before and after; each problem says where it is and how to repair it."""
