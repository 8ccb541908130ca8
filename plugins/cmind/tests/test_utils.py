from __future__ import annotations

import json
from pathlib import Path

import pytest

NAMES = """
load_yaml_and_json is_file_json_or_yaml load_json_or_yaml save_json_or_yaml safe_load_json
load_json save_json load_yaml load_txt load_bin save_yaml save_txt check_and_create_dir
find_file_in_dir_and_above list_all_files gen_uid is_cm_uid parse_cm_object match_objects
get_list_from_cli merge_dicts process_meta_for_inheritance find_api
find_file_in_current_directory_or_above assemble_cm_object assemble_cm_object1 assemble_cm_object2
process_input decompose_cm_obj dump_safe_json convert_tags_to_list get_current_date_time
gen_tmp_file load_python_module update_dict_if_empty sub_input convert_env_to_dict filter_tags
copy_to_clipboard update_yaml call_internal_module tags_matched rm_read_only debug_here
compare_versions check_if_true_yes_on check_if_none_false_no_off convert_dictionary test_input
path2 update_dict_with_flat_key get_value_from_dict_with_flat_key load_module flatten_dict safe_int
safe_float get_set digits substitute_template get_memory_use get_disk_use
""".split()  # noqa: SIM905 - sixty lines otherwise


def test_every_function_of_the_interface_is_there(utils):
    assert [name for name in NAMES if not callable(getattr(utils, name, None))] == []


def merged(utils, first, second, **flags):
    answer = utils.merge_dicts({"dict1": first, "dict2": second, **flags})
    assert answer == {"return": 0, "dict1": first}, "the first dictionary is the one that changes"
    return first


def test_dictionaries_are_merged_key_by_key(utils):
    assert merged(utils, {"a": {"b": 1}, "x": 1}, {"a": {"c": 2}, "x": 2}) == {"a": {"b": 1, "c": 2}, "x": 2}
    assert merged(utils, {"a": 1}, {"a": {"x": 1}}) == {"a": {"x": 1}}


def test_lists_are_replaced_appended_or_completed(utils):
    first, second = {"a": [1, 2]}, {"a": [2, 3]}
    assert merged(utils, dict(first), second) == {"a": [2, 3]}
    assert merged(utils, {"a": [1, 2]}, second, append_lists=True) == {"a": [1, 2, 2, 3]}
    assert merged(utils, {"a": [1, 2]}, second, append_lists=True, append_unique=True) == {"a": [1, 2, 3]}
    nested = merged(utils, {"b": {"c": [1]}}, {"b": {"c": [1]}}, append_lists=True, append_unique=True)
    assert nested == {"b": {"c": [1, 1]}}, "only the top level is completed"


def test_keys_are_ignored_at_the_top(utils):
    assert merged(utils, {"a": 1}, {"a": 2, "b": 3}, ignore_keys=["a"]) == {"a": 1, "b": 3}


def test_text_is_read_split_matched_and_removed(utils, tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"one\r\ntwo")
    assert utils.load_txt(str(file)) == {"return": 0, "string": "one\ntwo"}
    assert utils.load_txt(str(file), split=True)["list"] == ["one", "two"]
    assert utils.load_txt(str(file), match_text="(t.)")["match"].group(1) == "tw"
    assert utils.load_txt(str(file), match_text="x")["match"] is None
    failed = utils.load_txt(str(file), match_text="x", fail_if_no_match="no x")
    assert failed == {"return": 1, "error": "no x", "string": "one\ntwo"}
    utils.load_txt(str(file), remove_after_read=True)
    assert not file.exists()
    assert utils.load_txt(str(file), check_if_exists=True)["return"] == 16
    with pytest.raises(FileNotFoundError):
        utils.load_txt(str(file))


