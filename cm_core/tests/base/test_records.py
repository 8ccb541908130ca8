"""Records: what fits survives the disk, and what does not fit is one sentence with file and key."""

import dataclasses
import json
import math
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core.base.frozen import frozen
from cm_core.base.jsonfiles import DamagedError
from cm_core.base.records import AnyFloat, Format, NewerRecordError, Record, decode, encode
from cm_core.errors import CMError, MetaError, NotFoundError, kind_of


@frozen
class Part(Record):
    duration: float
    state: Literal["running", "finished"] = "running"
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A class of the standard library, which does not keep what it does not know."""

    name: str
    size: int = 0


@frozen
class Whole(Record):
    name: str
    tests: tuple[Part, ...] = ()
    best: Part | None = None
    by_name: Mapping[str, Part] = dataclasses.field(default_factory=dict)
    plain: Plain | None = None
    values: Mapping[str, str | int | float] = dataclasses.field(default_factory=dict)
    numbers: list[float] = dataclasses.field(default_factory=list)
    words: Sequence[str] = ()
    measured: Mapping[str, str | int | AnyFloat] = dataclasses.field(default_factory=dict)
    count: int | Mapping[str, int] = 0
    valid: bool = False
    place: Path | None = None
    anything: Any = None


FORMAT = Format(record=Whole, version=2, version_key="format", hint="remove it", distribution="cm-thing")

texts = st.text(max_size=8)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
# Keys of a later version, which begin like no field of this one.
unknown = st.dictionaries(texts.map("x-{}".format) | st.just("unknown"), values, max_size=2)
parts = st.builds(
    Part,
    duration=numbers,
    state=st.sampled_from(("running", "finished")),
    notes=st.lists(texts, max_size=3).map(tuple),
    unknown=unknown,
)
wholes = st.builds(
    Whole,
    name=texts,
    tests=st.lists(parts, max_size=3).map(tuple),
    best=st.none() | parts,
    by_name=st.dictionaries(texts, parts, max_size=2),
    plain=st.none() | st.builds(Plain, name=texts, size=st.integers()),
    values=st.dictionaries(texts, texts | numbers, max_size=3),
    numbers=st.lists(numbers, max_size=3),
    words=st.lists(texts, max_size=3).map(tuple),
    measured=st.dictionaries(texts, texts | numbers | st.just(math.inf), max_size=3),
    count=st.integers() | st.dictionaries(texts, st.integers(), max_size=2),
    valid=st.booleans(),
    place=st.none() | st.text(string.ascii_letters + "/", min_size=1).map(Path),
    anything=values,
    unknown=unknown,
)
WHOLE = Whole(name="a", tests=(Part(duration=1.5), Part(duration=2, notes=("b",))), plain=Plain(name="p"))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("records") / "run.json"


def refused(data, *, record=Whole):
    """The sentence about data that do not fit."""
    with pytest.raises(DamagedError) as caught:
        decode(record, data, source="run.json", hint="remove it")
    assert caught.value.hint == "remove it"
    assert "\n" not in caught.value.message
    return caught.value.message


def outcome(read):
    """What reading gives: a record, or the sentence that says why there is none."""
    try:
        return read()
    except CMError as error:
        return error.message


# -- round trips --------------------------------------------------------------------------------------


@given(wholes)
def test_a_record_survives_the_disk_with_what_it_does_not_know(file, whole):
    FORMAT.write(file, whole)
    again = FORMAT.read(file)
    assert again == whole
    first = file.read_bytes()
    FORMAT.write(file, again)
    assert file.read_bytes() == first


@given(wholes, texts)
def test_unknown_keys_survive_a_change(file, whole, name):
    FORMAT.write(file, dataclasses.replace(whole, name=name))
    changed = dataclasses.replace(FORMAT.read(file), valid=True)
    assert changed.unknown == whole.unknown
    assert [part.unknown for part in changed.tests] == [part.unknown for part in whole.tests]
    written = json.loads(json.dumps(encode(changed)))
    assert written["name"] == name
    assert written.items() >= whole.unknown.items()


def test_a_known_key_is_never_replaced_by_an_unknown_one():
    assert encode(Part(duration=1, unknown={"duration": 2, "more": 3})) == {
        "duration": 1,
        "state": "running",
        "notes": [],
        "more": 3,
    }


def test_fields_keep_their_order_and_the_version_comes_first(tmp_path):
    file = tmp_path / "a.json"
    Format(record=Part, version_key="format", sort_keys=False).write(file, Part(duration=1, unknown={"a": 1}))
    assert list(json.loads(file.read_text())) == ["format", "duration", "state", "notes", "a"]


def test_whole_numbers_stay_whole_and_missing_fields_are_defaults():
    whole = decode(Whole, {"name": "a", "values": {"n": 1}, "numbers": [1, 2.5]}, source="x")
    assert json.dumps(encode(whole.numbers)) == "[1, 2.5]"
    assert (whole.tests, whole.best, whole.valid) == ((), None, False)


def test_keys_that_a_class_of_the_standard_library_does_not_know_are_passed_over():
    assert decode(Plain, {"name": "a", "more": 1}, source="x") == Plain(name="a")


def test_an_annotation_alone_will_do():
    assert decode(dict[str, Plain], {"a": {"name": "b"}}, source="x") == {"a": Plain(name="b")}


def test_what_json_cannot_tell_apart_is_a_mistake_of_the_class():
    for annotation in (str | Path, Plain | Part, set[str], bytes):
        with pytest.raises(TypeError, match=r"cannot tell apart|cannot hold"):
            decode(annotation, "a", source="x")


# -- what does not fit --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tests": [{"duration": 1}, {}]}, "tests[1].duration: is missing"),
        ({"tests": [{"duration": 1}] * 2 + [{"duration": "1"}]}, "tests[2].duration: expected a number, got text"),
        ({"tests": {}}, "tests: expected a list, got a dictionary"),
        ({"tests": [{"duration": True}]}, "tests[0].duration: expected a number, got a yes/no value"),
        ({"tests": [{"duration": math.nan}]}, "tests[0].duration: expected a number, got nan"),
        ({"tests": [{"duration": 1, "state": "x"}]}, "tests[0].state: expected running or finished, got 'x'"),
        ({"tests": [{"duration": 1, "notes": ["a", 2]}]}, "tests[0].notes[1]: expected text, got 2"),
        ({"best": []}, "best: expected a dictionary or nothing, got a list"),
        ({"by_name": {"a b": {}}}, "by_name['a b'].duration: is missing"),
        ({"plain": {"name": "a", "size": 1.0}}, "plain.size: expected a whole number, got 1.0"),
        ({"values": {"a": None}}, "values.a: expected text or a number, got nothing"),
        ({"values": {"a": math.inf}}, "values.a: expected a number, got inf"),
        ({"measured": {"a": True}}, "measured.a: expected text or a number, got a yes/no value"),
        ({"numbers": [1.5, -math.inf]}, "numbers[1]: expected a number, got -inf"),
        ({"count": {"a": 1.5}}, "count.a: expected a whole number, got 1.5"),
        ({"count": 1.5}, "count: expected a whole number or a dictionary, got 1.5"),
        ({"valid": 1}, "valid: expected a yes/no value, got 1"),
        ({"place": 1}, "place: expected text or nothing, got 1"),
        ({"name": None}, "name: expected text, got nothing"),
    ],
)  # fmt: skip
def test_a_value_of_a_wrong_type_is_named(change, sentence):
    assert refused({"name": "a", **change}) == f"run.json: {sentence}"


@pytest.mark.parametrize("data", [None, [], 3, "text"])
def test_something_else_than_keys_and_values(data):
    assert refused(data) == f"run.json: expected a dictionary, got {data if data == 3 else kind_of(data)}"
    assert refused({}) == "run.json: name: is missing"


@given(wholes, st.data())
def test_any_other_value_is_taken_or_named(whole, data):
    """Whatever somebody puts into a record, reading it is a record or a sentence with the key."""
    document = json.loads(json.dumps(encode(whole)))
    key = data.draw(st.sampled_from(sorted(document)))
    document[key] = data.draw(values)
    found = outcome(lambda: decode(Whole, document, source="run.json"))
    if isinstance(found, Whole):
        assert encode(found) == document
    else:
        assert found.startswith(f"run.json: {key}")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", " is empty"),
        (b" \n", " is empty"),
        (b'{\n"name": "a"', " line 2 is not valid JSON: it ends too early"),
        (b'{"name": "a', " line 1 is not valid JSON: Unterminated string starting at"),
        (b'{"name": "a"} x', " line 1 is not valid JSON: Extra data"),
        (b'{"name": "a", "name": "b"}', " is not valid JSON: the key 'name' occurs twice"),
        (b'{"name": "a", "anything": {"b": {"c": 1, "c": 1}}}', " is not valid JSON: the key 'c' occurs twice"),
        (b'{"name": "\xff"}', " is not UTF-8 text (byte 10)"),
        (b"[" * 100_000, " is nested too deeply"),
        (b'{"name": ' + b"1" * 5000 + b"}", " is not valid JSON: Exceeds the limit"),
        (b'{"name": "a", "tests": [{"duration": NaN}]}', ": tests[0].duration: expected a number, got nan"),
        (b'{"name": "a", "tests": [{"duration": 1e999}]}', ": tests[0].duration: expected a number, got inf"),
        (b'{"name": "a", "format": "2"}', ": format: expected a whole number, got text"),
        (b'{"name": "a", "format": true}', ": format: expected a whole number, got a yes/no value"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence_with_a_hint(tmp_path, content, sentence):
    file = tmp_path / "run.json"
    file.write_bytes(content)
    with pytest.raises(DamagedError) as caught:
        FORMAT.read(file)
    assert caught.value.message.startswith(f"{file}{sentence}")
    assert "\n" not in caught.value.message
    assert caught.value.hint == "remove it"
    assert caught.value.exit_code == 4


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | wholes.map(encode).map(json.dumps).map(str.encode)
)
def test_any_file_is_a_record_or_a_sentence(file, content):  # fmt: skip
    for cut in (len(content), len(content) // 2):
        file.write_bytes(content[:cut])
        found = outcome(lambda: FORMAT.read(file))
        assert isinstance(found, Whole) or found.startswith(str(file))


def test_a_byte_order_mark_and_not_a_number_where_anything_may_be_are_no_damage(tmp_path):
    file = tmp_path / "run.json"
    file.write_bytes(b'\xef\xbb\xbf{"name": "a", "anything": NaN, "measured": {"a": NaN}}')
    whole = FORMAT.read(file)
    assert math.isnan(whole.anything)
    assert math.isnan(whole.measured["a"])


def test_no_file_and_no_place_for_one_are_no_damage(tmp_path):
    with pytest.raises(NotFoundError, match=r"run\.json does not exist"):
        FORMAT.read(tmp_path / "run.json")
    (tmp_path / "run.json").mkdir()
    with pytest.raises(MetaError, match=r"run\.json cannot be read") as caught:
        FORMAT.read(tmp_path / "run.json")
    assert not isinstance(caught.value, DamagedError)


def test_a_name_that_is_no_text_survives(tmp_path):
    FORMAT.write(tmp_path / "a", Whole(name="b\udc80"))
    assert b'"b\\udc80"' in (tmp_path / "a").read_bytes()
    assert FORMAT.read(tmp_path / "a").name == "b\udc80"


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path):
    file = tmp_path / "a"
    FORMAT.write(file, WHOLE)
    before = file.read_bytes()
    with pytest.raises(CMError, match="cannot be written: anything: expected anything, got object"):
        FORMAT.write(file, dataclasses.replace(WHOLE, anything=object()))
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


# -- versions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [{}, {"format": 1}, {"format": 2}])
def test_formats_that_are_known(version):
    assert FORMAT.decode({**encode(WHOLE), **version}, source="x") == WHOLE


def test_a_newer_format_is_refused_and_the_hint_says_how_to_upgrade():
    with pytest.raises(NewerRecordError) as caught:
        FORMAT.decode({"format": 3, "name": ["not", "text"]}, source="run.json")
    assert caught.value.message == "run.json has format 3, but this toolkit only knows formats up to 2"
    assert caught.value.hint == "a newer toolkit wrote it: pip install --upgrade cm-thing"
    assert not isinstance(caught.value, DamagedError)


def test_what_could_not_be_read_again_is_not_written(tmp_path):
    file = tmp_path / "run.json"
    FORMAT.write(file, Whole(name="kept"))
    with pytest.raises(
        CMError, match=r"run\.json cannot be written: tests\[0\]\.duration: expected a number, got nan"
    ):
        FORMAT.write(file, Whole(name="new", tests=(Part(duration=math.nan),)))
    assert FORMAT.read(file).name == "kept"


def test_lists_of_a_fixed_length_are_no_records():
    with pytest.raises(TypeError, match="records cannot hold"):
        decode(tuple[int, str], [1, "x"], source="x")
