"""The contract suite, on kinds of the core and on one that a third party might have."""

from types import ModuleType
from typing import ClassVar

import pytest

from cm_core.model.request import Request
from cm_core.model.result import Result
from cm_core.plugins.entrypoints import EntryPoint
from cm_core.plugins.interface import Action, Automation, hookimpl
from cm_core.session import Session
from cm_core.testing.contracts import AutomationContract


def paint(request: Request, session: Session) -> Result:
    return Result(lines=(f"painted {request.artifact}",))


class PictureHooks:
    cm_api_version = "1"

    @hookimpl
    def cm_register_automations(self) -> list[Automation]:
        paint_action = Action(name="paint", automation="picture", help="paint", handler=f"{__name__}:paint")
        return [Automation(name="picture", uid="1234567890abcdef", help="pictures", actions=(paint_action,))]


@pytest.fixture
def picture_plugin(cm_session: Session) -> None:
    module = ModuleType("picture_plugin")
    hooks = PictureHooks()
    vars(module).update(
        cm_api_version=hooks.cm_api_version, cm_register_automations=hooks.cm_register_automations
    )
    info = cm_session.plugins.add(
        EntryPoint(name="picture", module=module.__name__, distribution="third-party", version="1"), module
    )
    assert not info.problem


class TestAutomation(AutomationContract):
    kind = "automation"


@pytest.mark.usefixtures("picture_plugin")
class TestThirdParty(AutomationContract):
    kind: ClassVar[str] = "picture"
    name: ClassVar[str] = "a-picture"
    tags: ClassVar[tuple[str, ...]] = ("blue", "large")
