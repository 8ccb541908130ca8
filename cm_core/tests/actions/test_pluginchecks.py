"""The doctor on plugins, and on what is left of them."""

from cm_core import replace
from cm_core.actions.pluginchecks import check_leftovers, check_plugins
from cm_core.model.request import Request


def test_slow_plugins(cm_session):
    plugins = cm_session.plugins.plugins
    plugins["core"].load_seconds = 0.512  # ours are measured elsewhere
    plugins["heavy"] = replace(plugins["core"], name="heavy", distribution="acme-heavy")
    (slow,) = [finding for finding in check_plugins(cm_session) if "took" in finding.text]
    assert slow.text == "'heavy' of acme-heavy took 512 ms to load, and every command loads it"
    assert "CM_DISABLE_PLUGINS=heavy" in slow.fix


def test_artifacts_of_a_kind_that_nobody_has(cm_session, kind, make_repo):
    make_repo("pulled", {"cell/one": {}}, kinds={"cell": "9" * 16}, register=cm_session)
    for automation in (kind, "rack,a1b2c3d4e5f60718"):
        for name in ("r1", "r2"):
            options = {"common": True}
            cm_session.call(Request(action="add", automation=automation, artifact=name, options=options))
    (left,) = check_leftovers(cm_session)
    assert left.text == "2 of the kind 'rack', which no plugin has"
    found, removed = (part.strip() for part in left.fix.partition("or: cm ")[2].split(", cm "))
    assert len(cm_session.access(found)["list"]) == 2
    assert cm_session.access(removed.replace("NAME", "r1") + " -f")["return"] == 0
    error = cm_session.access("find rack")
    assert error["return"] == 4
    assert "it has artifacts all the same: cm ACTION rack,a1b2c3d4e5f60718 NAME --common" in error["hint"]


def test_a_kind_that_was_never_here(cm_session):
    error = cm_session.access("find zzz")
    assert "there are automation, core" in error["hint"]
