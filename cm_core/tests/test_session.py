import subprocess
import sys

import pytest

import cm_core
from cm_core import errors
from cm_core.model.request import Request
from cm_core.session import Session


class Listener:
    """Remembers messages."""

    def __init__(self):
        self.said = []

    def message(self, text, level="info"):
        self.said.append((level, text))


def test_warnings_belong_to_their_request(cm_session, kind, write):
    cm_session.reporter = listener = Listener()
    bad = write("bad", tags=None)
    for _ in range(2):
        result = cm_session.call(Request(action="find", automation="au"))
        assert len(result.warnings) == 1
        assert result.to_mapping()["warnings"] == list(result.warnings)
    assert [level for level, _ in listener.said] == ["warning", "warning"]
    assert str(bad) in listener.said[0][1]
    write("bad")
    assert cm_session.call(Request(action="find", automation="au")).warnings == ()


def test_a_session_looks_again_at_each_request_but_not_within_one(cm_session, kind, write):
    assert cm_session.find("au") == []
    write("one")
    cm_session.depth = 1
    assert cm_session.find("au") == []
    cm_session.depth = 0
    assert len(cm_session.find("au")) == 1


def test_the_environment_and_folder_are_what_was_given(tmp_path):
    session = Session(env={"CM_REPOS": str(tmp_path / "a")}, cwd=tmp_path)
    assert session.home.path == tmp_path / "a"
    assert Session(tmp_path / "b", env={"CM_REPOS": "x"}).home.path == tmp_path / "b"
    assert not list(tmp_path.iterdir())


def test_errors_become_dictionaries(cm_session, kind):
    answer = cm_session.access({"action": "load", "automation": "au", "artifact": "x"})
    assert answer == {"return": 16, "error": "no au matches 'x'"}
    assert cm_session.access("find no-such-kind")["return"] == 4


@pytest.mark.parametrize("line", ["find 'au", '"', "find au --tags"])
def test_lines_that_cannot_be_read(cm_session, kind, line):
    assert cm_session.access(line)["return"] == 1


def test_an_automation_with_a_typing_error(cm_session, kind):
    assert "did you mean 'au'" in cm_session.access("find auu")["hint"]
    assert "did you mean 'update'" in cm_session.access("updat au x")["hint"]


def test_exit_codes_are_those_of_the_original():
    codes = {
        name: error.default_exit_code
        for name, error in vars(errors).items()
        if isinstance(error, type) and issubclass(error, errors.CMError)
    }
    assert codes == {
        "CMError": 1,
        "UsageError": 1,
        "AmbiguousError": 1,
        "UnknownTargetError": 4,
        "MetaError": 4,
        "AlreadyExistsError": 8,
        "NotFoundError": 16,
        "PluginError": 1,
        "InteractionError": 1,
        "Interrupted": 130,
    }
    assert errors.CMError("x", exit_code=37).to_mapping() == {"return": 37, "error": "x"}


def test_public_names_are_there_and_cheap():
    for name in cm_core.__all__:
        assert getattr(cm_core, name)
    with pytest.raises(AttributeError):
        _ = cm_core.no_such_name
    code = (
        "import sys, cm_core; print([name for name in ('yaml', 'sqlite3', 'click') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_access_uses_the_home_of_the_environment(child_environment, kind):
    code = "import cm_core; print(cm_core.access('find automation au')['list'][0].alias)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=child_environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "au\n"


def test_an_action_that_a_kind_lacks_is_not_its_own_suggestion(cm_session):
    with pytest.raises(errors.UnknownTargetError) as caught:
        cm_session.call(Request(action="run", automation="core"))
    assert caught.value.hint == "see: cm help core"


@pytest.mark.parametrize("meta", [{}, {"place": '/data/a "M\udcfcller"'}])
def test_what_no_record_can_hold_is_one_sentence(cm_session, kind, meta):
    name = "" if meta else "M\udcfcller"
    with pytest.raises(errors.CMError, match=r"cannot be recorded: M\udcfcller$") as caught:
        cm_session.call(
            Request(action="add", automation="core", artifact=name, options={"meta": meta, "yaml": True})
        )
    assert not isinstance(caught.value, errors.PluginError)
