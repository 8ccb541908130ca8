"""``cm lint script`` and ``cm lint repo``: what is examined, and how it is told."""

from pathlib import Path

import pytest

from cm_core import CMError, NotFoundError, UsageError

BROKEN = "frobnicate: 1\ndeps:\n- tags: get,nobody\n"


def test_clean_repository(workshop):
    workshop.write(
        "get-all",
        "cache: true\ndeps:\n- tags: detect,os\n- tags: get,python3\n  names: [python]\n"
        "variations:\n  a: {group: g, default: true}\n  b: {group: g, adr: {python: {version_min: '3.8'}}}\n",
        run__sh="echo\n",
        run__bat="echo\n",
        customize__py="def preprocess(i):\n    return {'return': 0}\n",
    )
    result = workshop.call("mine", kind="repo")
    assert result.data["findings"] == []
    assert result.exit_code == 0
    assert result.lines == ("1 artifact checked: no problems found",)


def test_built_in_recipes_are_clean(workshop):
    result = workshop.call(level="warning")
    assert result.data["findings"] == []
    assert result.data["checked"] > 20


def test_by_name_tags_and_pattern(workshop):
    workshop.write("get-one", BROKEN)
    workshop.write("get-two", BROKEN)
    workshop.write("other", BROKEN)

    def examined(*names, **options):
        return {finding["artifact"] for finding in workshop.findings(*names, **options)}

    assert examined("get-one") == {"get-one"}
    assert examined("get-*") == {"get-one", "get-two"}
    assert examined("get-one", "other") == {"get-one", "other"}
    assert examined("get two") == {"get-two"}
    assert examined(tags="get,-two") == {"get-one"}
    assert examined("mine:other") == {"other"}
    assert examined() == {"get-one", "get-two", "other"}


def test_what_does_not_exist(workshop):
    workshop.write("get-one")
    with pytest.raises(NotFoundError) as caught:
        workshop.call("get-on")
    assert "get-one" in caught.value.hint
    for words in (("get onee",), ("get one _x",)):
        with pytest.raises(NotFoundError):
            workshop.call(*words)
    for name in ("min", "./nowhere"):
        with pytest.raises(NotFoundError):
            workshop.call(name, kind="repo")


def test_folder_that_is_no_repository(workshop, tmp_path):
    (tmp_path / "plain").mkdir()
    with pytest.raises(NotFoundError) as caught:
        workshop.call("./plain", kind="repo")
    assert "cm init repo" in caught.value.hint


def test_levels_and_exit_codes(workshop):
    workshop.write("broken", BROKEN, run__sh="")
    counts = {"error": 1, "warning": 1, "info": 1}
    result = workshop.call("broken", level="warning")
    assert result.exit_code == 1
    assert result.data["counts"] == counts
    assert [finding["severity"] for finding in result.data["findings"]] == ["warning", "error"]
    assert len(workshop.findings("broken", level="error")) == 1
    assert len(workshop.findings("broken", level="info")) == 3
    with pytest.raises(UsageError):
        workshop.call("broken", level="loud")


def test_warnings_fail_with_strict_only(workshop):
    workshop.write("broken", "frobnicate: 1\n")
    assert workshop.call("broken").exit_code == 0
    assert workshop.call("broken", strict=True).exit_code == 1


def test_chosen_and_ignored_rules(workshop):
    workshop.write("broken", BROKEN)
    assert [rule for rule, _ in workshop.rules("broken", rules="unknown-key")] == ["unknown-key"]
    result = workshop.call("broken", ignore="unmatched-dependency,unknown-key")
    assert (result.data["findings"], result.exit_code) == ([], 0)
    with pytest.raises(UsageError) as caught:
        workshop.call("broken", ignore="unknown-kee")
    assert "unknown-key" in caught.value.hint


def test_lines_are_for_editors(workshop, tmp_path):
    folder = workshop.write("broken", BROKEN)
    lines = workshop.call("broken").lines
    path = (folder / "_cm.yaml").relative_to(tmp_path)
    assert lines[0] == (
        f"{path}:5: warning [unknown-key] nothing reads the key 'frobnicate' at the top level; fix: remove it"
    )
    assert lines[1].startswith(f"{path}:7: error [unmatched-dependency] ")
    assert lines[-1] == "1 artifact checked: 1 error, 1 warning"


