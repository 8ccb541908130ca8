from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from cm_cmind import provide

pytestmark = pytest.mark.usefixtures("cm_leak_check")


def python(*words, env, cwd, **more):
    done = subprocess.run(
        [sys.executable, *words],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **more,
    )
    return done.returncode, done.stdout, done.stderr


def test_it_wins_over_an_installed_original(tmp_path, monkeypatch):
    original = tmp_path / "site" / "cmind"
    original.mkdir(parents=True)
    (original / "__init__.py").write_text("WHO = 'original'\n", encoding="utf-8")
    (original / "utils.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(original.parent))
    provide.uninstall()
    import cmind

    assert cmind.WHO == "original"
    import cmind.utils

    provide.install()
    import cmind as ours
    from cmind import utils

    assert ours.__version__ == "4.2.0"
    assert utils.gen_uid()["return"] == 0
    provide.install()
    assert sys.modules["cmind"] is ours, "once is enough"


def test_nothing_is_installed_under_its_name(run_cm, tmp_path):
    code = "import importlib.util; print(importlib.util.find_spec('cmind'))"
    status, out, _ = python("-I", "-c", code, env=run_cm.env, cwd=tmp_path)
    assert (status, out.strip()) == (0, "None")


def test_a_program_of_the_user_runs(run_cm, repo, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, cmind\n"
        "r = cmind.access({'action': 'find', 'automation': 'repo', 'artifact': 'mine'})\n"
        "print(r['list'][0].path, sys.argv[1:], __name__)\n"
        "sys.exit(7)\n",
        encoding="utf-8",
    )
    status, out, err = python("-m", "cm_cmind", "program.py", "x", env=run_cm.env, cwd=tmp_path)
    assert (status, out.strip()) == (7, f"{repo} ['x'] __main__"), err


def test_a_text_runs_as_a_program(run_cm, repo, tmp_path):
    code = "import sys, cmind; print(cmind.access('find repo mine')['return'], sys.argv)"
    status, out, err = python("-m", "cm_cmind", "-c", code, "x", env=run_cm.env, cwd=tmp_path)
    assert (status, out.strip()) == (0, "0 ['-c', 'x']"), err


def test_without_a_program_it_says_how(run_cm, tmp_path):
    status, _, err = python("-m", "cm_cmind", env=run_cm.env, cwd=tmp_path)
    assert status == 1
    assert "usage:" in err


def test_native_output_of_a_program_is_shown(run_cm, make_script, tmp_path):
    make_script("speaker", run="echo spoken\n")
    code = "import cmind; print(cmind.access('run script --tags=speaker --quiet')['return'])"
    status, out, err = python("-m", "cm_cmind", "-c", code, env=run_cm.env, cwd=tmp_path)
    assert (status, out.split()) == (0, ["spoken", "0"]), err


@pytest.mark.parametrize("given", [True, False])
def test_a_python_without_the_toolkit_says_what_it_needs(run_cm, tmp_path, given):
    """-S hides site-packages and with them the toolkit."""
    env = {**run_cm.env, "PYTHONPATH": str(provide.IMPORTABLE)}
    if given:
        env.update(CM_TOOLKIT_PYTHON=sys.executable, CM_TOOLKIT_HOME=str(run_cm.home))
    code = "import cmind; r = cmind.access({'action': 'find', 'automation': 'repo'}); print(r)"
    status, out, err = python("-S", "-c", code, env=env, cwd=tmp_path)
    assert status == 0, err
    assert ("Repo(" in out) is given, out
    assert ("no CM toolkit" in out) is not given


def test_questions_reach_the_terminal_from_afar(run_cm, repo, make_automation, tmp_path):
    make_automation(repo, "clock", "def ask(self, i):\n    return {'return': 0, 'said': input('zone? ')}")
    env = {**run_cm.env, "PYTHONPATH": str(provide.IMPORTABLE), "CM_TOOLKIT_PYTHON": sys.executable}
    code = "import cmind; print(cmind.access('ask clock')['said'])"
    status, out, err = python("-S", "-c", code, env=env, cwd=tmp_path, input="UTC\n")
    assert (status, out) == (0, "zone? UTC\n"), err


def test_homes_are_kept_apart(cm_session, tmp_path):
    provide.use(cm_session)
    import cmind

    other = cmind.CM(str(tmp_path / "other"))
    assert other.repos_path == str(tmp_path / "other")
    assert cmind.CM().repos_path == str(cm_session.home.path)
    assert cmind.access("find repo")["return"] == 0


def test_the_session_that_runs_answers(cm_session, tmp_path):
    from cm_core import Session

    second = Session(tmp_path / "second", env=cm_session.env, cwd=tmp_path)
    import cmind

    for session in (cm_session, second, cm_session):
        provide.use(session)
        assert cmind.CM().repos_path == str(session.home.path)
        assert cmind.core._current() is provide.use(session).cm


def test_old_pythons_can_read_the_package():
    """A recipe may start whatever Python it finds."""
    files = sorted(provide.IMPORTABLE.rglob("*.py"))
    assert len(files) > 10
    foreign = set()
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
        for node in tree.body:
            if isinstance(node, ast.Import):
                foreign.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                foreign.add(str(node.module).partition(".")[0])
    assert foreign <= {*sys.stdlib_module_names, "cmind"}
