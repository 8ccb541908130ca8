"""``cm doc script``: what the pages say, where they go, and what is refused."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cm_core import AlreadyExistsError, CMError, NotFoundError, Request, UsageError


def test_a_page_says_what_the_script_is(kitchen):
    page = kitchen.text("script", "make-soup")
    assert page.startswith("# Make soup\n")
    assert "repository `kitchen`, category Kitchen." in page
    assert "`make`, `soup`" in page
    assert "| `_hot` (default) |  | `CM_HEAT=9` |" in page
    assert "| `_cold` | its own dependencies: 1 |  |" in page
    assert "| `--salt` | how much; one of `1`, `2` | `1` | `CM_SALT` |" in page
    assert "| `CM_SALT` | `1` | unless it is set: `--env.KEY=value` |" in page
    assert "| environment | `CM_SOUP*` |" in page
    assert "cm docker script --tags=make,soup" in page


def test_dependencies(kitchen):
    page = kitchen.text("script", "make-soup")
    assert "| `deps` | `get,pot` | `get-pot` | always | `pot` |  |" in page
    assert "| `deps` | `get,lid` | `get-lid`, `get-lid-of-glass` | if `CM_LID` is yes |  |  |" in page
    assert "| `deps` | `get,ice` | none is known | with `_cold` |  |  |" in page
    graph = page.partition("```mermaid\n")[2].partition("\n```")[0]
    assert 'n1["get-pot"]' in graph
    assert 'n2{{"get,lid"}}' in graph
    assert "n0 --> n1" in graph
    assert "n0 -.-> n2" in graph


def test_the_graph_goes_as_deep_as_asked(kitchen, make_scripts):
    chain = {f"c{n}": {"tags": [f"c{n}"], "deps": [{"tags": f"c{n + 1}"}]} for n in range(4)}
    make_scripts("chain", {**chain, "c4": {"tags": ["c4"]}}, register=kitchen.session)
    assert '"c2"' in kitchen.text("script", "c0")
    assert '"c3"' not in kitchen.text("script", "c0")
    assert '"c4"' in kitchen.text("script", "c0", depth="9")


def test_a_circle_ends(kitchen, make_scripts):
    circle = {
        "a": {"tags": ["aa"], "deps": [{"tags": "bb"}]},
        "b": {"tags": ["bb"], "deps": [{"tags": "aa"}]},
    }
    make_scripts("circle", circle, register=kitchen.session)
    assert "n1 --> n0" in kitchen.text("script", "a", depth="9")


@pytest.mark.parametrize("name", ["make-soup", "get-lid", "get-lid-of-glass"])
def test_the_commands_mean_this_script(kitchen, name):
    page = kitchen.text("script", name)
    command = page.partition("```bash\n")[2].partition("\n```")[0]
    found = kitchen.session.call(kitchen.session.understand([*shlex.split(command)[1:], "--fake_run"]))
    assert found.data["steps"][-1]["script"].startswith(f"{name},")


def test_the_python_program_runs(kitchen, run_cm):
    page = kitchen.text("script", "make-soup")
    program = page.partition("```python\n")[2].partition("\n```")[0]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(run_cm.env),
        cwd=kitchen.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "{'CM_SOUP': 'ready'}" in done.stdout


def test_into_a_file_and_into_a_folder(kitchen):
    (kitchen.folder / "docs").mkdir()
    kitchen.doc("script", "make-soup", output="new/page.md")
    kitchen.doc("script", "make-soup", output="docs")
    text = kitchen.text("script", "make-soup")
    assert (kitchen.folder / "new" / "page.md").read_text() == text
    assert (kitchen.folder / "docs" / "make-soup.md").read_text() == text


def test_a_repository_gets_an_index_and_linked_pages(kitchen):
    kitchen.doc("script", "kitchen:", output="docs")
    folder = kitchen.folder / "docs"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "README.md", "break.md", "get-lid-of-glass.md", "get-lid.md", "get-pot.md", "make-soup.md",
    ]  # fmt: skip
    index = (folder / "README.md").read_text()
    assert "| [Make soup](make-soup.md) | `make,soup` |" in index
    assert index.index("## Kitchen") < index.index("## Other")
    assert "[get-pot](get-pot.md)" in (folder / "make-soup.md").read_text()


def test_all_scripts_are_those_of_all_repositories(kitchen):
    written = kitchen.doc("script", all=True, output="docs").data["written"]
    assert any(path.endswith("make-soup.md") for path in written)
    assert any(path.endswith("detect-os.md") for path in written)


def test_metadata_of_the_wrong_shape_are_left_out(kitchen, make_scripts):
    wrong = {"variations": ["x"], "deps": "text", "input_mapping": 5, "new_env_keys": "A", "versions": 7}
    make_scripts("odd", {"odd": {"tags": ["odd"], **wrong, "name": ["a"]}}, register=kitchen.session)
    page = kitchen.text("script", "odd")
    assert "## Variations" not in page
    assert "## Dependencies" not in page


def test_text_of_others_is_escaped(kitchen, make_scripts):
    evil = "</code><script>alert(1)</script>|`x`\n# title"
    meta = {
        "tags": ["evil", "a|b"],
        "name": evil,
        "category": evil,
        "default_env": {"A": evil},
        "input_description": {"x": {"desc": evil}},
        "variations": {evil: {}},
        "deps": [{"tags": f"get,{evil}", "names": [evil]}],
    }
    make_scripts("bad", {"evil": meta}, register=kitchen.session)
    page = kitchen.text("script", "evil")
    assert "<script" not in page
    assert "\n# title" not in page
    rows = [line for line in page.splitlines() if line.startswith("| `--x`")]
    assert [row.replace("\\|", "").count("|") for row in rows] == [5]


def test_credentials_in_a_recipe_are_not_in_its_page(kitchen, make_scripts):
    meta = {"tags": ["private"], "deps": [{"tags": "get,_url.https://me:s3cret@host/x"}]}
    make_scripts(
        "own", {"private": {**meta, "env": {"CM_U": "https://t0k3n@host"}}}, register=kitchen.session
    )
    page = kitchen.text("script", "private")
    assert "https://***@host/x" in page
    assert "s3cret" not in page
    assert "t0k3n" not in page


def test_a_built_in_script_does_not_stand_in_the_way(kitchen, make_scripts):
    make_scripts("mine", {"detect-os": {"tags": ["detect", "os"]}}, register=kitchen.session)
    assert "of repository `mine`" in kitchen.text("script", "detect-os")


# -- what is refused ------------------------------------------------------------------------------------


def test_an_unknown_script_is_named_with_what_is_near(kitchen):
    with pytest.raises(NotFoundError, match="there is no script 'make-soap'") as caught:
        kitchen.doc("script", "make-soap")
    assert "make-soup" in caught.value.hint
    with pytest.raises(NotFoundError, match="no script has the tags 'make,soap'") as caught:
        kitchen.doc("script", "make soap")
    assert "soup" in caught.value.hint
    with pytest.raises(NotFoundError, match="variations"):
        kitchen.doc("script", "make soup _lukewarm")


def test_nothing_is_asked_for(kitchen):
    with pytest.raises(UsageError, match="no script to describe was given"):
        kitchen.doc("script")


def test_several_need_a_folder(kitchen):
    with pytest.raises(UsageError, match="2 scripts match") as caught:
        kitchen.doc("script", "get lid")
    assert "--output" in caught.value.hint


def test_existing_files_are_kept(kitchen):
    page = kitchen.folder / "page.md"
    page.write_text("mine")
    with pytest.raises(AlreadyExistsError) as caught:
        kitchen.doc("script", "make-soup", output="page.md")
    assert (caught.value.exit_code, page.read_text()) == (8, "mine")
    kitchen.doc("script", "make-soup", output="page.md", force=True)
    assert page.read_text().startswith("# Make soup")


def test_one_existing_file_keeps_all_others_from_being_written(kitchen):
    folder = kitchen.folder / "docs"
    folder.mkdir()
    (folder / "get-pot.md").write_text("mine")
    with pytest.raises(AlreadyExistsError):
        kitchen.doc("script", "kitchen:", output="docs")
    assert [path.name for path in folder.iterdir()] == ["get-pot.md"]


def test_a_file_is_no_folder(kitchen):
    (kitchen.folder / "file").write_text("")
    with pytest.raises(CMError, match="is a file, not a folder"):
        kitchen.doc("script", "make-soup", output="file/page.md")
    with pytest.raises(CMError, match="is a file, not a folder"):
        kitchen.doc("script", "kitchen:", output="file")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder in which nobody can write")
def test_a_folder_that_cannot_be_written(kitchen):
    with pytest.raises(CMError, match="cannot be written"):
        kitchen.doc("script", "make-soup", output="/proc/page.md")


@pytest.mark.parametrize("depth", ["x", "0", "²"])
def test_depth_is_a_number(kitchen, depth):
    with pytest.raises(UsageError, match=f"--depth={depth}"):
        kitchen.doc("script", "make-soup", depth=depth)


def test_command_line(kitchen, run_cm):
    done = run_cm("doc", "script", "make soup")
    assert done.status == 0
    assert done.stdout.startswith("# Make soup\n")
    assert run_cm("doc", "script", "make soup", "--json").json()["text"] == done.stdout
    failed = run_cm("doc", "script", "nothing like this")
    assert failed.status == 16
    assert "Traceback" not in failed.stderr


def test_requests_are_not_changed(kitchen):
    request = Request(action="doc", automation="script", artifact="make-soup", options={"depth": "1"})
    kitchen.session.call(request)
    assert request.options == {"depth": "1"}


def test_a_repository_of_one_script_is_a_folder_too(kitchen, make_scripts):
    make_scripts("single", {"one": {"tags": ["one"]}}, register=kitchen.session)
    kitchen.doc("script", "single:", output="single")
    assert sorted(path.name for path in (kitchen.folder / "single").iterdir()) == ["README.md", "one.md"]


@pytest.mark.parametrize("options", [{"output": "soup.ipynb"}, {"output": ".", "notebook": True}])
def test_a_notebook_about_a_script(kitchen, options):
    (written,) = kitchen.doc("script", "make-soup", **options).data["written"]
    assert written.endswith(".ipynb")
    cells = json.loads(Path(written).read_text())["cells"]
    assert "".join(cells[0]["source"]).startswith("# Make soup")
    assert "'--tags=make,soup'" in "".join(cells[-1]["source"])


@pytest.mark.parametrize("name", ["soup.html", "soup.HTM", "soup.pdf", "soup.json"])
def test_a_name_of_another_form_is_refused(kitchen, name):
    with pytest.raises(UsageError, match="as Markdown or as notebooks") as caught:
        kitchen.doc("script", "make-soup", output=name)
    assert "soup.md" in caught.value.hint
    assert not (kitchen.folder / name).exists()


def test_a_notebook_is_about_one_script(kitchen):
    with pytest.raises(UsageError, match="one script"):
        kitchen.doc("script", all=True, output="pages", notebook=True)
