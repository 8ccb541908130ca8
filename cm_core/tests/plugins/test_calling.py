"""A plugin that fails, or answers with something else, harms nobody and is named."""

import json

import pytest

from cm_core import CMError, Result, hookimpl, hookspec
from cm_core.plugins import EntryPoint
from cm_core.plugins.calling import culprit


class Specs:
    @hookspec
    def cm_fruits(self, session):
        """Fruits."""

    @hookspec(firstresult=True)
    def cm_best_fruit(self, session):
        """The best one."""


class Plugin:
    """What a test says of the hooks."""

    def __init__(self, **hooks):
        for name, function in hooks.items():
            setattr(self, name, function)


def fails(session):
    raise KeyError("acme")


@pytest.fixture
def add(cm_session):
    cm_session.plugins.manager.add_hookspecs(Specs)

    def make(name, **hooks):
        plugin = Plugin(**{key: hookimpl(function) for key, function in hooks.items()})
        entry = EntryPoint(name=name, module=f"{name}_module", distribution=f"{name}-dist", version="1")
        cm_session.plugins._note(entry)
        cm_session.plugins.manager.register(plugin, name)

    return make


def leaves(session):
    raise SystemExit(3)


def refuses(session):
    raise CMError("no fruits today")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (fails, "KeyError: 'acme'"),
        (leaves, "SystemExit: 3"),
        (refuses, "no fruits today"),
        (lambda session: "pear", "TypeError: it must return a list, not str"),
        (lambda session: 7, "TypeError: it must return a list, not int"),
        (lambda session: [1], "TypeError: it must return str objects, not int"),
        (lambda session: (1 / 0 for _ in "x"), "ZeroDivisionError: division by zero"),
    ],
)
def test_what_a_broken_plugin_contributes_is_left_out(cm_session, add, broken, reason):
    add("a", cm_fruits=lambda session: ["apple"])
    add("b", cm_fruits=broken)
    add("c", cm_fruits=lambda: ("cherry", "currant"))
    for _ in range(2):
        assert cm_session.hooks.lists("cm_fruits", str, session=cm_session) == [
            ["cherry", "currant"],
            ["apple"],
        ]
    (warning,) = cm_session.warnings
    assert warning == (
        f"plugin 'b' of b-dist is left out of cm_fruits: {reason};"
        " to go without the plugin: CM_DISABLE_PLUGINS=b"
    )


def test_answers_of_all(cm_session, add):
    add("a", cm_fruits=lambda session: {"a": 1})
    add("b", cm_fruits=lambda session: None)
    add("c", cm_fruits=lambda session: [("c", 3)])
    add("d", cm_fruits=fails)
    assert cm_session.hooks.answers("cm_fruits", dict, session=cm_session) == [{"a": 1}]
    assert ["'d'" in text or "'c'" in text for text in cm_session.warnings] == [True, True]
    assert "it must return a dict, not list" in cm_session.warnings[1]


def test_the_first_answer(cm_session, add):
    assert cm_session.hooks.first("cm_best_fruit", str, session=cm_session) is None
    add("a", cm_best_fruit=lambda session: "apple")
    add("b", cm_best_fruit=lambda session: 5)
    add("c", cm_best_fruit=lambda session: None)
    assert cm_session.hooks.first("cm_best_fruit", str, session=cm_session) == "apple"
    assert len(cm_session.warnings) == 1
    add("d", cm_best_fruit=refuses)
    with pytest.raises(CMError, match="no fruits today"):
        cm_session.hooks.first("cm_best_fruit", str, session=cm_session)


def test_wrappers_of_contributions(cm_session, add):
    add("a", cm_fruits=lambda session: ["apple"])

    @hookimpl(wrapper=True)
    def only_green(session):
        fruits = yield
        return [*fruits, ["lime"]]

    @hookimpl(wrapper=True)
    def forgets_to_return(session):
        yield

    @hookimpl(wrapper=True)
    def breaks(session):
        raise KeyError("acme")
        yield

    manager = cm_session.plugins.manager
    for name, wrapper in {"g": only_green, "f": forgets_to_return, "b": breaks}.items():
        manager.register(Plugin(cm_fruits=wrapper), name)
    assert cm_session.hooks.lists("cm_fruits", str, session=cm_session) == [["apple"], ["lime"]]
    told = "\n".join(cm_session.warnings)
    assert "it must return what its yield gave, not NoneType" in told
    assert "plugin 'b' is left out of cm_fruits: KeyError" in told


