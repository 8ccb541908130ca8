"""A dry run says what a verb on repositories would do, fails where the verb would, and changes nothing."""

import pytest

from cm_core import AlreadyExistsError, CMError, NotFoundError, UsageError
from cm_core.testing import contents
from cm_repo.trust import UntrustedError

pytestmark = pytest.mark.usefixtures("configure")
META = 'alias: zipped\nuid: "0123456789abcde0"\ngit: true\n'


@pytest.fixture
def show(call, cm_home, tmp_path):
    """The lines of a dry run that left everything as it was, the remotes included."""

    def shown(action, *names, **options):
        before = contents(tmp_path)
        try:
            return call(action, *names, dry_run=True, **options).lines
        finally:
            assert contents(tmp_path) == before

    return shown


def test_pull(show, hub, cm_home):
    # Nobody asks whether it is there.
    target = cm_home / "repos/owner@nowhere"
    assert show("pull", "owner@nowhere") == (f"would clone {hub.as_uri()}/owner/nowhere into {target}",)
    assert show("pull", "mine", url="https://example.org/a/b.git", branch="main") == (
        f"would clone https://example.org/a/b.git into {cm_home / 'repos/mine'}",
    )
    archive = "https://example.org/x.zip"
    assert show("pull", archive) == (f"would download {archive} and unpack it into {cm_home / 'repos/x'}",)


def test_pull_of_what_is_here(show, tools):
    remote, folder = tools
    remote.commit({"new.txt": "new"})
    line = f"would update owner@tools in {folder} from {remote.url}"
    for words in (("pull", "owner@tools"), ("pull",), ("update",), ("update", "owner@tools")):
        assert show(*words) == (line,)
    (other,) = show("pull", "owner@tools", url="https://example.org/owner/other")
    assert other.startswith(f"would ask whether {folder}, cloned from {remote.url}, is to follow")


def test_pull_that_would_fail(show, configure, cm_home, make_zip, tmp_path):
    with pytest.raises(UsageError, match="transport helper"):
        show("pull", "ext::sh")
    with pytest.raises(UsageError, match="a zip file has no branches"):
        show("pull", "https://example.org/x.zip", branch="main")
    with pytest.raises(NotFoundError, match=r"missing\.zip"):
        show("pull", "./missing.zip")
    (cm_home / "repos/owner@file").mkdir(parents=True)
    with pytest.raises(AlreadyExistsError, match="is no git clone"):
        show("pull", "owner@file")
    configure(trust={"allow": ["friends"]})
    with pytest.raises(UntrustedError, match="not on the list"):
        show("pull", "owner@tools")


def test_update_that_would_fail(call, show, tools):
    call("add", "plain")
    assert show("update")[0].startswith("would update owner@tools")
    (line,) = show("update", "plain")
    assert line.startswith("would fail: ")
    assert call("update", "plain", dry_run=True).exit_code == 1
    with pytest.raises(NotFoundError):
        show("update", "nothing")


def test_checkout(show, tools):
    remote, folder = tools
    assert show("checkout", "owner@tools", branch="main") == (f"would check out main in {folder}",)
    assert show("checkout", "owner@tools", checkout="v9", new_branch="mine") == (
        f"would check out v9 as the new branch mine in {folder}, after asking {remote.url} for it",
    )


def test_what_is_not_trusted_would_fail(show, call, configure, tools, make_zip):
    archive = make_zip({"cmr.yaml": META})
    configure(trust={"pins": {"zipped": "a" * 40, "x": "b" * 40}})
    for words in (("unpack", str(archive)), ("pull", str(archive)), ("pull", "https://example.org/x.zip")):
        with pytest.raises(UntrustedError, match="is pinned to commit"):
            show(*words)
    configure(trust={"allow": ["friends"]})
    for act in (show, call):
        with pytest.raises(UntrustedError):
            act("checkout", "owner@tools", branch="main")


def test_unpack(show, make_zip, call, cm_home):
    archive = make_zip({"cmr.yaml": META})
    target = cm_home / "repos/zipped"
    line = f"would unpack zipped,0123456789abcde0 from {archive} into {target}"
    assert show("unpack", str(archive)) == (line,)
    assert show("pull", str(archive)) == (line.replace("repos/zipped", f"repos/{archive.stem}"),)
    call("unpack", str(archive))
    with pytest.raises(AlreadyExistsError):
        show("unpack", str(archive))
    with pytest.raises(NotFoundError):
        show("unpack", "missing.zip")


def test_add(show, call, cm_home, cm_session):
    assert show("add", "mine") == (f"would create and register {cm_home / 'repos/mine'}",)
    assert show("import") == (f"would create and register {cm_session.cwd}",)
    with pytest.raises(CMError, match="is not a UID"):
        show("add", "mine", uid="x")
    call("add", "mine")
    with pytest.raises(AlreadyExistsError):
        show("add", "mine")


def test_pack_that_would_fail(show, call, tmp_path):
    call("add", "mine")
    for place in (tmp_path / "nodir" / "x.zip", "/proc/x.zip", tmp_path):
        said = []
        for act in (show, call):
            with pytest.raises(CMError, match="cannot write") as caught:
                act("pack", "mine", file=str(place))
            said.append(str(caught.value))
        assert said[0] == said[1]


def test_rm_and_pack(show, call, cm_home, cm_session):
    call("add", "mine")
    folder = cm_home / "repos/mine"
    assert show("rm", "mine") == (f"would unregister {folder}",)
    assert show("rm", "mine", all=True) == (f"would remove {folder}",)
    assert show("pack", "mine") == (f"would pack {folder} into {cm_session.cwd / 'cm.zip'}",)
    for verb in ("rm", "pack"):
        with pytest.raises(NotFoundError):
            show(verb, "nothing")
    with pytest.raises(CMError, match="cannot be removed"):
        show("rm", "local")
