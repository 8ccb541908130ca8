import re

import pytest

from cm_core.credentials import credentials_in, without_credentials


def test_credentials_in_addresses_are_hidden():
    assert without_credentials("https://me:s3cret@host/a?b") == "https://***@host/a?b"
    assert without_credentials("https://host/user@example") == "https://host/user@example"
    assert without_credentials("git clone https://t0ken@host/a") == "git clone https://***@host/a"


@pytest.mark.parametrize("address", ["ssh://git@host/a.git", "git+ssh://git@host", "git@host:a.git"])
def test_a_user_of_ssh_is_no_secret(address):
    assert without_credentials(f"pull {address} now") == f"pull {address} now"


@pytest.mark.parametrize("user", ["me:s3cret", "me:s3@cret", "a@b"])
def test_a_password_for_ssh_is(user):
    assert without_credentials(f"ssh://{user}@host/a@b") == "ssh://***@host/a@b"


def test_a_long_word_takes_no_longer_than_its_length():
    # With a pattern that begins anew at each letter this test would take minutes.
    for word in ("x" * 1_000_000, "-x" * 300_000 + " -token: "):
        assert without_credentials(word) == word


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.d3f-gh", "Authorization: Bearer ***"),
        ("curl -H 'Authorization: Basic bWU6d29yZDE='", "curl -H 'Authorization: Basic ***'"),
        ("Bearer ghp_1234567", "Bearer ***"),
        ("http.extraheader=AUTHORIZATION: basic bWU6d29yZDE=", "http.extraheader=AUTHORIZATION: basic ***"),
        ("http.extraheader=PRIVATE-TOKEN: glpat-1234567", "http.extraheader=PRIVATE-TOKEN: ***"),
        ("X-Auth-Token:abc4567", "X-Auth-Token:***"),
    ],
)
def test_tokens_in_headers_are_hidden(text, shown):
    assert without_credentials(text) == shown
    assert list(credentials_in(text)) == [re.split(r"[\s:]+", text)[-1].strip("'")]


@pytest.mark.parametrize(
    "text",
    [
        "Bearer $TOKEN",
        "the bearer of this",
        "Authorization: none",
        "unexpected token: abc123",
        "docker://a@sha256:1f",
    ],
)
def test_what_only_looks_like_a_token_stays(text):
    assert without_credentials(text) == text
    assert list(credentials_in(text)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://me:word@host and ftp://t0ken@host", ["me:word", "t0ken"]),
        ("https://$USER:$TOKEN@host https://me:${TOKEN}@host", []),
        ("https://***@host", []),
    ],
)
def test_credentials_as_they_are_written(text, found):
    assert list(credentials_in(text)) == found
