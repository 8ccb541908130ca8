"""Words for which only a public repository has recipes, before and after it is there."""

from __future__ import annotations

import pytest

from cm_core import CMError

REPOSITORY = "mlcommons@cm4mlops"
PULL = f"cm pull repo {REPOSITORY}"
# The command of a student competition, as it is published.
STUDENTS = (
    "--tags=run-mlperf,inference,_r4.1",
    *("--model=sdxl", "--implementation=reference", "--framework=pytorch", "--category=datacenter"),
    *("--scenario=Offline", "--execution_mode=valid", "--device=cuda", "--quiet"),
)
FAKE = ("--fake_run", "--fake_deps")
# Recipes of the same tags and the same shape as the published ones.
INPUTS = ("model", "implementation", "framework", "category", "scenario", "execution_mode", "device")
RECIPES = {
    "run-mlperf-inference-app": {
        "tags": ["run", "run-mlperf", "mlcommons", "mlperf", "inference"],
        "default_env": {"CM_MLPERF_IMPLEMENTATION": "reference"},
        "input_mapping": {name: f"CM_MLPERF_{name.upper()}" for name in INPUTS},
        "input_description": {"implementation": {"choices": ["python", "nvidia"], "default": "python"}},
        "deps": [
            {"tags": "get,mlcommons,inference,src", "names": ["inference-src"]},
            {"tags": "get,cuda", "enable_if_env": {"CM_MLPERF_DEVICE": ["cuda"]}},
            {"tags": "get,mlperf,inference,utils"},
        ],
        "variations": {"r4.1": {"group": "benchmark-version"}},
        "customize.py": "import helper_of_mlperf\n",
    },
    "get-mlperf-inference-src": {
        "tags": ["get", "src", "inference", "mlperf", "mlcommons"],
        "cache": True,
        "run.sh": "exit 7",
    },
    "get-mlperf-inference-utils": {
        "tags": ["get", "mlperf", "inference", "utils"],
        "deps": [{"tags": "get,mlperf,inference,src"}],
        "helper_of_mlperf.py": "import checker_of_the_clone\n",
        "customize.py": (
            "import os, sys\n"
            "def preprocess(i):\n"
            "    clone = i['env']['CM_MLPERF_INFERENCE_SOURCE']\n"
            "    sys.path += [os.path.join(clone, 'tools'), i['run_script_input']['path']]\n"
            "    return {'return': 0}\n"
        ),
    },
    "get-cuda": {"tags": ["get", "cuda"], "run.sh": "exit 7"},
}


@pytest.fixture
def pulled(make_scripts, run_cm):
    """The home knows the repository."""
    root = make_scripts(REPOSITORY, RECIPES)
    assert run_cm("add", "repo", f"--path={root}").status == 0


@pytest.fixture
def clone(tmp_path):
    tools = tmp_path / "inference" / "tools"
    tools.mkdir(parents=True)
    (tools / "checker_of_the_clone.py").write_text("")
    return tools.parent


@pytest.fixture
def fails(cm_session):
    """Run a command in this process and give the error."""

    def call(*words):
        with pytest.raises(CMError) as caught:
            cm_session.call(cm_session.understand(words))
        assert "\n" not in caught.value.message
        return caught.value

    return call


def check(error, sentence, command=PULL):
    """One sentence that names the repository, and the command that gets it as the hint."""
    assert error.exit_code == 16
    assert sentence in error.message
    assert f"the public repository {REPOSITORY} has recipes for" in error.message
    assert command in error.hint
    assert error.hint.startswith(PULL)


# -- before it is there --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "command"),
    [
        ("--model=sdxl", "inference --model=sdxl"),
        ("--model=stable-diffusion-xl", "inference --model=sdxl"),
        ("--model=llama2-70b", "inference --model=llama2-70b-99"),
        ("--model=LLAMA2-70B-99.9", "inference --model=llama2-70b-99.9"),
        ("--implementation=nvidia", "inference --implementation=nvidia"),
        ("--benchmark=stable-diffusion-xl", "inference --model=sdxl"),
        ("--benchmark=llama2-70b-99", "inference --model=llama2-70b-99"),
        ("--framework=deepsparse", "inference --backend=deepsparse"),
        ("--device=qaic", "inference --device=qaic"),
        ("--round=v4.1", "inference,_r4.1"),
        ("--round=r4.1-dev", "inference,_r4.1-dev"),
    ],
)
def test_a_word_of_the_command_that_measures(fails, flag, command):
    check(
        fails("run", "mlperf", flag), " here", f", then: cm run script --tags=run-mlperf,{command}; here: --"
    )


def test_before_anything_else_in_each_way_of_asking(fails):
    for words in (
        ("run", "mlperf", "sdxl"),
        ("run", "mlperf", "--model=sdxl", "--dry_run"),
        ("run", "mlperf", "--model=sdxl", "--level=official", "--round=v5.0"),
        ("find", "mlperf", "--model=sdxl"),
    ):
        check(fails(*words), "there is no model 'sdxl' here")


