import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cm_core.base.fsio import (
    atomic_write_json,
    atomic_write_text,
    directory_is_writable,
    place_folder,
    raise_os_error,
    remove_tree,
    sweep,
)
from cm_core.errors import AlreadyExistsError, CMError

posix = pytest.mark.skipif(os.name != "posix", reason="links and permissions of POSIX")


def run_as_nobody(code, *arguments):
    """Run Python code as a user whom permissions bind; skips where that is not possible."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    # Everything is imported first: the other user may not be able to read the environment.
    start = "import os, sys, shutil, tempfile, cm_core.base.fsio, cm_core.errors\nos.setgid(65534); os.setuid(65534)\n"
    done = subprocess.run(
        [sys.executable, "-c", start + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_text_is_replaced(tmp_path):
    path = tmp_path / "a"
    atomic_write_text(path, "one\n")
    path.chmod(0o640)
    atomic_write_text(path, "zwei ü\n")
    assert path.read_bytes() == "zwei ü\n".encode()
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_sorted_and_readable(tmp_path):
    atomic_write_json(tmp_path / "a", {"b": "ü", "a": [1]})
    assert (tmp_path / "a").read_text(encoding="utf-8") == '{\n  "a": [\n    1\n  ],\n  "b": "ü"\n}\n'


def test_json_in_the_order_of_its_keys_and_with_bytes_that_are_no_text(tmp_path):
    atomic_write_json(tmp_path / "a", {"b": "\udcff", "a": 1}, sort_keys=False)
    assert (tmp_path / "a").read_bytes() == b'{\n  "b": "\\udcff",\n  "a": 1\n}\n'
    with pytest.raises(UnicodeEncodeError):
        atomic_write_text(tmp_path / "a", "\udcff")


@pytest.mark.parametrize("place", ["missing/a", "file/a"])
def test_a_place_that_cannot_be_written_is_named(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(CMError, match="cannot write") as caught:
        atomic_write_text(tmp_path / place, "x")
    assert str(tmp_path / place) in str(caught.value)


def test_text_that_is_none_leaves_nothing_behind(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        atomic_write_text(tmp_path / "a", "\ud800")
    assert not list(tmp_path.iterdir())


def test_a_folder_without_permission_is_named(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o755)
    for folder in (closed, *closed.parents):
        if folder.is_relative_to(tmp_path.parent.parent.parent):
            folder.chmod(0o755)
    said = run_as_nobody(
        "from pathlib import Path\n"
        "try: cm_core.base.fsio.atomic_write_text(Path(sys.argv[1], 'a'), 'x')\n"
        "except cm_core.errors.CMError as error: print(error.message, '|', error.hint)\n"
        "print(cm_core.base.fsio.directory_is_writable(Path(sys.argv[1])))\n",
        closed,
    )
    assert "Permission denied | check the permissions" in said
    assert said.endswith("False\n")
    assert directory_is_writable(tmp_path)


def test_a_full_disk_is_named():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    with pytest.raises(OSError, match="No space") as failed:
        full.write_text("x" * 100_000)
    with pytest.raises(CMError, match="cannot write") as caught:
        raise_os_error("write", full, failed.value)
    assert "free some space" in caught.value.hint


def make_tree(root):
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "f").write_text("x")
    return root


def test_a_tree_is_removed(tmp_path):
    remove_tree(make_tree(tmp_path / "t"), inside=tmp_path)
    assert not list(tmp_path.iterdir())
    remove_tree(tmp_path / "t", inside=tmp_path)


def test_only_what_lies_inside_is_removed(tmp_path):
    inside, outside = make_tree(tmp_path / "inside"), make_tree(tmp_path / "outside")
    for path in (outside, inside, inside / "a" / "..", inside / ".." / "outside", inside / "a" / ".." / ".."):
        with pytest.raises(CMError, match="refusing to remove"):
            remove_tree(path, inside=inside)
    assert (outside / "a" / "b" / "f").exists()
    assert (inside / "a" / "b" / "f").exists()


@posix
def test_a_link_is_removed_and_its_target_kept(tmp_path):
    target = make_tree(tmp_path / "target")
    (tmp_path / "root").mkdir()
    link = tmp_path / "root" / "link"
    link.symlink_to(target)
    remove_tree(link, inside=tmp_path / "root")
    assert not link.is_symlink()
    assert (target / "a" / "b" / "f").exists()


@posix
def test_a_folder_behind_a_link_is_outside(tmp_path):
    make_tree(tmp_path / "target")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "target")
    with pytest.raises(CMError, match="refusing"):
        remove_tree(tmp_path / "root" / "link" / "a", inside=tmp_path / "root")


def test_a_tree_without_permissions_is_removed():
    said = run_as_nobody(
        "from pathlib import Path\n"
        "base = Path(tempfile.mkdtemp()); tree = base / 'tree'\n"
        "(tree / 'closed' / 'deep').mkdir(parents=True); (tree / 'closed' / 'deep' / 'f').write_text('x')\n"
        "(base / 'kept').write_text('o'); (base / 'kept').chmod(0o400)\n"
        "(tree / 'closed' / 'link').symlink_to(base / 'kept')\n"
        "(tree / 'closed' / 'deep').chmod(0); (tree / 'closed').chmod(0o555)\n"
        "cm_core.base.fsio.remove_tree(tree, inside=base)\n"
        "print([path.name for path in base.iterdir()], oct((base / 'kept').stat().st_mode)[-3:])\n"
        "shutil.rmtree(base)\n"
    )
    assert said == "['kept'] 400\n"


def test_what_dead_processes_left_is_swept(tmp_path):
    make_tree(tmp_path / ".cm-removed-1-aa")
    make_tree(tmp_path / ".cm-new-1-aa")
    make_tree(tmp_path / "kept")
    sweep(tmp_path)
    sweep(tmp_path / "missing")
    # A new folder may belong to somebody who is still writing it.
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cm-new-1-aa", "kept"]


def test_a_folder_appears_complete(tmp_path):
    seen = []

    def fill(place):
        seen.append((tmp_path / "kind" / "new").exists())
        (place / "f").write_text("x")

    place_folder(tmp_path / "kind" / "new", fill)
    assert seen == [False]
    assert (tmp_path / "kind" / "new" / "f").read_text() == "x"
    with pytest.raises(AlreadyExistsError):
        place_folder(tmp_path / "kind" / "new", fill)
    assert [path.name for path in (tmp_path / "kind").iterdir()] == ["new"]


def test_an_empty_folder_is_taken_over(tmp_path):
    (tmp_path / "new").mkdir()
    place_folder(tmp_path / "new", lambda place: (place / "f").write_text("x"))
    assert (tmp_path / "new" / "f").exists()


def test_a_folder_that_cannot_be_filled_does_not_appear(tmp_path):
    def fill(place):
        (place / "f").write_text("x")
        raise CMError("no")

    with pytest.raises(CMError, match="no"):
        place_folder(tmp_path / "new", fill)
    assert not list(tmp_path.iterdir())


def test_json_is_readable_at_every_moment(tmp_path):
    path = tmp_path / "a.json"
    atomic_write_json(path, [0])
    code = "import sys, pathlib; from cm_core.base.fsio import atomic_write_json\nfor n in range(200): atomic_write_json(pathlib.Path(sys.argv[1]), [n] * 2000)\n"
    with subprocess.Popen([sys.executable, "-c", code, str(path)]) as writer:
        while writer.poll() is None:
            assert len(set(json.loads(path.read_text()))) == 1
    assert writer.returncode == 0
