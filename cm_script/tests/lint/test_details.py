"""What a rule must see, and what it must leave alone."""

from types import ModuleType

import pytest

from cm_core import hookimpl
from cm_core.model.keys import TextKey
from cm_core.plugins import EntryPoint
from cm_script.lint.shapes import _missed

TARGET = "input_mapping:\n  size: CM_SIZE\nvariations:\n  v: {}\n  w.#: {}\ntags: [get, target]\n"


@pytest.fixture
def target(workshop):
    workshop.write("target", TARGET, customize__py="def preprocess(i):\n    return i['input'].get('depth')\n")
    return workshop


@pytest.mark.parametrize(
    "text",
    [
        "deps:\n- tags: get,target,_v\n  size: 5\n  depth: 2\n  skip_cache: true\n",
        "deps:\n- tags: get,target,_w.<<<CM_A>>>,<<<CM_B>>>\n",
        "deps:\n- tags: get,target,_w.1.2,-other,-_v\n",
        "deps:\n- tags: <<<CM_TAGS>>>\n  anything: 1\n",
        "variations:\n  n.#:\n    deps:\n    - tags: get,target,_w.#\n    - tags: '#'\n    base: [m.#]\n  m.#: {}\n",
        "variations:\n  a: {group: g}\n  m.#: {group: g}\n  a,v.2: {}\n  v.#: {}\n  b: {base: [m.7], default_variations: {g: m.3}}\n",
        "deps:\nvariations:\n  a:\nversions:\n  '1.0':\n",
        "variations:\n  a: {deps: [{tags: 'get,target', names: [goal]}]}\n  b: {base: [a], ad: {goal: {tags: _v}}}\n  a,b: {ad: {goal: {tags: _v}}}\n",
        "deps:\n- {tags: 'get,target', names: goal}\nvariations:\n  a: {adr: {goal: {tags: _v}}, ad: {goal: {tags: '_w.1'}}}\n",
        "env: {'+PATH': [a], CM_X: 1, CM_Y: ''}\ndocker: {whatever_a_plugin_reads: 1, run: false}\n",
        "developers: x\nname: y\ncategory: z\nsort: 5\ngui: {}\ninput_description: {}\ntests: {}\n",
        "variations:\n  a: {update_meta_if_env: [{enable_if_env: {CM_A: ['yes']}, env: {CM_B: '1'}}]}\n",
        "post_deps:\n- {tags: 'get,target', version_min: '3', docker_anything: 1, adr: {size: {tags: _v}}}\n- {tags: 'get,target', names: [size]}\n",
        "x: &x {env: {CM_A: '1'}}\nvariations:\n  a: {<<: *x, group: g}\n  b: *x\n".replace(
            "x: &x", "customize: &x"
        ),
    ],
)
def test_is_fine(target, text):
    target.write("fine", text)
    assert target.rules("fine") == []


