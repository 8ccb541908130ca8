import re

import pytest

from cm_core.credentials import credentials_in, has_token, without_credentials


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
    for word in (
        "x" * 1_000_000,
        "-x" * 300_000 + " -token: ",
        "sk-" * 300_000,
        "xoxb-" * 200_000,
        "a-" * 300_000 + ":@:",
        "a:bb" * 300_000 + "@",
        "?token=" + "&sig" * 300_000,
    ):
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


LONG = "0a1b2c3d4e5f6A7B8C9D0E1F2G3H4I5J6K7L8M9N"


@pytest.mark.parametrize(
    "key",
    [
        *("token", "access_token", "private_token", "job-token", "sig", "Signature", "api_key", "apikey"),
        *(
            "X-Amz-Signature",
            "X-Amz-Security-Token",
            "X-Amz-Credential",
            "X-Goog-Signature",
            "AWSAccessKeyId",
        ),
    ],
)
@pytest.mark.parametrize("before", ["?", "?a=1&"])
def test_queries_that_open_an_address_are_hidden(key, before):
    text = f'see "https://host/x{before}{key}=w%2Brd/1-2=&b=2" now'
    assert without_credentials(text) == f'see "https://host/x{before}{key}=***&b=2" now'
    assert list(credentials_in(text)) == ["w%2Brd/1-2="]
    assert without_credentials(without_credentials(text)) == without_credentials(text)


@pytest.mark.parametrize(
    "token",
    [
        *(f"gh{kind}_{LONG}" for kind in "oprsu"),
        *(f"github_pat_{LONG}_{LONG}", f"hf_{LONG}", f"glpat-{LONG[:20]}", f"npm_{LONG}"),
        *(
            f"xoxb-12345-{LONG}",
            "AKIAIOSFODNN7EXAMPLE",
            f"AIza{LONG[:35]}",
            f"sk-proj-{LONG}",
            f"sk_live_{LONG}",
        ),
    ],
)
def test_tokens_of_well_known_shapes_are_hidden(token):
    assert without_credentials(f"_auth.{token},b") == "_auth.***,b"
    assert list(credentials_in(f"x={token}")) == [token]
    assert has_token(token)
    assert not has_token(f"https://{token}@host/a?token={token}")


def test_a_password_before_a_path_of_scp_is_hidden():
    assert without_credentials("_repo.me:s3cret@host:a/b") == "_repo.me:***@host:a/b"
    assert list(credentials_in("me:s3cret@host:a/b")) == ["s3cret"]


@pytest.mark.parametrize(
    "text",
    [
        "Bearer $TOKEN",
        "the bearer of this",
        "Authorization: none",
        "unexpected token: abc123",
        "docker://a@sha256:1f",
        "ubuntu:22.04@sha256:1f",
        "mailto:me.you@host:25",
        "git@host:a/b:c",
        "me:$WORD@host:a",
        "https://host/x?token=$TOKEN&sig=${SIG}&api_key=<key>",
        "https://host/x?token={token}&sig=%s&apikey=...",
        "https://host/x?rlkey=ab68i7uza9&key=1&tokenizer=bert&design=a&max_tokens=5",
        "get,hf_hub,hf_hub_download,_hf_transformers_and_tokenizers",
        "npm_config_registry ghp_x AKIA gh_token sk-learn-intelex-for-python-and-more-2024",
        "get-python3,task-force,disk-image-0123456789abcdefABCDEF",
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
