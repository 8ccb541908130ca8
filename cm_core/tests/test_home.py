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
    home = Home(tmp_path / "deep" / "home")
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
        Home(tmp_path / "file" / "home").ensure()