@pytest.mark.parametrize(
    ("text", "rule", "line", "part"),
    [
        ("deps:\n- tags: get,target,_u\n", "unknown-variation", 6, "target does not have"),
        ("deps:\n- tags: get,target,_w\n", "unknown-variation", 6, "'w'"),
        ("deps:\n- {tags: 'get,target', force-cache: yes}\n", "misspelt-key", 6, "force_cache"),
        ("deps:\n- {tags: 'get,target', siez: 1}\n", "unknown-input", 6, "siez"),
        ("deps:\n- {tags: 'get,target', new_env_keys: [A]}\n", "key-without-effect", 6, "force_new_env_keys"),
        (
            "deps:\n- tags: get,target\n\n  updats_tags_from_env: [A]\n",
            "misspelt-key",
            8,
            "update_tags_from_env",
        ),
        ("docker:\n  deps:\n  - tags: get,nothing\n", "unmatched-dependency", 7, "get,nothing"),
        ("docker:\n  real_rum: no\n", "misspelt-key", 6, "real_run"),
        ("env_off: {}\n", "unknown-key", 5, "env_off"),
        (
            "input_description:\n  a: {desc: http, https}\n",
            "unknown-key",
            6,
            "'https' in 'input_description'",
        ),
        ("input_description:\n  a: {defualt: 1}\n", "misspelt-key", 6, "default"),
        (
            "variations:\n  a:\n    update_meta_if_env:\n    - {enable_if_evn: {}}\n",
            "misspelt-key",
            8,
            "enable_if_env",
        ),
        ("variations:\n  a:\n    update_meta_if_env: [text]\n", "wrong-shape", 7, "a dictionary"),
        ("sort: first\n", "wrong-shape", 5, "a number"),
        ("const: {A: '1'}\n", "key-without-effect", 5, "variation"),
        ("CM_A_B: 1\n", "misspelt-key", 5, "put 'CM_A_B' into 'env'"),
        ("variations:\n  a: {base: [_b]}\n  b: {}\n", "unknown-variation", 6, "without the underscore"),
        ("variations:\n  a: {alias: b}\n", "unknown-variation", 6, "'alias' of 'a'"),
        ("default_variation: a\n", "unknown-variation", 5, "default_variation"),
        ("invalid_variation_combinations:\n- [a, b]\nvariations: {a: {}}\n", "unknown-variation", 6, "'b'"),
        (
            "variations:\n  a: {group: g, default: true}\n  b: {group: g, default: false}\n",
            "two-defaults",
            7,
            "counts",
        ),
        ("env: {+PATH: a}\n", "wrong-shape", 5, "a list"),
        ("deps:\n- get,target\n", "wrong-shape", 6, "a dictionary"),
        ("variations:\n  a: text\n", "wrong-shape", 6, "'a'"),
        ("deps: {tags: 'get,target'}\n", "wrong-shape", 5, "a list"),
        ("deps:\n- tags: get,target\n  skip_if_env: 'CM_A'\n", "wrong-shape", 7, "a dictionary"),
        ("deps:\n- tags: get,target\n  skip_if_env: {CM_A: true}\n", "condition-not-a-list", 7, "[true]"),
        ("deps:\n- tags: get,target,-get\n", "unmatched-dependency", 6, "exclude"),
        (
            "variations:\n  a:\n    update_meta_if_env:\n    - enable_if_env: {CM_A: 'on'}\n",
            "condition-not-a-list",
            8,
            '["on"]',
        ),
        (
            "deps:\n- {tags: 'get,target', names: [goal]}\nvariations:\n  a: {ad: {goal: {tags: 'v'}}}\n",
            "unmatched-dependency",
            8,
            "underscore",
        ),
        (
            "deps:\n- {tags: 'get,target', names: [goal]}\nvariations:\n  a: {adr: {goal: {tags: '_u'}}}\n",
            "unknown-variation",
            8,
            "'adr' for 'goal'",
        ),
        ("deps:\n- tgas: get,target\n", "dependency-without-tags", 6, "write 'tags' instead of 'tgas'"),
    ],
)
def test_is_found(target, text, rule, line, part):
    target.write("broken", text)
    (finding,) = target.findings("broken")
    assert (finding["rule"], finding["line"]) == (rule, line)
    assert part in f"{finding['message']}; {finding['fix']}"


def test_lines_of_json(workshop):
    folder = workshop.write("broken")
    (folder / "_cm.json").write_text(
        '{\n  "env": {\n    "CM_A": null\n  },\n  "deps": [\n    {\n      "tags": "get,nobody"\n    },\n'
        '    {"tags": "get,somebody"}\n  ]\n}\n'
    )
    assert workshop.rules("broken") == [
        ("null-in-env", 3),
        ("unmatched-dependency", 7),
        ("unmatched-dependency", 9),
    ]
    assert all(finding["path"].endswith("_cm.json") for finding in workshop.findings("broken"))


def test_inherited_names_are_known(workshop):
    workshop.write(
        "base",
        "deps:\n- {tags: base, names: [goal], skip_if_env: {CM_A: ['1']}}\nvariations:\n  a: {group: g}\n",
    )
    workshop.write("heir", "_base: script::base\nvariations:\n  b: {base: [a], ad: {goal: {version: '1'}}}\n")
    assert workshop.rules("heir") == []
    assert workshop.rules("mine", kind="repo") == []


