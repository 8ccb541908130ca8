"""``--dry_run`` never acts: a verb shows what it would do, or refuses."""

import hashlib
from pathlib import Path

import pytest

from cm_core import CMError, Request, Session, UsageError
from cm_core.plugins.declared import honours_dry_run
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


def files(*folders: Path) -> dict[Path, str]:
    """Everything but the index, which any search may bring up to date, and locks, which are empty."""
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("index.") and path.suffix != ".lock"
    }


@pytest.mark.parametrize(("verb", "kind", "names", "options", "line"), ACTING)
def test_nothing_is_changed(home: Session, verb: str, kind: str, names: tuple[str, ...], options: dict[str, object], line: str) -> None:  # fmt: skip
    request = Request(
        action=verb,
        automation=kind,
        artifact=names[0],
        artifacts=names[1:],
        options={**options, "dry_run": True, **({"common": True} if "," in kind else {})},
    )
    before = files(home.home.path, home.cwd)
    result = home.call(request)
    assert files(home.home.path, home.cwd) == before
    if line:
        assert result.data["dry_run"] is True
        assert result.lines == (line.format(local=home.repos.local.root),)


def test_a_script_says_what_it_needs(home: Session) -> None:
    meta = {"deps": [{"tags": "get,python3"}, {"tags": "detect,os"}]}
    home.call(Request(action="update", automation="script", artifact="mine", options={"meta": meta}))
    options = {"tags": "my,script", "dry_run": True, "repro": True, "save_env": True}
    before = files(home.home.path, home.cwd)
    result = home.call(Request(action="run", automation="script", options=options))
    assert files(home.home.path, home.cwd) == before
    assert result.lines == ("cm run script --tags=get,python3", "cm run script --tags=detect,os")


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


def test_whoever_cannot_show_it_is_refused(home: Session) -> None:
    """Every verb of every installed plugin that does not declare the flag."""
    plugins = home.plugins
    verbs = {(action.name, action.automation) for action in plugins.actions}
    verbs |= {(verb, kind) for verb in FIVE_ACTIONS for kind in plugins.automations}
    refused = [(verb, kind) for verb, kind in sorted(verbs) if not honours_dry_run(plugins, verb, kind)]
    assert ("docker", "script") in refused
    before = files(home.home.path, home.cwd)
    for verb, kind in refused:
        asked = Request(action=verb, automation="script" if kind == "*" else kind, options={"dry_run": "yes"})
        with pytest.raises(CMError) as caught:
            home.call(asked)
        assert isinstance(caught.value, UsageError), (verb, kind)
        assert "nothing was done" in str(caught.value)
    assert files(home.home.path, home.cwd) == before
