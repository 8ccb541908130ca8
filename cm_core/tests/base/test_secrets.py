import pytest

from cm_core.base.secrets import is_secret, mask_secrets, without_credentials, without_secrets


@pytest.mark.parametrize(
    "key",
    [
        "CM_GH_TOKEN",
        "gh_token",
        "hfToken",
        "pat",
        "CM_GH_PAT",
        "CM_PAT_GITHUB",
        "DB_PASSWORD",
        "passwd",
        "CLIENT_SECRET",
        "MY_CREDENTIALS",
        "openai-api-key",
        "OPENAI_APIKEY",
        "AWS_ACCESS_KEY_ID",
        "+CM_API_KEY",
    ],
)
def test_names_of_secrets(key):
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "CM_TMP_PATH",
        "PATH",
        "+PATH",
        "CM_COMPATIBLE",
        "CM_ML_MODEL_TOKENIZER_PATH",
        "TOKENIZER",
        "CM_MAX_TOKENS",
        "CM_SECRETARY",
        "CM_GCLOUD_CREDENTIALS_FILE",
        "CM_TOKEN_PATH",
        "CM_KEYBOARD",
        "",
    ],
)
def test_names_of_other_things(key):
    assert not is_secret(key)


def test_secrets_are_left_out_at_any_depth():
    values = {"A": 1, "A_TOKEN": "x", "b": {"password": "y", "kept": [{"c": 1}]}}
    assert without_secrets(values) == {"A": 1, "b": {"kept": [{"c": 1}]}}
    assert values["A_TOKEN"] == "x"


def test_secrets_in_lists_of_dictionaries_are_left_out():
    assert without_secrets({"hosts": [{"name": "a", "token": "x"}, "b"]}) == {"hosts": [{"name": "a"}, "b"]}


def test_what_is_shown_has_stars_for_secrets():
    env = {"A_TOKEN": "x", "B_TOKEN": "", "URL": "https://me:s3cret@host/a", "+L": ["ftp://me@host", 1]}
    assert mask_secrets(env) == {
        "A_TOKEN": "***",
        "B_TOKEN": "",
        "URL": "https://***@host/a",
        "+L": ["ftp://***@host", 1],
    }
    assert env["URL"] == "https://me:s3cret@host/a"


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
    assert without_credentials("x" * 1_000_000) == "x" * 1_000_000


def test_a_key_that_is_no_text_holds_no_secret():
    assert not is_secret(5)
    assert without_secrets({5: "a", None: "b", "token": "c"}) == {5: "a", None: "b"}