def test_text_is_written_with_its_own_line_ends(utils, tmp_path):
    utils.save_txt(str(tmp_path / "a"), "one\r\ntwo\n")
    assert (tmp_path / "a").read_bytes() == b"one\r\ntwo\n"


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_documents_come_back_as_written(utils, tmp_path, suffix):
    name = str(tmp_path / f"a.{suffix}")
    meta = {"b": [1, {"x": None}], "a": "é"}
    for save, load in (
        (getattr(utils, f"save_{suffix}"), getattr(utils, f"load_{suffix}")),
        (utils.save_json_or_yaml, utils.load_json_or_yaml),
    ):
        assert save(name, meta) == {"return": 0}
        assert load(name) == {"return": 0, "meta": meta}
    assert Path(name).read_bytes().endswith(b"\n")
    assert utils.is_file_json_or_yaml(str(tmp_path / "a"))["is_file"]


def test_documents_that_cannot_be_read_have_codes(utils, tmp_path):
    for suffix, load in (("json", utils.load_json), ("yaml", utils.load_yaml)):
        name = tmp_path / f"bad.{suffix}"
        name.write_text("a: [", encoding="utf-8")
        assert load(str(name))["return"] == 4
        assert load(str(tmp_path / f"none.{suffix}"), check_if_exists=True)["return"] == 16
    assert utils.load_json_or_yaml("x.txt")["return"] == 1
    assert utils.load_yaml_and_json(str(tmp_path / "none"))["return"] == 16
    assert utils.safe_load_json(str(tmp_path), "none.json") == {"return": 0, "meta": {}}


def test_json_wins_over_yaml_at_the_top(utils, tmp_path):
    (tmp_path / "m.yaml").write_text("a: 1\nd: {x: 1}\n", encoding="utf-8")
    (tmp_path / "m.json").write_text('{"d": {"z": 3}}', encoding="utf-8")
    assert utils.load_yaml_and_json(str(tmp_path / "m")) == {"return": 0, "meta": {"a": 1, "d": {"z": 3}}}


def test_yaml_is_changed_line_by_line(utils, tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("# why\nuid: 1\nalias: x\n", encoding="utf-8")
    utils.update_yaml(str(file), {"uid": "2", "new": "3"})
    assert file.read_text(encoding="utf-8") == "# why\nuid: 2\nalias: x\n"


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("a", [("a", "")]),
        ("9a3280b14a4285c9", [("", "9a3280b14a4285c9")]),
        ("9a3280b14a4285c9,a", [("a", "9a3280b14a4285c9")]),
        ("r:a,9a3280b14a4285c9", [("a", "9a3280b14a4285c9"), ("r", "")]),
        ("", [("", "")]),
    ],
)
def test_names_are_parsed_and_assembled(utils, name, parsed):
    answer = utils.parse_cm_object(name, decompose=True)
    assert answer["cm_object"] == parsed
    assert answer["decomposed_object"]["name_alias"] == parsed[0][0]
    assert utils.assemble_cm_object2(parsed[0]) == utils.assemble_cm_object(*parsed[0])
    assert (
        utils.assemble_cm_object1({"alias": parsed[0][0], "uid": parsed[0][1]})
        in answer["decomposed_object"]["artifact"]
    )


@pytest.mark.parametrize("name", ["a:b:c", "a,b,c"])
def test_names_with_too_many_parts_are_refused(utils, name):
    assert utils.parse_cm_object(name)["return"] == 1


def test_objects_match_by_uid_then_by_alias(utils):
    uid = "9a3280b14a4285c9"
    matches = lambda *names, **flags: utils.match_objects(*names, **flags)["match"]  # noqa: E731
    assert matches(uid, "x", uid.upper(), "y")
    assert matches("", "Abc", "", "a*")
    assert matches("", "abc", "", "")
    assert not matches("", "abc", "", "", more_strict=True)
    assert not matches("", "abc", uid, "abc")


def test_tags_become_a_list_without_repetition(utils):
    assert utils.convert_tags_to_list({"tags": "a, b,,a"}) == ["a", "b"]
    assert utils.convert_tags_to_list({"tags": ["x", " x "]}) == ["x"]
    assert utils.convert_tags_to_list({}) == []
    assert utils.filter_tags(["a", "-c"]) == ["a"]
    assert utils.tags_matched(["a", "b"], ["a"], ["c"])
    assert not utils.tags_matched(["a", "b"], ["a"], ["b"])


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        ("1.2", "1.2.0", 0),
        ("1.10", "1.9", 1),
        ("1.9", "1.10", -1),
        ("1.a", "1.2", -1),
        ("1.b", "1.a", 1),
        ("", "1", -1),
    ],
)
def test_versions_are_compared_whatever_they_look_like(utils, first, second, result):
    assert utils.compare_versions(first, second) == result


