"""Plugins as they are really found: small distributions on the path of another process."""

import os
import subprocess
import sys
import textwrap

import pytest


def owner(name, uid, body=""):
    return f"""
@hookimpl
def cm_register_automations():
    return [Automation(name="{name}", uid="{uid}", help="a kind")]
""" + textwrap.dedent(body)


APPLES, PEARS = "1111aaaa1111aaaa", "2222bbbb2222bbbb"
_RUN = """
@hookimpl
def cm_run(request, session):
    return Result(data={{"by": "{0}", "automation": request.automation}})
"""


def test_only_the_owner_answers(install, ask):
    install("apples", owner("apple", APPLES, _RUN.format("apples")))
    install("pears", owner("pear", PEARS, _RUN.format("pears")))
    out = ask(
        "run apple x",
        "run pear x",
        f"run {APPLES}",
        f"run wrong,{PEARS} x",
        "run APPLE",
        "find apple",
        "run core",
    )
    assert [answer.get("by") for answer in out.answers] == [
        "apples",
        "pears",
        "apples",
        "pears",
        "apples",
        None,
        None,
    ]
    assert out.answers[0]["automation"] == f"apple,{APPLES}"
    # What the owner does not implement the core does, if it can.
    assert (out.answers[5]["return"], out.answers[5]["list"]) == (0, [])
    assert out.answers[6]["return"] == 4
    assert out.warnings == []


def test_common_goes_past_the_owner(install, ask):
    hook = """
    @hookimpl
    def cm_find(request, session):
        return Result(data={"by": "apples"})
    """
    install("apples", owner("apple", APPLES, hook))
    out = ask("find apple", f"find apple,{APPLES} --common")
    assert out.answers[0]["by"] == "apples"
    assert out.answers[1]["list"] == []


def test_none_passes_the_request_on_and_wrappers_run_around(install, ask):
    install("apples", owner("apple", APPLES, "@hookimpl\ndef cm_find(request, session):\n    return None\n"))
    install(
        "watch",
        owner(
            "watch",
            PEARS,
            """
            import sys

            @hookimpl(wrapper=True)
            def cm_find(request, session):
                sys.stderr.write(f"before {request.automation}\\n")
                result = yield
                sys.stderr.write("after\\n")
                return result

            @hookimpl(wrapper=True, specname="cm_run")
            def time_run(request, session):
                result = yield
                return Result(data={"timed": True, "was": result is None})
            """,
        ),
    )
    out = ask("find apple", "find automation", "run apple")
    assert [answer["return"] for answer in out.answers] == [0, 0, 0]
    assert out.stderr.count("before") == out.stderr.count("after") == 2
    assert out.answers[2]["was"] is True
    assert "cm_run" in out.plugins["watch"]["hooks"]


def test_verbs_on_automations_of_others(install, ask, site):
    install("apples", owner("apple", APPLES, _RUN.format("apples")))
    install(
        "peel",
        """
        @hookimpl
        def cm_register_actions():
            return [
                Action(name="peel-it", automation="apple", help="h", handler="peeling:peel", synonyms=("strip",)),
                Action(name="broken", automation="apple", help="h", handler="no_such_module:peel"),
                Action(name="odd", automation="apple", help="h", handler="peeling:odd"),
                Action(name="fails", automation="apple", help="h", handler="peeling:fails"),
                Action(name="refuses", automation="apple", help="h", handler="peeling:refuses"),
            ]
        """,
    )
    (site / "peeling.py").write_text(
        "from cm_core import CMError, Result\n"
        "def peel(request, session): return Result(data={'verb': request.action})\n"
        "def odd(request, session): return {'return': 0}\n"
        "def fails(request, session): return 1 / 0\n"
        "def refuses(request, session): raise CMError('no', exit_code=37)\n"
    )
    out = ask(
        "peel-it apple", "peel_it apple", "strip apple", "peel-it core", "peelit apple",
        "broken apple", "odd apple", "fails apple", "refuses apple", "find apple",
    )  # fmt: skip
    assert [answer.get("verb") for answer in out.answers[:3]] == ["peel-it"] * 3
    assert [answer["return"] for answer in out.answers[3:5]] == [4, 4]
    assert "peel-it" in out.answers[4]["hint"]
    for answer, text in zip(
        out.answers[5:8],
        ["no_such_module", "must return a Result, not dict", "ZeroDivisionError"],
        strict=True,
    ):
        assert answer["return"] == 1
        assert answer["error"].startswith("the plugin 'peel' failed at ")
        assert text in answer["error"]
        assert "\n" not in answer["error"]
    assert (out.answers[8]["return"], out.answers[8]["error"]) == (37, "no")
    assert out.answers[9]["return"] == 0
    assert "peeling" in out.modules


