"""A secret is nowhere: not in what is printed, and in no file of the home or of the working folder.

A unique word is planted in every way in which people give secrets, real commands run, and then it is looked for.
"""

import hashlib
import json
import uuid
import zipfile

import pytest

WORD = f"s3cr3t{uuid.uuid4().hex}"
URL = f"http://me:{WORD}@127.0.0.1:9/x.git"
HEADER = f"Bearer {WORD}"
# What a script was given, so that a test can tell without the script naming it.
TELL = 'printf %s "$CM_URL" | sha256sum > "$SEEN"\n'
SCRIPTS = {
    "fetch": {
        "cache": True,
        "input_mapping": {"url": "CM_URL", "my_token": "CM_MY_TOKEN", "header": "CM_HEADER"},
        "variations": {"repo.#": {"env": {"CM_URL": "#"}}},
        "new_env_keys": ["CM_URL", "+CM_URLS", "CM_MY_TOKEN", "CM_HEADER", "CM_MADE_TOKEN", "CM_MADE_URL"],
        "new_state_keys": ["login", "my_api_key", "links"],
        "print_env_at_the_end": {"CM_URL": "the address", "CM_MY_TOKEN": "the token"},
        "run.sh": TELL
        + """
            # tmp-state.json
            echo "CM_MADE_TOKEN=$GIVEN_WORD" > tmp-run-env.out
            echo "CM_MADE_URL=https://me:$GIVEN_WORD@host/a" >> tmp-run-env.out
            echo "CM_PLAIN=1" >> tmp-run-env.out
            echo "{\\"login\\": {\\"password\\": \\"$GIVEN_WORD\\", \\"user\\": \\"me\\"},
                   \\"my_api_key\\": \\"$GIVEN_WORD\\",
                   \\"links\\": [\\"ftp://me:$GIVEN_WORD@host\\"]}" > tmp-run-state.json
            """,
        "customize.py": "def preprocess(i):\n    i['env']['+CM_URLS'] = [i['env'].get('CM_URL', '')]\n    return {'return': 0}\n",
    },
    "user": {"deps": [{"tags": "fetch", "names": ["fetch"]}], "run.sh": TELL},
    "fail": {
        "input_mapping": {"url": "CM_URL", "my_token": "CM_MY_TOKEN"},
        "variations": {"repo.#": {"env": {"CM_URL": "#"}}},
        "run.sh": TELL + 'printf "from %s" "$CM_URL"; sleep 0.1; echo " with $CM_MY_TOKEN"; exit 3\n',
    },
    # What the requested script prints goes to the terminal as it is; that of others goes to logs and errors.
    "outer": {"deps": [{"tags": "fail", "names": ["fail"]}], "input_mapping": {"my_token": "CM_MY_TOKEN"}},
    "raise": {
        "input_mapping": {"my_token": "CM_MY_TOKEN"},
        "customize.py": "def preprocess(i):\n    raise ValueError('refused: ' + i['env']['CM_MY_TOKEN'])\n",
    },
    "refuse": {
        "input_mapping": {"my_token": "CM_MY_TOKEN"},
        "customize.py": "def preprocess(i):\n    return {'return': 1, 'error': 'no ' + i['env']['CM_MY_TOKEN']}\n",
    },
}


@pytest.fixture
def planted(workshop):
    """Runs commands and tells where the word is afterwards."""
    return runner(workshop, {"GIVEN_WORD": WORD, "MY_PASSWORD": WORD})


@pytest.fixture
def shaped(workshop):
    """The same, and no variable knows the word."""
    return runner(workshop, {})


def runner(workshop, given):
    workshop.add({name: {"tags": [name], **facts} for name, facts in SCRIPTS.items()})
    seen = workshop.folder.parent / "seen.txt"

    def run(*words, env=None, **options):
        outcome = workshop.cm(*words, env={**given, "SEEN": str(seen), **(env or {})}, **options)
        assert places_of(WORD, outcome, workshop) == []
        assert "internal error" not in outcome.stderr
        return outcome

    run.seen = lambda: seen.read_text().split()[0]
    run.workshop = workshop
    return run


def places_of(word, outcome, workshop):
    """Which outputs and files hold the word."""
    places = [name for name in ("stdout", "stderr") if word in getattr(outcome, name)]
    for folder in (workshop.home, workshop.folder):
        places += [
            str(path) for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()
        ]
        places += [str(path) for path in folder.rglob("*") if word in path.name]
    return places


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


