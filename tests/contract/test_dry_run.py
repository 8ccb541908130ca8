"""``--dry_run`` never acts: a verb shows what it would do, or refuses."""

import contextlib

import pytest

from cm_core import CMError, Request, Session, UsageError
from cm_core.plugins.declared import honours_dry_run
from cm_core.testing import contents
from cm_core.verbs import FIVE_ACTIONS

# What each of them would do with the artifacts of the fixture.
ACTING = [
    ("add", "script", ("new",), {"tags": "a,b"}, "would add {local}/script/new"),
    ("add", "samples,0123456789abcdef", ("new",), {}, "would add {local}/samples/new"),
    ("rm", "script", ("mine",), {"force": True}, "would remove {local}/script/mine"),
    ("update", "script", ("mine",), {"tags": "other"}, "would update {local}/script/mine"),
    ("mv", "script", ("mine", "other"), {}, "would move to {local}/script/other"),
    ("cp", "script", ("mine", "other"), {}, "would copy to {local}/script/other"),
    ("run", "script", ("",), {"tags": "my,script"}, ""),
]


@pytest.fixture
def home(cm_session: Session) -> Session:
    cm_session.call(
        Request(action="add", automation="script", artifact="mine", options={"tags": "my,script"})
    )
    return cm_session


@pytest.mark.parametrize(("verb", "kind", "names", "options", "line"), ACTING)
def test_nothing_is_changed(home: Session, verb: str, kind: str, names: tuple[str, ...], options: dict[str, object], line: str) -> None:  # fmt: skip
    request = Request(
        action=verb,
        automation=kind,
        artifact=names[0],
        artifacts=names[1:],
        options={**options, "dry_run": True, **({"common": True} if "," in kind else {})},
    )
    before = contents(home.home.path, home.cwd)
    result = home.call(request)
    assert contents(home.home.path, home.cwd) == before
    if line:
        assert result.data["dry_run"] is True
        assert result.lines == (line.format(local=home.repos.local.root),)


def test_a_script_says_what_it_needs(home: Session) -> None:
    meta = {"deps": [{"tags": "get,python3"}, {"tags": "detect,os"}]}
    home.call(Request(action="update", automation="script", artifact="mine", options={"meta": meta}))
    options = {"tags": "my,script", "dry_run": True, "repro": True, "save_env": True}
    before = contents(home.home.path, home.cwd)
    result = home.call(Request(action="run", automation="script", options=options))
    assert contents(home.home.path, home.cwd) == before
    assert result.lines == ("cm run script --tags=get,python3", "cm run script --tags=detect,os")


def test_a_benchmark_says_what_it_would_fetch(home: Session) -> None:
    options = {"scenario": "Server", "dry_run": True}
    before = contents(home.home.path, home.cwd)
    result = home.call(Request(action="run", automation="mlperf", options=options))
    assert contents(home.home.path, home.cwd) == before
    assert "would run: cm run script --tags=get,ml-model,digits" in result.lines
    assert "would run: cm run script --tags=get,dataset,digits" in result.lines
    assert result.data["plan"] == [
        {"scenario": "Server", "mode": mode} for mode in ("accuracy", "find-peak", "performance")
    ]
    assert "Server    find-peak    unknown until the probe" in result.lines
    with pytest.raises(CMError, match="no-such-model"):
        home.call(Request(action="run", automation="mlperf", options={**options, "model": "no-such-model"}))


def test_what_would_fail_fails(home: Session) -> None:
    for flags in ({"template": "no-such-script"}, {"script_name": "no-such-file.sh"}):
        with pytest.raises(CMError, match="no-such"):
            home.call(
                Request(action="add", automation="script", artifact="new", options={**flags, "dry_run": True})
            )
    asked = {"find_tool": "gcc", "dry_run": True}
    shown = home.call(Request(action="add", automation="script", artifact="new", options=asked))
    assert shown.data["meta"]["find_tool"]["names"] == "gcc"
    asked = {"template": "my,script", "dry_run": True}
    shown = home.call(Request(action="add", automation="script", artifact="new", options=asked))
    assert shown.lines == (f"would add {home.repos.local.root / 'script' / 'new'}",)
    assert shown.data["meta"]["tags"] == ["new"]


def test_flags_of_every_run_may_ask_for_it(home: Session) -> None:
    native = home.repos.local.root / "script" / "mine" / "run.sh"
    native.write_text("touch ran\n", encoding="utf-8")
    home.env = {**home.env, "CM_SCRIPT_EXTRA_CMD": "--dry_run"}
    home.call(Request(action="run", automation="script", options={"tags": "my,script"}))
    assert not (home.cwd / "ran").exists()
    home.env = {**home.env, "CM_SCRIPT_EXTRA_CMD": ""}
    home.call(Request(action="run", automation="script", options={"tags": "my,script"}))
    assert (home.cwd / "ran").exists()


def verbs_of(session: Session) -> list[tuple[str, str]]:
    """Every verb of every installed plugin."""
    plugins = session.plugins
    verbs = {(action.name, action.automation) for action in plugins.actions}
    verbs |= {(verb, kind) for verb in FIVE_ACTIONS for kind in plugins.automations}
    return sorted(verbs)


def test_whoever_can_show_it_changes_nothing(home: Session) -> None:
    shown = [verb for verb in verbs_of(home) if honours_dry_run(home.plugins, *verb)]
    assert {("pull", "repo"), ("rm", "docker"), ("pack", "mlperf"), ("run", "mlperf"), ("doc", "*")} <= set(
        shown
    )
    before = contents(home.home.path, home.cwd)
    for verb, kind in shown:
        for names in ([""], ["mine"], ["mine", "other"]):
            with contextlib.suppress(CMError):
                home.call(
                    Request(
                        action=verb,
                        automation="script" if kind == "*" else kind,
                        artifact=names[0],
                        artifacts=tuple(names[1:]),
                        options={"dry_run": True},
                        unparsed=("touch", "ran") if kind == "experiment" else None,
                    )
                )
            assert contents(home.home.path, home.cwd) == before, (verb, kind, names)


def test_whoever_cannot_show_it_is_refused(home: Session) -> None:
    refused = [verb for verb in verbs_of(home) if not honours_dry_run(home.plugins, *verb)]
    assert ("show", "cache") in refused
    before = contents(home.home.path, home.cwd)
    for verb, kind in refused:
        asked = Request(action=verb, automation="script" if kind == "*" else kind, options={"dry_run": "yes"})
        with pytest.raises(CMError) as caught:
            home.call(asked)
        assert isinstance(caught.value, UsageError), (verb, kind)
        assert "nothing was done" in str(caught.value)
    assert contents(home.home.path, home.cwd) == before
