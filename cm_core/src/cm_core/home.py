"""The home: the one folder where repositories, index and logs live."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

from cm_core.base.frozen import frozen
from cm_core.base.fsio import atomic_write_text, raise_os_error
from cm_core.errors import CMError

LOCAL_UID = "9a3280b14a4285c9"
LOCAL_NAME = "CM local repository"


@frozen
class Home:
    """Where things are inside a home; nothing is created until :meth:`ensure`."""

    path: Path

    @classmethod
    def resolve(cls, env: Mapping[str, str]) -> Home:
        """``$CM_REPOS``, else the platform's user data folder for ``cm-toolkit``.

        Raises:
            CMError: when no home folder of the user can be determined.
        """
        try:
            if configured := env.get("CM_REPOS", "").strip():
                return cls(path=Path(configured).expanduser().absolute())
            if data := _xdg_folder(env, "XDG_DATA_HOME", ".local/share"):
                return cls(path=data / "cm-toolkit")
            from platformdirs import user_data_path

            return cls(path=user_data_path("cm-toolkit", appauthor=False))
        except RuntimeError as error:
            raise CMError("cannot determine your home folder", hint="set CM_REPOS to a folder") from error

    @property
    def repos_json(self) -> Path:
        """The registered repositories: a JSON list of paths."""
        return self.path / "repos.json"

    @property
    def repos_dir(self) -> Path:
        """Where pulled repositories are cloned."""
        return self.path / "repos"

    @property
    def local_repo(self) -> Path:
        """The repository of everything that belongs to this machine."""
        return self.repos_dir / "local"

    @property
    def index_file(self) -> Path:
        """The artifact index; disposable."""
        return self.path / "index.sqlite"

    @property
    def locks_dir(self) -> Path:
        return self.path / "locks"

    @property
    def downloads_dir(self) -> Path:
        """Parts of files whose transfer broke off, for the next command that wants them."""
        return self.path / "downloads"

    @property
    def logs_dir(self) -> Path:
        return self.path / "logs"

    def check_readable(self) -> None:
        """Refuse a home that this user may not enter, or whose path no index and no JSON document can hold.

        Raises:
            CMError: when it is one.
        """
        try:
            str(self.path).encode()
        except UnicodeEncodeError as error:
            raise CMError(
                f"the path of the CM home is not UTF-8 text: {self.path}",
                hint="rename the folder, or set CM_REPOS to another one",
            ) from error
        try:
            os.stat(self.repos_dir)  # noqa: PTH116 - at each start
        except FileNotFoundError:
            return
        except OSError as error:
            raise CMError(
                f"cannot read the CM home {self.path}: {error.strerror}",
                hint="set CM_REPOS to a folder of yours, or have its owner let you in (chmod)",
            ) from error

    def ensure(self) -> None:
        """Create what is missing.

        Raises:
            CMError: when the home cannot be created.
        """
        local_meta = self.local_repo / "cmr.yaml"
        if local_meta.exists():
            return
        try:
            self.local_repo.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise_os_error("create the CM home", self.path, error)
        atomic_write_text(local_meta, f"alias: local\nname: {LOCAL_NAME}\nuid: {LOCAL_UID}\n")


def private_index(home: Home, env: Mapping[str, str]) -> Path:
    """Where the index of a home lies for a user who may not write there: in a folder of the user's own."""
    name = f"index-{zlib.crc32(os.fsencode(home.path)):08x}.sqlite"
    if folder := _xdg_folder(env, "XDG_CACHE_HOME", ".cache"):
        return folder / "cm-toolkit" / name
    from platformdirs import user_cache_path

    return user_cache_path("cm-toolkit", appauthor=False) / name


def _xdg_folder(env: Mapping[str, str], variable: str, inside_home: str) -> Path | None:
    """A user's folder where the XDG rules hold; asking platformdirs would cost 3 ms at every start."""
    if not sys.platform.startswith("linux"):
        return None
    if (configured := Path(env.get(variable, "").strip())).is_absolute():
        return configured
    home = Path(env.get("HOME", ""))
    return home / inside_home if home.is_absolute() else None