FORMS = [
    (),
    ("--out=json",),
    ("--print_env",),
    ("--print_deps", "-s"),
    ("--debug",),
    ("--repro", "--save_env"),
]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
@pytest.mark.parametrize("name", ["fetch", "outer"])
def test_in_a_variation_and_in_flags(planted, name, form):
    request = (f"fetch _repo.{URL}",) if name == "fetch" else ("outer", f"--adr.fail.tags=_repo.{URL}")
    words = ("run", "script", *request, f"--my_token={WORD}", *form)
    first = planted(*words)
    assert (first.status == 0) == (name == "fetch")
    assert planted.seen() == digest(URL)
    if name == "outer":
        assert "from http://***@127.0.0.1:9/x.git with ***" in first.stdout + first.stderr
    planted(*words)
    planted("show", "cache", "--env")
    planted("find", "cache", "--out=json")
    planted("show", "cache", f"--tags=_repo.{URL}", "--out=json")


def test_a_hit_has_the_true_value_and_another_address_is_another_result(planted):
    words = ("run", "script", f"fetch _repo.{URL}", f"--header={HEADER}")
    made, hit = planted(*words, "--out=json").json(), planted(*words, "--out=json").json()
    assert [run["steps"][0]["status"] for run in (made, hit)] == ["done", "cached"]
    assert hit["new_env"]["CM_URL"] == "http://***@127.0.0.1:9/x.git"
    other = planted("run", "script", f"fetch _repo.{URL}2", "--out=json").json()
    assert other["steps"][0]["status"] == "done"
    # With the token of tomorrow, the result of today is found.
    rotated = URL.replace(WORD, "another")
    assert (
        planted("run", "script", f"fetch _repo.{rotated}", "--out=json").json()["steps"][0]["status"]
        == "cached"
    )


def test_who_needs_it_gets_the_true_value_from_the_cache(planted):
    for status in ("done", "cached"):
        words = ("run", "script", "user", f"--adr.fetch.tags=_repo.{URL}", "--out=json")
        done = planted(*words)
        assert done.status == 0, done.stderr
        assert done.json()["steps"][0]["status"] == status
        assert planted.seen() == digest(URL)


def test_what_a_script_reports_is_used_but_not_kept(planted):
    target = planted.workshop.folder / "answer.json"
    answer = planted("run", "script", "fetch", "--out=json", f"--save_to_json={target}").json()
    assert answer == json.loads(target.read_text())
    assert answer["new_env"]["CM_MADE_TOKEN"] == "***"
    assert answer["new_env"]["CM_MADE_URL"] == "https://***@host/a"
    assert answer["new_state"] == {
        "login": {"password": "***", "user": "me"},
        "my_api_key": "***",
        "links": ["ftp://***@host"],
    }


# What nothing but its shape says to be a secret.
SHAPES = {
    "signed": f"http://127.0.0.1:9/x?b=1&X-Amz-Signature={WORD}",
    **{
        key: f"http://127.0.0.1:9/x?{key}={WORD}" for key in ("token", "access_token", "private_token", "sig")
    },
    "github": f"ghp_{WORD}",
    "hub": f"hf_{WORD}",
    "scp": f"me:{WORD}@127.0.0.1:x",
}


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
def test_what_is_known_by_its_shape(shaped, value):
    for words in (("run", "script", "fetch", f"--url={value}"), ("run", "script", f"fetch _repo.{value}")):
        # With the token of tomorrow, the result of today is found.
        rotated = [word.replace(WORD, WORD[::-1]) for word in words]
        for status, request in (("done", words), ("cached", words), ("cached", rotated)):
            answer = shaped(*request, "--out=json")
            assert answer.json()["steps"][0]["status"] == status
            assert WORD[::-1] not in answer.stdout
    assert shaped.seen() == digest(value)
    shaped("show", "cache", "--env")
    shaped("find", "cache", f"--tags=_repo.{value}", "--out=json")


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
def test_who_needs_what_is_known_by_its_shape_gets_it(shaped, value):
    for status in ("done", "cached"):
        done = shaped("run", "script", "user", f"--adr.fetch.tags=_repo.{value}", "--out=json")
        assert done.json()["steps"][0]["status"] == status
        assert shaped.seen() == digest(value)
        shaped.workshop.folder.parent.joinpath("seen.txt").unlink()


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("form", [(), ("--debug",), ("--out=json",)], ids=" ".join)
def test_what_is_known_by_its_shape_in_failures(shaped, value, form):
    assert shaped("run", "script", "outer", f"--adr.fail.tags=_repo.{value}", *form).status != 0
    assert shaped.seen() == digest(value)
    for words in (
        ("run", "script", f"no such script _repo.{value}"),
        ("run", "script", "download file", f"--url={value}"),
        ("run", "script", f"get git repo _repo.{value}"),
        ("pull", "repo", value),
        ("pull", "repo", f"--url={value}"),
    ):
        assert shaped(*words, *form).status != 0


