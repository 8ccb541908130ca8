"""What may be said about results: the words that every table and report carries."""

from __future__ import annotations

from cm_mlperf.record.layout import RunRecord

MARK = "NON-OFFICIAL"
UNVERIFIED = "UNVERIFIED"
_LEVELS = {"demo": "a demonstration", "short": "a short run"}
POLICY_URL = "https://github.com/mlcommons/policies/blob/master/MLPerf_Results_Messaging_Guidelines.adoc"


NOTE = f"{MARK}: short or invalid runs are not MLPerf results; do not compare them with published ones"


def mark(record: RunRecord) -> str:
    """One word: ``NON-OFFICIAL``, or ``UNVERIFIED`` for a run of official length that nobody has reviewed."""
    return UNVERIFIED if record.official else MARK


def statement(record: RunRecord) -> str:
    """One sentence on what the results are, and one on what they may be called."""
    if record.official:
        return (
            "Unverified: these results have the official length but were not reviewed by MLCommons. "
            "Under its results messaging guidelines, they may be published only with the words "
            "“result not verified by MLCommons Association” next to them."
        )
    return (
        f"This is {_LEVELS[record.level]}, shorter than the MLPerf rules require. Under MLCommons' results "
        "messaging guidelines, its numbers must not be called MLPerf results "
        "or be compared with published ones."
    )
