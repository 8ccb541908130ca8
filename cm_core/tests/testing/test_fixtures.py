"""The pytest plugin itself."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cm_core.session import Session
from cm_core.testing.fixtures import CommandRunner

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.first_use


def test_a_home_of_its_own(cm_home: Path, cm_session: Session, run_cm: CommandRunner) -> None:
    assert not cm_home.exists()
    assert cm_session.home.path == cm_home == run_cm.home
    assert run_cm.env["CM_REPOS"] == str(cm_home)
    assert not [key for key in run_cm.env if key.startswith("CM_") and key != "CM_REPOS"]


def test_repositories(cm_session: Session, make_repo: Callable[..., Path]) -> None:
    folder = make_repo(
        "mine", {"script/hello": {"tags": ["hello"]}, "thing/one": {}}, kinds={"thing": "00000000000000bb"}
    )
    assert cm_session.find("script", "hello") == []
    cm_session.repos.add(folder)
    (artifact,) = cm_session.find("script", "hello")
    assert artifact.path == folder / "script" / "hello"
    assert artifact.tags == ("hello",)
    assert artifact.kind == ("script", "5b4e0237da074764")


def test_the_command(run_cm: CommandRunner, tmp_path: Path) -> None:
    outcome = run_cm("init", env={"CM_REPOS": str(tmp_path / "other")})
    assert outcome.status == 0
    assert (tmp_path / "other").is_dir()
    assert not run_cm.home.exists()


@pytest.mark.parametrize(
    ("body", "failures"),
    [
        ("pass", 0),
        ("os.environ['LEAKED'] = '1'", 1),
        ("os.environ.pop('PATH')", 1),
        ("os.chdir('/')", 1),
    ],
)
def test_leaks(pytester: pytest.Pytester, body: str, failures: int) -> None:
    pytester.makepyfile(
        f"""
        import os
        import pytest

        @pytest.mark.usefixtures("cm_leak_check")
        def test_suspect():
            {body}

        def test_next():
            assert "LEAKED" not in os.environ
            assert "PATH" in os.environ
        """
    )
    # pytest itself forgets which test is running when another one ran inside it.
    before = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=2, errors=failures)
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    assert dict(os.environ) == before
