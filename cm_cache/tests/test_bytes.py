"""The bytes of entries: what is on somebody's disk was written like this, so all of it stays readable."""

from cm_cache.layout import Shelf, published_meta, running_meta
from cm_cache.state import CachedState
from cm_core.base import Owner

RUNNING_BYTES = """\
{
  "alias": "",
  "associated_script_artifact": "get-thing,0123456789abcdef",
  "associated_script_artifact_uid": "0123456789abcdef",
  "automation_alias": "cache",
  "automation_uid": "541d6f712a6b464e",
  "cm_owner": {
    "host": "n1 pid:[4026531836]",
    "pid": 17,
    "start": "0a1b2c3d-12345"
  },
  "tags": [
    "get",
    "thing",
    "name-zoë",
    "script-artifact-0123456789abcdef",
    "cm-key-432856954739e59f",
    "tmp"
  ],
  "uid": "UID"
}
"""
PUBLISHED_BYTES = """\
{
  "alias": "",
  "associated_script_artifact": "get-thing,0123456789abcdef",
  "associated_script_artifact_uid": "0123456789abcdef",
  "automation_alias": "cache",
  "automation_uid": "541d6f712a6b464e",
  "cm_dependent_file": {
    "mtime_ns": 1700000000123456789,
    "size": 3
  },
  "cm_key": {
    "extra_tags": [
      "name-zoë"
    ],
    "inputs": {
      "deep": {
        "b": "1"
      },
      "path": "/data"
    },
    "script_alias": "get-thing",
    "script_uid": "0123456789abcdef",
    "variations": [
      "a",
      "b.1"
    ],
    "version": "1.2"
  },
  "cm_published": "PUBLISHED",
  "cm_root": "ROOT",
  "dependent_cached_path": "/data",
  "tags": [
    "get",
    "thing",
    "name-zoë",
    "script-artifact-0123456789abcdef",
    "cm-keyed",
    "cm-key-432856954739e59f",
    "cm-variant-89cb13ac27d0106b",
    "cm-input-8915f1d21421ccbc",
    "cm-input-e639511e06562863"
  ],
  "uid": "UID",
  "version": "1.2"
}
"""
STATE_BYTES = """\
{
  "deps": [
    "detect,os"
  ],
  "new_env": {
    "+PATH": [
      "/opt/é/bin"
    ],
    "CM_THING": "1"
  },
  "new_state": {
    "deep": {
      "a": [
        1,
        2.5,
        null,
        true
      ],
      "b": {}
    }
  },
  "version": "1.2"
}
"""


def test_an_entry(tmp_path, make_key):
    shelf = Shelf(tmp_path / "cache", note_written=lambda _: None, note_removed=lambda _: None)
    key = make_key(
        variations=("b.1", "a"),
        version="1.2",
        extra_tags=("name-zoë",),
        inputs={"path": "/data", "deep": {"b": 1}},
    )
    owner = Owner(pid=17, host="n1 pid:[4026531836]", start="0a1b2c3d-12345")
    running = shelf.create(running_meta(key, ("get", "thing"), owner))
    meta = running.path / "_cm.json"
    assert meta.read_bytes().decode() == RUNNING_BYTES.replace("UID", running.uid)
    assert shelf.read(running.path).owner == owner

    state = CachedState(
        new_env={"CM_THING": "1", "+PATH": ["/opt/é/bin"]},
        new_state={"deep": {"b": {}, "a": [1, 2.5, None, True]}},
        deps=("detect,os",),
        version="1.2",
    )
    facts = {"size": 3, "mtime_ns": 1700000000123456789}
    full = published_meta(
        running.meta, key, ("get", "thing"), version="1.2", dependent_path="/data", dependent_file=facts
    )
    entry = shelf.publish(running.path, full, state)
    expected = PUBLISHED_BYTES
    for word, value in (("UID", entry.uid), ("PUBLISHED", full["cm_published"]), ("ROOT", str(shelf.root))):
        expected = expected.replace(word, value)
    assert meta.read_bytes().decode() == expected
    assert shelf.read(entry.path).key == key
    assert (entry.path / "cm-cached-state.json").read_bytes().decode() == STATE_BYTES
    assert entry.load_state() == state
