"""Which files of a folder travel: into images, archives and whatever else leaves this machine."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from cm_core.base.frozen import frozen
from cm_core.base.fsio import raise_os_error
from cm_core.base.process import find_program, run_command
from cm_core.base.text import byte_size
from cm_core.credentials import credentials_in
from cm_core.errors import CMError, NotFoundError

# What no other machine needs: histories, and what tools leave.
_LEFT_OUT = frozenset({".git", "__pycache__", ".venv", "node_modules"})
_SECRET_NAMES = (
    *("*.env", ".env.*", ".netrc", "_netrc", ".pypirc", ".pgpass", ".git-credentials", ".htpasswd"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials", "credentials.json", ".dockercfg"),
    *("kubeconfig", "*.p12", "*.pfx", "*.kdbx", "*.ppk", "token", "token.txt", "*.token", "*_token"),
    *("secret.y*ml", "secrets.y*ml", "secrets.json", "secrets.toml"),
)
_EXAMPLES = frozenset({"example", "sample", "template", "dist"})
# At the beginning of a line, or in JSON, with escaped line breaks; not where a program speaks of keys.
_KEY = re.compile(
    rb"^\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY"
    rb"|(?:\"private_key\"\s*:\s*\"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PRIVATE KEY-----(?:\\r)?\\n[\w+/]{20})",
    re.MULTILINE,
)
# What files of these names say of a token, beside addresses and the like.
_LOGINS = {
    ".npmrc": re.compile(rb"_(?:auth|authToken|password)\s*=\s*[^$\s]"),
    ".yarnrc.yml": re.compile(rb"npmAuth(?:Token|Ident):\s*[^$\s]"),
    "config.json": re.compile(rb"\"(?:auth|identitytoken)\"\s*:\s*\"[\w+/=.-]{6}"),
}
# Any credentials in these are meant; elsewhere people write examples.
_SETTINGS = frozenset({"pip.conf", "pip.ini", ".condarc", ".gitconfig", ".wgetrc", ".curlrc", *_LOGINS})
_READ = 65536  # A key is at the start of its file, at most after a certificate, and settings are small.
_SHORTEST = 12  # Those in links to badges, which everybody sees, are shorter.
_SHOWN = 5


@frozen
class TravellingFiles:
    """The files of a folder that travel.

    Attributes:
        files: paths inside the folder, sorted.
        left: how many files stay since git does not track them, beside those that it ignores.
    """

    folder: Path
    files: tuple[str, ...]
    left: int = 0

    def line(self, name: str) -> str:
        """How many files go along and how large they are, for people."""
        size = sum((self.folder / file).lstat().st_size for file in self.files)
        stays = f"; {self.left} stay, since git does not track them" if self.left else ""
        plural = "file" if len(self.files) == 1 else "files"
        return f"{name}: {len(self.files)} {plural}, {byte_size(size)}{stays}"


def travelling_files(
    folder: Path, *, untracked: bool = False, without: Collection[str] = ()
) -> TravellingFiles:
    """The files that git tracks, in submodules, too; where it tracks none, all that no ``.gitignore`` names.

    Args:
        untracked: also those that git neither tracks nor ignores.
        without: folders inside it that stay.

    Raises:
        CMError: when a folder cannot be read, or git cannot say what it tracks in a clone.
    """
    tracked = _git_files(folder, "--cached", "--recurse-submodules")
    if tracked:
        more = _git_files(folder, "--others", "--exclude-standard") or []
        found, left = ([*tracked, *more], 0) if untracked else (tracked, len(more))
    else:
        found, left = _unignored(folder, list(_walk(folder, without))), 0
    stay = tuple(f"{name}/" for name in without)
    # One may be gone since it was tracked; submodules that were never fetched are folders.
    kept = {name for name in found if not name.startswith(stay) and _is_there(folder / name)}
    return TravellingFiles(folder=folder, files=tuple(sorted(kept)), left=left)


def refuse_secrets(folder: Path, files: Iterable[str], *, flag: str) -> None:
    """Refuse files that look like keys or passwords.

    Args:
        flag: what to type to take them along.

    Raises:
        CMError: when there are some; it names them.
    """
    found = [name for name in files if looks_secret(folder / name)]
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise CMError(
            f"these files of {folder} look like secrets and would leave this machine:"
            f" {', '.join(found[:_SHOWN])}{more}",
            hint=f"move them elsewhere or have git ignore them; to take them along: --{flag}",
        )


def looks_secret(file: Path) -> bool:
    """Whether a file has keys or passwords: by its name, by how it starts, or by what a short text says."""
    name = file.name.lower()
    is_example = not _EXAMPLES.isdisjoint(re.split(r"[._-]", name))
    if not is_example and any(fnmatchcase(name, pattern) for pattern in _SECRET_NAMES):
        return True
    if file.is_symlink():
        return False
    try:
        with file.open("rb") as stream:
            start = stream.read(_READ + 1)
    except OSError as error:
        raise_os_error("read", file, error)
    if _KEY.search(start):
        return True
    return len(start) <= _READ and b"\0" not in start and _has_login(name, start)


def _has_login(name: str, data: bytes) -> bool:
    if name in _LOGINS and _LOGINS[name].search(data):
        return True
    return any(name in _SETTINGS or _is_real(word) for word in credentials_in(data.decode("latin-1")))


def _is_real(credentials: str) -> bool:
    """Not one of an example such as ``user:password``."""
    word = credentials.rpartition(":")[2]
    is_made_up = "example" in word.lower() or any(letter in word for letter in "$<>{}%()[]*\\\"'`")
    return len(word) >= _SHORTEST and not is_made_up and any(map(str.isdigit, word)) and not word.isdigit()


def _is_there(file: Path) -> bool:
    return file.is_symlink() or file.is_file()


def _git_files(folder: Path, *which: str, git: tuple[str, ...] = ()) -> list[str] | None:
    """What git lists; ``None`` in a folder that is of no clone.

    Raises:
        CMError: when git is missing or refuses the clone: without its list, private files would travel.
    """
    is_clone = not git and (folder / ".git").exists()
    if find_program("git") is None:
        if is_clone:
            raise NotFoundError(
                f"git is missing, so nobody knows which files of {folder} may leave this machine",
                hint="install git",
            )
        return None
    # Variables of a hook or a calling git would mean another repository; others would translate what it says.
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {"LC_ALL": "C"}
    done = run_command(["git", *git, "ls-files", *which, "-z"], cwd=folder, env=env, check=False)
    if done.status == 0:
        return [name for name in done.stdout.split("\0") if name]
    if not is_clone and "not a git repository" in done.stderr:
        return None
    said = next(iter(done.stderr.splitlines()), "").removeprefix("fatal: ")
    raise CMError(
        f"git does not say which files of {folder} it tracks, so none may leave this machine: {said}",
        hint=f"see: git -C {folder} status",
    )


def _unignored(folder: Path, names: list[str]) -> list[str]:
    """Those that no ``.gitignore`` names; git itself reads them, with an empty repository elsewhere."""
    if not any(name.rpartition("/")[2] == ".gitignore" for name in names) or find_program("git") is None:
        return names
    with tempfile.TemporaryDirectory(prefix="cm-travel-") as place:
        run_command(["git", "init", "--quiet", "--bare", place])
        git = (f"--git-dir={place}", f"--work-tree={folder}")
        listed = _git_files(folder, "--others", "--exclude-standard", git=git)
    kept = set(listed or ())
    return [name for name in names if name in kept]


def _walk(folder: Path, without: Collection[str]) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise_os_error("read", folder, error)

    for place, folders, files in os.walk(folder, onerror=fail):
        inside = Path(place).relative_to(folder)
        links = [name for name in folders if Path(place, name).is_symlink()]
        folders[:] = [
            name
            for name in folders
            if name not in _LEFT_OUT and name not in links and (inside / name).as_posix() not in without
        ]
        # In a worktree and a submodule, .git is a file.
        for name in (*files, *links):
            if name not in _LEFT_OUT:
                yield (inside / name).as_posix()
