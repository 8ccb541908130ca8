import json

import pytest

from cm_cache.api import with_tags
from cm_cache.errors import CacheError
from cm_cache.layout import running_meta
from cm_cache.state import CachedState
from cm_core import AmbiguousError, CMError, Interaction, InteractionError, NotFoundError, Request, UsageError
from cm_core.base import Owner

STATE = CachedState(
    new_env={"CM_PYTHON": "/usr/bin/python3", "+PATH": ["/a", "/b"]}, new_state={"python": {"minor": 11}}
)


@pytest.fixture
def act(cm_session):
    """Run an action the way every caller does: ``act("show", "get python", env=True)``."""

    def call(action, *names, **options):
        artifact, *artifacts = names or ("",)
        return cm_session.call(
            Request(
                action=action,
                automation="cache",
                artifact=artifact,
                artifacts=tuple(artifacts),
                options=options,
            )
        )

    return call


@pytest.fixture
def python(put):
    return put(
        tags=("get", "python"), version="3.11.2", state=STATE, variations=("a",), inputs={"path": "/p"}
    )


@pytest.fixture
def model(put):
    return put(tags=("get", "ml-model"), variations=("b",))


@pytest.fixture
def left(store, make_key, python):
    dead = Owner(pid=2**22 + 5, host="elsewhere", start="x")
    return store.shelf.create(running_meta(make_key(), ("get", "broken"), dead))


def paths(result):
    return {artifact.path for artifact in result.data["list"]}


@pytest.mark.parametrize("action", ["find", "search", "ls", "list"])
def test_find(act, python, model, action):
    assert paths(act(action)) == {python.path, model.path}
    assert paths(act(action, "get python")) == {python.path}
    assert paths(act(action, tags="get,-python")) == {model.path}
    assert paths(act(action, model.uid)) == {model.path}
    result = act(action, tags="nothing")
    assert (result.lines, result.exit_code) == ((), 0)
    assert act(action, python.uid).lines == (str(python.path),)


def test_words_with_spaces_are_tags():
    request = with_tags(
        Request(artifact="get python", artifacts=("_a -b", "0123456789abcdef"), options={"tags": "c,get"})
    )
    assert request.options["tags"] == ["c", "get", "python", "_a", "-b"]
    assert (request.artifact, request.artifacts) == ("0123456789abcdef", ())


def test_bare_tags_are_an_error(act, python):
    for action in ("find", "show", "rm", "load"):
        with pytest.raises(UsageError, match="--tags needs a value"):
            act(action, "get python", tags=True)


def test_show(act, python, model):
    lines = act("show", "get python").lines
    assert lines[0] == f"* Tags: get,python,{python.key.script_tag}"
    assert f"  Path: {python.path}" in lines
    assert "  Version: 3.11.2" in lines
    assert f"  Script: get-thing,{python.script_uid}" in lines
    assert "  Inputs: path=/p" in lines
    assert any(line.startswith("  Age: ") and line.endswith(("second", "seconds")) for line in lines)
    assert not any("CM_PYTHON" in line for line in lines)
    facts = act("show").data["list"]
    assert [fact["uid"] for fact in facts] == [model.uid, python.uid]
    assert "new_env" not in facts[1]


def test_show_env_prints_env_and_state(act, python):
    result = act("show", env=True, size=True)
    text = "\n".join(result.lines)
    assert '  New env:\n    +PATH: ["/a", "/b"]\n    CM_PYTHON: /usr/bin/python3' in text
    assert '  New state:\n    python: {"minor": 11}' in text
    assert "  Size: " in text
    (facts,) = result.data["list"]
    assert facts["new_env"] == STATE.new_env
    assert facts["new_state"] == STATE.new_state
    assert facts["size"] > 100
    json.dumps(result.data)


def test_show_never_prints_secrets(act, python):
    path = python.path / "cm-cached-state.json"
    path.write_text(json.dumps({"new_env": {"CM_GH_TOKEN": "s3cret", "CM_A": "1"}}))
    result = act("show", env=True)
    assert "s3cret" not in "\n".join(result.lines) + json.dumps(result.data)
    assert "    CM_A: 1" in result.lines


def test_show_hides_what_nothing_will_use(act, put, tmp_path):
    needed = tmp_path / "needed"
    needed.touch()
    put(dependent_path=needed)
    assert len(act("show").data["list"]) == 1
    needed.write_text("another")
    assert "  State: changed" in act("show").lines
    needed.unlink()
    assert act("show").data["list"] == []


