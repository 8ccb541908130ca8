import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cm_core import CMError, NotFoundError
from cm_script.runtime.native import parse_env_lines, run_native
from cm_script.runtime.nativefile import find_native


def test_reports_come_back(native, tmp_path):
    run = native(
        tmp_path,
        'echo "X=a=b" > tmp-run-env.out\necho "P=$GIVEN" >> tmp-run-env.out\necho \'{"k": [1]}\' > tmp-run-state.json\n',
        env={"GIVEN": "value"},
    )
    outcome = run_native(run)
    assert outcome.status == 0
    assert outcome.env == {"X": "a=b", "P": "value"}
    assert outcome.state == {"k": [1]}


def test_a_byte_order_mark_is_no_part_of_a_key(native, tmp_path):
    run = native(tmp_path, r"printf '\xef\xbb\xbfB=1\r\nC=2\r\n' > tmp-run-env.out")
    assert run_native(run).env == {"B": "1", "C": "2"}


def test_only_reports_are_left_in_the_working_folder(native, tmp_path):
    run = native(tmp_path, "echo A=1 > tmp-run-env.out", temp_dir=tmp_path / "private")
    run_native(run)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["private", "recipe", "tmp-run-env.out"]
    assert list((tmp_path / "private").iterdir()) == []


def test_old_reports_are_not_taken_for_new_ones(native, tmp_path):
    (tmp_path / "tmp-run-env.out").write_text("OLD=1\n")
    (tmp_path / "tmp-run-state.json").write_text('{"old": 1}')
    outcome = run_native(native(tmp_path, "true"))
    assert (outcome.env, outcome.state) == ({}, {})


def test_reports_of_others_are_left_alone(native, tmp_path):
    (tmp_path / "tmp-run-env.out").write_text("OLD=1\n")
    outcome = run_native(native(tmp_path, "true", reports=False))
    assert outcome.env == {}
    assert (tmp_path / "tmp-run-env.out").exists()


def test_shell_is_bash_and_exit_ends_the_run(native, tmp_path):
    outcome = run_native(native(tmp_path, 'echo "zero: $0"\nexit 3\necho never'))
    assert outcome.status == 3
    assert outcome.tail == ("zero: bash",)


def test_paths_with_odd_characters(native, tmp_path):
    folder = tmp_path / 'it\'s a "folder" $(x) `y`'
    folder.mkdir()
    outcome = run_native(native(folder, "pwd > where", temp_dir=folder / "t m p"))
    assert outcome.status == 0
    assert (folder / "where").read_text().strip() == str(folder)


def test_state_is_written_for_a_script_that_reads_it(native, tmp_path):
    run = native(tmp_path, "cat tmp-state.json", state={"a": 1})
    assert "".join(run_native(run).tail).replace(" ", "") == '{"a":1}'
    assert not (tmp_path / "elsewhere").exists()


def test_prefix_lines_run_before_the_env_is_set(native, tmp_path):
    run = native(tmp_path, 'echo "$A $B"', env={"B": "$A-b"}, state={"script_prefix": ["export A=prefixed"]})
    assert run_native(run).tail == ("prefixed prefixed-b",)


def test_output_comes_piece_by_piece_and_into_the_log(native, tmp_path):
    pieces = []
    threads = set()

    def on_output(text):
        pieces.append(text)
        threads.add(threading.get_ident())
        (tmp_path / "seen").touch()

    # The second line is printed only after the first has arrived.
    run = native(
        tmp_path,
        'echo one\nuntil test -e seen; do sleep 0.02; done\nprintf "two é" >&2',
        on_output=on_output,
    )
    outcome = run_native(run)
    assert pieces[0] == "one\n"
    assert "".join(pieces) == "one\ntwo é"
    assert threads == {threading.get_ident()}
    assert outcome.log_path.read_text() == "one\ntwo é"
    assert outcome.tail == ("one", "two é")


def test_silent_script_leaves_no_log(native, tmp_path):
    outcome = run_native(native(tmp_path, "true"))
    assert outcome.log_path is None
    assert not (tmp_path / "logs").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence_and_ends_the_script(native, tmp_path):
    text = "echo $$ > pid\nwhile true; do echo x; sleep 0.05; done"
    with pytest.raises(CMError, match="No space left") as raised:
        run_native(native(tmp_path, text, log_path=Path("/dev/full")))
    assert "free some space" in raised.value.hint
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_folder_without_permission_is_one_sentence(native, tmp_path):
    (tmp_path / "tmp-run-env.out").mkdir()
    with pytest.raises(CMError, match=r"cannot remove .*tmp-run-env\.out"):
        run_native(native(tmp_path, "true"))


