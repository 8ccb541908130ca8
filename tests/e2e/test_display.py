"""What long-running commands show at a terminal, in a pipe and beside a document, line by line."""

import re
import subprocess

import pytest

SCRIPTS = {
    "app": {
        "deps": [{"tags": "get,model"}, {"tags": "slow"}],
        "run.sh": "echo result: 42",
    },
    "get-model": {"cache": True, "run.sh": "echo noise"},
    "slow": {"run.sh": "echo 10%; sleep 1; echo 90%"},
    "fails": {"deps": [{"tags": "broken"}]},
    "broken": {"run.sh": "echo before the end; exit 3"},
    "asks": {"deps": [{"tags": "question"}]},
    "question": {
        "customize.py": "def preprocess(i):\n    print('hello', input('Your name? '))\n    return {'return': 0}\n"
    },
}


@pytest.fixture
def shop(workshop):
    workshop.add(SCRIPTS)
    return workshop


@pytest.fixture
def shown(shop, terminal):
    """The lines on a terminal after ``cm WORDS``, with T for each time."""

    terminal.columns = 200

    def run(*words, **options):
        lines = terminal.run(shop.run_cm.argv(*words), env=shop.run_cm.env, cwd=shop.folder, **options)
        return [plain(line, shop) for line in lines]

    return run


def plain(line, shop):
    line = line.replace(str(shop.folder), "HERE").replace(str(shop.home), "HOME")
    line = re.sub(r"\b[0-9a-f]{16}\b|\b[0-9a-f]{12}\b|\d{4}-\d\d-\d\d\.[0-9.-]+", "ID", line)
    return re.sub(r"  +", "  ", re.sub(r"\d+(\.\d+)? s\b", "T s", line))


def piped(shop, *words):
    """Standard output and standard error, each as lines."""
    done = subprocess.run(
        shop.run_cm.argv(*words),
        env=shop.run_cm.env,
        cwd=shop.folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return [[plain(line, shop) for line in text.splitlines()] for text in (done.stdout, done.stderr)]


def test_finished_steps_scroll_by_and_the_live_region_goes(shown, terminal):
    steps = ["  ✓ get,model  T s", "  ✓ slow  T s", "result: 42", "✓ app  T s"]
    assert shown("run", "script", "app") == [*steps, "3 done; T s in total"]
    assert "⠙ " in terminal.written
    assert "    10%\r" in terminal.written  # the last line of a dependency, in the live region
    again = ["  ✓ get,model  cached", *steps[1:]]
    tree = ["app  T s", "├─ get,model  cached", "└─ slow  T s", "2 done, 1 from the cache; T s in total"]
    assert shown("run", "script", "app", "--time") == [*again, *tree]
    verbose = ["  ✓ get,model  cached", "10%", "90%", *again[1:], tree[-1]]
    assert shown("run", "script", "app", "-v") == verbose
    assert shown("run", "script", "app", "--silent") == ["result: 42"]


def test_the_same_lines_in_a_pipe_and_beside_a_document(shop):
    steps = ["  ✓ get,model  T s", "  ✓ slow  T s", "✓ app  T s"]
    assert piped(shop, "run", "script", "app") == [["result: 42"], [*steps, "3 done; T s in total"]]
    again = ["  ✓ get,model  cached", *steps[1:], "2 done, 1 from the cache; T s in total"]
    assert piped(shop, "run", "script", "app", "-v") == [["10%", "90%", "result: 42"], again]
    assert piped(shop, "run", "script", "app", "--silent") == [["result: 42"], []]
    document, told = piped(shop, "run", "script", "app", "--out=json")
    assert (document[0], told) == ("{", [*again[:2], "result: 42", *again[2:]])
    assert piped(shop, "run", "script", "app", "--out=none") == [[], ["result: 42"]]


def test_a_failure_is_told_after_its_steps(shown, shop):
    for lines in (shown("run", "script", "fails"), piped(shop, "run", "script", "fails")[1]):
        assert lines[:4] == [
            "  ✗ broken  failed after T s",
            "✗ fails  failed after T s",
            "1 failed; T s in total",
            "CM error: native script of recipe broken failed: exit status 3",
        ]
        assert lines[-1] == "hint: to run just this step again: cm run script --tags=broken"


def test_a_question_of_a_hook_is_seen(shown):
    assert shown("run", "script", "asks", answers={"Your name? ": "Ada"}) == [
        "Your name? Ada",
        "  ✓ question  T s",
        "✓ asks  T s",
        "2 done; T s in total",
    ]


def test_a_warning_comes_once(shown, shop):
    warning = "CM warning: no entry is called 'xyz'; tags are given as --tags=xyz"
    assert shown("show", "cache", "xyz")[0] == warning
    assert piped(shop, "show", "cache", "xyz")[1] == [warning]


def test_experiments_say_a_line_for_each_step(shown, shop):
    words = ("--explore.N=1,2", "--metric", "x=([0-9]+)", "--", "sh", "-c", "echo $N")
    lines = [
        "experiment: HOME/repos/local/experiment/NAME",
        "run: HOME/repos/local/experiment/NAME/ID",
        "[1/2] N=1: x 1, T s",
        "[2/2] N=2: x 2, T s",
    ]
    at_terminal = shown("run", "experiment", "a", *words)
    assert at_terminal == [*(line.replace("NAME", "a") for line in lines), "steps: 2 finished"]
    answer, told = piped(shop, "run", "experiment", "b", *words)
    assert (answer, told) == (["steps: 2 finished"], [line.replace("NAME", "b") for line in lines])


def test_the_only_step_of_an_experiment_shows_its_output(shown, shop):
    words = ("--", "sh", "-c", "echo out; echo err >&2")
    assert shown("run", "experiment", "a", *words)[2:] == ["out", "err", "[1/1] T s", "steps: 1 finished"]
    answer, told = piped(shop, "run", "experiment", "b", *words)
    assert (answer, told[2:]) == (["out", "err", "steps: 1 finished"], ["[1/1] T s"])


def test_pulling_says_what_it_does(shown, shop, need_tool):
    origin = shop.folder / "origin"
    origin.mkdir()
    (origin / "cmr.yaml").write_text("alias: origin\nuid: 0123456789abcdef\ngit: true\n")
    git = [need_tool("git"), "-C", str(origin), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    url = f"file://{origin}"
    assert shown("pull", "repo", f"--url={url}") == [
        "cloning file://HERE/origin",
        "pulled origin,ID from file://HERE/origin at commit ID (branch main)",
        "  HOME/repos/origin",
        "note: its recipes are code that runs with your permissions",
    ]
    state = "origin,ID is up to date at commit ID (branch main)"
    assert piped(shop, "pull", "repo", f"--url={url}") == [[state, "  HOME/repos/origin"], []]
    assert shown("update", "repo") == ["updating origin", state, "0 updated, 1 unchanged, 0 failed"]