def test_show_says_what_is_unfinished(act, left, store, make_key):
    with store.building(make_key(variations=("now",)), tags=("get", "now")) as slot:
        place = slot.path
        text = "\n".join(act("show", env=True, tags="tmp").lines)
    assert f"  Path: {left.path}\n  Script: get-thing,{left.script_uid}\n  State: unfinished, process" in text
    assert "State: in progress, process" in text
    assert "tmp" not in text.replace(str(left.path.parent), "")
    assert not place.exists()


def test_a_damaged_state_is_a_warning(act, python):
    (python.path / "cm-cached-state.json").write_text("{")
    result = act("show", env=True)
    assert len(result.data["list"]) == 1
    assert "is not valid JSON" in result.warnings[0]


def test_load(act, python, model):
    result = act("load", "get python")
    assert result.data["path"] == python.path
    assert result.data["meta"]["version"] == "3.11.2"
    with pytest.raises(AmbiguousError):
        act("load", tags="get")
    with pytest.raises(NotFoundError):
        act("load", tags="nothing")


def test_rm_by_tags(act, python, model):
    result = act("rm", tags="python", f=True)
    assert [artifact.path for artifact in result.data["deleted_list"]] == [python.path]
    assert result.lines == (f"removed {python.path}",)
    assert not python.path.exists()
    assert paths(act("find")) == {model.path}


def test_rm_by_uid_and_words(act, python, model):
    act("rm", python.uid, force=True)
    assert paths(act("find")) == {model.path}
    act("delete", "get ml-model", f=True)
    assert paths(act("find")) == set()


def test_rm_of_everything(act, python, model):
    assert len(act("rm", f=True).data["deleted_list"]) == 2
    assert paths(act("find")) == set()
    assert act("rm", f=True).lines == ("the cache is empty",)


def test_rm_asks_once_with_the_count(act, cm_session, python, model):
    asked = []

    def read(question):
        asked.append(question)
        return answers.pop(0)

    cm_session.interaction, answers = Interaction(interactive=True, read=read), ["n", "y"]
    with pytest.raises(CMError, match="nothing was removed"):
        act("rm")
    assert paths(act("find")) == {python.path, model.path}
    assert len(act("rm").data["deleted_list"]) == 2
    assert asked == ["remove the whole cache (2 cache entries)? [y/N] "] * 2


def test_rm_where_nobody_can_answer(act, python):
    with pytest.raises(InteractionError) as failure:
        act("rm")
    assert "--yes" in failure.value.hint
    assert python.path.exists()


def test_rm_of_what_is_not_there(act, python):
    for options in ({"tags": "nothing"}, {"tags": "nothing", "f": True}):
        with pytest.raises(NotFoundError):
            act("rm", **options)
    with pytest.raises(NotFoundError):
        act("rm", "0" * 16, f=True)


def test_rm_sweeps_what_is_unfinished(act, left, python):
    act("rm", tags="tmp", f=True)
    assert not left.path.exists()
    assert python.path.exists()


def test_rm_leaves_what_is_being_made(act, python, store, make_key):
    with store.building(make_key(variations=("now",))) as slot:
        place = slot.path
        with pytest.raises(CacheError, match="is being created by process"):
            act("rm", tags="tmp", f=True)
        result = act("rm", f=True)
        assert "was kept" in result.warnings[0]
        assert place.is_dir()
        slot.publish(CachedState())
    assert not python.path.exists()
    assert paths(act("find")) == {place}


def test_add_and_other_common_actions(act, cm_session):
    result = act("add", "local:tst", tags="a,b")
    assert result.data["path"] == cm_session.home.local_repo / "cache" / "tst"
    assert paths(act("find", "tst")) == {result.data["path"]}
    assert act("show", "tst").lines[0] == "* Tags: a,b"
    act("update", "tst", tags="c")
    assert act("load", "tst").data["meta"]["tags"] == ["a", "b", "c"]
    assert any("tst" in line for line in act("info", "tst").lines)
    act("rm", "tst", f=True)
    assert not result.data["path"].exists()


def test_an_entry_whose_metadata_are_damaged_can_be_removed(act, python):
    (python.path / "_cm.json").write_text("{")
    assert act("rm", python.uid, f=True, dry_run=True)
    assert python.path.exists()
    assert act("rm", python.uid, f=True).lines == (f"removed {python.path}",)
    assert not python.path.exists()
    with pytest.raises(NotFoundError):
        act("rm", python.uid, f=True)
