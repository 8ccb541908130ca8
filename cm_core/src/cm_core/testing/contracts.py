"""Suites that every automation has to pass; third parties inherit them in their own tests.

Write a subclass with the facts about your automation, in a file that pytest collects::

    class TestMine(AutomationContract):
        kind = "mine"
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from cm_core.errors import CMError
from cm_core.model.request import Request

if TYPE_CHECKING:
    from cm_core.model.result import Result
    from cm_core.session import Session


class AutomationContract:
    """What users may expect of find, add, load and rm on every kind of artifact.

    Attributes:
        kind: alias of the automation.
        name: alias of the artifact that the suite makes.
        tags: its tags.
        add_options: further options that ``cm add KIND`` needs.
        can_add: whether people make artifacts of this kind with ``cm add``.
    """

    kind: ClassVar[str] = "automation"
    name: ClassVar[str] = "contract-example"
    tags: ClassVar[tuple[str, ...]] = ("contract", "example")
    add_options: ClassVar[dict[str, Any]] = {}
    can_add: ClassVar[bool] = True

    # -- how the suite talks to the automation; override for a kind that needs more -----------------------

    def call(self, session: Session, action: str, artifact: str = "", **options: Any) -> Result:
        """One request on the automation."""
        return session.call(Request(action=action, automation=self.kind, artifact=artifact, options=options))

    def make(self, session: Session) -> Path:
        """Add the example and return its folder."""
        if not self.can_add:
            pytest.skip(f"cm add does not create a {self.kind}")
        result = self.call(session, "add", self.name, tags=",".join(self.tags), **self.add_options)
        return Path(result.data["path"])

    # -- the automation itself ---------------------------------------------------------------------------

    def test_is_registered_with_uid_and_help(self, cm_session: Session) -> None:
        automation = cm_session.kind(self.kind).automation
        assert automation is not None, f"no plugin owns '{self.kind}'"
        assert cm_session.kind(automation.uid).automation is automation
        assert automation.help
        assert "\n" not in automation.help

    def test_every_action_can_be_imported(self, cm_session: Session) -> None:
        from importlib import import_module

        automation = cm_session.kind(self.kind).automation
        assert automation is not None
        for action in automation.actions:
            module, colon, function = action.handler.partition(":")
            assert colon, f"the handler of '{action.name}' is not package.module:function"
            assert callable(getattr(import_module(module), function))

    # -- an empty home -----------------------------------------------------------------------------------

    def test_finding_nothing_is_no_error(self, cm_session: Session) -> None:
        result = self.call(cm_session, "find", "no-such-artifact-anywhere")
        assert result.data["list"] == []
        assert result.exit_code == 0

    @pytest.mark.parametrize("action", ["load", "rm"])
    def test_a_missing_artifact_is_one_sentence(self, cm_session: Session, action: str) -> None:
        with pytest.raises(CMError) as caught:
            self.call(cm_session, action, "no-such-artifact-anywhere", force=True)
        assert caught.value.exit_code == 16
        assert "\n" not in caught.value.message

    def test_bare_tags_are_one_sentence(self, cm_session: Session) -> None:
        with pytest.raises(CMError) as caught:
            self.call(cm_session, "find", tags=True)
        assert "\n" not in caught.value.message

    # -- the life of an artifact -------------------------------------------------------------------------

    def test_what_is_added_is_found(self, cm_session: Session) -> None:
        path = self.make(cm_session)
        assert path.is_dir()
        for options in ({"artifact": self.name}, {"tags": ",".join(self.tags)}, {"tags": list(self.tags)}):
            found = self.call(cm_session, "find", **options).data["list"]
            assert [artifact.path for artifact in found] == [path]
        assert self.call(cm_session, "find", tags=f"-{self.tags[0]},{self.tags[1]}").data["list"] == []

    def test_what_is_added_can_be_loaded(self, cm_session: Session) -> None:
        path = self.make(cm_session)
        data = self.call(cm_session, "load", self.name).data
        automation = cm_session.kind(self.kind).automation
        assert automation is not None
        assert Path(data["path"]) == path
        assert data["meta"]["alias"] == self.name
        assert data["meta"]["automation_uid"] == automation.uid
        assert set(self.tags) <= set(data["meta"]["tags"])

    def test_adding_twice_is_refused(self, cm_session: Session) -> None:
        self.make(cm_session)
        with pytest.raises(CMError) as caught:
            self.make(cm_session)
        assert caught.value.exit_code == 8

    @pytest.mark.parametrize("name", ["../escape", "/absolute", "a/b", "..", "local:../x"])
    def test_a_name_that_is_a_path_is_refused(self, cm_session: Session, tmp_path: Path, name: str) -> None:
        if not self.can_add:
            pytest.skip(f"cm add does not create a {self.kind}")
        cm_session.home.ensure()
        before = _folders(tmp_path)
        with pytest.raises(CMError):
            self.call(cm_session, "add", name, tags=",".join(self.tags), **self.add_options)
        assert _folders(tmp_path) == before

    def test_unknown_metadata_survive_an_update(self, cm_session: Session) -> None:
        self.make(cm_session)
        self.call(cm_session, "update", self.name, meta={"nobody_knows": {"this": [1, "yes", None]}})
        self.call(cm_session, "update", self.name, meta={"another": True})
        meta = self.call(cm_session, "load", self.name).data["meta"]
        assert meta["nobody_knows"] == {"this": [1, "yes", None]}
        assert meta["another"] is True

    def test_removal_needs_consent(self, cm_session: Session) -> None:
        path = self.make(cm_session)
        with pytest.raises(CMError):
            self.call(cm_session, "rm", self.name)
        assert path.is_dir()

    def test_what_is_removed_is_gone(self, cm_session: Session) -> None:
        path = self.make(cm_session)
        result = self.call(cm_session, "rm", self.name, force=True)
        assert len(result.data["deleted_list"]) == 1
        assert not path.exists()
        assert self.call(cm_session, "find", self.name).data["list"] == []

    def test_removal_without_a_name_is_refused(self, cm_session: Session) -> None:
        path = self.make(cm_session)
        with pytest.raises(CMError):
            self.call(cm_session, "rm", force=True)
        assert path.is_dir()

    def test_hand_edits_are_seen_at_once(self, cm_session: Session) -> None:
        path = self.make(cm_session)
        assert self.call(cm_session, "find", tags="edited-by-hand").data["list"] == []
        meta = self.call(cm_session, "load", self.name).data["original_meta"]
        (path / "_cm.json").write_text(json.dumps({**meta, "tags": ["edited-by-hand"]}), encoding="utf-8")
        found = self.call(cm_session, "find", tags="edited-by-hand").data["list"]
        assert [artifact.path for artifact in found] == [path]

    # -- answers -----------------------------------------------------------------------------------------

    def test_answers_are_complete_json(self, cm_session: Session) -> None:
        from cm_core.cli.plain import to_json_text

        self.make(cm_session)
        answer = json.loads(to_json_text(self.call(cm_session, "find", self.name).to_mapping()))
        assert answer["return"] == 0
        assert answer["list"][0]["alias"] == self.name


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_dir() and path.name != "locks")
