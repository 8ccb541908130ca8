"""One small recipe for each rule, and the line where it is found."""

import pytest

from cm_script.lint.finding import RULES

# Each text starts in line 5. `{target}` has the tags get,target, the variations v, w.# and the input `size`.
TARGET = "input_mapping:\n  size: CM_SIZE\nvariations:\n  v: {}\n  w.#: {}\ntags: [get, target]\n"

CASES = {
    "duplicate-key": ("env:\n  CM_A: '1'\n  CM_A: '2'\n", 7, "line 6"),
    "repeated-key": ("env:\n  CM_A: '1'\n  CM_A: '1'\n", 7, "line 6 has the same value"),
    "misspelt-key": ("variations:\n  a:\n    alis: b\n  b: {}\n", 7, "'alias'"),
    "key-without-effect": ("variations:\n  a:\n    clean_files: [x]\n", 7, "at the top level"),
    "unknown-key": ("frobnicate: yes\n", 5, "frobnicate"),
    "unknown-input": ("deps:\n- tags: get,target\n  wobble: 1\n", 7, "target"),
    "input-without-effect": ("input_mapping:\n  deep: CM_DEPTHS\n", 6, "CM_DEPTHS"),
    "default-not-a-choice": (
        "input_description:\n  size:\n    choices: [a, b]\n    default: c\n",
        8,
        "'c' of the input 'size'",
    ),
    "wrong-shape": ("env: [CM_A]\n", 5, "a dictionary"),
    "null-in-env": ("variations:\n  n.#:\n    env:\n      CM_N: #\n", 8, "comment"),
    "version-not-text": ("deps:\n- tags: get,target\n  version_min: 3.10\n", 7, "the number 3.1,"),
    "cache-as-text": ('cache: "true"\n', 5, "text"),
    "unusable-find-tool": ("find_tool: {names: x, path_key: X, version_pattern: v}\n", 5, "one group"),
    "tag-not-text": ("tags:\n- broken\n- 28\n", 7, "28"),
    "odd-tag": ("tags:\n- broken\n- _x\n", 7, "_x"),
    "unknown-variation": ("variations:\n  a: {}\n  a,b: {}\n", 7, "'b'"),
    "unknown-group": ("variations:\n  a:\n    default_variations:\n      g: a\n", 8, "'g'"),
    "two-defaults": (
        "variations:\n  a: {group: g, default: true}\n  b: {group: g, default: true}\n",
        7,
        "'a' and 'b'",
    ),
    "default-without-group": ("variations:\n  a:\n    default: true\n", 7, "group"),
    "alias-and-group": ("variations:\n  a: {}\n  b: {alias: a, group: g}\n", 7, "'alias' and 'group'"),
    "impossible-combination": (
        "variations:\n  a: {group: g}\n  b: {group: g}\n  a,b: {}\n",
        8,
        "never on together",
    ),
    "condition-not-a-list": ('deps:\n- tags: get,target\n  enable_if_env:\n    CM_A: "yes"\n', 8, "never"),
    "unmatched-dependency": ("deps:\n- tags: get,targett\n", 6, "targett"),
    "unknown-dependency": (
        "deps:\n- tags: get,target\n  names: [goal]\nvariations:\n  a:\n    ad:\n      gaol: {tags: _v}\n",
        11,
        "goal",
    ),
    "unknown-dependency-anywhere": ("variations:\n  a:\n    adr:\n      nobody: {tags: _v}\n", 8, "nobody"),
    "dependency-of-variation": (
        (
            "variations:\n"
            "  a:\n    deps:\n    - {tags: 'get,target', names: [goal]}\n"
            "  b:\n    ad:\n      goal: {version: '1'}\n"
        ),
        11,
        "_a",
    ),
    "dependency-without-tags": ("deps:\n- names: [goal]\n", 6, "never runs"),
    "missing-native-script": ("script_name: go\n", 5, "go.sh"),
    "wrong-automation": (None, 4, "5b4e0237da074764"),
    "bad-identity": (None, 2, "16 hexadecimal"),
    "unreadable-metadata": (None, 3, "YAML"),
}
ELSEWHERE = {
    "customize-syntax",
    "no-windows-script",
    "windows-line-endings",
    "duplicate-uid",
    "duplicate-alias",
    "folder-name",
    "dependency-cycle",
}
WHOLE = {
    "wrong-automation": "alias: broken\nuid: a0000000000000ff\nautomation_alias: script\nautomation_uid: 5b4e0237da074765\n",
    "bad-identity": "alias: broken\nuid: a0000000000000fg\nautomation_alias: script\nautomation_uid: 5b4e0237da074764\n",
    "unreadable-metadata": "alias: broken\ntags: [a\nuid: '1'\n",
}


