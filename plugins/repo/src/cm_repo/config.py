"""What a user or an administrator can configure about repositories.

``<home>/config.yaml`` holds ``repo_url_prefix``, ``repo_url_org`` and ``trust`` (and ``shared_homes``, which
the core reads); the file named by ``CM_CONFIG`` overrides the first two. Both files are optional.
"""

from __future__ import annotations

from collections.abc import Mapping

from cm_core import Home, MetaError, frozen, load_mapping
from cm_core.base import user_path
from cm_repo.trust import TrustPolicy

CONFIG_NAME = "config.yaml"
_URL_KEYS = {"repo_url_prefix": "https://github.com/", "repo_url_org": "mlcommons"}


@frozen
class RepoConfig:
    """Where short names lead, and what may be pulled.

    Attributes:
        url_prefix: what stands before ``owner/name`` of a repository given by name.
        organisation: the owner of a name without one.
        trust: the allow-list and the pinned commits.
    """

    url_prefix: str
    organisation: str
    trust: TrustPolicy


def load_config(home: Home, env: Mapping[str, str]) -> RepoConfig:
    """Read the configuration.

    Raises:
        NotFoundError: when ``CM_CONFIG`` names a file that does not exist.
        MetaError: when a file is malformed.
    """
    path = home.path / CONFIG_NAME
    own = load_mapping(path, may_be_empty=True) if path.exists() else {}
    merged = {**_URL_KEYS, **own}
    if override := env.get("CM_CONFIG", "").strip():
        merged |= load_mapping(user_path(override).absolute(), may_be_empty=True)
    for key in _URL_KEYS:
        if not isinstance(merged[key], str) or not merged[key]:
            raise MetaError(f"'{key}' in the configuration must be text")
    return RepoConfig(
        url_prefix=merged["repo_url_prefix"],
        organisation=merged["repo_url_org"],
        # Only the home decides about trust: a recipe can set CM_CONFIG for what it starts.
        trust=TrustPolicy.from_mapping(own.get("trust"), source=str(path)),
    )