@pytest.mark.parametrize("form", [(), ("--debug",), ("--out=json",)], ids=" ".join)
def test_what_a_signed_address_leads_to(shaped, serve, form):
    with zipfile.ZipFile(serve.folder / "tools.zip", "w") as archive:
        archive.writestr("cmr.yaml", "alias: tools\nuid: 0123456789abcde0\n")
    url = f"{serve.url}/tools.zip?X-Amz-Expires=60&X-Amz-Signature={WORD}"
    for words in (("pull", "repo", url), ("run", "script", "download file", f"--url={url}")):
        assert shaped(*words, *form).status == 0
    shaped("show", "repo", "tools", *form)


@pytest.mark.parametrize("name", ["raise", "refuse"])
@pytest.mark.parametrize("form", [(), ("--debug",), ("--out=json",)], ids=" ".join)
def test_what_a_hook_says(planted, name, form):
    failed = planted("run", "script", name, f"--my_token={WORD}", *form)
    assert failed.status == 1
    assert "***" in failed.stdout + failed.stderr


def test_a_proxy_with_a_password(planted):
    proxy = f"http://me:{WORD}@127.0.0.1:9"
    assert planted("run", "script", "outer", env={"http_proxy": proxy, "HTTPS_PROXY": proxy}).status == 2
    log = next(planted.workshop.home.glob("logs/*/*.sh"))
    assert "http_proxy" not in log.read_text()


@pytest.mark.parametrize("form", [(), ("--debug",), ("--out=json",)], ids=" ".join)
@pytest.mark.parametrize(
    "words",
    [
        ("run", "script", f"get git repo _repo.{URL}"),
        ("run", "script", "download file", f"--url={URL}"),
        ("run", "script", "download-and-extract", f"--url={URL}"),
        ("run", "script", f"no such script _repo.{URL}"),
        ("run", "script", f"fetch _no.{URL}"),
        ("pull", "repo", URL),
        ("pull", "repo", f"ssh://me:{WORD}@127.0.0.1:9/x"),
        ("pull", "repo", f"--url={URL}"),
        ("docker", "script", f"fetch _repo.{URL}", "--docker_dry_run"),
        ("run", "experiment", "x", f"--explore.MY_TOKEN={WORD},b", "--", "true"),
        ("run", "experiment", "x", f"--explore.MY_TOKEN=%{WORD}", "--", "true"),
        ("run", "experiment", "x", f"--explore.PLACE=['{URL}']", "--", "true"),
        ("run", "experiment", "x", "--", "echo", URL, f"--my_token={WORD}", HEADER),
        ("run", "experiment", "x", "--", "cm", "run", "script", f"--tags=fetch,_repo.{URL}"),
        (f"no-such-action-{URL}", "script"),
    ],
    ids=lambda words: " ".join(words).replace(WORD, "…"),
)
def test_in_other_commands(planted, words, form):
    form = () if words[0] == "run" and "--" in words and form == ("--out=json",) else form
    planted(words[0], words[1], *form, *words[2:])
    planted("show", "experiment", "x", "--out=json")


def test_what_is_recorded_of_variables(planted):
    counted = planted("run", "experiment", "x", "--explore.MAX_TOKEN=1,2", "--", "true")
    assert counted.status == 0, counted.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--", "echo", URL),
        ("--", "echo", HEADER),
        ("--", "echo", f"--my_token={WORD}", "--my_token=another"),
        ("--", "echo", "--my_token", WORD),
        ("--", "bash", "-c", f'echo \'{{"link": "{URL}"}}\' > cm-result.json'),
        (f"--tags=of,{URL}", "--", "true"),
    ],
    ids=lambda words: " ".join(words).replace(WORD, "…"),
)
def test_what_a_measured_command_was_given(workshop, words):
    """Nothing else knows the word: no variable has it."""
    assert workshop.cm("run", "experiment", "x", *words).status == 0
    assert places_of(WORD, workshop.cm("doc", "experiment", "x"), workshop) == []
