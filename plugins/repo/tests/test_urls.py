from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core import UsageError
from cm_repo.urls import (
    check_revision,
    location_of,
    source_from_name,
    source_from_url,
    token_credentials,
)

HERE = Path("/somewhere").absolute()


def understand(name, url=""):
    return source_from_name(
        name, url=url, cwd=HERE, url_prefix="https://github.com/", organisation="mlcommons"
    )


@pytest.mark.parametrize(
    ("name", "url", "alias"),
    [
        ("inference", "https://github.com/mlcommons/inference", "mlcommons@inference"),
        ("octoml@cm4mlops", "https://github.com/octoml/cm4mlops", "octoml@cm4mlops"),
        ("mlcommons@ck", "https://github.com/mlcommons/cm4mlops", "mlcommons@cm4mlops"),
        ("https://github.com/a/b", "https://github.com/a/b", "a@b"),
        ("https://github.com/a/b.git", "https://github.com/a/b.git", "a@b"),
        ("https://gitlab.com/group/sub/name/", "https://gitlab.com/group/sub/name/", "group@sub@name"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git", "a@b"),
        ("ssh://git@host.org:2222/a/b.git", "ssh://git@host.org:2222/a/b.git", "a@b"),
        ("ssh://git:s3cret@host.org:2222/a/b.git", "ssh://git@host.org:2222/a/b.git", "a@b"),
        ("file:///srv/git/b.git", "file:///srv/git/b.git", "b"),
        ("./clone", str(HERE / "clone"), "clone"),
        ("/abs/clone.git", str(Path("/abs/clone.git").absolute()), "clone"),
    ],
)
def test_git_sources(name, url, alias):
    source = understand(name)
    assert (source.kind, source.url, source.alias) == ("git", url, alias)


@pytest.mark.parametrize(
    ("name", "url", "alias"),
    [
        ("https://host/x/tools.zip", "https://host/x/tools.zip", "tools"),
        ("tools.zip", str(HERE / "tools.zip"), "tools"),
        ("file:///srv/tools.zip", str(Path("/srv/tools.zip")), "tools"),
    ],
)
def test_zip_sources(name, url, alias):
    source = understand(name)
    assert (source.kind, source.url, source.alias) == ("zip", url, alias)


def test_a_name_beside_a_url_is_the_alias():
    source = understand("mine", url="https://github.com/a/b")
    assert (source.url, source.alias) == ("https://github.com/a/b", "mine")


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c 'touch /tmp/pwned'",
        "ext::sh",
        "fd::17",
        "::x",
        "http::https://host/x",
        "-uupload-pack=evil",
        "--upload-pack=evil",
        "ftp://host/x/y",
        "git://host/x/y",
        "rsync://host/x",
        "https://",
        "https:///a/b",
        "https://-oProxyCommand=x/a/b",
        "ssh://-oProxyCommand=x/a",
        "https://host/a b",
        "https://host/a\nb",
        "https://host:port/a/b",
        "https://github.com/mlcommons/../evil/x",
        "https://github.com/mlcommons/%2e%2e/evil/x",
        "git@github.com:mlcommons/../evil",
        "https://host/",
        "/",
    ],
)
def test_refused_urls(url):
    with pytest.raises(UsageError):
        source_from_url(url, cwd=HERE)
    with pytest.raises(UsageError):
        understand("alias", url=url)


@pytest.mark.parametrize("name", ["a b", "a@", "@b", "a@b@", "-x", "--all", "a:b", "ext::sh", "a@-b\n"])
def test_refused_names(name):
    with pytest.raises(UsageError):
        understand(name)


@pytest.mark.parametrize("alias", ["../x", "-x", ".hidden", "a/b", "con"])
def test_the_alias_beside_a_url_must_be_a_name(alias):
    with pytest.raises(UsageError):
        understand(alias, url="https://github.com/a/b")


def test_credentials_leave_the_url():
    source = source_from_url("https://ada:s3cr%40t@host.org/a/b.git", cwd=HERE)
    assert source.url == "https://host.org/a/b.git"
    assert (source.credentials.user, source.credentials.secret) == ("ada", "s3cr@t")
    assert "s3cr" not in repr(source)
    assert source.location == "host.org/a/b"


def test_the_header_is_one_of_the_secrets():
    credentials = token_credentials("tok")
    assert credentials.header.rpartition(" ")[2] in credentials.secrets


@pytest.mark.parametrize(
    "url",
    [
        "https://GitHub.com/a/b",
        "https://github.com/a/b.git",
        "https://u:p@github.com/a/b/",
        "git@github.com:a/b.git",
        "ssh://git@github.com/a/b",
    ],
)
def test_one_repository_has_one_location(url):
    assert location_of(url) == "github.com/a/b"


@pytest.mark.parametrize("revision", ["-f", "--orphan", "a b", "a..b", "a:b", "x\n", "refs/*", "a\\b"])
def test_refused_revisions(revision):
    with pytest.raises(UsageError):
        check_revision(revision, "branch")


@pytest.mark.parametrize("revision", ["", "main", "feature/x-1", "v1.0", "e1d5c7cf", "HEAD~2"])
def test_revisions(revision):
    assert check_revision(revision, "checkout") == revision


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused(text):
    try:
        source = understand(text)
    except UsageError:
        return
    assert not source.url.startswith("-")
    assert "::" not in source.url.split("/")[0]
    assert "/" not in source.alias
    assert not source.alias.startswith((".", "-"))
