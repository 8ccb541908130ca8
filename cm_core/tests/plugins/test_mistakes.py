"""Mistakes that only all plugins together show."""

from cm_core.plugins.mistakes import mistakes

_CODE = """
from cm_core import AddedFlags
from cm_core.flags import Flags, switch, text

class Twice(Flags):
    level = text("how strict", also=("le vel",))
    json = text("mine")

class Again(Flags):
    level = switch("once more")

def cm_fnd(request, session):
    return None

@hookimpl
def cm_register_automations():
    return [Automation(name="parcel", uid="1" * 16, help="h")]

@hookimpl
def cm_register_actions():
    def act(name, automation, **more):
        return Action(**{"name": name, "automation": automation, "help": "h", "handler": "os:getcwd", **more})
    return [
        act("audit", "pracel"),
        act("ship", "warehouse"),
        act("seal", "parcel", handler="os:nope"),
        act("sign", "parcel", handler="no_such_module:nope"),
        act("weigh", "parcel", handler="os:sep"),
        act("count", "parcel", flags=(Twice, Again)),
        act("sum", "parcel", flags="no_such_module:Flags"),
    ]

@hookimpl
def cm_register_flags():
    return [
        AddedFlags(action="rnu", automation="parcel", flags=Again),
        AddedFlags(action="run", automation="pracel", flags=Again),
        AddedFlags(action="run", automation="warehouse", flags=Again),
    ]
"""
_OTHER = """
from cm_core import AddedFlags
from cm_core.flags import Flags, switch

class Level(Flags):
    level = switch("mine")

@hookimpl
def cm_register_flags():
    return [AddedFlags(action="count", automation="parcel", flags=Level)]
"""
EXPECTED = """\
its function 'cm_fnd' is no hook; did you mean 'cm_find'
its action 'audit' is for 'pracel', which is missing; did you mean 'parcel'?
its flags are for 'rnu parcel', which is missing; did you mean 'run'
its flags are for 'run pracel', which is missing; did you mean 'parcel'?
the handler 'os:nope' of 'seal parcel': AttributeError
the handler 'no_such_module:nope' of 'sign parcel': ModuleNotFoundError
the handler 'os:sep' of 'weigh parcel': it cannot be called
its flag --le vel of 'count parcel' cannot be typed
its flag --json of 'count parcel' means something else everywhere
the flags 'no_such_module:Flags' cannot be imported"""


def test_the_doctor_names_each(install, cm):
    install("m", _CODE)
    install("other", _OTHER)
    lines = cm("doctor").stdout.splitlines()
    for expected in EXPECTED.splitlines():
        assert any(
            line.startswith("warn  plugins: plugin 'm' of dist-m: ") and expected in line for line in lines
        ), (expected, lines)
    assert any("plugin 'other' of dist-other: its flag --level of 'count parcel' is hidden by the one of plugin 'm'" in line for line in lines)  # fmt: skip
    # What is for a plugin that is not installed is no mistake.
    assert "warehouse" not in "\n".join(lines)


def test_our_own_plugins_make_none(cm_session):
    assert list(mistakes(cm_session.plugins)) == []


def test_who_has_a_verb_is_said(install, cm):
    install("m", _CODE)
    missing = cm("audit", "parcel")
    assert missing.status == 4
    assert "only these have it: pracel" in missing.stderr