def test_repository_that_is_not_registered(workshop, make_repo):
    root = make_repo(
        "theirs", {"script/one": {"tags": ["one"], "deps": [{"tags": "two"}, {"tags": "three"}]}}
    )
    make_repo("unused", {"script/two": {"tags": ["two"]}}, register=workshop.session)
    for name in (root, f"{root}/"):
        (finding,) = workshop.call(name, kind="repo").data["findings"]
        assert "'three'" in finding["message"]
    assert workshop.call(kind="repo", path=str(root)).data["checked"] == 1


def test_repository_around_the_current_folder(workshop):
    folder = workshop.write("broken", BROKEN)
    workshop.session.cwd = folder
    for names in ((), (".",)):
        result = workshop.call(*names, kind="repo")
        assert result.data["checked"] == 1
        assert result.lines[0].startswith("_cm.yaml:5: ")


def test_artifacts_of_other_kinds(workshop):
    folder = workshop.root / "data" / "thing"
    folder.mkdir(parents=True)
    (folder / "_cm.json").write_text('{"alias": "thing", "uid": "12", "anything": 1, "tags": ["a", 5]}')
    assert workshop.rules("mine", kind="repo") == [("bad-identity", 1), ("tag-not-text", 1)]


def test_prefix_of_a_repository(workshop):
    (workshop.root / "cmr.yaml").write_text("alias: mine\nuid: a0000000000000aa\nprefix: deep\n")
    workshop.root = workshop.root / "deep"
    workshop.write("broken", BROKEN)
    assert len(workshop.findings("mine", kind="repo")) == 2


def test_command_line(workshop, run_cm):
    workshop.write("broken", BROKEN)
    done = run_cm("lint", "script", "broken", "--out=json")
    assert done.status == 1
    assert [finding["rule"] for finding in done.json()["findings"]] == ["unknown-key", "unmatched-dependency"]
    done = run_cm("lint", "repo", "mine", "--strict", "--ignore=unmatched-dependency")
    assert done.status == 1
    assert done.stdout.endswith("1 artifact checked: 1 warning\n")
    assert done.stderr == ""
    done = run_cm("lint", "script", "broken", "--levle=error")
    assert "--level" in done.stderr


def test_nothing_is_written(workshop):
    folder = workshop.write("broken", BROKEN, customize__py="x = 1\n")
    before = sorted(path.name for path in folder.iterdir())
    workshop.call(level="info")
    assert sorted(path.name for path in folder.iterdir()) == before


def test_strange_repositories_are_examined_to_the_end(workshop):
    """Whatever the shapes, there are findings and no crash."""
    for number, value in enumerate(
        ("text", "5", "[x]", "[[x]]", "[{a: 1}]", "{a: 1}", "{a: [1]}", "{a: {b: 1}}", "")
    ):
        keys = (
            "deps",
            "env",
            "variations",
            "versions",
            "docker",
            "input_mapping",
            "base",
            "ad",
            "adr",
            "script_name",
        )
        text = "".join(f"{key}: {value}\n" for key in keys)
        inner = "".join(
            f"    {key}: {value}\n" for key in (*keys, "group", "alias", "default_variations", "default")
        )
        entry = "".join(
            f"  {key}: {value}\n" for key in ("tags", "names", "env", "enable_if_env", "adr", "ad")
        )
        workshop.write(f"outer-{number}", text)
        workshop.write(f"inner-{number}", f"variations:\n  v:\n{inner}prehook_deps:\n- x: 1\n{entry}")
    try:
        result = workshop.call()
    except CMError as error:  # pragma: no cover - says what failed
        pytest.fail(f"{error}: {error.__cause__!r}")
    assert result.data["counts"]["error"] > 20


def test_documentation_lists_all_rules():
    from cm_script.lint.finding import RULES

    page = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "check-your-recipes.md"
    text = page.read_text(encoding="utf-8")
    for name, rule in RULES.items():
        assert f"| `{name}` | {rule.severity} | {rule.text} |" in text
