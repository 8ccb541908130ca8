"""Whose a distribution is."""

from importlib.metadata import entry_points

from cm_core.plugins.origins import is_ours, upgrade_advice


def test_names_of_others_are_not_asked_of_an_index():
    assert upgrade_advice("cm-plugin-script").endswith(" -m pip install --upgrade cm-plugin-script")
    assert upgrade_advice("cm-plugin-board") == "upgrade cm-plugin-board from where you got it"


def test_all_that_is_here_is_known():
    installed = {entry.dist.name for entry in entry_points(group="cm") if entry.dist}
    assert {name for name in installed if not is_ours(name)} == set()
