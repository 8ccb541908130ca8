import pytest

from cm_core import MetaError
from cm_script.model.meta import ScriptMeta
from cm_script.schema import keys


def meta_of(**raw):
    return ScriptMeta.from_mapping(raw, source="repo/script/demo")


def test_absent_and_empty_keys_are_empty():
    meta = meta_of(deps=None, env=None, variations={"a": None})
    assert keys.DEPS.of(meta.raw, meta.source) == []
    assert meta.env == {}
    assert meta.variations == {"a": {}}
    assert (meta.alias, meta.tags, meta.cache, meta.sort) == ("", [], False, 0)


def test_values_keep_what_people_mean():
    meta = meta_of(tags=["a", 28], cache="true", sort=1.5, versions={1.5: {"env": {}}})
    assert meta.tags == ["a", "28"]
    assert meta.cache
    assert meta.sort == 1.5
    assert list(meta.versions) == ["1.5"]


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("env", ["A"], lambda meta: meta.env),
        ("deps", {"tags": "a"}, lambda meta: keys.DEPS.of(meta.raw, meta.source)),
        ("deps", ["a,b"], lambda meta: keys.DEPS.of(meta.raw, meta.source)),
        ("tags", "a,b", lambda meta: meta.tags),
        ("new_env_keys", [["A"]], lambda meta: meta.new_env_keys),
        ("alias", ["a"], lambda meta: meta.alias),
        ("sort", "first", lambda meta: meta.sort),
        ("variations", ["a"], lambda meta: meta.variations),
        ("variations", {"a": "x"}, lambda meta: meta.variations),
        ("input_mapping", "x", lambda meta: meta.input_mapping),
        (
            "valid_variation_combinations",
            ["a,b"],
            lambda meta: meta.valid_variation_combinations,
        ),
    ],
)
def test_a_wrong_shape_names_file_and_key(key, value, read):
    with pytest.raises(MetaError) as caught:
        read(meta_of(**{key: value}))
    assert "repo/script/demo" in str(caught.value)
    assert key in str(caught.value)