def test_bytes_that_are_no_text(native, tmp_path):
    seen = []
    run_native(native(tmp_path, "printf 'a\\377b'", on_output=seen.append))
    assert "".join(seen) == "a\ufffdb"


def test_tail_is_the_last_twenty_lines(native, tmp_path):
    outcome = run_native(native(tmp_path, "seq 1 5000; printf '10%%\\r20%%\\r'"))
    assert outcome.tail == (*(str(number) for number in range(4982, 5001)), "20%")


def test_a_character_split_between_pieces(native, tmp_path):
    seen = []
    run_native(native(tmp_path, "printf '\\303'; sleep 0.2; printf '\\251'", on_output=seen.append))
    assert "".join(seen) == "é"


@pytest.mark.parametrize("private", [True, False])
def test_command_can_be_repeated_after_a_failure(native, tmp_path, private):
    work = tmp_path / "work"
    work.mkdir()
    env = {"A": "x y", "CM_GH_TOKEN": "hush"}
    run = native(tmp_path, 'echo "got $A"\nexit 7', env=env, cwd=work, private=private)
    outcome = run_native(run)
    if private:
        work.rmdir()
    again = subprocess.run(["bash", "-c", outcome.command], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout) == (7, "got x y\n")
    kept = [path for path in (tmp_path / "logs").iterdir() if path.suffix == ".sh"]
    assert len(kept) == 1
    assert "hush" not in kept[0].read_text()
    assert kept[0].stat().st_mode & 0o077 == 0


def test_kept_script_runs_by_itself(native, tmp_path):
    run_native(native(tmp_path, 'echo "A is $A"', env={"A": "1"}, keep_script=True))
    done = subprocess.run([tmp_path / "tmp-run-without-cm.sh"], capture_output=True, text=True, check=True)
    assert done.stdout == "A is 1\n"


@pytest.mark.parametrize("text", ["no json", "[1]"])
def test_bad_state_is_one_sentence(native, tmp_path, text):
    with pytest.raises(CMError, match=r"tmp-run-state\.json"):
        run_native(native(tmp_path, f"echo {shlex.quote(text)} > tmp-run-state.json"))


def test_missing_bash_says_what_to_do(tmp_path):
    (tmp_path / "empty").mkdir()
    program = (
        "import sys\nfrom pathlib import Path\nfrom cm_core.errors import NotFoundError\n"
        "from cm_script.runtime.native import NativeRun, run_native\n"
        "p = Path(sys.argv[1])\n"
        "try:\n run_native(NativeRun(script=p / 'r.sh', env={}, cwd=p, process_env={'PATH': sys.argv[2]}))\n"
        "except NotFoundError as e:\n print(e.message, '|', e.hint)\n"
    )
    (tmp_path / "r.sh").write_text("true")
    empty = str(tmp_path / "empty")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), empty],
        env={"PATH": empty},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "'bash' is not installed" in done.stdout, done.stderr
    assert "cm doctor" in done.stdout


def test_missing_working_folder(native, tmp_path):
    run = native(tmp_path, "true", cwd=tmp_path / "gone")
    with pytest.raises(NotFoundError, match=r"folder .*gone does not exist"):
        run_native(run)


def test_missing_script(native, tmp_path):
    run = native(tmp_path, "true")
    run.script.unlink()
    with pytest.raises(NotFoundError, match="does not exist"):
        run_native(run)


def test_killed_script_has_the_status_of_its_signal(native, tmp_path):
    assert run_native(native(tmp_path, "kill -9 $$")).status in (-9, 137)
    assert run_native(native(tmp_path, "bash -c 'kill -9 $$'")).status == 137
    assert run_native(native(tmp_path, "no-such-command-here")).status == 127


def test_a_process_left_in_the_background_is_not_waited_for(native, tmp_path):
    outcome = run_native(native(tmp_path, "sleep 300 & echo $! > pid\necho done"))
    pid = int((tmp_path / "pid").read_text())
    assert not gone(pid)
    os.kill(pid, signal.SIGKILL)
    assert outcome.tail == ("done",)


