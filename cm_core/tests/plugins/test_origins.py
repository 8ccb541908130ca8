"""Whose a distribution is."""

from importlib.metadata import entry_points

from cm_core.plugins.origins import is_ours, those_of_all, upgrade_advice


def test_names_of_others_are_not_asked_of_an_index():
    assert upgrade_advice("cm-plugin-script").endswith(" -m pip install --upgrade cm-plugin-script")
    assert upgrade_advice("cm-plugin-board") == "upgrade cm-plugin-board from where you got it"


def test_names_are_written_in_several_ways():
    assert all(map(is_ours, ("cm_plugin_script", "CM-Plugin.Script", "cm_automation")))
    assert not is_ours("cm_plugin_board")


def test_tools_for_developers_are_not_ours():
    wanted = [
        "click>=8",
        "a_b>=1; extra == 'all'",
        'c.d; python_version > "3" and extra=="all"',
        "pytest; extra == 'dev'",
    ]
    assert list(those_of_all([*wanted, "sphinx; extra == 'all-docs'"])) == ["a_b", "c.d"]


def test_all_that_is_here_is_known():
    installed = {entry.dist.name for entry in entry_points(group="cm") if entry.dist}
    assert {name for name in installed if not is_ours(name)} == set()
