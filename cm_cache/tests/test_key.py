import json

from hypothesis import given
from hypothesis import strategies as st

from cm_cache.key import CacheKey, is_index_tag

UID = "0123456789abcdef"
WORDS = st.lists(st.text(min_size=1, max_size=5), max_size=4).map(tuple)
VALUES = st.recursive(
    st.text(max_size=5) | st.booleans() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.builds(
    CacheKey,
    script_uid=st.just(UID),
    script_alias=st.text(max_size=5),
    variations=WORDS,
    version=st.text(max_size=5),
    extra_tags=WORDS,
    inputs=st.dictionaries(st.text(max_size=4), VALUES, max_size=4),
)


def test_order_and_repetition_do_not_matter():
    one = CacheKey(script_uid=UID, variations=("b", "a", "b"), inputs={"x": 1, "y": 2})
    other = CacheKey(script_uid=UID, variations=("a", "b"), inputs={"y": "2", "x": "1"})
    assert one == other
    assert one.digest() == other.digest()


def test_every_part_of_the_identity_changes_the_digest():
    keys = [
        CacheKey(script_uid=UID),
        CacheKey(script_uid="f" * 16),
        CacheKey(script_uid=UID, variations=("a",)),
        CacheKey(script_uid=UID, version="a"),
        CacheKey(script_uid=UID, extra_tags=("a",)),
        CacheKey(script_uid=UID, inputs={"a": "a"}),
    ]
    assert len({key.digest() for key in keys}) == len(keys)


def test_the_alias_is_not_part_of_the_identity():
    one, other = CacheKey(script_uid=UID, script_alias="old"), CacheKey(script_uid=UID, script_alias="new")
    assert one == other
    assert one.digest() == other.digest()


def test_inputs_are_compared_by_meaning():
    key = CacheKey(script_uid=UID, inputs={"n": 5, "on": True, "off": False, "none": None, "empty": ""})
    assert key.inputs == {"n": "5", "off": "no", "on": "yes"}


def test_secrets_are_left_out():
    key = CacheKey(
        script_uid=UID,
        inputs={"gh_token": "s3cret", "url": "https://me:s3cret@host/f", "a": {"pat": "s3cret"}},
    )
    assert "s3cret" not in json.dumps(key.to_json())
    assert key.inputs == {"url": "https://***@host/f", "a": {}}


def test_whose_password_it_is_makes_no_difference():
    one, other = (
        CacheKey(
            script_uid=UID,
            variations=(f"repo.https://me:{word}@host/{path}",),
            inputs={"url": f"ftp://{word}@host"},
        )
        for word, path in (("s3cret", "a"), ("other", "a"))
    )
    assert one == other
    assert one.index_tags == other.index_tags
    assert one != CacheKey(script_uid=UID, variations=("repo.https://me:s3cret@host/b",), inputs=one.inputs)


def test_the_given_mapping_may_change_later():
    inputs = {"a": ["1"]}
    key = CacheKey(script_uid=UID, inputs=inputs)
    inputs["a"].append("2")
    assert key.inputs == {"a": ["1"]}


@given(KEYS)
def test_round_trip(key):
    again = CacheKey.from_json(json.loads(json.dumps(key.to_json())))
    assert again == key
    assert again.digest() == key.digest()


def test_what_is_no_key_reads_as_none():
    assert CacheKey.from_json(None) is None
    assert CacheKey.from_json([]) is None
    assert CacheKey.from_json({"script_uid": 5}) is None
    odd = CacheKey.from_json({"script_uid": UID, "variations": "a", "inputs": []})
    assert odd == CacheKey(script_uid=UID)


def test_index_tags_tell_keys_apart():
    one = CacheKey(script_uid=UID, variations=("a",), inputs={"x": "1", "y": "2"})
    other = CacheKey(script_uid=UID, variations=("a",), inputs={"x": "1"})
    assert one.variant_tag == other.variant_tag
    assert one.key_tag != other.key_tag
    assert set(other.input_tags) < set(one.input_tags)
    assert one.script_tag == f"script-artifact-{UID}"
    assert [tag for tag in one.index_tags if not is_index_tag(tag)] == [one.script_tag]