def test_standard_input_is_inherited(tmp_path):
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom cm_script.runtime.native import NativeRun, run_native\n"
        "p = Path(sys.argv[1])\n"
        "o = run_native(NativeRun(script=p / 'r.sh', env={}, cwd=p, process_env=os.environ))\nprint(o.tail)\n"
    )
    (tmp_path / "r.sh").write_text('read answer\necho "answer: $answer"')
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        input="yes\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "('answer: yes',)\n"


INTERRUPTED = """
import os, sys
from pathlib import Path
from cm_script.runtime.native import NativeRun, run_native
p = Path(sys.argv[1])
try:
    run_native(NativeRun(script=p / "r.sh", env={}, cwd=p, process_env=os.environ, temp_dir=p / "t"))
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
print("not interrupted")
"""


def start_interruptible(folder: Path, script: str) -> subprocess.Popen[str]:
    (folder / "r.sh").write_text(script)
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(folder)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    wait_until((folder / "pids").exists)
    return process


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("to_group", [True, False], ids=["ctrl-c", "kill"])
def test_interrupt_ends_the_script(tmp_path, to_group):
    process = start_interruptible(
        tmp_path, "sleep 60 & sleep 61 & echo $$ $! > pids.tmp; mv pids.tmp pids; wait; sleep 62"
    )
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    (os.killpg if to_group else os.kill)(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "interrupted\n")
    assert gone(pids[0])
    assert list((tmp_path / "t").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_script_that_ignores_interrupts_is_killed_at_the_second_one(tmp_path):
    process = start_interruptible(
        tmp_path, "trap '' INT TERM\necho $$ > pids.tmp; mv pids.tmp pids\nwhile true; do sleep 1; done"
    )
    pid = int((tmp_path / "pids").read_text())
    for _ in range(20):  # two that come too close are one
        if process.poll() is not None:
            break
        os.kill(process.pid, signal.SIGINT)
        time.sleep(1)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert gone(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_script_may_clean_up_after_an_interrupt(tmp_path):
    process = start_interruptible(
        tmp_path,
        "trap 'sleep 0.5; touch cleaned; exit 1' INT\necho $$ > pids.tmp; mv pids.tmp pids\nwhile true; do sleep 0.1; done",
    )
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert (tmp_path / "cleaned").exists()


def test_which_file_fits_this_host(tmp_path):
    env = {
        "CM_HOST_OS_FLAVOR": "ubuntu",
        "CM_HOST_OS_VERSION": "22.04",
        "CM_HOST_PLATFORM_FLAVOR": "x86_64",
    }
    best_first = [
        "run-ubuntu-22.04-x86_64.sh",
        "run-ubuntu-x86_64.sh",
        "run-ubuntu-22.04.sh",
        "run-ubuntu.sh",
        "run-x86_64.sh",
        "run.sh",
    ]
    assert find_native(tmp_path, "run", env, platform="linux") is None
    for name in reversed(best_first):
        (tmp_path / name).touch()
        assert find_native(tmp_path, "run", env, platform="linux") == tmp_path / name
    assert find_native(tmp_path, "run", {}, platform="linux") == tmp_path / "run.sh"
    assert find_native(tmp_path, "run", env, platform="windows") is None
    (tmp_path / "run.bat").touch()
    assert find_native(tmp_path, "run", env, platform="windows") == tmp_path / "run.bat"
    assert find_native(tmp_path, "install", env, platform="linux") is None


def test_env_lines():
    assert parse_env_lines("A=1\r\nB = two \nC=a=b=c\n\nnoise\n=x\nD=") == {
        "A": "1",
        "B": "two",
        "C": "a=b=c",
        "D": "",
    }


@pytest.mark.parametrize("name", ["tmp-run-env.out", "tmp-run-state.json"])
@pytest.mark.parametrize("made", ["mkfifo {}", "ln -s /dev/zero {}", "mkdir {}"])
def test_a_report_that_is_no_file_is_not_read(native, tmp_path, name, made):
    with pytest.raises(CMError, match=f"{name}, which is not a regular file"):
        run_native(native(tmp_path, made.format(name)))


@pytest.mark.parametrize("deep", [900, 5000])
def test_a_state_that_nobody_can_walk_through(native, tmp_path, deep):
    text = '{"a": ' + "[" * deep + "]" * deep + "}"
    with pytest.raises(CMError, match=r"nested too deeply|no valid JSON"):
        run_native(native(tmp_path, f"echo '{text}' > tmp-run-state.json"))