def test_input_is_split_and_left_overs_are_errors(utils):
    given = {"a": 1, "b": 2}
    assert utils.sub_input(given, ["a", "z"]) == {"a": 1}
    assert utils.sub_input(given, ["a"], reverse=True) == {"b": 2}
    assert utils.test_input({}) == {"return": 0}
    assert utils.test_input(given)["unknown_keys"] == ["a", "b"]
    assert utils.get_list_from_cli({"k": "x,y"}, "k") == ["x", "y"]


def test_env_text_becomes_a_dictionary(utils):
    assert utils.convert_env_to_dict("A=b\nC=d=e\n\nnoeq\n X = y ")["dict"] == {
        "A": "b",
        "C": "d",
        "noeq": "",
        "X": "y",
    }


def test_flat_keys(utils):
    nested: dict = {}
    utils.update_dict_with_flat_key("a.b.c", 5, nested)
    assert nested == {"a": {"b": {"c": 5}}}
    assert utils.get_value_from_dict_with_flat_key("a.b.c", nested) == 5
    assert utils.get_value_from_dict_with_flat_key("a.x.c", nested) is None
    assert utils.get_value_from_dict_with_flat_key("a.b.c.d", nested) is None
    flat: dict = {}
    utils.flatten_dict(nested, flat)
    assert flat == {"a.b.c": "5"}
    assert utils.convert_dictionary({"no-cache": 1}, "docker") == {"docker_no_cache": 1}
    state: dict = {}
    assert utils.get_set({"a": 1}, "a", state, ["x", "y"]) == 1
    assert state == {"x": {"y": 1}}


def test_small_values(utils):
    assert (utils.digits("12abc3"), utils.digits("12abc3", first=False), utils.digits("v1")) == (12, 123, 0)
    assert (utils.safe_int("x", 7), utils.safe_int("5", 0), utils.safe_float("z", 9.0)) == (7, 5, 9.0)
    assert (utils.path2("/a b"), utils.path2('"/a b"'), utils.path2("/ab")) == ('"/a b"', '"/a b"', "/ab")
    assert utils.substitute_template("x-{a}-{b}", {"a": 1, "b": 2}) == "x-1-2"
    assert utils.substitute_template("x-{z}", {}).startswith("Error:")
    assert utils.check_if_true_yes_on({"a": "Yes"}, "a")
    assert utils.check_if_none_false_no_off({"a": None}, "a")
    assert utils.is_cm_uid(utils.gen_uid()["uid"])


def test_the_time_here_and_elsewhere(utils):
    now = utils.get_current_date_time({})
    assert now["iso_datetime"].startswith(f"{now['array']['date_year']}-")
    assert set(now["array"]) == {f"date_{p}" for p in ("year", "month", "day")} | {
        f"time_{p}" for p in ("hour", "minute", "second")
    }
    assert utils.get_current_date_time({"timezone": "UTC"})["iso_datetime"].endswith("+00:00")
    assert utils.get_current_date_time({"timezone": "No/Where"})["return"] == 1


def test_temporary_names(utils):
    name = utils.gen_tmp_file({"suffix": ".x", "prefix": "p"})["file_name"]
    assert Path(name).is_absolute()
    assert not Path(name).exists()
    short = utils.gen_tmp_file({"suffix": ".x", "prefix": "p", "remove_dir": True})["file_name"]
    assert short.startswith("p")
    assert short.endswith(".x")
    assert "/" not in short