def test_inputs_that_somebody_looks_at(target):
    target.write("helper", run__sh="echo $CM_HELP\n", run__bat="")
    target.write(
        "fine",
        "input_mapping:\n  a: CM_A\n  b: CM_HELP\n  c: CM_PRE_FIX\n  d: CM_GIT_SSH\n  e: TOKEN\n  f: CM_OUT_X\n"
        "new_env_keys: [CM_OUT_*]\nenv: {CM_B: <<<CM_A>>>}\n",
        customize__py="def preprocess(i):\n    return [key for key in i['env'] if key.startswith('CM_PRE_')]\n",
    )
    assert target.rules("fine") == []


@pytest.mark.parametrize(
    "text",
    [
        "- a\n",
        "tags: [a]\n\ttags: b\n",
        "uid: 1234567890123456\nalias: broken\n",
        "tags:\nuid: '1'\n",
        "",
        "\0",
    ],
)
def test_metadata_that_nobody_can_use_are_found_by_folder(workshop, text):
    workshop.write("broken", text, identity=False)
    (workshop.root / "script" / "broken" / "_cm.yaml").write_text(text)
    found = workshop.findings("broken")
    assert found
    assert found[0]["severity"] == "error"


def test_nested_aliases_end(workshop):
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    workshop.write("bomb", f"customize:\n{''.join(f'  {line}' + chr(10) for line in bomb.splitlines())}")
    assert workshop.rules("bomb") == []


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        ("real_run: false\n", "only has a meaning in 'docker'", "move it"),
        ("path_key: CM_X\n", "only has a meaning in 'find_tool'", "move it"),
        (
            "deps:\n- tags: get,targett\n",
            "get,targett",
            "did you mean target or get? if not, register the repository",
        ),
    ],
)
def test_what_a_finding_advises(target, text, said, fix):
    target.write("odd", text)
    (finding,) = target.findings("odd")
    assert said in finding["message"]
    assert fix in finding["fix"]


@pytest.mark.parametrize("name", ["cm.yaml", "cm.json", "_cm.yml"])
def test_metadata_under_nearly_the_right_name(workshop, name):
    folder = workshop.write("odd")
    (folder / "_cm.yaml").rename(folder / name)
    for names, kind in ((("mine",), "repo"), (("odd",), "script")):
        (finding,) = workshop.findings(*names, kind=kind)
        assert finding["path"].endswith(f"odd/{name}")
        assert "rename it" in finding["message"]


@pytest.mark.parametrize(
    ("value", "said"), [("red", ""), ("blue", "must be one of red, green"), ("[red]", "must be text")]
)
def test_values_that_a_plugin_limits(workshop, value, said):
    key = TextKey("colour", ("script",), "what it looks like", {"enum": ["red", "green"]}, owner="paint")
    module = ModuleType("plugin_paint")
    module.cm_api_version = "1"
    module.cm_recipe_keys = hookimpl(lambda: [key])
    entry = EntryPoint(name="paint", module="plugin_paint", distribution="paint", version="1")
    assert not workshop.session.plugins.add(entry, module).problem
    workshop.write("odd", f"colour: {value}\n")
    assert [
        finding["message"] for finding in workshop.findings("odd") if said not in finding["message"]
    ] == []
    assert bool(workshop.findings("odd")) == bool(said)


@pytest.mark.parametrize(
    ("limits", "value", "missed"),
    [
        ({"minimum": 1}, 0, "at least 1"),
        ({"maximum": 9}, 10, "at most 9"),
        ({"minimum": 1, "maximum": 9}, 5, ""),
        ({"pattern": "^a"}, "b", "like ^a"),
        ({"pattern": "^a"}, "ab", ""),
        ({"items": {"type": "string"}}, ["x"], ""),
    ],
)
def test_limits_of_keys(limits, value, missed):
    assert _missed(limits, value) == missed
