"""The command and the recipes that go on record."""

import subprocess

import pytest

from cm_core import Request, parse_words
from cm_mlperf.run.recording import recipe_repositories, run_command


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["--model=a b.onnx", "--scenario=Offline,Server"],
            ["--model=a b.onnx", "--scenario=Offline,Server"],
        ),
        (["resnet50", "--conf.Server.target_qps=5"], ["resnet50", "--conf.Server.target_qps=5"]),
        (["--quiet", "--rerun", "--json", "--result=x.json", "--all_scenarios"], ["--all_scenarios"]),
    ],
)
def test_what_was_typed_without_what_changes_no_result(words, expected):
    assert run_command(parse_words(["run", "mlperf", *words])) == ("cm", "run", "mlperf", *expected)


def test_a_recipe_or_a_program_asks_by_options():
    request = Request.from_mapping(
        {"action": "run", "automation": "mlperf", "out": "con", "model": "resnet50", "scenario": ["Offline"]}
    )
    assert run_command(request) == ("cm", "run", "mlperf", "--model=resnet50", "--scenario,=Offline")


def test_clones_with_the_recipes_are_on_record(cm_session, make_repo, need_tool):
    pytest.importorskip("cm_repo", reason="needs cm-plugin-repo")
    git = need_tool("git")
    origin = make_repo("shared", {"script/get-it": {"tags": ["get", "it"]}})
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one")):
        subprocess.run([git, "-C", origin, *author, *words], check=True, capture_output=True)
    head = subprocess.run(
        [git, "-C", origin, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    )
    pull = Request(
        action="pull", automation="repo", artifact="shared", options={"url": str(origin), "yes": True}
    )
    cm_session.call(pull)

    (script,) = cm_session.find("script", "get-it")
    shipped = cm_session.find("script", "get-ml-model-digits")[0]
    found = recipe_repositories([shipped.ref, script.ref, script.ref], cm_session)
    assert found == {"shared": f"{head.stdout.strip()} of {origin}"}
    assert recipe_repositories([shipped.ref], cm_session) == {}
    assert recipe_repositories([], cm_session) == {}