def test_files_are_found_above_and_below(utils, tmp_path):
    deep = tmp_path / "q" / "w"
    utils.check_and_create_dir(str(deep))
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    find = utils.find_file_in_current_directory_or_above
    found = find(["none", "a.json"], str(deep))
    assert (found["path"], found["found_in_current_path"]) == (str(tmp_path), False)
    assert find(["a.json"], str(deep), path_to_stop=str(tmp_path / "q")) == {"return": 0, "found": False}
    assert utils.find_file_in_dir_and_above("a.json", str(deep))["path_to_file"] == str(tmp_path / "a.json")
    assert utils.find_file_in_dir_and_above("none.json", str(deep))["return"] == 16
    (deep / "b.json").write_text("{}", encoding="utf-8")
    assert find(["b.json"], str(tmp_path), reverse=True)["path"] == str(deep)
    listed = utils.list_all_files({"path": str(tmp_path)})
    assert listed["list"] == {"a.json": {"size": 2}, "q/w/b.json": {"size": 2}}
    assert listed["number"] == "2"


def test_python_files_are_loaded_by_path(utils, tmp_path):
    (tmp_path / "mod.py").write_text('def run(i):\n    """Go."""\n    return 7\n', encoding="utf-8")
    loaded = utils.load_python_module({"path": str(tmp_path), "name": "mod"})
    assert loaded["code"].run({}) == 7
    assert utils.load_python_module({"path": str(tmp_path), "name": "none"})["return"] == 1
    assert utils.find_api(str(tmp_path / "mod.py"), "run")["api"] == 'def run(i):\n    """Go."""'
    assert utils.find_api(str(tmp_path / "mod.py"), "walk")["return"] == 16
    assert utils.load_module(None, str(tmp_path), "mod.py")["sub_module_obj"].run({}) == 7
    assert utils.load_module(None, str(tmp_path), "none.py")["sub_module_obj"] is None


def test_safe_json_leaves_out_what_json_cannot_hold(utils, capsys):
    assert utils.dump_safe_json({"a": [1, object()], "b": utils})["meta"] == {"a": [1]}
    assert json.loads(capsys.readouterr().out) == {"a": [1]}


def test_names_in_control_are_described(utils):
    given = {
        "automation": "flex",
        "artifact": "r:ab",
        "control": {"_parsed_automation": [("flex", "")], "_parsed_artifact": [("ab", ""), ("r", "")]},
    }
    assert utils.process_input(given) == {"return": 0}
    assert given["control"]["_artifact"]["repo"] == "r"
    assert "_parsed_artifact" not in given["control"]


LINES = [
    "run script detect-os",
    'run script "a b" --x.y=1 -- q w',
    "a b c d e --k --no- -j --l,=x,y --a-x.b-y=1 --dash-ed=v",
    "a b --a.b --a.c- --empty=",
    "--flag a b c",
    "a --flag b c",
    "a b x=v",
]


@pytest.mark.parametrize("line", LINES)
def test_the_classic_grammar_is_that_of_the_toolkit(own_cmind, line):
    from cmind import cli

    from cm_core import parse_line

    mine = cli.parse(line)["cm_input"]
    theirs = parse_line(line).to_mapping()
    assert {**mine, "cmd": None} == {**theirs, "cmd": None}


def test_the_grammar_with_control(own_cmind, tmp_path):
    from cmind import cli

    parsed = cli.parsex('run script "a b" --x.y=1 c=d -j -log=debug e --no- --k, --l,=a,b -- q w')[
        "cmx_input"
    ]
    control = parsed.pop("control")
    assert parsed == {
        "action": "run",
        "automation": "script",
        "artifact": "a b",
        "artifacts": ["e"],
        "x": {"y": "1"},
        "c": "d",
        "no": False,
        "k": [True],
        "l": ["a", "b"],
    }
    assert control["_unparsed_cmd"] == ["q", "w"]
    assert (control["j"], control["log"]) == (True, "debug")
    assert cli.parsex("run script ---x")["return"] == 1
    assert cli.parsex("run script @none.json")["return"] == 16
    (tmp_path / "in.yaml").write_text("artifact: x\ncontrol: {j: true}\nq: 1\n", encoding="utf-8")
    filed = cli.parsex(f"run script @{tmp_path}/in.yaml")["cmx_input"]
    assert (filed["artifact"], filed["q"], filed["control"]["j"]) == ("x", 1, True)
