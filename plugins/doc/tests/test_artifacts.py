"""``cm doc KIND``: plugins say how to repeat what their artifacts hold."""

import json
from dataclasses import replace

import pytest

from cm_core import AlreadyExistsError, Automation, NotFoundError, UsageError
from cm_doc import Command, RepositoryState, Reproduction, Table


def reproduction(kind, folder, artifact, session):
    if kind != "sample":
        return None
    name = artifact.alias if artifact else folder.name
    return Reproduction(
        title=f"Sample {name}",
        summary="What a plugin says about it.",
        command=Command(words=("cm", "version"), about="prints the version", output="0.1.0\n", recorded=True),
        more_commands=(Command(words=("cm", "uid", "core"), about="makes a UID"),),
        inputs={"size": "5"},
        software={"thing": "1.0"},
        repositories=(RepositoryState(alias="r", uid="1" * 16, kind="registered"),),
        tables=(Table(title="Results", columns=("Metric", "Value"), rows=(("a|b", "7"),)),),
        warnings=("It may differ.",),
        date="2026-01-02",
    )


@pytest.fixture
def samples(kitchen, add_plugin):
    automation = Automation(name="sample", uid="00000000005a3b1e", help="samples")
    add_plugin("sample", cm_register_automations=lambda: [automation], cm_reproduction=reproduction)
    kitchen.call("add", "sample", "one", tags="a,b")
    return kitchen


def test_a_readme(samples):
    text = samples.text("sample", "one")
    assert text.startswith("# Sample one\n\nWhat a plugin says about it.\nRun on 2026-01-02.\n")
    for part in (
        "The command prints the version:\n\n```bash\ncm version\n```\n",
        "```bash\ncm uid core\n```\n",
        "- It may differ.\n",
        "| `--size` | `5` |",
        "`pip install thing==1.0`",
        "| Metric | Value |\n|---|---|\n| <code>a&#124;b</code> | `7` |\n",
        "## What `cm version` printed\n\n```text\n0.1.0\n```",
    ):
        assert part in text


def test_a_private_plugin_is_marked_and_not_asked_of_an_index(samples, add_plugin):
    def with_private(**asked):
        found = reproduction(**asked)
        return found and replace(found, software={"thing": "1.0", "dist-secret": "2.0"})

    add_plugin(
        "secret",
        cm_reproduction=lambda kind, folder, artifact, session: with_private(
            kind=kind, folder=folder, artifact=artifact, session=session
        ),
    )
    text = samples.text("sample", "one")
    assert "`pip install thing==1.0`" in text
    assert "| dist-secret | 2.0 (not part of the toolkit, perhaps not public" in text


def test_by_tags_and_by_folder(samples):
    assert samples.text("sample", tags="a").startswith("# Sample one\n")
    (samples.folder / "results").mkdir()
    assert samples.text("sample", path="results").startswith("# Sample results\n")


def test_a_notebook(samples):
    samples.doc("sample", "one", notebook=True, output=".")
    cells = json.loads((samples.folder / "notebook.ipynb").read_text())["cells"]
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code", "code", "code"]
    assert cells[2]["outputs"][0]["text"] == ["0.1.0\n"]
    assert (cells[3]["outputs"], cells[3]["execution_count"]) == ([], None)


def test_into_a_file(samples):
    samples.doc("sample", "one", output=".")
    assert (samples.folder / "README.md").read_text() == samples.text("sample", "one")
    with pytest.raises(AlreadyExistsError):
        samples.doc("sample", "one", output="README.md")


def test_a_dry_run_writes_nothing(samples):
    shown = samples.doc("sample", "one", output=".", dry_run=True)
    assert shown.lines == (f"would write {samples.folder / 'README.md'}",)
    assert not (samples.folder / "README.md").exists()
    (samples.folder / "README.md").touch()
    with pytest.raises(AlreadyExistsError):
        samples.doc("sample", "one", output="README.md", dry_run=True)


def test_what_is_missing_is_named(samples, add_plugin):
    with pytest.raises(NotFoundError, match="no sample matches 'two'"):
        samples.doc("sample", "two")
    with pytest.raises(NotFoundError, match="nowhere does not exist"):
        samples.doc("sample", path="nowhere")
    with pytest.raises(UsageError, match="no sample to describe"):
        samples.doc("sample")


def test_a_kind_of_which_no_plugin_knows_more(kitchen):
    kitchen.call("run", "script", "get-pot")
    with pytest.raises(NotFoundError, match="no installed plugin can say how to repeat the cache") as caught:
        kitchen.doc("cache", tags="get,pot")
    assert "cm_reproduction" in caught.value.hint


def test_an_answer_of_another_type_is_none(kitchen, add_plugin, cm_session):
    add_plugin("wrong", cm_reproduction=lambda kind: {"title": "no"})
    with pytest.raises(NotFoundError):
        kitchen.doc("cache", path=".")
    assert "must return a Reproduction, not dict" in cm_session.warnings[0]


def test_a_plugin_may_offer_facts_where_this_one_is_not_installed(tmp_path, run_cm):
    site = tmp_path / "site"
    (site / "offering-1.0.dist-info").mkdir(parents=True)
    (site / "offering-1.0.dist-info" / "METADATA").write_text("Name: offering\nVersion: 1.0\n")
    (site / "offering-1.0.dist-info" / "entry_points.txt").write_text("[cm]\noffering = offering\n")
    (site / "offering.py").write_text(
        "from cm_core import hookimpl\ncm_api_version = '1'\n\n\n@hookimpl(optionalhook=True)\n"
        "def cm_reproduction(kind):\n    from cm_doc import Command, Reproduction\n\n"
        "    return Reproduction(title='offered', command=Command(words=('cm', 'version')))\n"
    )
    env = {"PYTHONPATH": str(site)}
    assert run_cm("doc", "cache", "--path=.", env=env).stdout.startswith("# offered\n")
    alone = run_cm("find", "script", "detect-os", env={**env, "CM_DISABLE_PLUGINS": "doc"})
    assert (alone.status, alone.stderr) == (0, "")
