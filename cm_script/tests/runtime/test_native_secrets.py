"""What a native script is given in secret and what it reports reaches no file and no log."""

import json
import os

import pytest

from cm_script.runtime.native import run_native


def test_secrets_reach_the_script_but_no_file(native, tmp_path):
    run = native(
        tmp_path,
        'test "$CM_GH_TOKEN" = "pa$$ \\"w"; echo "status $?"; grep -rl "pa[$]" "$PRIVATE" || echo clean',
        env={"CM_GH_TOKEN": 'pa$$ "w', "PRIVATE": str(tmp_path / "private")},
        temp_dir=tmp_path / "private",
        keep_script=True,
    )
    outcome = run_native(run)
    assert outcome.tail[-1] == "clean"
    assert "pa$" not in (tmp_path / "tmp-run-without-cm.sh").read_text()


@pytest.mark.skipif(os.name == "nt", reason="permission bits")
def test_who_could_read_an_earlier_copy_does_not_see_this_one(native, tmp_path):
    copy = tmp_path / "tmp-run-without-cm.sh"
    copy.write_text("old")
    copy.chmod(0o644)
    with copy.open() as earlier:
        run_native(native(tmp_path, "true", env={"KEY": "value"}, keep_script=True))
        assert earlier.read() == "old"
    assert "value" in copy.read_text()
    assert copy.stat().st_mode & 0o777 == 0o700


SECRET = "s3cret-of-today"


def test_addresses_with_a_password_reach_the_script_but_no_file(native, tmp_path):
    url = f"https://me:{SECRET}@host/x"
    run = native(
        tmp_path,
        'echo "${#URL} ${#URLS} ${#NESTED}"',
        env={"URL": url, "+URLS": [url, "b"], "NESTED": "$URL!"},
        keep_script=True,
    )
    assert run_native(run).tail == (f"{len(url)} {len(url) + 2} {len(url) + 1}",)
    assert files_with(SECRET, tmp_path) == []


def test_what_a_script_reports_is_not_kept(native, tmp_path):
    run = native(
        tmp_path,
        """
        # tmp-state.json
        cp tmp-state.json seen.json; test -z "$REMOVE" || rm tmp-state.json
        echo "A_TOKEN=$WORD" > tmp-run-env.out
        echo "URL=https://me:$WORD@host" >> tmp-run-env.out
        echo "B=ä=1" >> tmp-run-env.out
        echo "{\\"password\\": \\"$WORD\\", \\"kept\\": [1]}" > tmp-run-state.json
        """,
        state={"password": SECRET, "kept": 1},
        process_env={**os.environ, "WORD": SECRET},
    )
    outcome = run_native(run)
    assert outcome.env == {"A_TOKEN": SECRET, "URL": f"https://me:{SECRET}@host", "B": "ä=1"}
    assert outcome.state == {"password": SECRET, "kept": [1]}
    assert files_with(SECRET, tmp_path) == [tmp_path / "seen.json"]
    assert (tmp_path / "tmp-run-env.out").read_text(encoding="utf-8") == "B=ä=1\n"
    assert json.loads((tmp_path / "tmp-run-state.json").read_text()) == {"kept": [1]}
    assert json.loads((tmp_path / "tmp-state.json").read_text()) == {"kept": 1}


def test_the_log_shows_no_secret_that_the_script_was_given(native, tmp_path):
    half = len(SECRET) // 2
    run = native(
        tmp_path,
        f'printf "a $MY_TOKEN\\nb {SECRET[:half]}"; sleep 0.3; printf "{SECRET[half:]} \\377 end"; exit 3',
        env={"MY_TOKEN": SECRET},
    )
    outcome = run_native(run)
    assert outcome.tail[0] == "a ***"
    assert (tmp_path / "logs" / "run.log").read_bytes() == b"a ***\nb *** \xff end"


def files_with(word, folder):
    return [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]
