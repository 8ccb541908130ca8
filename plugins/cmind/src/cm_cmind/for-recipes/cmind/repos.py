"""The registered repositories as code written for ``cmind`` gets them."""

from __future__ import annotations

from cmind.repo import Repo


class Repos:
    """The registered repositories: ``lst``, their folders ``paths``, and ``path`` of the home."""

    def __init__(self, path: str, lst: list[Repo]) -> None:
        self.path = path
        self.lst = lst
        self.paths = [repo.path for repo in lst]
