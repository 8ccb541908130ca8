import os
import time

import pytest

from cm_core import AlreadyExistsError, CMError, NotFoundError, NullReporter, UsageError

pytestmark = pytest.mark.usefixtures("configure")

META = 'alias: zipped\nuid: "0123456789abcde0"\ngit: true\n'
SCRIPT = (
    'alias: hello\nuid: "00000000000000a1"\nautomation_alias: script\n'
    'automation_uid: "5b4e0237da074764"\ntags: [hello]\n'
)


def test_zip_by_path_and_by_url(pull, make_zip, hub, web, cm_session, cm_home):
    members = {"cmr.yaml": META, "script/hello/_cm.yaml": SCRIPT}
    make_zip(members, hub / "tools.zip")
    result = pull(f"{web.url}/tools.zip")
    assert result.data["path"] == str(cm_home / "repos/tools")
    assert result.data["url"] == f"{web.url}/tools.zip"
    assert len(cm_session.find("script", "hello")) == 1
    with pytest.raises(AlreadyExistsError):
        pull(str(hub / "tools.zip"))
    assert not list((cm_home / "repos").glob(".tmp*"))


def test_zip_of_a_code_host(pull, make_zip, cm_home):
    archive = make_zip({"tools-main/cmr.yaml": META, "tools-main/a.txt": "a"})
    pull(str(archive))
    assert (cm_home / "repos/repo/a.txt").is_file()


def test_escaping_zip_leaves_nothing(pull, make_zip, web, cm_home, tmp_path, listing):
    make_zip({"cmr.yaml": META, "x/../../../evil.txt": "evil"}, web.folder / "evil.zip")
    with pytest.raises(CMError, match="refusing to unpack"):
        pull(f"{web.url}/evil.zip")
    assert [path.name for path in (cm_home / "repos").iterdir()] == ["local"]
    assert not any("evil.txt" in name for name in listing(tmp_path))


def test_zip_that_is_not_there(pull, web, cm_home):
    with pytest.raises(NotFoundError, match="404"):
        pull(f"{web.url}/no.zip")
    with pytest.raises(CMError, match="cannot download"):
        pull("http://127.0.0.1:9/no.zip")
    assert [path.name for path in (cm_home / "repos").iterdir()] == ["local"]


def test_zip_has_no_branches(pull, make_zip):
    with pytest.raises(UsageError):
        pull(str(make_zip({"cmr.yaml": META})), branch="main")


def test_zip_with_a_token(pull, make_zip, hub, web):
    make_zip({"cmr.yaml": META}, hub / "tools.zip")
    web.password = "x-access-token:s3cret"
    with pytest.raises(CMError, match="401") as caught:
        pull(f"{web.url}/tools.zip")
    assert "--token_env" in caught.value.hint
    pull(f"{web.url}/tools.zip", token="s3cret")


class Heard(NullReporter):
    def __init__(self):
        self.said = []

    def step_started(self, step):
        self.said.append(step.title)

    def progress(self, step, text):
        self.said.append(text)


def test_a_zip_whose_transfer_breaks_off_is_continued(pull, make_zip, serve, cm_home, cm_session):
    cm_session.reporter = Heard()
    archive = make_zip({"cmr.yaml": META, "big.txt": "x" * 10_000}, serve.folder / "tools.zip")
    serve.cuts = [4000, 4000]
    archive_url = f"{serve.url}/tools.zip"
    pull(archive_url)
    assert (cm_home / "repos/tools/big.txt").stat().st_size == 10_000
    wanted = [wanted for name, wanted, _ in serve.requests if name == archive.name]
    assert wanted == ["", "bytes=4000-", "bytes=8000-"]
    begun, *said, received = cm_session.reporter.said
    assert begun == f"downloading {archive_url}"
    assert [line.endswith("; retrying") for line in said] == [True, True]
    assert received.endswith(" received")


def test_a_later_pull_goes_on_where_the_first_stopped(pull, make_zip, serve, cm_home):
    make_zip({"cmr.yaml": META, "big.txt": "x" * 10_000}, serve.folder / "tools.zip")
    serve.cuts = [2000] * 4
    with pytest.raises(CMError, match="transfer failed"):
        pull(f"{serve.url}/tools.zip")
    assert [path.name for path in (cm_home / "repos").iterdir()] == ["local"]
    pull(f"{serve.url}/tools.zip")
    assert serve.requests[-1][1:] == ("bytes=8000-", '"first"')
    assert (cm_home / "repos/tools/big.txt").stat().st_size == 10_000
    assert not list((cm_home / "downloads").iterdir())


def test_what_nobody_asks_for_again_does_not_stay(pull, make_zip, serve, cm_home):
    (cm_home / "downloads").mkdir(parents=True)
    for name, age in (("old.zip.part", 8 * 86400), ("new.zip.part", 6 * 86400)):
        (cm_home / "downloads" / name).touch()
        os.utime(cm_home / "downloads" / name, (time.time() - age,) * 2)
    make_zip({"cmr.yaml": META}, serve.folder / "tools.zip")
    pull(f"{serve.url}/tools.zip")
    assert [path.name for path in (cm_home / "downloads").iterdir()] == ["new.zip.part"]


def test_a_zip_that_cannot_be_had_says_how_to_go_on(pull, serve):
    with pytest.raises(NotFoundError, match="the server answered 404") as caught:
        pull(f"{serve.url}/tools.zip")
    assert caught.value.hint == "check the URL"
    with pytest.raises(CMError, match="cannot download") as caught:
        pull("http://127.0.0.1:1/tools.zip")
    assert "cm pull repo ./FILE.zip" in caught.value.hint
