import sys

import pytest

from cm_core.errors import CMError
from cm_core.home import LOCAL_UID, Home
from cm_core.meta import read_meta


def test_the_home_is_where_the_variable_says(tmp_path):
    assert Home.resolve({"CM_REPOS": str(tmp_path / "x")}).path == tmp_path / "x"
    assert Home.resolve({"CM_REPOS": "relative"}).path.is_absolute()


def test_without_the_variable_it_is_the_users_data_folder():
    path = Home.resolve({"CM_REPOS": " "}).path
    assert path.is_absolute()
    assert "cm-toolkit" in path.parts


def test_a_home_of_nobody_is_an_error():
    with pytest.raises(CMError, match="cannot determine"):
        Home.resolve({"CM_REPOS": "~no-such-user-here/x"})


def test_nothing_is_created_before_it_is_needed(tmp_path):
    home = Home(path=tmp_path / "deep" / "home")
    assert not home.path.exists()
    home.ensure()
    home.ensure()
    assert read_meta(home.local_repo, "cmr") == {
        "alias": "local",
        "name": "CM local repository",
        "uid": LOCAL_UID,
    }


def test_a_home_that_cannot_be_created_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CMError, match="cannot create the CM home"):
        Home(path=tmp_path / "file" / "home").ensure()


def test_a_home_whose_path_is_not_text_is_named(tmp_path):
    with pytest.raises(CMError, match="the path of the CM home is not UTF-8 text"):
        Home(path=tmp_path / "M\udcfcller").check_readable()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the XDG rules")
@pytest.mark.parametrize("data_home", [None, "/data/home", "relative/is/ignored"])
def test_the_data_folder_is_that_of_platformdirs(monkeypatch, tmp_path, data_home):
    from platformdirs import user_data_path

    env = {"HOME": str(tmp_path)} | ({"XDG_DATA_HOME": data_home} if data_home else {})
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if data_home and data_home.startswith("/"):
        monkeypatch.setenv("XDG_DATA_HOME", data_home)
    assert Home.resolve(env).path == user_data_path("cm-toolkit", appauthor=False)
