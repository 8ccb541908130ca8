"""Archives that are written here."""

import os
import stat
from functools import partial

import pytest

from cm_core.base.archives import Unpacked, UnpackRules, unpack
from cm_core.base.packing import write_tar, write_zip
from cm_core.base.travelling import travelling_files
from cm_core.errors import CMError


@pytest.mark.skipif(os.name == "nt", reason="links and permission bits")
def test_a_folder_survives_the_round_trip(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for name in ("script/a", "sub/.git"):
        (source / name).mkdir(parents=True)
        (source / name / "run.sh").write_text("echo")
        (source / name / "run.sh").chmod(0o755)
    (source / "ünï.txt").write_text("ü")
    (source / "link").symlink_to("/etc/passwd")
    (source / "linked").symlink_to(source / "script")
    archive = tmp_path / "x.zip"
    assert write_zip(source, archive, travelling_files(source).files) == (2, ["link", "linked"])
    assert unpack(archive, target, UnpackRules(links=False)) == Unpacked(members=2)
    assert (target / "ünï.txt").read_text() == "ü"
    assert (target / "script/a/run.sh").stat().st_mode & stat.S_IXUSR
    assert not (target / "ünï.txt").stat().st_mode & stat.S_IXUSR


def test_a_zip_is_not_packed_into_itself(tmp_path):
    (tmp_path / "a").write_text("1")
    for _ in range(2):
        assert write_zip(tmp_path, tmp_path / "x.zip", travelling_files(tmp_path).files) == (1, [])


@pytest.mark.parametrize("write", [partial(write_zip, files=()), write_tar])
def test_what_cannot_be_written_leaves_nothing(tmp_path, write):
    (tmp_path / "a").mkdir()
    with pytest.raises(CMError, match="cannot write"):
        write(tmp_path / "a", tmp_path / "no" / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
