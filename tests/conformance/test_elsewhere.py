"""The words that MLPerf's public repository knows, and the command of a student competition in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cm_conformance.peer import Peer
from cm_conformance.repository import Item, scripts

import cm_mlperf
from cm_mlperf.elsewhere import REPOSITORIES

COMMAND = (
    *("run", "script", "--tags=run-mlperf,inference,_r4.1", "--model=sdxl", "--implementation=reference"),
    *("--framework=pytorch", "--category=datacenter", "--scenario=Offline", "--execution_mode=valid"),
    *("--device=cuda", "--quiet", "--fake_run", "--fake_deps"),
)
SHIPPED = Path(cm_mlperf.__file__).parent / "recipes"
RUN, BENCHMARK = "run-mlperf-inference-app", "app-mlperf-inference"

pytestmark = pytest.mark.usefixtures("yardstick")


@pytest.fixture(scope="module")
def known(repository: Path) -> dict[str, Item]:
    return {script.path.name: script for script in scripts(repository)}


def test_it_has_every_word_that_sends_people_there(known: dict[str, Item]):
    (there,) = (repository for repository in REPOSITORIES if repository.name == "mlcommons@cm4mlops")
    words = {flag: set(part) for flag, part in there.words.items()}
    run, benchmark = (known[name].meta["variations"].keys() for name in (RUN, BENCHMARK))
    assert words.pop("round") | there.variations <= run
    for part in words.values():
        assert part <= benchmark
    assert there.tags <= {tag for script in known.values() for tag in script.tags}
    assert all(any(asked <= script.tags for script in known.values()) for asked in there.requests)


def test_everybody_who_asks_for_what_it_alone_has_is_sent_there(known: dict[str, Item]):
    (there,) = (repository for repository in REPOSITORIES if repository.name == "mlcommons@cm4mlops")
    ours = {script.path.name: script for script in scripts(SHIPPED)}[RUN].meta
    tags = known[RUN].tags
    for name in known[RUN].meta["variations"].keys() - ours["variations"].keys():
        assert there.knows(f"_{name}", tags), name
    described = known[RUN].meta["input_description"]
    here = {"model": {"resnet50", "retinanet", "bert-99", "bert-99.9"}, "device": {"cpu", "cuda", "rocm"}}
    here |= {"implementation": {"mlcommons-python"}, "backend": {"onnxruntime", "pytorch"}}
    for flag, shipped in here.items():
        for word in {*described[flag]["choices"]} - shipped:
            assert there.word(flag, word) == word


def test_the_command_of_the_students(run_cm, repositories: list[Path], inference: Path):
    for path in repositories:
        assert run_cm("add", "repo", f"--path={path}").status == 0
    done = run_cm(*COMMAND, f"--env.CM_MLPERF_INFERENCE_SOURCE={inference}", "--strict", "--out=json")
    assert done.status == 0, done.stderr
    answer = done.json()
    assert answer["steps"][-1]["status"] == "skipped"
    assert answer["steps"][-1]["note"] == "would run"
    assert answer["steps"][-1]["script"] == "run-mlperf-inference-app,4a5d5b13fd7e4ac8"
    assert not [tags for tags in answer["deps"] if "cuda" in tags]


def test_the_original_needs_its_modules_on_the_path(original: Peer, repository: Path, inference: Path):
    """It gets as far, and no further without them; ours runs what provides them."""
    modules = f"{repository / 'script' / 'get-mlperf-inference-utils'}:{inference / 'tools' / 'submission'}"
    env = original.environment()
    words = [original.python.with_name("cm"), *COMMAND]
    for more, status in (({}, 1), ({"PYTHONPATH": modules}, 0)):
        done = subprocess.run(
            words,
            cwd=original.folder / "0" / "cwd",
            env={**env, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert done.returncode == status
