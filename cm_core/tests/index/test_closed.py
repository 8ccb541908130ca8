"""Artifacts of others whose folders are closed, in a home that several users share."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_LOOK = """
import os, sys
from pathlib import Path
from cm_core.index import scan
from cm_core.base import locks
os.setgid(65534); os.setuid(65534)
folder = Path(sys.argv[1])
found = scan.look_at(folder).record
same = list(scan.changed_folders(str(folder.parent), [(folder.name, *found.signature)])) == []
print(found.uid, repr(found.problem), same)
"""


@pytest.mark.parametrize(("mode", "says"), [(0o755, "aaaabbbbccccdddd '' True"), (0o700, "'' False")])
def test_a_closed_folder_stops_nobody_and_is_looked_at_again(mode, says):
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "entry")
        folder.mkdir()
        (folder / "_cm.json").write_text('{"uid": "aaaabbbbccccdddd"}')
        for path in (folder / "_cm.json", folder, Path(place)):
            os.utime(path, (1, 1))
        folder.chmod(mode)
        Path(place).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", _LOOK, folder], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == says
