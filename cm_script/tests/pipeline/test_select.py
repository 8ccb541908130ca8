"""Which script a request means, when several fit and when none does."""

import pytest

from cm_core import AmbiguousError, CMError, InteractionError, NotFoundError, UsageError


def script(word, **facts):
    return {"run.sh": f'echo {word} >> "@trace"', **facts}


TWO = {"one": script("one", tags=["get", "tool"]), "two": script("two", tags=["get", "tool"])}


def test_forms_of_asking(lab):
    lab.add(
        {
            "my-tool": script(
                "ran", tags=["get", "my-tool"], uid="00112233445566aa", variations={"v": {}, "n.#": {}}
            )
        }
    )
    for artifact in (
        "my-tool",
        "00112233445566aa",
        "wrong-name,00112233445566aa",
        "mine:my-tool",
        "my-*",
        "get my-tool",
    ):
        lab.run(artifact=artifact)
    lab.run("get,my-tool,_v,_n.3")
    lab.run("_v", artifact="my-tool")
    assert lab.trace == ["ran"] * 8


def test_sort_then_path_gives_the_first(lab):
    lab.add(
        {"b": script("b", tags=["x"]), "a": script("a", tags=["x"]), "z": script("z", tags=["x"], sort=-5)}
    )
    data = lab.run("x", quiet=True)
    assert lab.trace == ["z"]
    assert "also possible: a, b" in data["steps"][0]["note"]
    assert ("x", "done", "chosen; also possible: a, b") in lab.listener.finished


def test_nobody_to_ask(lab):
    lab.add(TWO)
    with pytest.raises(InteractionError, match="several scripts have the tags 'get,tool'") as caught:
        lab.run("get,tool")
    assert "--quiet" in caught.value.hint
    assert caught.value.exit_code == 1
    assert lab.trace == []


def test_a_person_chooses_once(lab):
    questions = []

    def read(prompt):
        questions.append(prompt)
        return "1"

    lab.quiet(interactive=True, read=read)
    lab.add({**TWO, "main": {"deps": [{"tags": "get,tool"}, {"tags": "tool,get"}]}})
    lab.run("main")
    assert lab.trace == ["two", "two"]
    assert len(questions) == 1
    lab.run("main", skip_remembered_selections=True)
    assert len(questions) == 3


@pytest.mark.parametrize("answer", ["7", "-1", "two"])
def test_an_answer_that_is_none(lab, answer):
    lab.quiet(interactive=True, read=lambda _prompt: answer)
    lab.add(TWO)
    with pytest.raises(UsageError, match="not one of the numbers"):
        lab.run("get,tool")


def test_the_cached_one_first(lab):
    lab.add({name: {**facts, "cache": True} for name, facts in TWO.items()})
    lab.run(artifact="two")
    data = lab.run("get,tool")
    assert lab.trace == ["two"]
    assert data["steps"][0]["status"] == "cached"
    assert (
        data["steps"][0]["note"] == "it is in the cache; also possible: one" or data["steps"][0]["note"] == ""
    )


def test_only_entries_of_the_requested_variations_count(lab):
    two = {name: {**facts, "cache": True, "variations": {"v": {}}} for name, facts in TWO.items()}
    lab.add(two)
    lab.run(artifact="two")
    with pytest.raises(InteractionError):
        lab.run("get,tool,_v")
    lab.run("_v", artifact="one")
    lab.run("get,tool,_v")
    assert lab.trace == ["two", "one"]


def test_variations_narrow_the_choice(lab):
    lab.add(
        {
            "one": script("one", tags=["x"], variations={"a": {}}),
            "two": script("two", tags=["x"], variations={"b.#": {}}),
        }
    )
    lab.run("x,_a")
    lab.run("x,_b.7")
    assert lab.trace == ["one", "two"]


def test_excluded_tags(lab):
    lab.add({"one": script("one", tags=["x", "old"]), "two": script("two", tags=["x"])})
    lab.run("x,-old")
    assert lab.trace == ["two"]
    with pytest.raises(CMError, match="old"):
        lab.run("old,-old")


# -- repositories --------------------------------------------------------------------------------------------


def test_a_registered_script_wins_over_a_built_in_one_without_a_question(lab):
    lab.add({"my-detect-os": script("mine", tags=["detect", "os", "detect-os"])})
    lab.run("detect,os")
    assert lab.trace == ["mine"]


