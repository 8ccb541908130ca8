from __future__ import annotations

import pytest

from cm_core import NotFoundError, Request, UsageError
from cm_script.inspection import exact_command, inspect_script

SCRIPTS = {
    "bake": {
        "tags": ["bake"],
        "input_mapping": {"oven": "CM_OVEN"},
        "variations": {
            "hot": {"group": "heat", "default": True, "env": {"CM_HEAT": "9"}},
            "cold": {"group": "heat"},
        },
        "docker": {"deps": [{"tags": "get,oven"}, {"tags": "get,mat", "skip_inside_docker": True}]},
        "run.sh": "echo ran >> @trace",
    },
    "bake-too": {"tags": ["bake", "slowly"], "variations": {"hot": {}}},
}


def asked(tags: str = "", artifact: str = "", **options) -> Request:
    options = {**options, "tags": tags} if tags else options
    return Request(action="run", automation="script", artifact=artifact, options=options)


def test_what_would_run_is_settled_and_nothing_runs(lab):
    lab.add(SCRIPTS)
    found = inspect_script(asked("bake,_hot", artifact="bake", oven="big"), lab.session)
    assert (found.script.alias, found.variations) == ("bake", ("hot",))
    assert {key: found.env[key] for key in ("CM_OVEN", "CM_HEAT")} == {"CM_OVEN": "big", "CM_HEAT": "9"}
    assert found.options["oven"] == "big"
    assert [entry["tags"] for entry in found.docker["deps"]] == ["get,oven", "get,mat"]
    assert [entry["tags"] for entry in found.container_deps] == ["get,oven"]
    assert lab.trace == []


@pytest.mark.parametrize(("tags", "error"), [("no,such", NotFoundError), ("", UsageError)])
def test_what_cannot_run_is_refused(lab, tags, error):
    lab.add(SCRIPTS)
    with pytest.raises(error):
        inspect_script(asked(tags), lab.session)


def test_a_command_names_the_script_where_tags_mean_several(lab):
    lab.add(SCRIPTS)
    found = inspect_script(asked("bake,_cold"), lab.session)  # only one has this variation
    assert exact_command(found, {"oven": "small"}, lab.session) == (
        *("cm", "run", "script", "--tags=bake,_cold", "--oven=small"),
    )
    several = inspect_script(asked("bake,_hot", artifact="bake"), lab.session)
    words = exact_command(several, {"token": "abc", "url": "https://me:word@host/x"}, lab.session)
    assert words[:4] == ("cm", "run", "script", "bake")
    assert "--url=https://***@host/x" in words
    assert not any("abc" in word or "word@" in word for word in words)
