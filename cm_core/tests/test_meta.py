import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core.base.jsonfiles import load_json
from cm_core.errors import CMError, MetaError, NotFoundError
from cm_core.meta import (
    check_identity,
    dump_yaml,
    jsonable,
    load_document,
    load_yaml,
    merge_meta,
    read_meta,
    write_meta,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
metas = st.dictionaries(texts, values, max_size=5)


# A few lines that stand for 10^8 values.
LAUGHS = "a0: &a0 {x: y}\n" + "".join(
    f"a{depth}: &a{depth} [{','.join([f'*a{depth - 1}'] * 10)}]\n" for depth in range(1, 9)
)


def test_aliases_of_a_usual_size_are_read():
    text = "a: &a {x: [1, 2]}\nb: {<<: *a, y: 3}\nc: [*a, *a]\n"
    assert load_yaml(text, source="x")["b"] == {"x": [1, 2], "y": 3}
    many = "a: &a b\nc: [" + "yes, " * 200_000 + "*a]\n"
    assert len(load_yaml(many, source="x")["c"]) == 200_001


def test_yaml_keeps_its_old_meaning():
    text = "a: yes\nb: off\nc: 012\nd: 1.10\ne: '1.10'\nf: on\n"
    assert load_yaml(text, source="x") == {"a": True, "b": False, "c": 10, "d": 1.1, "e": "1.10", "f": True}


def test_json_replaces_yaml_key_by_key(tmp_path):
    (tmp_path / "_cm.yaml").write_text("tags: [y]\nd: {x: 1, y: 2}\nonly: yes\n")
    (tmp_path / "_cm.json").write_text('{"tags": ["j"], "d": {"z": 3}}')
    assert read_meta(tmp_path) == {"tags": ["j"], "d": {"z": 3}, "only": True}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("_cm.yaml", b"a: [1\nb: 2\n", "line 2 is not valid YAML"),
        ("_cm.yaml", b"- a\n- b\n", "must hold keys and values at the top level, not a list"),
        ("_cm.yaml", b"", "not nothing"),
        ("_cm.yaml", b"just text\n", "not text"),
        ("_cm.yaml", b"a: 1\n---\nb: 2\n", "not valid YAML"),
        ("_cm.yaml", b"a: !!python/object:os.system x\n", "not valid YAML"),
        ("_cm.yaml", b"a: 2024-13-45\n", "not valid YAML"),
        ("_cm.yaml", b"a: !!bool x\n", "not valid YAML"),
        ("_cm.yaml", b"a: !!timestamp x\n", "not valid YAML"),
        ("_cm.yaml", b"\xff\xfe", "not UTF-8 text"),
        ("_cm.yaml", LAUGHS.encode(), "aliases .* repeat more than 100,000 values"),
        ("_cm.yaml", LAUGHS.replace("[", "{<<: [").replace("]", "]}").encode(), "repeat more than"),
        ("_cm.yaml", b"a: &a [1, *a]\n", "stands inside of what it is the name of"),
        ("_cm.yaml", b"a: &a " + b"x" * 100_000 + b"\nb: [" + b"*a," * 100 + b"]\n", "repeat more than"),
        ("_cm.yaml", b"[" * 100_000, "YAML|nested too deeply"),
        ("_cm.yaml", b"- " * 100_000 + b"a", "nested too deeply"),
        ("_cm.json", b"[" * 100_000, "nested too deeply"),
        ("_cm.json", b"[1]", "not a list"),
        ("_cm.json", b'{\n"a": 1,\nb}', "line [23] is not valid JSON"),
        ("_cm.json", b"", "is empty"),
    ],
)
def test_malformed_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MetaError, match=message) as caught:
        read_meta(tmp_path)
    assert str(tmp_path / name) in str(caught.value)
    assert caught.value.exit_code == 4
    assert "\n" not in str(caught.value)


def test_a_folder_in_place_of_a_file_is_named(tmp_path):
    (tmp_path / "_cm.yaml").mkdir()
    with pytest.raises(MetaError, match="cannot be read"):
        read_meta(tmp_path)


def test_no_metadata_at_all(tmp_path):
    with pytest.raises(NotFoundError):
        read_meta(tmp_path)


def test_a_byte_order_mark_is_left_out(tmp_path):
    (tmp_path / "_cm.json").write_bytes(b'\xef\xbb\xbf{"alias": "a"}')
    assert read_meta(tmp_path) == {"alias": "a"}


@given(st.text())
def test_any_yaml_is_read_or_refused(text):
    with contextlib.suppress(MetaError):
        load_yaml(text, source="x")


@given(st.text())
def test_any_json_is_read_or_refused(text):
    with contextlib.suppress(MetaError):
        load_json(text, source="x")


@given(metas)
def test_metadata_survive_both_formats(tmp_path_factory, meta):
    folder = tmp_path_factory.mktemp("meta")
    write_meta(folder, meta, as_yaml=True)
    assert (folder / "_cm.yaml").exists()
    assert read_meta(folder) == meta
    (folder / "_cm.yaml").unlink()
    write_meta(folder, meta)
    assert read_meta(folder) == meta