def test_a_script_of_the_local_repository_wins_over_registered_ones(lab):
    lab.add({"theirs": script("theirs", tags=["x"])})
    own = lab.home / "repos" / "local" / "script" / "own"
    own.mkdir(parents=True)
    (own / "_cm.yaml").write_text(
        "alias: own\nuid: 00112233445566bb\nautomation_alias: script\nautomation_uid: 5b4e0237da074764\ntags: [x]\n"
    )
    (own / "run.sh").write_text("exit 7")
    with pytest.raises(CMError, match="own"):
        lab.run("x")


def test_a_fitting_script_of_a_later_repository_wins_over_one_that_lacks_the_variation(lab):
    lab.add({"built-here": script("mine", tags=["detect", "os"], variations={"mine": {}})})
    lab.add({"other": script("other", tags=["x"], variations={"v": {}})}, alias="old")
    lab.add({"newer": script("newer", tags=["x"])}, alias="new")
    data = lab.run("x,_v")
    assert lab.trace == ["other"]
    note = "of old: newer of new has no variation _v"
    assert data["steps"][0]["note"] == note
    assert f"running other {note}" in lab.listener.messages
    lab.listener.messages.clear()
    lab.run("x")
    assert lab.listener.messages == []
    assert lab.listener.finished[-1] == ("x", "done", "")


def test_a_name_that_two_scripts_have(lab):
    lab.add({"same": script("a")}, alias="a")
    lab.add({"same": script("b")}, alias="b")
    lab.run(artifact="same")
    assert lab.trace == ["b"]
    lab.run(artifact="a:same")
    assert lab.trace == ["a"]


def test_a_uid_that_two_scripts_have(lab):
    uid = "00112233445566cc"
    lab.add({"one": script("one", uid=uid), "two": script("two", uid=uid)})
    with pytest.raises(AmbiguousError, match="2 scripts are called"):
        lab.run(artifact=uid)
    lab.run(artifact=uid, quiet=True)
    assert lab.trace == ["one"]


def test_a_pattern_that_several_names_fit(lab):
    lab.add({"my-a": script("a"), "my-b": script("b")})
    with pytest.raises(AmbiguousError, match="2 scripts are called 'my-\\*'") as caught:
        lab.run(artifact="my-*")
    assert len(caught.value.candidates) == 2
    assert "UID" in caught.value.hint
    assert lab.trace == []


# -- none ----------------------------------------------------------------------------------------------------


def test_no_such_tags(lab):
    lab.add({"one": script("one", tags=["get", "compilers"])})
    with pytest.raises(NotFoundError, match="no script has the tags 'get,compilrs'") as caught:
        lab.run("get,compilrs")
    assert "did you mean 'compilers'" in caught.value.hint
    with pytest.raises(NotFoundError) as caught:
        lab.run("compilers,detect")
    assert "no script has them all" in caught.value.hint
    with pytest.raises(NotFoundError) as caught:
        lab.run("qqqqqq")
    assert "cm find script" in caught.value.hint


def test_no_such_name(lab):
    lab.add({"my-compiler": script("one")})
    with pytest.raises(NotFoundError, match="there is no script 'my-compilr'") as caught:
        lab.run(artifact="my-compilr")
    assert "my-compiler" in caught.value.hint


def test_no_such_variation(lab):
    lab.add({"one": script("one", variations={"fast": {}, "n.#": {}})})
    with pytest.raises(NotFoundError, match="fsat") as caught:
        lab.run("one,_fsat")
    assert caught.value.exit_code == 16
    assert "_fast" in caught.value.hint
    for tags in ("one,_n", "one,_n.", "one,-_nothing"):
        with pytest.raises(NotFoundError):
            lab.run(tags)


@pytest.mark.parametrize("options", [{}, {"tags": ""}, {"tags": "_v"}])
def test_nothing_says_which(lab, options):
    with pytest.raises(UsageError, match="no script to run was given"):
        lab.run(**options)


def test_a_chain_tells_who_needs_what_does_not_exist(lab):
    lab.add({"main": {"deps": [{"tags": "middle"}]}, "middle": {"deps": [{"tags": "no,such"}]}})
    with pytest.raises(NotFoundError) as caught:
        lab.run("main")
    assert caught.value.details["chain"] == ["main", "middle", "no,such"]
    assert caught.value.explanation() == ["needed by:", "  main", "    middle", "      no,such"]
