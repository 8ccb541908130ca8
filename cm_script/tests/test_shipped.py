"""Built-in recipes stand behind those of repositories."""

from cm_core import RepositoryKind, Request


def test_a_built_in_recipe_does_not_make_another_ambiguous(cm_session, make_scripts):
    load = Request(action="load", automation="script", artifact="detect-os")
    assert cm_session.call(load).data["artifact"].repo.kind is RepositoryKind.SHIPPED
    root = make_scripts("mine", {"detect-os": {"tags": ["detect", "os"]}})
    cm_session.repos.add(root)
    assert cm_session.call(load).data["artifact"].path == root / "script" / "detect-os"
