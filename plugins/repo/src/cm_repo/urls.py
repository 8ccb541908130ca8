"""From what a person types to the place a repository comes from, with dangerous places refused."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from cm_core import UsageError, check_alias, field, frozen, replace
from cm_core.base import user_path

SourceKind = Literal["git", "zip"]

_SCHEMES = ("https", "http", "ssh", "file")
_HELPER = re.compile(r"[A-Za-z0-9_+.-]*::")
_SCP = re.compile(r"(?P<user>[A-Za-z0-9_.-]+)@(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/:\s][^:\s]*)\Z")
_DRIVE = re.compile(r"/[A-Za-z]:/")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(@[A-Za-z0-9_][A-Za-z0-9_.-]*)+\Z")
# The first repository of the project was split; its name still appears in documents that people follow.
_MOVED = {"mlcommons@ck": "mlcommons@cm4mlops"}


@frozen
class Credentials:
    """What a server wants to see before it hands out a private repository."""

    user: str
    secret: str = field(repr=False)

    @property
    def header(self) -> str:
        """The HTTP header that carries them."""
        return f"Authorization: Basic {self._encoded}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every form in which they must never be shown."""
        return tuple(word for word in (self._encoded, self.secret) if word)

    @property
    def _encoded(self) -> str:
        return base64.b64encode(f"{self.user}:{self.secret}".encode()).decode("ascii")


@frozen
class RepoSource:
    """Where a repository comes from.

    Attributes:
        url: for git, or the URL or path of a zip file; never holds credentials.
        alias: the name of its folder, and its alias when it has no ``cmr.yaml``.
        location: ``host/path`` without user, ``.git`` or scheme, as the allow-list sees it.
        credentials: those that were part of the URL.
    """

    url: str
    alias: str
    location: str
    kind: SourceKind = "git"
    credentials: Credentials | None = None


def source_from_name(name: str, *, url: str, cwd: Path, url_prefix: str, organisation: str) -> RepoSource:
    """Understand the name and the ``--url`` of ``cm pull repo``.

    Args:
        name: ``name``, ``owner@name``, a URL or a path; with ``url``, only the alias (may be empty).
        cwd: the folder that relative paths start from.
        url_prefix: what stands before ``owner/name``, e.g. ``https://github.com/``.
        organisation: the owner of a plain ``name``.

    Raises:
        UsageError: when the name or URL cannot be understood or is refused.
    """
    if url:
        source = source_from_url(url, cwd=cwd)
        return replace(source, alias=check_alias(name)) if name else source
    if "://" in name or _SCP.match(name) or _HELPER.match(name) or looks_like_path(name):
        return source_from_url(name, cwd=cwd)
    name = _MOVED.get(name, name)
    if _PLAIN_NAME.match(name):
        name = f"{organisation}@{name}"
    if not _OWNER_AND_NAME.match(name):
        raise UsageError(
            f"'{name}' is not the name of a repository", hint="write owner@name, a URL, or a path with ./"
        )
    source = source_from_url(url_prefix.rstrip("/") + "/" + name.replace("@", "/"), cwd=cwd)
    return replace(source, alias=check_alias(name))


def source_from_url(url: str, *, cwd: Path) -> RepoSource:
    """Understand a URL, ``user@host:path`` or a local path.

    Raises:
        UsageError: when git would read it as an option or as a program to run, or nothing can be fetched
            from it.
    """
    if url.startswith("-"):
        raise UsageError("a repository URL cannot start with a dash", hint="write owner@name or https://…")
    if _HELPER.match(url):
        raise UsageError(
            "a repository URL cannot name a transport helper such as ext::, which would run a program",
            hint="use an https://, ssh:// or file:// URL",
        )
    if scp := _SCP.match(url):
        _check_segments(scp["path"])
        return _remote(url=url, host=scp["host"], path=scp["path"])
    if "://" in url:
        return _source_from_full_url(url)
    return _source_from_path((cwd / user_path(url)).absolute())


def looks_like_path(name: str) -> bool:
    """Whether a word means a folder or file rather than the name of a repository."""
    return name.startswith((".", "~", "/")) or "/" in name or "\\" in name or name.endswith(".zip")


