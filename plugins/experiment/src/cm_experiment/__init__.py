"""Experiments: run anything many times, keep everything, find the best, prove it again."""
