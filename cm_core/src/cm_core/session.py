"""A session: one home, one set of plugins, and the way of a request to whoever answers it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core.base.frozen import frozen, replace
from cm_core.base.locks import folders_without_locks
from cm_core.base.suggest import did_you_mean
from cm_core.credentials import without_credentials
from cm_core.errors import CMError, UnknownTargetError, UsageError
from cm_core.flags import Understood, read_flags
from cm_core.home import Home, private_index
from cm_core.index import ArtifactIndex
from cm_core.index.database import IndexDatabase
from cm_core.interaction import Interaction
from cm_core.model.artifact import Artifact
from cm_core.model.identity import ArtifactRef, ObjectRef
from cm_core.model.request import Request, is_true
from cm_core.model.result import Result
from cm_core.model.tags import TagQuery
from cm_core.plugins.calling import PluginHooks, checked_result
from cm_core.plugins.declared import DRY_RUN, flags_by_key, flags_in, honours_dry_run, registered
from cm_core.plugins.givenflags import check_given
from cm_core.plugins.interface import Automation
from cm_core.plugins.origins import is_ours
from cm_core.plugins.registry import BUILT_IN, PluginRegistry
from cm_core.reporter import NullReporter, Reporter
from cm_core.repos import RepoSet
from cm_core.verbs import FIVE_ACTIONS

if TYPE_CHECKING:
    from cm_core.flags import Flag


@frozen
class Kind:
    """An automation as a request means it; ``automation`` is ``None`` when it lives in a repository."""

    ref: ObjectRef
    automation: Automation | None = None


class Session:
    """Answers requests; everything ambient is passed in and can be replaced.

    Args:
        home: where repositories and index live; by default ``$CM_REPOS``, else the user data folder.
        env: the process environment to use instead of ``os.environ``.
        cwd: the folder that relative names and ``.`` refer to.
        interaction: who answers questions; by default nobody.
        reporter: who hears about progress; by default nobody.
    """

    def __init__(
        self,
        home: Path | str | None = None,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        interaction: Interaction | None = None,
        reporter: Reporter | None = None,
    ) -> None:
        self.env: Mapping[str, str] = os.environ if env is None else env
        self.cwd = Path.cwd() if cwd is None else cwd
        self.home = Home.resolve(self.env) if home is None else Home(path=Path(home).absolute())
        self.interaction = interaction or Interaction()
        self.reporter: Reporter = reporter or NullReporter()
        self.warnings: list[str] = []
        self.depth = 0

    # -- parts, made when they are needed ----------------------------------------------------------

    @cached_property
    def plugins(self) -> PluginRegistry:
        """The loaded plugins."""
        registry = PluginRegistry.load(self.env, self.home.path)
        for warning in registry.warnings:
            self.warn(warning)
        return registry

    @cached_property
    def hooks(self) -> PluginHooks:
        """The hooks of all plugins, so called that a broken plugin harms nobody."""
        return PluginHooks(self.plugins, self.warn)

    @cached_property
    def database(self) -> IndexDatabase:
        """The SQLite file behind index and repositories."""
        return IndexDatabase(self.home.index_file, private=lambda: private_index(self.home, self.env))

    @cached_property
    def repos(self) -> RepoSet:
        """The registered repositories."""
        return RepoSet(
            self.home,
            shipped=self.plugins.repositories,
            remember=self.database.kept_document,
            warn=self.warn,
            env=self.env,
        )

    @cached_property
    def index(self) -> ArtifactIndex:
        """The artifact index."""
        return ArtifactIndex(self.database, self.repos, self.warn)

    def close(self) -> None:
        """Free the database; the session can be used again."""
        self.database.close()

    # -- requests ----------------------------------------------------------------------------------

    def call(self, request: Request) -> Result:
        """Answer a request.

        Raises:
            CMError: when it fails; anything else a plugin raises becomes a :class:`PluginError`.
        """
        if self.depth == 0:
            self.look_again()
            self.warnings = list(self.plugins.warnings)
        self.depth += 1
        try:
            result = self._route(request)
        finally:
            self.depth -= 1
            for folder in sorted(folders_without_locks):
                # Once for each request, whoever locked there.
                folders_without_locks.discard(folder)
                self.warn(f"the file system of {folder} has no locks; files take their place, see: cm doctor")
        return replace(result, warnings=tuple(self.warnings)) if self.depth == 0 else result

    def access(self, request: Mapping[str, Any] | str | Sequence[str]) -> dict[str, Any]:
        """Answer a request in the dictionary convention of the original; never raises a CMError."""
        try:
            return self.call(self.understand(request)).to_mapping()
        except CMError as error:
            return error.to_mapping()

    def find(self, kind: str, name: str = "", tags: object = ()) -> list[Artifact]:
        """Artifacts of a kind by name and tags.

        Raises:
            CMError: when the names cannot be read or the kind is unknown.
        """
        if self.depth == 0:
            self.look_again()
        ref = self.kind(kind).ref
        return self.index.find(ref, ArtifactRef.parse(name) if name else None, TagQuery.parse(tags))

    def look_again(self) -> None:
        """Notice at the next search what others changed on disk; each request begins with it."""
        self.repos.forget()
        self.index.forget()

    def warn(self, text: str) -> None:
        """Tell the person, and whoever reads the result, about something that went wrong on the way."""
        text = without_credentials(text)
        if text not in self.warnings:
            self.warnings.append(text)
            self.reporter.message(text, "warning")

    def kind(self, name: str, *, common: bool = False) -> Kind:
        """The automation that a name means: one of a plugin, else one that lives in a repository.

        Args:
            common: accept an unknown ``alias,UID``: artifacts of any kind have the common actions.

        Raises:
            UnknownTargetError: when there is no such automation.
        """
        ref = ArtifactRef.parse(name)
        if ref.repo is None and (automation := self.plugins.automation(ref.object.alias, ref.object.uid)):
            return Kind(ref=ObjectRef(alias=automation.name, uid=automation.uid), automation=automation)
        if ref.object.has_wildcard:
            return Kind(ref=ref.object)
        for artifact in self.index.find(ObjectRef(alias="automation"), ref):
            owned = self.plugins.automation(artifact.alias, artifact.uid)
            return Kind(ref=ObjectRef(alias=artifact.alias, uid=artifact.uid), automation=owned)
        if common and ref.object.alias and ref.object.uid:
            return Kind(ref=ref.object)
        raise self._unknown_automation(name)

    # -- implementation ----------------------------------------------------------------------------

    def understand(self, request: Mapping[str, Any] | str | Sequence[str]) -> Request:
        """Read a request in the dictionary convention, or as a command line in one string or in words.

        Raises:
            CMError: when it cannot be read.
        """
        if isinstance(request, Mapping):
            return replace(Request.from_mapping(request), lenient=True)
        from cm_core.model.argline import parse_line, parse_words

        if isinstance(request, str):
            return parse_line(request, cwd=self.cwd, flags_of=self.declared_flags)
        return parse_words(request, cwd=self.cwd, flags_of=self.declared_flags)

    def declared_flags(self, action: str, automation: str) -> Mapping[str, Flag]:
        """The flags that are declared for a verb, by each of their names, as a command line names the two."""
        if automation == ".":
            automation = self._at_this_place(Request(action=action, automation=automation)).automation
        return flags_by_key(self.plugins, action, automation)

    def _route(self, request: Request) -> Result:
        if not request.action:
            raise UnknownTargetError("no action was given", hint="see: cm --help")
        request = self._at_this_place(request)
        if not request.automation:
            raise UnknownTargetError(
                f"the action '{request.action}' needs an automation",
                hint=f"use: cm {request.action} AUTOMATION, one of {', '.join(self.plugins.automations)}",
            )
        # Not the others: they may be inputs of whoever answers.
        common = read_flags(Understood, {"common": request.options.get("common")}).common
        kind = self.kind(request.automation, common=common)
        # With --common the core's own actions answer, whoever owns the kind.
        alias = kind.automation.name if kind.automation else kind.ref.alias
        alias = "*" if common else alias
        verb = self.plugins.verb(request.action, alias)
        request = replace(request, action=verb, automation=str(kind.ref))
        only_shown = self._is_dry_run(request, verb, alias)
        # Code of a repository knows nothing of a dry run.
        in_repository = kind.automation is None and alias != "*" and not only_shown
        result = self._ask(request, verb, alias, in_repository=in_repository)
        if result is None:
            raise self._unknown_action(verb, alias)
        return result

    def _is_dry_run(self, request: Request, verb: str, kind: str) -> bool:
        """Whether nothing is to be done.

        Raises:
            UsageError: when whoever answers would do it all the same.
        """
        if not is_true(request.options.get(DRY_RUN)):
            return False
        if not honours_dry_run(self.plugins, verb, kind):
            shown = f"{verb} {kind}" if kind != "*" else verb
            raise UsageError(
                f"'{shown}' cannot show what it would do, so nothing was done",
                hint=f"leave --dry_run out; to see the flags: cm {shown} --help",
            )
        return True

    def _ask(self, request: Request, verb: str, kind: str, *, in_repository: bool) -> Result | None:
        """Ask whoever has the verb, inside the wrappers around every verb."""
        given = {"request": request, "session": self}

        def work() -> Result | None:
            result = self._ask_hook("cm_call", given, verb, kind) if in_repository else None
            if result is not None:
                return result
            if verb not in FIVE_ACTIONS and not self.plugins.find_action(verb, kind):
                raise self._unknown_action(verb, kind)
            if self.depth == 1:  # Below, programs ask, which know what they want.
                for doubt in check_given(self.plugins, request, verb, kind):
                    self.warn(doubt)
            return self._answer(given, verb, kind)

        around, _ = self.hooks.implementations("cm_around")
        return self.hooks.around(around, given, work)

    def _answer(self, given: Mapping[str, Any], verb: str, kind: str) -> Result | None:
        if action := self.plugins.find_action(verb, kind):
            # Imported when it is asked, so that a broken handler is a PluginError like any failure.
            with self.hooks.blamed(f"{verb} {kind}", self.plugins.provider(verb, kind)):
                module, _, function = action.handler.partition(":")
                handler = getattr(importlib.import_module(module), function)
                return checked_result(handler(given["request"], self))
        return self._ask_hook(f"cm_{verb}", given, verb, kind)

    def _ask_hook(self, hook: str, given: Mapping[str, Any], verb: str, kind: str) -> Result | None:
        wrappers, impls = self.hooks.implementations(hook)
        # An automation in a repository has no owner: whoever runs such ones is asked, whatever else it owns.
        if hook != "cm_call":
            impls = [impl for impl in impls if self.plugins.may_answer(impl.plugin_name, kind)]

        def work() -> Result | None:
            result, impl = self.hooks.result(impls, f"{verb} {kind}", given)
            if impl is not None and hook != "cm_call":
                self._say_who_answered(given["request"], verb, kind, impl.plugin_name)
            return result

        return self.hooks.around(wrappers, given, work)

    def _say_who_answered(self, request: Request, verb: str, kind: str, name: str) -> None:
        """Warn of an answer from a plugin that neither owns the kind nor was asked by a flag of its own."""
        if name in (BUILT_IN, self.plugins.owner_of(kind)):
            return
        added = self.plugins.flags_of_plugin(name, verb, kind)
        keys = {key for part in added for flag in flags_in(part.flags) for key in flag.keys}
        if keys.isdisjoint(request.options):
            self.warn(
                f"{self.plugins.described(name)}, which does not own '{kind}', answered 'cm {verb} {kind}'"
            )

    def _at_this_place(self, request: Request) -> Request:
        """Replace ``.`` by what lies at the current folder."""
        words = (request.automation, request.artifact, *request.artifacts)
        if request.automation.partition(",")[0] == "repo":
            return request  # A repository is no artifact: its plugin says what "." means there.
        if not any(word == "." or word.startswith(".:") for word in words):
            return request
        from cm_core.index.locate import locate

        place = locate(self.cwd, self.repos)
        if place.repo is None and any(word.startswith(".:") for word in words):
            raise UsageError(
                f"{self.cwd} is not inside a registered repository", hint="register it: cm add repo --path=."
            )
        here = f"{place.repo.alias},{place.repo.uid}:" if place.repo else ""

        def placed(word: str) -> str:
            if word == ".":
                return here + place.name
            # A name without a repository means one in the repository where we are.
            return here + word.removeprefix(".:") if word.startswith(".:") or ":" not in word else word

        automation, artifact, artifacts = request.automation, request.artifact, request.artifacts
        if automation == ".":
            automation = ",".join(word for word in place.kind if word)
            if place.artifact and artifact and not artifacts and self._takes_two(request.action):
                artifact, artifacts = ".", (artifact,)  # cm mv . NEW
            artifact = artifact or ("." if place.artifact else "")
        if "." in (artifact, *artifacts) and not place.name:
            if self._takes_folders(request.action, automation):
                return request
            raise UnknownTargetError(
                f"there is no artifact at {self.cwd}", hint="name one, or change to its folder"
            )
        return replace(
            request,
            automation=here + automation[2:] if automation.startswith(".:") else automation,
            artifact=placed(artifact),
            artifacts=tuple(map(placed, artifacts)),
        )

    def _takes_two(self, action: str) -> bool:
        """Whether an action is about an artifact and the name that it is to get."""
        return self.plugins.verb(action, "*") in ("move", "copy")

    def _takes_folders(self, action: str, automation: str) -> bool:
        kind = registered(self.plugins, automation)
        if kind is None:
            return False
        found = self.plugins.find_action(self.plugins.verb(action, kind.name), kind.name)
        return found is not None and found.folders

    def _unknown_automation(self, name: str) -> UnknownTargetError:
        known = [*self.plugins.automations, *self.index.words(ObjectRef(alias="automation"))[0]]
        more = "plugins add more: pip install cm-plugin-NAME"
        if self.plugins.find_action("pull", "repo"):
            more = "repositories are added with: cm pull repo OWNER@NAME"
        if is_ours(f"cm-plugin-{name}"):
            off = name in self.plugins.plugins
            state = "switched off" if off else "not installed"
            return UnknownTargetError(
                f"the automation '{name}' comes with a plugin that is {state}",
                hint="to see why: cm plugins" if off else f"pip install cm-plugin-{name}",
            )
        hint = (
            self._how_to_reach(name) or did_you_mean(name, known) or f"there are {', '.join(known)}; {more}"
        )
        return UnknownTargetError(f"there is no automation '{name}'", hint=hint)

    def _how_to_reach(self, name: str) -> str:
        """What to type for artifacts of a kind that nobody made an automation."""
        ref = ArtifactRef.parse(name).object
        found = [] if ref.is_empty else self.index.find(ref)
        if not found:
            return ""
        kind = found[0].kind_ref
        if not kind.uid:
            return f"give the kind of {found[0].path} a UID: automation_uid in its metadata"
        return f"it has artifacts all the same: cm ACTION {kind} NAME --common; or: cm add automation {kind}"

    def _unknown_action(self, verb: str, kind: str) -> UnknownTargetError:
        known = [*FIVE_ACTIONS, *(a.name for a in self.plugins.actions if a.automation in (kind, "*"))]
        others = sorted({a.automation for a in self.plugins.actions if verb in (a.name, *a.synonyms)})
        # `run` is one of the five and yet not every kind has it.
        hint = did_you_mean(verb, [word for word in known if word != verb]) or f"see: cm help {kind}"
        if others:
            hint = f"only these have it: {', '.join(others)}"
        return UnknownTargetError(f"the automation '{kind}' has no action '{verb}'", hint=hint)
