"""Install one package with the Python that runs this program, and say what is there afterwards.

Everything is read from the environment; the answer is tmp-python-lib.json in the current folder.
"""

import contextlib
import importlib.metadata
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

PLACES = {
    "--index-url": "CM_GENERIC_PYTHON_PIP_INDEX_URL",
    "--extra-index-url": "CM_GENERIC_PYTHON_PIP_EXTRA_INDEX_URL",
    "--find-links": "CM_GENERIC_PYTHON_PIP_EXTRA_FIND_LINKS_URL",
}


def main() -> int:
    with lock(Path(sys.prefix) / ".cm-install.lock"):
        settings = {**os.environ, **private_settings(os.environ)}
        status = subprocess.call(install_command(os.environ), env=settings)
        return status or report(os.environ["CM_GENERIC_PYTHON_PACKAGE_NAME"])


def install_command(env):
    # pip itself refuses to touch anything but a virtual environment. Bytecode is left to the first
    # import, which compiles what is used and not all of a large package.
    command = [sys.executable, "-m", "pip", "--require-virtualenv", "--disable-pip-version-check"]
    command += ["--no-input", "install", "--no-compile", "--prefer-binary"]
    # A pip.conf of the user may say where packages of their own Python go; these belong here.
    command += ["--no-user", "--target=", "--prefix=" + sys.prefix]
    for option, key in PLACES.items():
        if env.get(key) and "@" not in env[key]:
            command += [option, env[key]]
    if env.get("CM_GENERIC_PYTHON_PACKAGE_INSTALL_DEPS") == "no":
        command.append("--no-deps")
    if yes(env.get("CM_GENERIC_PYTHON_DEV_VERSION")):
        command.append("--pre")
    if yes(env.get("CM_GENERIC_PYTHON_PIP_UPDATE")):
        command.append("--upgrade")
    if yes(env.get("CM_TMP_PYTHON_PACKAGE_FORCE_INSTALL")):
        command += ["--upgrade", "--no-deps", "--force-reinstall"]
    command += shlex.split(env.get("CM_GENERIC_PYTHON_PIP_EXTRA", ""))
    wanted = env["CM_GENERIC_PYTHON_PACKAGE_NAME"] + env.get("CM_TMP_PIP_VERSION_STRING", "")
    return [*command, env.get("CM_GENERIC_PYTHON_PIP_URL") or wanted]


def private_settings(env):
    """Addresses that may have a password, as variables of pip: everybody sees arguments of processes."""
    settings = {}
    for option, key in PLACES.items():
        if "@" in env.get(key, ""):
            name = "PIP_" + option.strip("-").replace("-", "_").upper()
            # There is one index, and any number of the others.
            before = [] if option == "--index-url" else env.get(name, "").split()
            settings[name] = " ".join([*before, env[key]])
    return settings


def yes(value):
    return str(value).lower() in {"yes", "on", "true", "1"}


def report(package):
    name = package.partition("[")[0]
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        print(f"pip succeeded, but there is no package {name}", file=sys.stderr)
        return 1
    answer = {
        "version": found.version,
        "pip_version": importlib.metadata.version("pip"),
        # The folder's name has the version in it, so it is gone when another version is installed.
        "folder": str(getattr(found, "_path", "")),
    }
    Path("tmp-python-lib.json").write_text(json.dumps(answer), encoding="utf-8")
    return 0


@contextlib.contextmanager
def lock(path):
    """One installation into this environment at a time."""
    with path.open("a+") as file:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield  # closing the file releases the lock


if __name__ == "__main__":
    sys.exit(main())
