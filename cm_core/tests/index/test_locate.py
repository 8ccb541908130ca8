import pytest

from cm_core.errors import UnknownTargetError, UsageError
from cm_core.model.request import Request
from cm_core.session import Session

SCRIPT = "5b4e0237da074764"


@pytest.fixture
def repo(cm_session, make_repo):
    make_repo("other", {"script/a": {"tags": ["x"]}}, register=cm_session)
    return make_repo("mine", {"script/a": {}, "script/b": {}}, register=cm_session)


@pytest.fixture
def at(cm_session):
    def call(place, **request):
        session = Session(env=cm_session.env, cwd=place)
        return session.call(Request.from_mapping({"action": "find", **request})).data["list"]

    return call


def paths(found):
    return [artifact.path for artifact in found]


@pytest.mark.parametrize(
    "request_",
    [{"automation": "."}, {"automation": ".", "artifact": "."}, {"automation": "script", "artifact": "."}],
)
@pytest.mark.parametrize("below", ["", "deep/er"])
def test_an_artifact_is_addressed_from_inside(repo, at, request_, below):
    place = repo / "script" / "a" / below
    place.mkdir(parents=True, exist_ok=True)
    assert paths(at(place, **request_)) == [repo / "script" / "a"]


def test_a_kind_is_addressed_from_its_folder(repo, at):
    expected = [repo / "script" / "a", repo / "script" / "b"]
    assert paths(at(repo / "script", automation=".")) == expected
    assert paths(at(repo / "script", automation=".", artifact="a")) == expected[:1]


def test_names_in_the_repository_where_we_are(repo, at):
    assert paths(at(repo, automation="script", artifact=".:a")) == [repo / "script" / "a"]
    assert len(at(repo, automation="script", artifact="a")) == 2
    assert paths(at(repo, automation="script", artifact="other:a", artifacts=[".:b"]))[1:] == [
        repo / "script" / "b"
    ]


def test_nothing_is_here(repo, at, tmp_path):
    with pytest.raises(UnknownTargetError, match="needs an automation"):
        at(repo, automation=".")
    with pytest.raises(UnknownTargetError, match="no artifact at"):
        at(repo, automation="script", artifact=".")
    with pytest.raises(UsageError, match="not inside a registered repository"):
        at(tmp_path, automation="script", artifact=".:a")


def test_a_folder_that_is_gone_is_no_crash(repo, at, tmp_path):
    with pytest.raises(UnknownTargetError):
        at(tmp_path / "gone", automation=".")
