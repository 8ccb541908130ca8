import os

import pytest

from cm_core import CMError, UsageError
from cm_repo.trust import UntrustedError

pytestmark = pytest.mark.usefixtures("configure")


# -- tokens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["token", "pat", "token_env", "url"])
def test_a_token_is_used_and_never_seen(how, make_remote, web, cm_home, run_cm, spy_git):
    make_remote()
    web.password = "ada:s3cret" if how == "url" else "x-access-token:s3cret"
    folder, log = spy_git
    env = {"PATH": f"{folder}{os.pathsep}{run_cm.env['PATH']}", "MY_TOKEN": "s3cret"}
    words = {
        "token": ["owner@tools", f"--url={web.url}/owner/tools", "--token=s3cret"],
        "pat": [f"{web.url}/owner/tools", "--pat=s3cret"],
        "token_env": [f"{web.url}/owner/tools", "--token_env=MY_TOKEN"],
        "url": [f"{web.url.replace('://', '://ada:s3cret@')}/owner/tools"],
    }[how]
    for out in ("--out=json", "--out=con"):
        done = run_cm("pull", "repo", *words, out, "--debug", env=env)
        assert done.status == 0, done.stderr
        assert "s3cret" not in done.stdout + done.stderr
    encoded = web.seen[-1][1].rpartition(" ")[2]
    assert encoded
    seen = [log.read_text(), *(path.read_text(errors="replace") for path in cm_home.rglob("config"))]
    assert "clone" in seen[0]
    for text in [*seen, done.stdout, done.stderr]:
        assert "s3cret" not in text
        assert encoded not in text


def test_a_wrong_token_is_not_in_the_error(pull, make_remote, web, cm_home):
    make_remote()
    web.password = "x-access-token:right"
    with pytest.raises(CMError, match="cannot clone") as caught:
        pull(f"{web.url}/owner/tools", token="wr0ng")
    assert "wr0ng" not in str(caught.value) + caught.value.hint
    with pytest.raises(CMError) as caught:
        pull(f"{web.url.replace('://', '://bob:wr0ng@')}/owner/tools")
    assert "wr0ng" not in str(caught.value) + caught.value.hint


def test_a_token_does_not_follow_a_redirect(pull, make_remote, web):
    make_remote()
    web.redirect["/moved"] = f"http://localhost:{web.port}/owner/tools"
    with pytest.raises(CMError):
        pull(f"{web.url}/moved", token="s3cret")
    assert {path.split("/")[1] for path, header in web.seen if header} == {"moved"}
    web.seen.clear()
    pull(f"{web.url}/moved")


@pytest.mark.parametrize("url", ["http://example.org/a/b", "git@example.org:a/b", "file:///a/b"])
def test_a_token_is_only_sent_over_https(pull, url):
    with pytest.raises(UsageError, match="token"):
        pull(url, token="s3cret")


def test_the_variable_of_the_token_must_be_set(pull):
    with pytest.raises(UsageError, match="NO_SUCH"):
        pull("owner@tools", token_env="NO_SUCH")


# -- allow-list and pins ---------------------------------------------------------------------------------


def test_an_owner_that_is_not_on_the_list(pull, make_remote, configure, cm_home):
    make_remote("good/one", uid="0" * 15 + "1")
    remote = make_remote("bad/two", uid="0" * 15 + "2")
    configure(trust={"allow": ["good"]})
    pull("good@one")
    for name in ("bad@two", str(remote.bare), remote.url):
        with pytest.raises(UntrustedError, match="not on the list of trusted owners"):
            pull(name)
    assert sorted(path.name for path in (cm_home / "repos").iterdir()) == ["good@one", "local"]


def test_with_a_list_a_server_cannot_send_us_elsewhere(pull, make_remote, web, configure):
    make_remote()
    web.redirect["/good/tools"] = f"{web.url}/owner/tools"
    configure(trust={"allow": [f"{web.url}/good"]})
    with pytest.raises(CMError, match="cannot clone"):
        pull(f"{web.url}/good/tools")


def test_a_pinned_commit_is_what_is_checked_out(pull, make_remote, configure, git):
    remote = make_remote()
    first = git("rev-parse", "HEAD", cwd=remote.work)
    second = remote.commit({"a": "1"})
    configure(trust={"pins": {"owner@tools": first}})
    assert pull("owner@tools").data["commit"] == first
    assert pull("owner@tools").data["commit"] == first
    with pytest.raises(UntrustedError, match="pinned to commit"):
        pull("owner@tools", checkout=second)
    assert pull("owner@tools").data["commit"] == first


def test_a_pinned_branch_stays_a_branch(pull, make_remote, configure, git):
    remote = make_remote()
    first = pull("owner@tools").data["commit"]
    remote.commit({"a": "1"})
    configure(trust={"pins": {"owner@tools": first}})
    again = pull("owner@tools").data["list"][0]
    assert (again["commit"], again["branch"]) == (first, "main")


def test_a_pin_by_the_alias_in_the_metadata(pull, make_remote, configure, cm_home):
    make_remote(meta='alias: inner\nuid: "0123456789abcde0"\n')
    configure(trust={"pins": {"inner": "a" * 40}})
    with pytest.raises(UntrustedError):
        pull("owner@tools")
    assert [path.name for path in (cm_home / "repos").iterdir()] == ["local"]


def test_a_zip_cannot_stand_in_for_a_pinned_repository(pull, make_zip, configure):
    configure(trust={"pins": {"zipped": "a" * 40}})
    with pytest.raises(UntrustedError, match="without a commit"):
        pull(str(make_zip({"cmr.yaml": 'alias: zipped\nuid: "0123456789abcde0"\n'})))
