"""Facts of the official rounds: benchmarks, sample counts, targets, bounds, scenarios, seeds."""

from cm_mlperf.rounds.facts import NEWEST, AccuracyTarget, Benchmark, Round, Seeds, load, names

__all__ = ["NEWEST", "AccuracyTarget", "Benchmark", "Round", "Seeds", "load", "names"]
