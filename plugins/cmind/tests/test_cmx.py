from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("cm_leak_check")

METHODS = '''
    def tell(self, i):
        """Say how late it is."""
        control = i['control']
        if control.get('out') == 'con':
            print('noon')
        self.cmind.log('telling')
        _input = control['_input']
        if 'fail' in _input:
            return self.cmind.prepare_error(int(_input['fail']), 'no hands')
        r = utils.process_input(i)
        return {'return': 0, 'input': _input, 'artifact': control.get('_artifact', {}).get('name', '')}

    def twice(self, i):
        i['action'] = 'tell'
        r = self.cmind.x(i)
        if r['return'] > 0:
            return self.cmind.embed_error(r)
        return r

    def help_me(self, i):
        return {'return': 1, 'warning': '', 'error': 'help requested'}

    def wander(self, i):
        os.chdir('/')
        return {'return': 0}
'''


@dataclass
class Cmx:
    env: dict
    cwd: Path

    def __call__(self, *words):
        start = "import sys; from cm_cmind.cmx import main; sys.exit(main())"
        return subprocess.run(
            [sys.executable, "-c", start, *words],
            env=self.env,
            cwd=self.cwd,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )


@pytest.fixture
def cmx(run_cm, tmp_path, repo, make_automation):
    make_automation(repo, "clock", METHODS, file="modulex.py")
    return Cmx({**run_cm.env}, tmp_path)


def test_input_and_control_are_apart(cmx):
    done = cmx("tell", "clock", "r:big", "-j", "--a-b=1", "c=2", "--d.e")
    assert done.returncode == 0, done.stderr
    first, _, rest = done.stdout.partition("\n")
    assert first == "noon"
    assert json.loads(rest) == {
        "return": 0,
        "input": {"a-b": "1", "c": "2", "d": {"e": True}},
        "artifact": "big",
    }


def test_it_can_be_silent_and_still_print_json(cmx):
    assert json.loads(cmx("tell", "clock", "-out=", "-j").stdout)["return"] == 0
    assert cmx("tell", "clock", "-out=").stdout == ""


def test_flags_belong_to_the_request_they_are_given_to(cmx):
    assert cmx("twice", "clock", "-j").stdout.count('"return"') == 1


def test_errors_name_the_place_and_set_the_status(cmx, repo):
    done = cmx("twice", "clock", "--fail=9")
    assert done.returncode == 9
    assert "CMX error: no hands" in done.stderr
    assert str(repo / "automation" / "clock" / "modulex.py") in done.stderr


def test_a_code_that_no_status_can_hold_is_no_success(cmx):
    assert cmx("tell", "clock", "--fail=256").returncode == 1


def test_help_that_was_asked_for_is_no_error(cmx):
    assert cmx("help-me", "clock").stderr == ""
    shown = cmx("-h")
    assert shown.returncode == 0
    assert "-repro" in shown.stdout
    assert "def tell(self, i):" in cmx("tell", "clock", "-h").stdout


def test_unknown_control_flags_are_refused(cmx):
    done = cmx("tell", "clock", "-zz")
    assert done.returncode == 1
    assert "unknown control flag: -zz" in done.stderr


@pytest.mark.parametrize("words", [["nosuch", "clock"], ["find", "nosuch"], ["find"]])
def test_what_there_is_not(cmx, words):
    assert cmx(*words).returncode == 4


def test_versions(cmx):
    from cm_core import __version__

    assert cmx("-version").stdout.strip() == cmx("version").stdout.strip() == __version__


def test_it_records_what_a_request_was_and_gave(cmx):
    done = cmx("tell", "clock", "--q=1", "-repro")
    assert done.returncode == 0, done.stderr
    folder = cmx.cwd / "cmx-repro"
    asked = json.loads((folder / "cmx-input.json").read_text(encoding="utf-8"))
    assert (asked["q"], asked["control"]) == ("1", {"out": "con"})
    assert json.loads((folder / "cmx-output.json").read_text(encoding="utf-8"))["input"] == {"q": "1"}
    assert "telling" in (folder / "cmx.log").read_text(encoding="utf-8")


