"""Which plugins an environment wants."""

import pytest

from cm_core.plugins.chosen import ChosenPlugins
from cm_core.plugins.entrypoints import EntryPoint

CORE = EntryPoint(name="core", module="core", distribution="cm-automation", version="1")
INSTALLED = [
    EntryPoint(name=name, module=name, distribution=f"dist-{name}", version="1")
    for name in ("apples", "pears")
]


@pytest.mark.parametrize(
    ("env", "loaded"),
    [
        ({}, ["apples", "pears"]),
        ({"CM_PLUGINS": ""}, ["apples", "pears"]),
        ({"CM_PLUGINS": "none"}, []),
        ({"CM_PLUGINS": "pears"}, ["pears"]),
        ({"CM_PLUGINS": " Dist_Pears , apples"}, ["apples", "pears"]),
        ({"CM_PLUGINS": "pears,apples", "CM_DISABLE_PLUGINS": "dist.pears"}, ["apples"]),
        ({"CM_DISABLE_PLUGINS": "apples,"}, ["pears"]),
    ],
)
def test_who_is_loaded(env, loaded):
    chosen = ChosenPlugins.by(env)
    assert [entry.name for entry in INSTALLED if not chosen.why_off(entry)] == loaded
    assert list(chosen.doubts(CORE, INSTALLED)) == []


def test_the_reason():
    assert ChosenPlugins.by({"CM_PLUGINS": "x"}).why_off(INSTALLED[0]) == "disabled by CM_PLUGINS"
    assert (
        ChosenPlugins.by({"CM_DISABLE_PLUGINS": "apples"}).why_off(INSTALLED[0])
        == "disabled by CM_DISABLE_PLUGINS"
    )


def test_names_of_nobody():
    chosen = ChosenPlugins.by({"CM_PLUGINS": "apples,appels", "CM_DISABLE_PLUGINS": "peers"})
    assert list(chosen.doubts(CORE, INSTALLED)) == [
        "CM_PLUGINS names 'appels', but no installed plugin is called that; did you mean 'apples'?",
        "CM_DISABLE_PLUGINS names 'peers', but no installed plugin is called that; did you mean 'pears'?",
    ]


def test_the_core_is_always_there():
    chosen = ChosenPlugins.by({"CM_PLUGINS": "core,CM_Automation,pears"})
    assert list(chosen.doubts(CORE, INSTALLED)) == []
    without = ChosenPlugins.by({"CM_DISABLE_PLUGINS": "core"})
    assert list(without.doubts(CORE, INSTALLED)) == [
        "CM_DISABLE_PLUGINS names 'core', which is the core: nothing works without it"
    ]


def test_the_command(install, cm):
    install(
        "apples",
        "@hookimpl\ndef cm_register_automations():\n    return [Automation(name='apple', uid='1' * 16, help='')]\n",
    )
    assert cm("find", "apple").status == 0
    alone = cm("find", "automation", CM_PLUGINS="none")
    assert (alone.status, alone.stderr) == (0, "")
    assert cm("find", "automation", CM_PLUGINS="core").stderr == ""
    assert cm("find", "apple", CM_PLUGINS="none").status == 4
    assert "apples " in cm("plugins", CM_PLUGINS="none").stdout
    assert "off: disabled by CM_PLUGINS" in cm("plugins", CM_PLUGINS="none").stdout
    doubted = cm("find", "apple", CM_DISABLE_PLUGINS="aples")
    assert doubted.status == 0
    assert "CM_DISABLE_PLUGINS names 'aples', but no installed plugin is called that" in doubted.stderr
    assert "names 'aples'" in cm("doctor", CM_DISABLE_PLUGINS="aples").stdout