def test_on_the_command_line(run_cm):
    done = run_cm("run", "script", *STUDENTS)
    assert done.status == 16
    error = "script 'run-mlperf-inference-app' has no variation '_r4.1'"
    known = f"the public repository {REPOSITORY} has recipes for '_r4.1'"
    assert done.stderr == f"CM error: {error}; {known}\nhint: {PULL}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (STUDENTS, "has no variation '_r4.1'; the public repository"),
        (("run-mlperf inference _r4.1",), "has no variation '_r4.1'"),
        (("run-mlperf inference _scc24-base",), "has no variation '_scc24-base'"),
        (("run-mlperf-inference-app", "--tags=_r4.0"), "has no variation '_r4.0'"),
        (("run-mlperf inference", "--model=sdxl"), "there is no model 'sdxl' here"),
        (("run-mlperf inference", "--implementation=nvidia"), "--implementation cannot be 'nvidia' here"),
        (("get ml-model sdxl",), "has recipes for 'sdxl'"),
        (("app mlperf inference nvidia",), "has recipes for 'nvidia'"),
        (("app mlperf inference",), "has recipes for 'app,mlperf,inference'"),
        (("generate mlperf inference submission",), "has recipes for 'submission'"),
    ],
)
def test_a_word_of_a_recipe(fails, words, sentence):
    check(fails("run", "script", *words), sentence)


def test_a_model_of_the_successor_alone(fails):
    for words, command in (
        (("mlperf", "--model=whisper"), "mlcr run-mlperf,inference --model=whisper"),
        (("script", "get ml-model whisper"), "mlcr get,ml-model,whisper"),
    ):
        error = fails("run", *words)
        assert error.exit_code == 16
        assert "the public repository mlcommons@mlperf-automations has recipes" in error.message
        assert error.hint.startswith(f"MLCFlow runs them (pip install mlcflow): {command}")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("script", "get gcc _nvidia"), "it has no variations"),
        (("script", "run-mlperf inference _r9"), "it has _r5.0"),
        (("script", "get nvidia"), "to get more: cm pull repo"),
        (("mlperf", "--model=sdxxl"), "available models: digits"),
        (("mlperf", "--implementation=mine"), "write --implementation=reference"),
    ],
)
def test_other_words_are_nobodys(fails, words, hint):
    error = fails("run", *words)
    assert hint in error.hint
    assert "public repository" not in error.message


def test_a_name_of_ones_own(fails, cm_session):
    network = fails("run", "mlperf", "--model=sdxl", "--network=http://127.0.0.1:1", "--dataset=random")
    (cm_session.cwd / "sdxl").write_text("")
    file = fails("run", "mlperf", "--model=sdxl")
    assert "public repository" not in network.message + file.message


# -- once it is there ----------------------------------------------------------------------------------------


def test_the_command_of_the_students_gets_to_its_last_step(run_cm, pulled, clone):
    source = f"--env.CM_MLPERF_INFERENCE_SOURCE={clone}"
    done = run_cm("run", "script", *STUDENTS, *FAKE, source, "--strict", "--out=json")
    assert done.status == 0, done.stderr
    answer = done.json()
    assert answer["deps"] == [
        "get,mlcommons,inference,src",
        "get,cuda",
        "get,mlperf,inference,utils",
    ]
    assert [(step["title"], step["status"]) for step in answer["steps"]] == [
        ("get,mlperf,inference,utils", "done"),
        ("run-mlperf,inference,_r4.1", "skipped"),
    ]
    assert "warning" not in done.stderr


def test_without_the_clone_the_hint_says_how_to_give_it(run_cm, pulled):
    done = run_cm("run", "script", *STUDENTS, *FAKE)
    assert done.status == 1
    assert "No module named 'helper_of_mlperf'" in done.stderr
    assert "comes from the recipe get-mlperf-inference-utils" in done.stderr
    assert "add --env.CM_MLPERF_INFERENCE_SOURCE=VALUE" in done.stderr


def test_a_dry_run_needs_no_clone_and_runs_nothing(run_cm, pulled):
    done = run_cm("run", "script", *STUDENTS, "--dry_run")
    assert done.status == 0, done.stderr
    assert "cm run script --tags=get,mlperf,inference,utils" in done.stdout
    assert "✓" not in done.stderr


def test_the_recipe_of_the_repository_runs(fails, cm_session, make_scripts):
    # The word for what runs there is never one for what is shipped.
    recipe = {**RECIPES["run-mlperf-inference-app"], "deps": [], "customize.py": "", "run.sh": "exit 7"}
    make_scripts(REPOSITORY, {"run-mlperf-inference-app": recipe}, register=cm_session)
    for words in (("run-mlperf inference",), ("run-mlperf-inference-app",), STUDENTS):
        error = fails("run", "script", *words)
        assert error.exit_code == 2
        assert "exit status 7" in error.message


@pytest.mark.parametrize("more", [FAKE, ("--model=sdxl",)])
def test_a_shipped_recipe_that_runs_instead_is_named(run_cm, pulled, more):
    done = run_cm("run", "script", "run-mlperf inference _r6.1", *more, "--quiet")
    first = done.stderr.splitlines()[0]
    assert first == (
        "running run-mlperf-inference-app of cm-mlperf-recipes:"
        " run-mlperf-inference-app of mlcommons@cm4mlops has no variation _r6.1"
    )


def test_what_is_pulled_is_not_to_be_pulled_again(run_cm, pulled):
    done = run_cm("run", "mlperf", "--model=sdxl")
    assert "hint: cm run script --tags=run-mlperf,inference --model=sdxl;" in done.stderr
    done = run_cm("run", "script", "run-mlperf inference _r3.0")
    assert "has no variation '_r3.0'\nhint: did you mean _r" in done.stderr
