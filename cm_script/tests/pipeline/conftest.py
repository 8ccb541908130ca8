"""What the tests of several stages share."""

import pytest

from cm_script.model.call import ScriptCall
from cm_script.model.meta import ScriptMeta
from cm_script.pipeline.resolve import resolve_script
from cm_script.profile import CM


@pytest.fixture(scope="session")
def resolve():
    """Resolve a script that is given as its metadata."""

    def resolved(raw, tags="", *, nested=False, **options):
        meta = ScriptMeta.from_mapping({"alias": "demo", "uid": "0" * 16, **raw}, source="demo")
        call = ScriptCall.from_options({"tags": tags, **options}, CM, nested=nested)
        return resolve_script(meta, call, CM)

    return resolved
