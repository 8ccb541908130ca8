"""Mistakes that switch a plugin off when it is loaded, each with what to do about it."""

import click
import pytest

from cm_core import plugin

_OWNER = (
    "@hookimpl\ndef cm_register_automations(): return [Automation(name='apple', uid='1' * 16, help='h')]\n"
)


def automation(**changes):
    given = {"name": "apple", "uid": "1" * 16, "help": "h", **changes}
    return f"@hookimpl\ndef cm_register_automations(): return [Automation(**{given!r})]\n"


def action(**changes):
    given = {"name": "peel", "automation": "automation", "help": "h", "handler": "a:b", **changes}
    return f"@hookimpl\ndef cm_register_actions(): return [Action(**{given!r})]\n"


MISTAKES = {
    "kind": (automation(name="Rack Unit/../x"), "'Rack Unit/../x' cannot be the name of an automation"),
    "hidden": (automation(name=".apple"), "'.apple' cannot be the name of an automation"),
    "nameless": (automation(name=""), "'' cannot be the name of an automation"),
    "uid": (automation(uid="not-a-uid"), "the UID 'not-a-uid' of the automation 'apple' is not 16 hexadecimal digits"),
    "flags of no action": (automation(flags={"runn": "a:B"}), "flags for 'runn', which is none of find, add"),
    "flags of an automation": (automation(flags={"run": "a.B"}), "the flags of 'run apple', 'a.B', are not written"),
    "blank": (action(name="check it"), "'check it' cannot be the name of an action"),
    "dash": (action(synonyms=("-x",)), "'-x' cannot be the name of an action"),
    "on what": (action(automation="a b"), "'a b' cannot be the name of an automation"),
    "handler": (action(handler="no colon"), "the handler 'no colon' of 'peel automation' is not written package.module:function"),
    "flags": (action(flags="a:b:C"), "the flags of 'peel automation', 'a:b:C', are not written package.module:Class"),
    "five": (action(name="run"), "implement cm_run instead"),
    "synonym": (action(synonyms=("find", "run")), "'find' of 'automation' already means something else: cm find"),
    "synonym on an own kind": (
        automation().replace("[Automation(**", "[Automation(actions=(Action(name='x', automation='apple', help='h', handler='a:b', synonyms=('run',)),), **"),
        "'run' of 'apple' already means something else: cm run",
    ),
    "command": (action(name="doctor"), "'doctor' of 'automation' already means something else: cm doctor"),
    "search": (action(name="search", automation="pear"), "every automation already has the action 'search', so 'pear', too"),
    "common": (action(name="update", automation="pear"), "every automation already has the action 'update', so 'pear', too"),
    "on all": (action(automation="*", synonyms=("ls",)), "every automation already has the action 'ls'"),
    "twice": (action(name="uid", automation="core"), "another plugin already has the action 'uid' of 'core'"),
    "added": (
        "from cm_core import AddedFlags\n@hookimpl\ndef cm_register_flags(): return [AddedFlags(action='run', automation='x', flags='y')]\n",
        "the flags for 'run x', 'y', are not written",
    ),
}  # fmt: skip


def test_each_mistake_is_named(install, ask, subtests):
    for case, (code, _) in MISTAKES.items():
        install(f"m-{case.replace(' ', '-')}", code, module=f"mistaken_{case.replace(' ', '_')}")
    out = ask("find automation", "help automation")
    assert [answer["return"] for answer in out.answers] == [0, 0]
    for case, (_, reason) in MISTAKES.items():
        name = f"m-{case.replace(' ', '-')}"
        with subtests.test(case):
            (warning,) = (
                text for text in out.warnings if text.startswith(f"plugin '{name}' of dist-{name} is ")
            )
            assert reason in warning
            assert f"this is a bug of dist-{name}" in out.plugins[name]["fix"]


