"""Built-in recipes stand behind those of repositories."""

from cm_core.request import Request


def test_a_built_in_recipe_does_not_make_another_ambiguous(cm_session, make_scripts):
    load = Request(action="load", automation="script", artifact="detect-os")
    built_in = cm_session.call(load).data["path"]
    root = make_scripts("mine", {"detect-os": {"tags": ["detect", "os"]}})
    cm_session.repos.add(root)
    assert cm_session.call(load).data["path"] == str(root / "script" / "detect-os") != built_in