_MARKED = "@hookimpl\n"
BROKEN = {
    "import": ("import no_such_module_here\n", "ModuleNotFoundError: No module named 'no_such_module_here'"),
    "syntax": ("def (:\n", "SyntaxError"),
    "exit": ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    "misspelt": ("@hookimpl\ndef cm_fnd(request, session): pass\n", "unknown hook 'cm_fnd'"),
    "arguments": ("@hookimpl\ndef cm_find(reqest): pass\n", "reqest"),
    "unmarked": ("def cm_find(request, session): pass\n", "'cm_find' is not marked with @hookimpl"),
    "version": ("cm_api_version = '2.0'\n", "written for version 2.0 of the plugin interface, but this is 1"),
    "unversioned": ("del cm_api_version\n", "written for version unknown"),
    "raising": (owner("apple", APPLES).replace("return [", "raise ValueError('boom')\n    return ["), "ValueError: boom"),
    "nothing": (_MARKED + "def cm_register_automations(): pass\n", "must return a list, not NoneType"),
    "wrong": (_MARKED + "def cm_register_automations(): return ['x']\n", "Automation objects, not str"),
    "paths": (owner("apple", APPLES) + _MARKED + "def cm_register_repositories(): return ['/x']\n", "Path objects, not str"),
    "five": (
        _MARKED + "def cm_register_actions(): return [Action(name='run', automation='core', help='', handler='a:b')]\n",
        "implement cm_run instead",
    ),
    "taken": (
        _MARKED + "def cm_register_actions(): return [Action(name='cp', automation='*', help='', handler='a:b')]\n",
        "every automation already has the action 'cp'",
    ),
    "late": (
        owner("apple", APPLES) + _MARKED + "def cm_register_repositories(): raise ValueError('boom')\n",
        "ValueError: boom",
    ),
    "specs": ("cm_hookspecs = 'no_such_specs'\n", "No module named 'no_such_specs'"),
}  # fmt: skip


def test_each_broken_plugin_is_switched_off_with_one_warning(install, ask, subtests):
    # Others load before, between and after them.
    install("a-first", owner("pear", PEARS, _RUN.format("first")))
    for case, (code, _) in BROKEN.items():
        install(f"m-{case}", code, module=f"broken_{case}")
    install("z-last", owner("plum", "3333cccc3333cccc", _RUN.format("last")))
    out = ask("run pear", "run plum", "find apple", "version core")
    assert [answer.get("by") for answer in out.answers[:2]] == ["first", "last"]
    assert len(out.warnings) == len(BROKEN)
    assert out.answers[0]["warnings"] == out.warnings
    for case, (_, reason) in BROKEN.items():
        with subtests.test(case):
            start = f"plugin 'm-{case}' of dist-m-{case} is switched off: "
            (warning,) = (text for text in out.warnings if text.startswith(start))
            assert reason in warning
            assert "\n" not in warning
            assert out.plugins[f"m-{case}"]["enabled"] is False
            assert reason in out.plugins[f"m-{case}"]["problem"]
    # Nothing of them stays behind.
    assert out.answers[2]["return"] == 4
    assert out.answers[3]["return"] == 0


@pytest.mark.parametrize(("name", "uid"), [("apple", "3333cccc3333cccc"), ("other", APPLES)])
def test_two_owners_of_one_automation(install, ask, name, uid):
    install("one", owner("apple", APPLES, _RUN.format("one")))
    install("two", owner(name, uid, _RUN.format("two")))
    out = ask("run apple")
    assert out.answers[0]["by"] == "one"
    (warning,) = out.warnings
    assert warning.startswith(
        f"plugin 'two' of dist-two is switched off: the automation '{name}' already belongs to dist-one"
    )
    assert warning.endswith("; set CM_DISABLE_PLUGINS=one to prefer this one")
    out = ask(f"run {name}", CM_DISABLE_PLUGINS="one")
    assert out.answers[0]["by"] == "two"
    assert out.warnings == []


def test_two_distributions_with_a_plugin_of_one_name(install, ask):
    install("same", owner("apple", APPLES, _RUN.format("a")), distribution="dist-a", module="mod_a")
    install("same", owner("pear", PEARS, _RUN.format("b")), distribution="dist-b", module="mod_b")
    out = ask("run apple", "run pear")
    assert sorted(answer["return"] for answer in out.answers) == [0, 4]
    assert len(out.warnings) == 1
    assert "already has a plugin of this name" in out.warnings[0]


def test_nobody_can_take_the_name_of_the_core(install, ask):
    install("core", owner("apple", APPLES))
    out = ask("find automation", "find apple")
    assert [answer["return"] for answer in out.answers] == [0, 4]
    assert "cm-automation already has a plugin of this name" in out.warnings[0]


@pytest.mark.parametrize("words", ["apples", " , apples ", "dist-apples"])
def test_disabled_plugins_are_not_even_imported(install, ask, words):
    install("apples", owner("apple", APPLES, _RUN.format("apples")))
    out = ask("run apple", CM_DISABLE_PLUGINS=words)
    assert out.answers[0]["return"] == 4
    assert out.warnings == []
    assert "plugin_apples" not in out.modules
    assert out.plugins["apples"]["problem"] == "disabled by CM_DISABLE_PLUGINS"


