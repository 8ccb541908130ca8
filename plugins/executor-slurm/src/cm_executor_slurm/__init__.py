"""Runs tasks of the toolkit as arrays of Slurm jobs."""
