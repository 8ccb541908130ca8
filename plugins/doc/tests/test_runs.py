"""``cm run script … --print_readme --print_notebook``: what is written, and that it repeats the run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cm_core import AlreadyExistsError, UsageError
from cm_script import ScriptFailedError


@pytest.fixture
def readme(kitchen):
    def run(artifact="make soup", **options):
        kitchen.call("run", "script", artifact, print_readme=True, quiet=True, **options)
        return (kitchen.folder / "README-cm.md").read_text()

    return run


def shell_commands(text):
    """The commands of a README that a person is to type."""
    return "\n".join(re.findall(r"```bash\n(.*?)\n```", text, re.DOTALL))


def run_in_shell(commands, run_cm, folder, home):
    folder.mkdir()
    path = f"{Path(sys.executable).parent}:{run_cm.env['PATH']}"
    env = {**run_cm.env, "PATH": path, "CM_REPOS": str(home)}
    return subprocess.run(
        ["bash", "-euc", commands], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def test_the_readme_tells_everything(readme):
    text = readme(salt="2", env={"CM_LID": "no"})
    assert text.startswith("# Make soup\n")
    assert "cm run script --tags=make,soup --quiet --salt=2 --env.CM_LID=no" in text.replace("'", "")
    assert "| `--salt` | `2` |" in text
    assert "| `--env.CM_LID` | `no` |" in text
    assert "| cm-automation | 0.1.0 |" in text
    assert "| Python | 3." in text
    assert re.search(r"\| `· get,pot` \| `get-pot,\w+` \|  \| `kitchen` \| `1.5` \| `done` \|", text)
    assert "`_hot`" in text
    assert "| `CM_SOUP` | `ready` |" in text
    assert "soup with salt 2" in text
    assert "Repository kitchen cannot be pulled from anywhere" in text


def test_its_own_flags_are_not_part_of_the_command(readme):
    text = readme(force=True)
    assert "print_readme" not in text
    assert "--force" not in text


def test_flags_of_this_plugin_are_known(kitchen, run_cm):
    done = run_cm("run", "script", "make soup", "--print_readme", cwd=kitchen.folder)
    assert (done.status, "warning" in done.stderr) == (0, False)
    assert done.stdout.endswith(f"wrote {kitchen.folder / 'README-cm.md'}\n")
    assert "--print_notebook" in run_cm("run", "script", "--help").stdout
    answer = run_cm(
        "run", "script", "make soup", "--print_readme=a/b.md", "--json", cwd=kitchen.folder
    ).json()
    assert answer["written"] == [str(kitchen.folder / "a" / "b.md")]


def test_yes_and_no_are_no_files(kitchen):
    data = kitchen.call("run", "script", "make soup", print_readme="yes", print_notebook="no").data
    assert data["written"] == [str(kitchen.folder / "README-cm.md")]
    assert "written" not in kitchen.call("run", "script", "make soup", print_readme="off").data


def test_a_choice_among_several_is_pinned(readme):
    text = readme("get lid")
    command = shell_commands(text)
    assert re.fullmatch(r"cm run script get-lid,[0-9a-f]{16} --quiet", command)


def test_secrets_are_left_out(readme, make_scripts, kitchen):
    make_scripts("tell", {"tell": {"run.sh": 'echo "it is $CM_GH_TOKEN"'}}, register=kitchen.session)
    text = readme(
        "tell", gh_token="pass-phrase", url="https://me:word@example.org/x", env={"A_SECRET": "xyzzy"}
    )
    assert "it is ***" in text
    assert not re.search("pass-phrase|word@|xyzzy", text)


def test_its_commands_repeat_the_run(readme, kitchen, run_cm, tmp_path, cm_home):
    commands = shell_commands(readme(salt="2"))
    done = run_in_shell(commands, run_cm, tmp_path / "again", cm_home)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "soup with salt 2\n"


def test_its_commands_get_the_recipes_from_git(readme, kitchen, run_cm, tmp_path, make_scripts, need_tool):
    git = need_tool("git")
    origin = make_scripts("shared", {"hello": {"run.sh": "echo first"}})

    def run_git(*words):
        author = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run([git, "-C", origin, *author, *words], check=True, capture_output=True)

    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
        run_git(*words)
    kitchen.call("pull", "repo", "shared", url=str(origin), yes=True)
    text = readme("hello")
    commands = shell_commands(text)
    assert "cm pull repo shared --url=" in commands
    # The recipe moves on; what the README gets is what ran.
    (origin / "script" / "hello" / "run.sh").write_text("echo second\n")
    run_git("commit", "-qam", "two")
    done = run_in_shell(commands, run_cm, tmp_path / "again", tmp_path / "another-home")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("first\n")


def test_changed_recipes_are_told(readme, kitchen, tmp_path, make_scripts, need_tool):
    git = need_tool("git")
    origin = make_scripts("shared", {"hello": {"run.sh": "echo first"}})
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
        subprocess.run([git, "-C", origin, *author, *words], check=True, capture_output=True)
    kitchen.call("pull", "repo", "shared", url=str(origin), yes=True)
    place = kitchen.session.repos.find(kitchen.session.kind("script").ref.parse("shared"))[0].path
    (place / "script" / "hello" / "run.sh").write_text("echo changed")
    assert "Repository shared has 1 files that differ from its commit" in readme("hello")


def test_a_cached_result_is_told(readme, kitchen):
    kitchen.call("run", "script", "get-pot")
    assert "add --new to run it again" in readme("get-pot")


def test_a_failed_run_is_written_about(kitchen):
    with pytest.raises(ScriptFailedError):
        kitchen.call("run", "script", "break", print_readme=True)
    text = (kitchen.folder / "README-cm.md").read_text()
    assert "**It failed:**" in text
    assert "crack" in text


def test_an_existing_file_refuses_the_run(kitchen, run_cm):
    (kitchen.folder / "README-cm.md").write_text("mine")
    with pytest.raises(AlreadyExistsError, match="README-cm"):
        kitchen.call("run", "script", "make soup", print_readme=True)
    assert not (kitchen.folder / "tmp-run-env.out").exists(), "it ran although its README cannot be written"
    kitchen.call("run", "script", "make soup", print_readme=True, force=True)
    assert (kitchen.folder / "README-cm.md").read_text() != "mine"


def test_what_a_recipe_runs_is_not_written_about(kitchen, make_scripts):
    hook = (
        "def preprocess(i):\n"
        "    return i['automation'].cmind.access({'action': 'run', 'automation': 'script', 'tags': 'get,pot',"
        " 'print_readme': True})\n"
    )
    make_scripts("outer", {"outer": {"customize.py": hook}}, register=kitchen.session)
    kitchen.call("run", "script", "outer")
    assert list(kitchen.folder.glob("**/README-cm.md")) == []


# -- notebooks ------------------------------------------------------------------------------------------


@pytest.fixture
def notebook(kitchen):
    kitchen.call("run", "script", "make soup", print_notebook=True, salt="2")
    return json.loads((kitchen.folder / "notebook-cm.ipynb").read_text())


def test_the_form_of_a_notebook(notebook):
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert kinds == ["markdown", "code", "code"]
    assert set(notebook["cells"][0]) == {"cell_type", "id", "metadata", "source"}
    assert set(notebook["cells"][1]) == {
        "cell_type", "execution_count", "id", "metadata", "outputs", "source",
    }  # fmt: skip


def test_a_notebook_holds_what_was_printed(notebook):
    (output,) = notebook["cells"][-1]["outputs"]
    assert "".join(output["text"]) == "soup with salt 2\n"


def execute(notebook, kitchen, run_cm):
    """Run the code cells in their order, as a kernel does."""
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return subprocess.run(
        [sys.executable, "-c", "\n".join(cells)],
        cwd=kitchen.folder,
        env=dict(run_cm.env),
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_cells_run_from_top_to_bottom(notebook, kitchen, run_cm):
    done = execute(notebook, kitchen, run_cm)
    assert done.returncode == 0, done.stderr
    assert "soup with salt 2\n" in done.stdout


def test_a_failing_command_stops_a_notebook(kitchen, run_cm):
    with pytest.raises(ScriptFailedError):
        kitchen.call("run", "script", "break", print_notebook=True)
    done = execute(json.loads((kitchen.folder / "notebook-cm.ipynb").read_text()), kitchen, run_cm)
    assert done.returncode == 1
    assert "RuntimeError: exit status 2: cm run script" in done.stderr


@pytest.mark.slow
def test_jupyter_executes_it(notebook, kitchen, run_cm, monkeypatch):
    nbformat = pytest.importorskip("nbformat", reason="needs the packages nbclient and ipykernel")
    nbclient = pytest.importorskip("nbclient", reason="needs the packages nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs the packages nbclient and ipykernel")
    monkeypatch.setenv("CM_REPOS", run_cm.env["CM_REPOS"])
    loaded = nbformat.read(kitchen.folder / "notebook-cm.ipynb", as_version=4)
    nbformat.validate(loaded)
    nbclient.NotebookClient(loaded, resources={"metadata": {"path": str(kitchen.folder)}}).execute()
    assert "soup with salt 2" in loaded.cells[-1].outputs[0].text


def test_the_name_of_a_file_says_what_it_is(kitchen):
    kitchen.call("run", "script", "make soup", print_readme="soup.ipynb", quiet=True)
    assert json.loads((kitchen.folder / "soup.ipynb").read_text())["nbformat"] == 4
    for flag in ("print_readme", "print_notebook"):
        with pytest.raises(UsageError, match=r"not as '\.html'"):
            kitchen.call("run", "script", "make soup", quiet=True, **{flag: "soup.html"})