@pytest.mark.first_use
def test_a_new_plugin_is_noticed(install, ask, cm_session, site, monkeypatch):
    cm_session.home.ensure()
    install("apples", owner("apple", APPLES, _RUN.format("apples")))
    assert "apples" in ask().plugins
    remembered = list(cm_session.home.path.glob("plugins-*.json"))
    assert len(remembered) == 1
    assert "importlib.metadata" not in ask("run apple").modules
    # Whatever the clock of the file system, an installation changes the time of the folder.
    os.utime(site, (1_600_000_000, 1_600_000_000))
    install("pears", owner("pear", PEARS, _RUN.format("pears")))
    assert ask("run pear").answers[0]["by"] == "pears"
    remembered[0].write_text("{}")
    assert ask("run apple", "run pear").answers[1]["by"] == "pears"


def test_flags_for_verbs_of_others(install, child_environment, site):
    install("apples", owner("apple", APPLES, _RUN.format("apples")))
    install(
        "peelers",
        """
        from cm_core import AddedFlags
        from cm_core.flags import Flags, switch, whole

        class Peel(Flags):
            peel = switch("without the skin")
            slices = whole("how many")

        @hookimpl
        def cm_register_flags():
            return [
                AddedFlags(action="find", automation="apple", flags=Peel),
                AddedFlags(action="load", automation="apple", flags="no_such_module:Flags"),
                AddedFlags(action="rm", automation="apple", flags="json:JSONDecoder"),
            ]
        """,
    )

    def cm(*words):
        start = "import sys; from cm_core.cli import main; sys.exit(main())"
        env = {**child_environment, "PYTHONPATH": str(site)}
        command = [sys.executable, "-c", start, *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    assert "--peel                      without the skin" in cm("find", "apple", "--help").stdout
    assert cm("find", "apple", "--peel").stderr == ""
    assert "did you mean --peel?" in cm("find", "apple", "--pel").stderr
    assert cm("find", "apple", "--slices", "3").stdout == ""
    assert "--peel" not in cm("add", "apple", "--help").stdout
    for words, reason in (
        (("load", "apple", "x", "--tags=y"), "the flags 'no_such_module:Flags' cannot be imported"),
        (("rm", "apple", "x", "-f"), "the flags 'json:JSONDecoder' are not a class of cm_core.flags.Flags"),
    ):
        broken = cm(*words)
        assert broken.returncode == 16  # there is no x
        (told,) = (line for line in broken.stderr.splitlines() if "CM warning" in line)
        assert f"plugin 'peelers' of dist-peelers adds no flags to '{words[0]} apple': {reason}" in told
    install(
        "pears",
        "@hookimpl\ndef cm_register_actions():\n"
        "    return [Action(name='x', automation='apple', help='', handler='a:b', flags='no_such:Flags')]\n",
    )
    unreadable = cm("x", "apple", "--y=1")
    assert unreadable.returncode == 1
    assert "this is a bug of plugin 'pears' of dist-pears" in unreadable.stderr


def test_repositories_of_a_distribution(install, ask, tmp_path, make_repo):
    path = make_repo("given", {"apple/one": {"tags": ["x"]}}, kinds={"apple": APPLES})
    hook = (
        f"from pathlib import Path\n@hookimpl\ndef cm_register_repositories(): return [Path({str(path)!r})]\n"
    )
    install("apples", owner("apple", APPLES) + hook)
    out = ask("find apple --tags=x", "rm apple one -f")
    assert out.answers[0]["list"]
    assert "belongs to an installed distribution" in out.answers[1]["error"]
    path.rename(tmp_path / "gone")
    out = ask("find apple")
    assert out.answers[0]["list"] == []
    assert "is ignored" in out.answers[0]["warnings"][0]


def test_a_plugin_may_publish_hooks_of_its_own(install, ask, site):
    (site / "engine_specs.py").write_text(
        "from cm_core import hookspec\n@hookspec\ndef cm_engine_name(): 'A name.'\n"
    )
    install("z-engines", "cm_hookspecs = 'engine_specs'\n" + owner("engine", APPLES))
    install("a-steam", "@hookimpl\ndef cm_engine_name(): return 'steam'\n")
    out = ask("version core")
    assert out.warnings == []
    assert "cm_engine_name" in out.plugins["a-steam"]["hooks"]


def test_automations_of_repositories_may_be_served(install, ask, cm_session, kind):
    install(
        "legacy",
        """
        @hookimpl
        def cm_call(request, session):
            if request.action == "dance":
                return Result(data={"kind": request.automation})
        """,
    )
    out = ask("dance au", "find au", "jump au", "dance core")
    assert out.answers[0]["kind"] == kind
    assert [answer["return"] for answer in out.answers[1:]] == [0, 4, 4]


def test_recipes_belong_to_the_plugin_around_them(cm_session):
    (shipped,) = [repo for repo in cm_session.repos.list() if "cm_script" in repo.path.parts]
    found = cm_session.plugins.plugins_that_ship([shipped.path])
    assert [info.distribution for info in found] == ["cm-plugin-script"]
