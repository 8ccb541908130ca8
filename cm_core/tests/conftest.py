"""What the tests of the core share, beside the fixtures of ``cm_core.testing``."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from cm_core.home import Home
from cm_core.model.identity import new_uid
from cm_core.session import Session

KIND_UID = "aaaabbbbccccdddd"


@pytest.fixture
def reopened(cm_session):
    """A session as the next command would have it."""
    return lambda: Session(env=cm_session.env, cwd=cm_session.cwd)


@pytest.fixture
def kind(cm_session):
    """A kind of artifacts that lives in the local repository: ``au``."""
    cm_session.access(
        {"action": "add", "automation": "automation", "artifact": f"au,{KIND_UID}", "tags": "automation"}
    )
    return f"au,{KIND_UID}"


@pytest.fixture
def write(cm_home):
    """Write an artifact of the kind ``au`` by hand, as a person or another tool would."""

    def by_hand(name, *, root=None, file="_cm.json", **meta):
        folder = (root or Home(path=cm_home).local_repo) / "au" / name
        folder.mkdir(parents=True, exist_ok=True)
        full = {
            "alias": name,
            "uid": new_uid(),
            "automation_alias": "au",
            "automation_uid": KIND_UID,
            "tags": [],
            **meta,
        }
        (folder / file).write_text(json.dumps(full), encoding="utf-8")
        return folder

    return by_hand


@pytest.fixture
def names():
    """The names of found artifacts."""
    return lambda found: [artifact.path.name for artifact in found]


@pytest.fixture
def child_environment(cm_session):
    """The environment for processes that use the same home."""
    return {**os.environ, **cm_session.env}


@pytest.fixture
def edit():
    """Replace keys of a JSON file in place, keeping its size where the values allow it."""

    def changed(folder, **changes):
        path = folder / "_cm.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return changed


@pytest.fixture
def age():
    """Make files look old, so that the index trusts their time stamps."""

    def aged(*folders):
        for folder in folders:
            for path in (folder / "_cm.json", folder / "_cm.yaml", folder, folder.parent):
                if path.exists():
                    os.utime(path, (1_600_000_000.5, 1_600_000_000.5))

    return aged


_REFUSING = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
int flock(int a, int b) { errno = ERROR; return -1; }
#ifdef NO_FCNTL
static int refuse(const char *name, int fd, int command, void *rest) {
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);
    if (command == F_OFD_SETLK || command == F_SETLK) { errno = ERROR; return -1; }
    return real(fd, command, rest);
}
#define PASS(name) int name(int fd, int command, ...) { va_list all; va_start(all, command); \
    void *rest = va_arg(all, void *); va_end(all); return refuse(#name, fd, command, rest); }
PASS(fcntl)
PASS(fcntl64)
#endif
"""


@pytest.fixture(params=["flock", "fcntl", "lock files"])
def refusing(request, tmp_path_factory):
    """A way of locking, and the environment of processes whose file systems lock in this way only."""
    way = request.param
    if way == "flock":
        return way, dict(os.environ)
    if sys.platform != "linux" or (compiler := shutil.which("cc")) is None:
        pytest.skip("needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("refusing")
    (folder / "r.c").write_text(_REFUSING)
    flags = ["-DERROR=ENOLCK", "-DNO_FCNTL"] if way == "lock files" else ["-DERROR=ENOSYS"]
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-w", *flags, "-o", folder / "r.so", folder / "r.c", "-ldl"],
        check=True,
    )
    return way, {**os.environ, "LD_PRELOAD": str(folder / "r.so")}