# -- verbs, as people meet them --------------------------------------------------------------------------

_OWNER = """
@hookimpl
def cm_register_automations():
    return [Automation(name="apple", uid="1111aaaa1111aaaa", help="a kind", open_verbs=("run",))]

@hookimpl
def cm_run(request, session):
    if request.options.get("fail"):
        raise CMError("it is rotten", exit_code=37)
    return Result(data={"new_env": {"A": "1"}}, lines=("done",))
"""


@pytest.fixture
def wrapper(install):
    """Install the owner of apples, and a wrapper."""

    def make(body, *, hook="cm_run", mark="wrapper=True"):
        install("apples", _OWNER)
        install("log", f"@hookimpl({mark})\ndef {hook}(request, session):\n{body}", distribution="acme-log")

    return make


_LATE = """
    result = yield
    open("/nonexistent/log", "a")
    return result
"""
_LATE_OLD = """
    yield
    open("/nonexistent/log", "a")
"""


@pytest.mark.parametrize("hook", ["cm_run", "cm_around"])
def test_a_wrapper_that_fails_after_the_work(wrapper, cm, hook):
    wrapper(_LATE, hook=hook)
    done = cm("run", "apple")
    assert (done.status, done.stdout) == (0, "done\n")
    assert f"plugin 'log' of acme-log failed after the work, in {hook}: FileNotFoundError" in done.stderr
    assert "CM_DISABLE_PLUGINS=log" in done.stderr
    answer = json.loads(cm("run", "apple", "--json").stdout)
    assert (answer["return"], answer["new_env"]) == (0, {"A": "1"})
    assert "acme-log" in answer["warnings"][0]


def test_wrappers_of_the_old_style(wrapper, cm):
    wrapper(_LATE_OLD, mark="hookwrapper=True")
    done = cm("run", "apple")
    assert (done.status, done.stdout) == (0, "done\n")
    assert "acme-log failed after the work" in done.stderr
    assert cm("run", "apple", "--fail").status == 37


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    yield\n", "it must return what its yield gave, not NoneType"),
        ("    yield\n    return {}\n", "it must return what its yield gave, not dict"),
        ("    yield\n    yield\n", "a wrapper must yield once"),
        ("    result = yield\n    raise SystemExit(5)\n", "SystemExit: 5"),
    ],
)
def test_wrappers_that_lose_the_result(wrapper, cm, body, said):
    wrapper(body)
    done = cm("run", "apple")
    assert (done.status, done.stdout) == (0, "done\n")
    assert said in done.stderr
    # A failure stays one, too: who swallows it has not said what the answer is.
    assert cm("run", "apple", "--fail").status == 37


def test_what_a_wrapper_may_decide(wrapper, cm):
    wrapper(
        """
    if request.options.get("never"):
        raise CMError("apples are forbidden", exit_code=38)
    try:
        result = yield
    except CMError:
        return Result(lines=("saved",))
    if request.options.get("after"):
        raise CMError("the log is full", exit_code=39)
    return Result(lines=(*result.lines, "and logged"))
"""
    )
    assert cm("run", "apple").stdout == "done\nand logged\n"
    assert cm("run", "apple", "--never").status == 38
    assert cm("run", "apple", "--after").status == 39
    saved = cm("run", "apple", "--fail")
    assert (saved.status, saved.stdout) == (0, "saved\n")


@pytest.mark.parametrize("body", ["    raise KeyError('acme')\n    yield\n", "    return\n    yield\n"])
def test_a_wrapper_that_breaks_before_the_work_is_named(wrapper, cm, body):
    wrapper(body)
    done = cm("run", "apple")
    assert (done.status, done.stdout) == (1, "")
    assert "the plugin 'log' failed at 'cm_run': " in done.stderr
    assert "this is a bug of acme-log" in done.stderr


def test_around_sees_every_verb(wrapper, cm):
    wrapper(
        """
    import sys
    sys.stderr.write(f"[{request.action} {request.automation.partition(',')[0]}]")
    try:
        return (yield)
    finally:
        sys.stderr.write("[end]")
""",
        hook="cm_around",
    )
    assert cm("info", "automation").stderr.startswith("[info automation]")
    assert cm("find", "apple").stderr == "[find apple][end]"
    failed = cm("run", "apple", "--fail")
    assert (failed.status, failed.stderr.startswith("[run apple][end]")) == (37, True)


