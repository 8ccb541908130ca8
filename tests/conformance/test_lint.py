"""``cm lint repo`` on a public repository: it ends, and it finds the faults that are known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cm_core import Request, Session

# Rule, folder of the script, a word of the message: faults that people ran into before there was a lint.
KNOWN_FAULTS = [
    ("misspelt-key", "app-mlperf-inference-dummy", "updats_tags_from_env_with_prefix"),
    ("misspelt-key", "app-mlperf-inference-nvidia", "alis"),
    ("misspelt-key", "calibrate-model-for.qaic", "default-variations"),
    ("unmatched-dependency", "get-go", "install,go"),
    ("tag-not-text", "reproduce-ieee-acm-micro2023-paper-28", "28"),
    ("duplicate-uid", "run-all-mlperf-models", "benchmark-any-mlperf-inference-implementation"),
    ("cache-as-text", "get-aocl", "true"),
    ("unknown-variation", "get-mlperf-inference-src", "_branch.deepsparse"),
    ("unknown-dependency", "install-torchvision-from-src", "pytorch-src-repo"),
    ("null-in-env", "generate-nvidia-engine", "CM_MODEL_BATCH_SIZE"),
    ("dependency-of-variation", "get-dataset-openimages", "openimages-calibration"),
]


@pytest.fixture
def findings(session: Session, repository: Path) -> list[dict[str, str]]:
    request = Request(action="lint", automation="repo", artifact=f"{repository}", options={"level": "info"})
    return session.call(request).data["findings"]


def test_every_finding_is_somewhere(findings: list[dict[str, str]], repository: Path) -> None:
    for finding in findings:
        path = Path(finding["path"])
        assert path.is_relative_to(repository)
        assert 1 <= int(finding["line"]) <= len(path.read_text(encoding="utf-8").splitlines()) + 1


@pytest.mark.usefixtures("yardstick")
def test_known_faults(findings: list[dict[str, str]]) -> None:
    found = [(f["rule"], Path(f["path"]).parent.name, f["message"]) for f in findings]
    missing = [
        fault
        for fault in KNOWN_FAULTS
        if not any(fault[:2] == known[:2] and fault[2] in known[2] for known in found)
    ]
    assert missing == []


@pytest.mark.usefixtures("yardstick")
def test_numbers_of_known_faults(findings: list[dict[str, str]]) -> None:
    counts = Counter(finding["rule"] for finding in findings)
    combinations = [f for f in findings if f["rule"] == "unknown-variation" and "combination" in f["message"]]
    forced = [f for f in findings if "'force-cache'" in f["message"]]
    assert counts["customize-syntax"] == 3
    assert counts["condition-not-a-list"] == 10
    assert len(combinations) == 17
    assert len(forced) == 4