def test_results_with_artifacts_can_be_recorded(cmx):
    done = cmx(
        "find", "automation", "clock", "-repro", "-save_to_json_file=a.json", "-save_to_yaml_file=a.yaml"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((cmx.cwd / "a.json").read_text(encoding="utf-8"))["list"][0]["meta"]["alias"] == "clock"
    assert "alias: clock" in (cmx.cwd / "a.yaml").read_text(encoding="utf-8")


def test_what_is_recorded_has_no_secrets(cmx):
    words = ("tell", "clock", "--gh_token=s3cr3tw0rd", "--q=https://me:s3cr3tw0rd@example.org/x")
    done = cmx(*words, "-repro", "-save_to_json_file=a.json", "-save_to_yaml_file=a.yaml", "-j")
    assert done.returncode == 0, done.stderr
    files = [cmx.cwd / "a.json", cmx.cwd / "a.yaml", *(cmx.cwd / "cmx-repro").glob("*.json")]
    assert len(files) == 4
    for text in (done.stdout, *(file.read_text(encoding="utf-8") for file in files)):
        assert "s3cr3tw0rd" not in text
        assert "***@example.org" in text
    assert "s3cr3tw0rd" not in (cmx.cwd / "cmx-repro" / "cmx.log").read_text(encoding="utf-8")


def test_it_logs_to_the_console_or_a_file(cmx):
    assert "INFO:cmx:telling" in cmx("tell", "clock", "-log").stderr
    assert "INFO:cmx:telling" not in cmx("tell", "clock", "-log=error").stderr
    cmx("tell", "clock", "-logfile=l.txt")
    assert "DEBUG:cmx:" in (cmx.cwd / "l.txt").read_text(encoding="utf-8")


def test_it_tells_time_usage_and_profile(cmx):
    done = cmx("tell", "clock", "-time", "-i", "-profile")
    assert "time: " in done.stdout
    assert "free: " in done.stdout
    assert "cumulative" in done.stdout


def test_it_can_raise(cmx):
    done = cmx("tell", "clock", "--fail=9", "-raise")
    assert done.returncode == 1
    assert "no hands" in done.stderr


def test_f_agrees_to_a_removal(cmx, repo):
    assert cmx("add", "clock", "big", "--tags=x", "--meta.k=v", "--yaml").returncode == 0
    done = cmx("rm", "clock", "big", "-f")
    assert done.returncode == 0, done.stderr
    assert cmx("find", "clock", "big").stdout == ""


def test_metadata_survive_an_update(cmx, cm_session):
    cmx("add", "clock", "big", "--meta.use.other=1", "--yaml")
    cmx("update", "clock", "big", "--meta.k=v")
    (found,) = cm_session.find("clock", "big")
    assert (found.meta["use"], found.meta["k"]) == ({"other": "1"}, "v")


def test_the_classic_command_line_asks_it_as_well(cmx, run_cm):
    done = run_cm("tell", "clock", "big", "--zone=1", "--yes", "--out=json")
    assert done.json() == {"return": 0, "input": {"zone": "1"}, "artifact": "big"}
    assert run_cm("tell", "clock").stdout == "noon\n"


def test_a_classic_automation_is_asked_from_here_as_well(run_cm, tmp_path, repo, make_automation):
    methods = """
        def tell(self, i):
            return {'return': 0, 'keys': sorted(i)}

        def ask_cmx(self, i):
            return {'return': 0, 'who': 'cmx'}

        def ask(self, i):
            return {'return': 0, 'who': 'cm'}
    """
    make_automation(repo, "lamp", methods)
    cmx = Cmx({**run_cm.env}, tmp_path)
    keys = json.loads(cmx("tell", "lamp", "big", "--q=1", "-out=", "-j").stdout)["keys"]
    assert {"action", "automation", "artifact", "parsed_automation", "parsed_artifact", "q", "out"} == set(
        keys
    )
    assert json.loads(cmx("ask", "lamp", "-out=", "-j").stdout)["who"] == "cmx"
    assert run_cm("ask", "lamp", "--out=json").json()["who"] == "cm"


def test_plugins_are_asked_from_here_as_well(cmx, make_script):
    make_script("speaker", run="echo spoken\n")
    done = cmx("run", "script", "--tags=speaker", "--quiet")
    assert "spoken" in done.stdout, done.stderr


def test_from_python_with_its_own_state(cm_session, repo, make_automation, tmp_path):
    make_automation(repo, "clock", METHODS, file="modulex.py")
    from cm_cmind.provide import use

    use(cm_session)
    import cmind

    given = {"action": "tell", "automation": "clock", "q": 1, "control": {}}
    assert cmind.x(given)["input"] == {"q": 1}
    assert given == {"action": "tell", "automation": "clock", "q": 1, "control": {}}
    assert cmind.x({})["return"] == 1
    assert cmind.x({"action": "find"})["return"] == 4
    before = Path.cwd()
    assert cmind.x({"action": "wander", "automation": "clock"})["return"] == 0
    assert Path.cwd() == before
    with pytest.raises(RuntimeError, match="no hands"):
        cmind.x({"action": "tell", "automation": "clock", "fail": 2, "control": {"raise": True}})
    cmind.core._current().state["seen"] = 1
    assert use(cm_session).cm.state == {"seen": 1}