def test_no_command_of_the_core_is_hidden(install, ask):
    group = click.Group()
    plugin.cm_register_commands(group)
    for name in group.commands:
        install(f"m-{name}", action(name=name), module=f"mistaken_{name}")
    warnings = ask("find automation").warnings
    assert len(warnings) == len(group.commands) > 1
    for name in group.commands:
        assert any(text.endswith(f"already means something else: cm {name}") for text in warnings)


def test_who_owns_a_kind_decides_what_common_words_mean_there(install, ask, site):
    install(
        "apples",
        automation().replace("[Automation(**", "[Automation(actions=(Action(name='search', automation='apple', help='h', handler='apples:search', synonyms=('update',)),), **"),
    )  # fmt: skip
    (site / "apples.py").write_text(
        "from cm_core import Result\ndef search(request, session): return Result(data={'mine': 1})\n"
    )
    out = ask("search apple", "update apple", "search core")
    assert out.warnings == []
    assert [answer.get("mine") for answer in out.answers] == [1, 1, None]


@pytest.mark.parametrize(
    ("code", "reason", "fix"),
    [
        ("cm_api_version = '1.3'\n", "written for version 1.3 of the plugin interface, but this is 1.0", "pip install --upgrade cm-automation"),
        ("cm_api_version = '2'\n", "written for version 2 of the plugin interface", "pip install --upgrade cm-automation"),
        ("cm_api_version = '0.9'\n", "written for version 0.9 of the plugin interface", "bug of dist-m: upgrade dist-m from where you got it"),
        ("cm_api_version = 'x'\n", "written for version x of the plugin interface", "bug of dist-m: upgrade dist-m from where you got it"),
        ("@hookimpl\ndef cm_sign_result(result): pass\n", "unknown hook 'cm_sign_result'", "it may be made for a newer cm-automation, or a newer plugin that has the hook"),
        ("@hookimpl\ndef cm_fnd(request): pass\n", "unknown hook 'cm_fnd'; did you mean 'cm_find'?", "bug of dist-m"),
        ("@hookimpl\ndef cm_run(request, sesion): pass\n", "its cm_run has an argument 'sesion', which the hook does not have; did you mean 'session'?", "bug of dist-m"),
        ("@hookimpl\ndef cm_run(request, cluster): pass\n", "its cm_run has an argument 'cluster', which the hook does not have", "it may be made for a newer cm-automation"),
        ("from cm_core import NewThing\n", "cannot import name 'NewThing' from 'cm_core'", "pip install --upgrade cm-automation"),
        ("import cm_core.new_room\n", "No module named 'cm_core.new_room'", "pip install --upgrade cm-automation"),
        ("import no_such_thing\n", "No module named 'no_such_thing'", "reinstall dist-m with what it needs"),
        ("raise ValueError\n", "ValueError", "this is a bug of dist-m"),
        (_OWNER.replace("apple", "core"), "the automation 'core' already belongs to cm-automation", "CM_DISABLE_PLUGINS=core"),
    ],
)  # fmt: skip
def test_advice_has_the_right_direction(install, ask, code, reason, fix):
    install("m", code)
    out = ask()
    assert len(out.warnings) == 1
    assert reason in out.warnings[0]
    assert "<module" not in out.warnings[0]
    assert fix in out.plugins["m"]["fix"]


def test_forgotten_marks(install, ask, site):
    (site / "engine_specs.py").write_text(
        "from cm_core import hookspec\n@hookspec\ndef cm_engine_name(): 'A name.'\n"
    )
    install("z-engines", "cm_hookspecs = 'engine_specs'\n")
    install("a-steam", "def cm_engine_name(): return 'steam'\n")
    install("b-run", "def cm_run(request, session): return None\n")
    out = ask("find automation")
    assert [text.partition(" is switched off: ")[2] for text in out.warnings] == [
        "its function 'cm_engine_name' is not marked with @hookimpl",
        "its function 'cm_run' is not marked with @hookimpl",
    ]
