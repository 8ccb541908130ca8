from pathlib import Path

import pytest

from cm_core import Home, MetaError
from cm_repo.config import load_config
from cm_repo.trust import TrustPolicy, UntrustedError
from cm_repo.urls import source_from_url

COMMIT = "a" * 40
PREFIX = "https://github.com/"


def allows(entries, url):
    policy = TrustPolicy.from_mapping({"allow": entries}, source="config")
    try:
        policy.check_source(source_from_url(url, cwd=Path("/")), url_prefix=PREFIX)
    except UntrustedError:
        return False
    return True


@pytest.mark.parametrize(
    ("entries", "url", "expected"),
    [
        (["mlcommons"], "https://github.com/mlcommons/x", True),
        (["mlcommons"], "git@github.com:mlcommons/x.git", True),
        (["mlcommons"], "https://github.com/mlcommons2/x", False),
        (["mlcommons"], "https://evil.org/mlcommons/x", False),
        (["mlcommons"], "https://github.com:8443/mlcommons/x", False),
        (["mlcommons"], "https://github.com@evil.org/mlcommons/x", False),
        (["gitlab.com/group"], "https://gitlab.com/group/sub/x", True),
        (["gitlab.com/group"], "https://gitlab.com/groupie/x", False),
        (["https://gitlab.com/group/x"], "https://gitlab.com/group/x.git", True),
        (["https://gitlab.com/group/x"], "https://gitlab.com/group/y", False),
        (["file:///srv/git"], "file:///srv/git/a", True),
        (["/srv/git"], "/srv/git/a", True),
        (["/srv/git"], "/srv/other", False),
        ([], "https://github.com/mlcommons/x", False),
    ],
)
def test_allow_list(entries, url, expected):
    assert allows(entries, url) is expected


def test_without_a_list_everything_is_allowed():
    TrustPolicy().check_source(source_from_url("https://x.org/a/b", cwd=Path("/")), url_prefix=PREFIX)


def test_pins():
    policy = TrustPolicy.from_mapping({"pins": {"Mine": COMMIT.upper()}}, source="config")
    assert policy.pin_of("mine", "other") == COMMIT
    policy.check_commit(COMMIT, "mine")
    policy.check_commit("b" * 40, "unpinned")
    with pytest.raises(UntrustedError, match="pinned to commit aaaaaaaaaaaa"):
        policy.check_commit("b" * 40, "mine")
    with pytest.raises(UntrustedError):
        policy.check_commit("", "mine")


@pytest.mark.parametrize(
    "data",
    [
        [],
        "mlcommons",
        {"allow": "mlcommons"},
        {"allow": [1]},
        {"allow": [""]},
        {"allow": ["/"]},
        {"alow": []},
        {"pins": []},
        {"pins": {"a": "abc"}},
        {"pins": {"a": 1234567890123456}},
    ],
)
def test_a_rule_that_is_not_understood_is_an_error(data):
    with pytest.raises(MetaError):
        TrustPolicy.from_mapping(data, source="config")


def test_configuration_is_layered(tmp_path):
    home = Home(path=tmp_path)
    assert load_config(home, {}).url_prefix == PREFIX
    (tmp_path / "config.yaml").write_text("repo_url_org: me\ntrust: {allow: [me]}\n", encoding="utf-8")
    override = tmp_path / "override.json"
    override.write_text('{"repo_url_prefix": "https://git.example.org/", "trust": {}}', encoding="utf-8")
    config = load_config(home, {"CM_CONFIG": str(override)})
    assert (config.url_prefix, config.organisation) == ("https://git.example.org/", "me")
    assert config.trust.allow == ("me",)


def test_bad_configuration_is_one_sentence(tmp_path):
    (tmp_path / "config.yaml").write_text("- a list\n", encoding="utf-8")
    with pytest.raises(MetaError, match="top level"):
        load_config(Home(path=tmp_path), {})