def test_around_is_a_wrapper(install, cm):
    install("log", "@hookimpl\ndef cm_around(request, session): pass\n")
    assert "'cm_around' must be marked with @hookimpl(wrapper=True)" in cm("find", "automation").stderr


def test_the_plugin_in_whose_code_it_failed_is_named(install, cm, site):
    install("apples", _OWNER)
    install("thief", "@hookimpl\ndef cm_run(request, session): return 1 / 0\n", distribution="acme-thief")
    done = cm("run", "apple")
    assert done.status == 1
    assert "the plugin 'thief' failed at 'run apple': ZeroDivisionError" in done.stderr
    assert "a bug of acme-thief" in done.stderr


def test_a_verb_that_exits_ends_nothing_of_the_caller(install, ask):
    install("quitter", "@hookimpl\ndef cm_find(request, session): raise SystemExit(0)\n")
    (answer,) = ask("find automation").answers
    assert answer["return"] == 1
    assert "the plugin 'quitter' failed at 'find automation': SystemExit: 0" in answer["error"]


def test_who_answers_for_a_kind_of_somebody_else_is_said(install, cm):
    install("apples", _OWNER)
    install(
        "thief",
        """
        from cm_core import AddedFlags
        from cm_core.flags import Flags, switch

        class Mine(Flags):
            mine = switch("let the thief answer")

        @hookimpl
        def cm_register_flags():
            return [AddedFlags(action="run", automation="apple", flags=Mine)]

        @hookimpl
        def cm_run(request, session): return Result(lines=("removed nothing",))
        """,
    )
    done = cm("run", "apple")
    assert (done.status, done.stdout) == (0, "removed nothing\n")
    assert "plugin 'thief' of dist-thief, which does not own 'apple', answered 'cm run apple'" in done.stderr
    # Who gives a flag of a plugin asks for its answer.
    assert cm("run", "apple", "--mine").stderr == ""


def test_commands(install, cm):
    install(
        "good",
        """
        import click
        @hookimpl
        def cm_register_commands(group):
            group.add_command(click.Command("greet", callback=lambda: click.echo("hello")))
            group.add_command(click.Command("shout", callback=lambda: 1 / 0))
        """,
    )
    install("bad", "@hookimpl\ndef cm_register_commands(group): raise KeyError('acme')\n")
    install(
        "thief",
        """
        import click
        @hookimpl
        def cm_register_commands(group):
            group.add_command(click.Command("doctor", callback=lambda: click.echo("all is well")))
        """,
    )
    page = cm("--help")
    assert page.status == 0
    assert "greet" in page.stdout
    assert "plugin 'bad' of dist-bad is left out of cm_register_commands: KeyError: 'acme'" in page.stderr
    assert (
        "plugin 'thief' of dist-thief is left out of cm_register_commands: 'cm doctor' already exists"
        in page.stderr
    )
    assert "did you mean 'find'" in cm("fnd").stderr
    assert cm("greet").stdout == "hello\n"
    assert "python:" in cm("doctor").stdout
    assert "this is a bug of dist-good" in cm("shout").stderr


def test_what_plugins_print_is_no_answer(install, cm):
    install(
        "noisy",
        """
        import os, click
        print("noise of an import")
        os.write(1, b"noise of a program")
        @hookimpl
        def cm_register_commands(group): print("noise of a hook")
        """,
    )
    for words in (("version", "--json"), ("find", "automation", "--json"), ("plugins", "--json")):
        assert json.loads(cm(*words).stdout)["return"] == 0
    assert "noise of" not in cm("--help").stdout
    completed = cm(_CM_COMPLETE="bash_complete", COMP_WORDS="cm ver", COMP_CWORD="1")
    assert completed.stdout == "plain,version\n"
    assert "noise of a hook" in completed.stderr


def test_nobody_is_a_culprit(cm_session):
    assert culprit(cm_session.plugins, None) is None
    with pytest.raises(KeyError) as caught:
        fails(cm_session)
    assert culprit(cm_session.plugins, caught.tb) is None


def test_a_result_is_checked(cm_session, add):
    add("odd", cm_call=lambda request, session: {"return": 0})
    impls = cm_session.hooks.implementations("cm_call")[1]
    with pytest.raises(CMError, match="must return a Result, not dict"):
        cm_session.hooks.result(impls[:1], "dance au", {"request": None, "session": cm_session})
    assert cm_session.hooks.around([], {}, Result) == Result()