@given(metas)
def test_yaml_text_reads_as_it_was(meta):
    assert load_yaml(dump_yaml(meta), source="x") == meta


def test_the_format_of_a_folder_is_kept(tmp_path):
    assert write_meta(tmp_path, {"b": 1, "a": 2}, as_yaml=True).name == "_cm.yaml"
    assert write_meta(tmp_path, {"b": 1, "a": 3}).name == "_cm.yaml"
    assert (tmp_path / "_cm.yaml").read_text() == "b: 1\na: 3\n"
    (tmp_path / "_cm.json").write_text("{}")
    assert write_meta(tmp_path, {"b": 1, "a": 4}, as_yaml=True).name == "_cm.json"
    assert (tmp_path / "_cm.json").read_text() == '{\n  "a": 4,\n  "b": 1\n}\n'


def test_what_json_cannot_hold_becomes_text(tmp_path):
    (tmp_path / "_cm.yaml").write_text("when: 2024-05-06\nversions: {1.8: a, b: 2}\n")
    (tmp_path / "_cm.json").write_text("{}")
    write_meta(tmp_path, read_meta(tmp_path))
    assert json.loads((tmp_path / "_cm.json").read_text()) == {
        "when": "2024-05-06",
        "versions": {"1.8": "a", "b": 2},
    }


@pytest.mark.parametrize(
    ("base", "derived", "merged"),
    [
        ({"tags": ["b1", "b2"]}, {"tags": ["d1"]}, {"tags": ["b1", "b2", "d1"]}),
        ({"l": [1]}, {"l": [1]}, {"l": [1, 1]}),
        ({"d": {"a": 1, "b": {"c": 1}}}, {"d": {"b": {"d": 2}}}, {"d": {"a": 1, "b": {"c": 1, "d": 2}}}),
        ({"a": [1]}, {"a": "x"}, {"a": "x"}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({}, {"a": 1}, {"a": 1}),
    ],
)
def test_merging(base, derived, merged):
    assert merge_meta(base, derived) == merged


@given(metas, metas)
def test_merging_changes_and_shares_nothing(base, derived):
    before = json.dumps([base, derived])
    merged = merge_meta(base, derived)
    assert set(merged) == {*base, *derived}
    for value in merged.values():
        if isinstance(value, list | dict):
            value.clear()
    assert json.dumps([base, derived]) == before


@given(metas)
def test_nothing_is_neutral(meta):
    assert merge_meta({}, meta) == merge_meta(meta, {}) == meta


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"uid": 1234567890123456}, "'uid' must be text, not a number; put it in quotes"),
        ({"alias": True}, "'alias' must be text, not a yes/no value"),
        ({"automation_alias": ["x"]}, "'automation_alias' must be text, not a list"),
        ({"tags": None}, "'tags' must be a list of words, not nothing"),
        ({"tags": "a,b"}, "'tags' must be a list of words, not text"),
        ({"tags": [["a"]]}, "'tags' must be a list"),
        ({"alias": "\ud800"}, "not text"),
        ({"tags": ["\ud800"]}, "not text"),
    ],
)
def test_keys_by_which_artifacts_are_found_are_checked(meta, message):
    with pytest.raises(MetaError, match=message):
        check_identity(meta, "x")


def test_numbers_among_tags_pass():
    check_identity({"alias": None, "uid": "", "tags": ["a", 1, 2.5]}, "x")


def test_documents(tmp_path):
    (tmp_path / "a.yml").write_text("a: yes")
    (tmp_path / "a.json").write_text("[1]")
    (tmp_path / "a.txt").write_text("a")
    assert load_document(tmp_path / "a.yml") == {"a": True}
    assert load_document(tmp_path / "a.json") == [1]
    with pytest.raises(CMError, match="neither"):
        load_document(tmp_path / "a.txt")
    with pytest.raises(NotFoundError):
        load_document(tmp_path / "b.json")


@pytest.mark.parametrize(("suffix", "deep"), [("json", 900), ("json", 201), ("yaml", 400), ("yaml", 201)])
def test_what_nobody_could_walk_through_is_refused_when_it_is_read(tmp_path, suffix, deep):
    file = tmp_path / f"a.{suffix}"
    file.write_text('{"a": ' + "[" * deep + "]" * deep + "}")
    with pytest.raises(MetaError, match="nested too deeply"):
        load_document(file)


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_what_is_deep_but_not_too_deep_is_read(tmp_path, suffix):
    file = tmp_path / f"a.{suffix}"
    file.write_text('{"a": ' + "[" * 150 + "]" * 150 + "}")
    assert jsonable(load_document(file))["a"]


def test_many_values_side_by_side_are_not_deep(tmp_path):
    file = tmp_path / "a.json"
    file.write_text("[" + ",".join(["[]"] * 1000) + "]")
    assert len(load_document(file)) == 1000
