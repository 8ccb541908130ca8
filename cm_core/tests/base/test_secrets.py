from types import MappingProxyType

import pytest

from cm_core.base.secrets import (
    Secrets,
    holds_secret,
    is_secret,
    mask_secrets,
    with_credentials,
    without_secrets,
)


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


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("https://me:word@host", True),
        (["x", "https://me:word@host"], True),
        ({"a": {"b": "https://t0ken@host"}}, True),
        ("https://$USER:$TOKEN@host", False),
        ("https://me:${TOKEN}@host", False),
        ("https://***@host", False),
        ("https://host/a", False),
        (5, False),
        ("", False),
    ],
)
def test_a_value_holds_a_secret_whatever_its_key(value, holds):
    assert holds_secret("CM_URL", value) == holds


def test_what_may_be_stored():
    stored = without_secrets(
        {
            "URL": "https://me:s3cret@host/a",
            "+L": ["ftp://me:s3cret@host", 1],
            "H": "Bearer s3cret-1",
            "a": {"pat": "x"},
        }
    )
    assert stored == {"URL": "https://***@host/a", "+L": ["ftp://***@host", 1], "a": {}}


def test_stored_addresses_get_the_credentials_of_today():
    stored = {
        "URL": "https://***@host/a",
        "+L": ["ftp://***@host", 1],
        "other": "see https://***@elsewhere/b",
    }
    known = ["x", {"deep": ["https://me:new@host/c"]}, "ftp://host"]
    assert with_credentials(stored, known) == {
        "URL": "https://me:new@host/a",
        "+L": ["ftp://host", 1],
        "other": "see https://elsewhere/b",
    }


def test_credentials_of_another_repository_are_not_put_back():
    known = ["https://u:one@host/a", "https://v:two@host/b"]
    stored = ["https://***@host/a", "https://***@host/b", "https://***@host/c", "https://***@host"]
    assert with_credentials(stored, known) == [*known, "https://host/c", "https://host"]
    assert with_credentials(stored[2], known[:1]) == "https://u:one@host/c"


def test_stored_queries_get_the_credentials_of_today():
    known = ["https://host/a?b=1&token=one", {"deep": ["https://host/c?token=two&sig=w"]}, "me:word@host:a"]
    stored = [
        "https://host/a?b=1&token=***",
        "see https://host/c?token=***&sig=***",
        "https://host/other?token=***&Sig=***",
        "https://elsewhere/a?token=***",
        "me:***@host:a",
    ]
    assert with_credentials(stored, known) == [
        "https://host/a?b=1&token=one",
        "see https://host/c?token=two&sig=w",
        "https://host/other?token=&Sig=w",
        "https://elsewhere/a?token=",
        "me:word@host:a",
    ]
    both = "https://me:word@host/a?token=one"
    assert with_credentials("https://***@host/a?token=***", [both]) == both


def test_a_token_alone_is_not_stored():
    token = "ghp_0a1b2c3d4e5f6a7b8c9d"
    stored = without_secrets({"A": token, "URL": f"https://h/?token={token}", "+L": [token]})
    assert stored == {"URL": "https://h/?token=***", "+L": ["***"]}
    assert with_credentials(["***"], [token]) == ["***"]


NESTED = [
    {"credentials": {"value": "hunter22"}},
    {"credentials": {"deep": [{"value": "hunter22"}]}},
    {"credentials": ["hunter22", {"user": "hunter22"}]},
    {"a": ({"token": ("hunter22",)},)},
    {"a": [[{"b": {"pat": "hunter22"}}]]},
    {"a": MappingProxyType({"token": "hunter22"})},
    {"a": ("https://me:hunter22@host",)},
    {"a": {"https://me:hunter22@host"}},
    {"a": {"b": [("x", "ftp://me:hunter22@host")]}},
]


@pytest.mark.parametrize("data", NESTED, ids=str)
def test_what_is_shown_stored_told_and_hidden_is_the_same(data):
    before = str(data)
    assert "hunter22" not in str(mask_secrets(data))
    assert "***" in str(mask_secrets([data]))
    assert "hunter22" not in str(without_secrets(data))
    assert holds_secret("x", data)
    assert Secrets(data).hidden_in("a hunter22 b") == "a *** b"
    assert str(data) == before


def test_what_is_not_there_may_be_seen():
    for nothing in ("", None, 0, [], {}):
        assert mask_secrets({"token": nothing}) == {"token": nothing}
        assert not holds_secret("token", nothing)
        assert without_secrets({"token": nothing}) == {}
    assert mask_secrets("https://me:hunter22@host") == "https://***@host"
    assert mask_secrets({"b": (1, b"x")}) == {"b": [1, b"x"]}


def test_a_key_that_is_no_text_holds_no_secret():
    assert not is_secret(5)
    assert without_secrets({5: "a", None: "b", "token": "c"}) == {5: "a", None: "b"}


def test_known_secrets_are_hidden_wherever_they_turn_up():
    secrets = Secrets(
        {"A_TOKEN": "alpha", "deep": {"password": ["beta"]}, "URL": "https://me:p%40ssword@host"},
        {"USE_TOKEN": "true", "PAT": "abc"},
    )
    assert secrets.hidden_in("alpha beta p%40ssword p@ssword true abc me") == "*** *** *** *** true abc me"
    assert secrets.hidden_in("https://other:word@host") == "https://***@host"


def test_secrets_in_lists_of_dictionaries_are_known():
    deps = [{"tags": "a", "token": "hunter22"}, {"env": {"DB_PASSWORD": "hunter33"}}]
    assert Secrets({"deps": deps}).hidden_in("hunter22 hunter33") == "*** ***"
    assert holds_secret("deps", deps)
    assert not holds_secret("deps", [{"tags": "a", "token": ""}, 1])
