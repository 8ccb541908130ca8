import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core.errors import UsageError
from cm_core.model.tags import TagQuery, split_tags

words = st.text("abcxyz_.0", min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("a,b", ("a", "b")),
        (" a , b ,, a", ("a", "b")),
        (["a", " b", ""], ("a", "b")),
        (("a", 3), ("a", "3")),
        ("", ()),
        (None, ()),
        (False, ()),
        ("a b", ("a b",)),
    ],
)
def test_tags_are_split(value, tags):
    assert split_tags(value) == tags


@pytest.mark.parametrize("value", [True, {"a": 1}, 5])
def test_a_bare_flag_is_no_list_of_tags(value):
    with pytest.raises(UsageError, match="--tags needs a value"):
        split_tags(value)


@pytest.mark.parametrize(
    ("query", "tags", "expected"),
    [
        ("a,b", ["b", "a", "c"], True),
        ("a,b", ["a"], False),
        ("a,-b", ["a"], True),
        ("a,-b", ["a", "b"], False),
        ("-b", [], True),
        ("A", ["a"], False),
        ("", ["a"], True),
        ("-", ["a"], True),
        ("a", ["ab"], False),
    ],
)
def test_queries(query, tags, expected):
    assert TagQuery.parse(query).matches(tags) is expected


def test_a_tag_cannot_be_wanted_and_unwanted():
    with pytest.raises(UsageError, match="'a' is both"):
        TagQuery.parse("a,b,-a")


@given(st.lists(words), st.lists(words), st.lists(words))
def test_a_query_is_two_subset_tests(required, excluded, tags):
    excluded = [tag for tag in excluded if tag not in required]
    query = TagQuery.parse([*required, *(f"-{tag}" for tag in excluded)])
    assert query.matches(tags) is (set(required) <= set(tags) and not set(excluded) & set(tags))
    assert TagQuery.parse(",".join([*query.required, *(f"-{tag}" for tag in query.excluded)])) == query
