"""Requests in the dictionary convention, answered by a session in this process."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from cm_cmind.contract import Contract, request_from
from cm_core import Artifact, CMError, Repository, Request, preferred, replace
from cm_core.base import current_folder
from cm_core.flags import Manner, read_own_flags

if TYPE_CHECKING:
    from cm_core import Session

SCRIPT_UID = "5b4e0237da074764"
FINDING = ("find", "search", "ls", "list")


class SessionEngine:
    """Answers for :class:`cmind.core.CM`; there is one for each session.

    Attributes:
        x_depth: how many requests with ``control`` are being answered.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.x_depth = 0
        self._cm: Any = None

    @property
    def cm(self) -> Any:
        """The one :class:`cmind.core.CM` of this session."""
        if self._cm is None:
            from cmind.core import CM

            self._cm = CM(engine=self)
        return self._cm

    def access(self, request: Any, out: str | None = None) -> Contract:
        """Answer a request: a dictionary, a command line or its words.

        The dictionaries ``env`` and ``state`` that are given to a script get what it exports.
        """
        try:
            understood = self._read_request(request, out)
        except CMError as error:
            return self._failure(error)
        answer = self.call(understood)
        if isinstance(request, dict) and answer["return"] == 0 and self._runs_script(understood):
            from cmind._engine import hand_back

            hand_back(request, answer)
        return answer

    def x(self, request: Any, out: str | None = None) -> Contract:
        """Answer a request whose flags for the toolkit are in ``control``."""
        from cm_cmind.control import answer_x

        return answer_x(self, request, out)

    def call(self, request: Request) -> Contract:
        """Answer a request; prints the answer for a person when it asks for ``out: con``."""
        session = self.session
        folder, session.cwd = session.cwd, current_folder(session.cwd)
        try:
            if session.depth:
                # The code that asks may just have written files of an artifact.
                session.look_again()
            else:
                self._face_the_terminal(request)
            result = session.call(request)
        except CMError as error:
            return self._failure(error)
        finally:
            session.cwd = folder
        if request.options.get("out") == "con" and result.lines:
            sys.stdout.write("".join(f"{line}\n" for line in result.lines))
        answer = result.to_mapping()
        if request.action in FINDING:
            answer["list"] = _without_doubles(answer.get("list"))
        return self.legacy(answer)

    def home(self) -> str:
        """The folder of the home."""
        return str(self.session.home.path)

    def repositories(self) -> list[Any]:
        """The registered repositories as :class:`cmind.repo.Repo`."""
        return [self._repo(repo) for repo in self.session.repos.list()]

    def legacy(self, answer: Mapping[str, Any]) -> Contract:
        """An answer with artifacts, repositories and paths as code written for ``cmind`` expects them."""
        return {key: self._legacy_value(value) for key, value in answer.items()}

    # -- implementation ----------------------------------------------------------------------------

    def _read_request(self, request: Any, out: str | None) -> Request:
        from cm_core import parse_line, parse_words

        cwd = current_folder(self.session.cwd)
        if isinstance(request, Mapping):
            # Names that an earlier request of the same dictionary left are read again.
            kept = {key: value for key, value in request.items() if not str(key).startswith("parsed_")}
            understood = request_from(kept)
        elif isinstance(request, str):
            understood = replace(parse_line(request, cwd=cwd), lenient=True)
        else:
            understood = replace(parse_words([str(word) for word in request], cwd=cwd), lenient=True)
        return understood if out is None or "out" in understood.options else understood.with_options(out=out)

    def _runs_script(self, request: Request) -> bool:
        if request.action not in ("run", "prepare"):
            return False
        automation = self.session.kind(request.automation).automation
        return automation is not None and automation.uid == SCRIPT_UID

    def _face_the_terminal(self, request: Request) -> None:
        from cm_core import Interaction

        asked = read_own_flags(Manner, request)
        self.session.interaction = Interaction(
            quiet=asked.quiet, yes=asked.yes, interactive=not sys.stdin.closed
        )

    def _failure(self, error: CMError) -> Contract:
        answer = self.legacy(error.to_mapping())
        # A recipe that hands on the failure of a native script keeps what is known about it.
        return {**answer, "details": error.details} if "command" in error.details else answer

    def _legacy_value(self, value: Any) -> Any:
        if isinstance(value, PurePath):
            return str(value)
        if isinstance(value, Artifact):
            return self._artifact(value)
        if isinstance(value, Repository):
            return self._repo(value)
        if isinstance(value, list | tuple) and any(
            isinstance(item, PurePath | Artifact | Repository) for item in value
        ):
            return [self._legacy_value(item) for item in value]
        return value

    def _artifact(self, found: Artifact) -> Any:
        from cmind import artifact

        made = artifact.Artifact(self.cm, str(found.path), read=lambda: (found.meta, found.original_meta))
        made.repo_path = str(found.repo.path)
        made.repo_meta = {"alias": found.repo.alias, "uid": found.repo.uid, **found.repo.meta}
        return made

    def _repo(self, found: Repository) -> Any:
        from cmind import repo

        meta = {"alias": found.alias, "uid": found.uid, **found.meta}
        return repo.Repo.from_facts(self.cm.cfg, {"path": str(found.path), "meta": meta})


class RecipeAccess:
    """``automation.cmind`` of a recipe: the :class:`cmind.core.CM` of a session, made when it is needed."""

    def __init__(self, engine: SessionEngine) -> None:
        self._engine = engine

    def __deepcopy__(self, memo: object) -> RecipeAccess:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine.cm, name)


def _without_doubles(found: Any) -> Any:
    """The artifacts found, without those inside distributions or shared homes when there are others.

    Code written for cmind knows neither of them: what it finds must not become ambiguous.
    """
    if not isinstance(found, list) or not all(isinstance(item, Artifact) for item in found):
        return found
    return preferred(found)