def is_short_name(name: str) -> bool:
    """Whether a word is ``name`` or ``owner@name``."""
    return bool(_PLAIN_NAME.match(name) or _OWNER_AND_NAME.match(name))


def location_of(url: str) -> str:
    """``host/path`` of a URL, without user, query, ``.git`` and trailing slash; ``/path`` for files.

    Two URLs with the same location name the same repository, whatever the protocol.
    """
    if scp := _SCP.match(url):
        return _join(scp["host"], scp["path"])
    if "://" not in url:
        return _join("", Path(url).absolute().as_posix())
    parts = urlsplit(url)
    return _join(parts.netloc.rpartition("@")[2], unquote(parts.path))


def check_revision(revision: str, option: str) -> str:
    """Return the name of a branch, tag or commit if git cannot misread it.

    Raises:
        UsageError: when it looks like an option or holds characters that git reads in another way.
    """
    if revision.startswith("-") or re.search(r"[\x00-\x20\x7f:\\?*\[]|\.\.", revision):
        raise UsageError(f"--{option} must name a branch, tag or commit, not '{ascii(revision)[1:-1]}'")
    return revision


def token_credentials(token: str) -> Credentials:
    """Credentials from a token of GitHub, GitLab and the like, which accept any user name with it."""
    return Credentials(user="x-access-token", secret=token)


def _source_from_full_url(url: str) -> RepoSource:
    scheme = url.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        raise UsageError(
            f"repositories cannot be fetched over {ascii(scheme)[1:-1]}://",
            hint=f"use one of {', '.join(_SCHEMES)}",
        )
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises for a port that is no number
    except ValueError as error:
        raise UsageError(f"this {scheme}:// URL cannot be read: {error}") from error
    if _UNSAFE.search(url) or host.startswith("-") or (not host and scheme != "file"):
        raise UsageError(f"this {scheme}:// URL is not valid", hint="write https://host/owner/name")
    _check_segments(parts.path)
    if scheme == "file":
        path = unquote(parts.path)
        return _source_from_path(Path(path[1:] if _DRIVE.match(path) else path), url=url)
    user_info, _, address = parts.netloc.rpartition("@")
    credentials = None
    if scheme in ("https", "http") and user_info:
        user, _, secret = user_info.partition(":")
        credentials = Credentials(user=unquote(user), secret=unquote(secret))
        parts = parts._replace(netloc=address)
    elif ":" in user_info:  # ssh asks for a password itself, and git would keep this one in a file
        parts = parts._replace(netloc=f"{user_info.partition(':')[0]}@{address}")
    return _remote(url=parts.geturl(), host=address, path=unquote(parts.path), credentials=credentials)


def _remote(*, url: str, host: str, path: str, credentials: Credentials | None = None) -> RepoSource:
    is_zip = path.endswith(".zip")
    stem = _without_suffixes(path).strip("/")
    name = stem.rpartition("/")[2] if is_zip else stem.replace("/", "@")
    if not name:
        raise UsageError(f"the URL of {host} names no repository", hint="write https://host/owner/name")
    return RepoSource(
        url=url,
        alias=check_alias(name),
        location=_join(host, path),
        kind="zip" if is_zip else "git",
        credentials=credentials,
    )


def _source_from_path(path: Path, *, url: str = "") -> RepoSource:
    is_zip = path.suffix == ".zip"
    return RepoSource(
        url=str(path) if is_zip else url or str(path),
        alias=check_alias(_without_suffixes(path.name)),
        location=_join("", path.as_posix()),
        kind="zip" if is_zip else "git",
    )


def _check_segments(path: str) -> None:
    # Clients fold "..", so owner/../other would pass an allow-list of owners.
    if any(segment in (".", "..") for segment in unquote(path).split("/")):
        raise UsageError("a repository URL cannot contain '.' or '..' as a part of its path")


def _join(host: str, path: str) -> str:
    return f"{host.lower()}/{_without_suffixes(path).strip('/')}"


def _without_suffixes(path: str) -> str:
    return path.rstrip("/").removesuffix(".git").removesuffix(".zip").rstrip("/")
