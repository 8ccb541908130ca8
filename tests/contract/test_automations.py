"""The contract suite on every automation that comes with the toolkit."""

from typing import ClassVar

from cm_core import Session
from cm_core.testing import AutomationContract


class TestAutomation(AutomationContract):
    kind = "automation"


class TestScript(AutomationContract):
    kind = "script"
    add_options: ClassVar[dict[str, object]] = {"quiet": True}


class TestCache(AutomationContract):
    kind = "cache"
    can_add = False


class TestDocker(AutomationContract):
    kind = "docker"


class TestExperiment(AutomationContract):
    kind = "experiment"


class TestMlperf(AutomationContract):
    kind = "mlperf"


def test_the_suite_knows_all_automations(cm_session: Session) -> None:
    # repo is about folders with cmr.yaml, home about one folder, core about nothing: no artifacts there.
    covered = {suite.kind for suite in AutomationContract.__subclasses__()} | {"repo", "home", "core"}
    shipped = {
        name
        for name, owner in cm_session.plugins.owners.items()
        if cm_session.plugins.plugins[owner].distribution.startswith("cm-")
    }
    assert shipped <= covered
