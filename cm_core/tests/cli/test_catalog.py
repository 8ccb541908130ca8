"""What can be typed."""

from cm_core.cli.catalog import Catalog
from cm_core.session import Session


def test_verbs(cm_session: Session) -> None:
    catalog = Catalog(cm_session.plugins)
    find = catalog.verb("ls")
    assert find is not None
    assert find.name == "find"
    assert catalog.verb("print_input") == catalog.verb("print-input")
    assert catalog.verb("nonsense") is None
    assert "script" in catalog.automations_with("run")
    assert "repo" not in catalog.automations_with("run")
    assert catalog.automations_with("print-input") == ("automation",)
    assert "run" not in [verb.name for verb in catalog.verbs_of("automation")]
    assert catalog.verbs_of("cache")[0].name == "show"