def test_every_rule_is_tested():
    assert CASES.keys() | ELSEWHERE == RULES.keys()


@pytest.mark.parametrize("rule", CASES)
def test_rule(workshop, rule):
    text, line, part = CASES[rule]
    workshop.write("target", TARGET)
    workshop.write("broken", WHOLE[rule] if text is None else text, identity=text is not None)
    (finding,) = workshop.findings("broken")
    assert (finding["rule"], finding["line"]) == (rule, line)
    assert part in finding["message"] + finding["fix"]
    assert finding["severity"] == RULES[rule].severity
    assert finding["path"] == str(workshop.root / "script" / "broken" / "_cm.yaml")


def test_customize_that_is_not_python(workshop):
    folder = workshop.write("broken", customize__py="def preprocess(i):\n    return {\n")
    (finding,) = workshop.findings("broken")
    assert finding["rule"] == "customize-syntax"
    assert finding["path"] == str(folder / "customize.py")
    assert finding["line"] == 2


def test_a_null_byte_in_customize(workshop):
    workshop.write("broken", customize__py="x = 1\0\n")
    assert [finding["rule"] for finding in workshop.findings("broken")] == ["customize-syntax"]


def test_native_script_for_one_system_only(workshop):
    folder = workshop.write("broken", run__sh="echo\n")
    (finding,) = workshop.findings("broken")
    assert (finding["rule"], finding["path"]) == ("no-windows-script", str(folder / "run.sh"))
    (folder / "run.bat").write_text("")
    assert workshop.rules("broken") == []


def test_line_endings_of_windows_in_a_shell_script(workshop):
    folder = workshop.write("broken", run__bat="echo\r\n")
    (folder / "install.sh").write_bytes(b"true\necho\r\n")
    (finding,) = workshop.findings("broken")
    assert (finding["rule"], finding["path"]) == ("windows-line-endings", str(folder / "install.sh"))
    assert finding["line"] == 2
    assert finding["fix"].endswith(f"sed -i 's/\\r$//' {folder / 'install.sh'}")


def test_folder_of_another_name(workshop):
    folder = workshop.write("broken")
    folder.rename(folder.with_name("other"))
    assert workshop.rules("broken") == [("folder-name", 1)]


def test_same_uid_and_alias_in_one_repository(workshop):
    workshop.write("one")
    text = (workshop.root / "script" / "one" / "_cm.yaml").read_text()
    workshop.write("two", text, identity=False)
    found = [(finding["artifact"], finding["rule"]) for finding in workshop.findings("mine", kind="repo")]
    assert ("one", "duplicate-uid") in found
    assert ("one", "duplicate-alias") in found


def test_same_uid_in_two_pulled_repositories(workshop, make_repo):
    other = make_repo(
        "theirs", {"script/theirs": {"tags": ["x"], "uid": f"a{1:015x}"}}, register=workshop.session
    )
    workshop.write("one")
    (finding,) = workshop.findings("one")
    assert finding["rule"] == "duplicate-uid"
    assert str(other) in finding["message"]


def test_a_recipe_that_replaces_a_built_in_one_is_no_duplicate(workshop):
    (built_in,) = workshop.session.find("script", "detect-os")
    workshop.write(
        "detect-os",
        f"alias: detect-os\nuid: {built_in.uid}\nautomation_alias: script\nautomation_uid: 5b4e0237da074764\ntags: [detect, os]\n",
        identity=False,
    )
    assert workshop.rules("mine:detect-os") == []


def test_circle_of_dependencies(workshop):
    workshop.write("get-one", "deps:\n- tags: get,two\n")
    workshop.write("get-two", "deps:\n- tags: get,three\n")
    workshop.write("get-three", "deps:\n- tags: get,one\n")
    (finding,) = workshop.findings("get-two")
    assert (finding["rule"], finding["line"]) == ("dependency-cycle", 6)
    assert "get-two -> get-three -> get-one -> get-two" in finding["message"]


def test_a_condition_breaks_a_circle(workshop):
    workshop.write("get-one", "deps:\n- tags: get,two\n  skip_if_env: {CM_A: ['yes']}\n")
    workshop.write("get-two", "deps:\n- tags: get,one\n")
    assert workshop.rules() == []


def test_a_copy_of_a_repository_is_one_finding(workshop, make_repo):
    for name in "abcde":
        workshop.write(name)
    copies = {f"script/copy-{n}": {"tags": ["x"], "uid": f"a{n:015x}"} for n in range(1, 6)}
    other = make_repo("theirs", copies, register=workshop.session)
    (finding,) = workshop.findings("mine", kind="repo")
    assert "4 more" in finding["message"]
    workshop.session.repos.remove(other)
    assert workshop.call(other, kind="repo").data["findings"] == []
