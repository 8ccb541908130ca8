from hypothesis import given
from hypothesis import strategies as st

from cm_script.env.merge import clone, merge, merge_into

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
ENVS = st.dictionaries(st.sampled_from(["A", "B", "+PATH"]), VALUES)


def test_scalars_are_replaced_and_lists_extended():
    base = {"A": "1", "+PATH": ["/a"], "L": "text"}
    update = {"A": "2", "+PATH": ["/b", "/a", "/b"], "L": ["x"], "NEW": ["y", "y"]}
    assert merge(base, update) == {"A": "2", "+PATH": ["/a", "/b"], "L": ["x"], "NEW": ["y"]}
    assert base == {"A": "1", "+PATH": ["/a"], "L": "text"}


def test_dictionaries_merge_however_deep():
    base = {"s": {"x": {"a": 1, "l": [1]}, "y": 1}}
    assert merge(base, {"s": {"x": {"b": 2, "l": [2, 1]}, "y": {"z": 3}}}) == {
        "s": {"x": {"a": 1, "b": 2, "l": [1, 2, 1]}, "y": {"z": 3}}
    }


def test_a_nested_list_that_a_child_has_extended_is_not_doubled():
    base = {"s": {"runs": [1, 2], "n": 2}}
    assert merge(base, {"s": {"runs": [1, 2, 2], "n": 3}}) == {"s": {"runs": [1, 2, 2], "n": 3}}
    assert merge(base, {"s": {"runs": [1, 2], "n": 3}}) == {"s": {"runs": [1, 2], "n": 3}}


@given(ENVS, ENVS)
def test_what_is_merged_stays_as_it_was(base, update):
    before = clone([base, update])
    merge(base, update)
    assert [base, update] == before


def test_merging_in_place():
    base = {"+PATH": ["/a"]}
    merge_into(base, {"+PATH": ["/b"]})
    assert base == {"+PATH": ["/a", "/b"]}


@given(ENVS, ENVS)
def test_merging_twice_is_merging_once(base, update):
    once = merge(base, update)
    if not any(isinstance(value, dict) for value in base.values()):
        assert merge(once, update) == once
    assert set(once) == set(base) | set(update)


@given(VALUES)
def test_clones_are_equal(value):
    assert clone(value) == value
