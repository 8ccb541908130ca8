import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cm_core import CMError, InteractionError
from cm_script.errors import ScriptFailedError
from cm_script.runtime.customize import call_hook, hook_failure, load_customize
from cm_script.runtime.workingdir import working_directory


@pytest.fixture
def recipe(tmp_path):
    def write(text: str, name: str = "my-recipe") -> Path:
        path = tmp_path / name / "customize.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def run_hook(path: Path, hook: str = "preprocess", arguments=None, **options):
    customize = load_customize(path)
    assert customize is not None
    defaults = {"cwd": path.parent, "on_output": lambda _text: None}
    return call_hook(customize, hook, arguments if arguments is not None else {}, **{**defaults, **options})


def test_no_file_is_no_customize(tmp_path):
    assert load_customize(tmp_path / "customize.py") is None


def test_hook_gets_the_live_dictionary(recipe):
    path = recipe("def preprocess(i):\n    i['env']['A'] = 1\n    return {'return': 0, 'version': '1.2'}\n")
    env = {}
    outcome = run_hook(path, arguments={"env": env})
    assert outcome.data == {"return": 0, "version": "1.2"}
    assert env == {"A": 1}


def test_loaded_once_until_the_file_changes(recipe):
    path = recipe("import random\ntoken = random.random()\n")
    first = load_customize(path).module.token
    assert load_customize(path).module.token == first
    path.write_text("import random\ntoken = random.rando()\n".replace("rando(", "random( "))
    os.utime(path, ns=(path.stat().st_mtime_ns + 5, path.stat().st_mtime_ns + 5))
    assert load_customize(path).module.token != first


def test_an_edit_of_equal_length_within_a_second_counts(recipe):
    path = recipe("value = 1\n")
    assert load_customize(path).module.value == 1
    stat = path.stat()
    path.write_text("value = 2\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert load_customize(path).module.value == 2


def test_recipes_do_not_share_a_module_but_the_search_path(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "cm_test_sibling.py").write_text("answer = 42\n")
    first = recipe(
        f"import sys\ndef preprocess(i):\n    sys.path.append({str(tmp_path / 'shared')!r})\n    return {{'return': 0}}\n",
        "one",
    )
    second = recipe(
        "from cm_test_sibling import answer\ndef preprocess(i):\n    return {'return': 0, 'answer': answer}\n",
        "two",
    )
    run_hook(first)
    assert run_hook(second).data["answer"] == 42
    sys.modules.pop("cm_test_sibling")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def preprocess(i):\n  return {\n", r"my-recipe cannot be loaded: .*\(line \d\)"),
        ("\nimport no_such_module_anywhere\n", r"no_such_module_anywhere.*\(line 2\)"),
        ("x = 1 / 0\n", r"ZeroDivisionError: division by zero \(line 1\)"),
        ("raise SystemExit(3)\n", r"SystemExit: 3 \(line 1\)"),
    ],
)
def test_a_file_that_does_not_load(recipe, text, said):
    with pytest.raises(CMError, match=said) as raised:
        load_customize(recipe(text))
    assert "\n" not in raised.value.message
    assert raised.value.__cause__ is not None


def test_a_broken_edit_does_not_hide_that_it_is_broken(recipe):
    path = recipe("value = 1\n")
    load_customize(path)
    path.write_text("value =\n")
    for _ in range(2):
        with pytest.raises(CMError):
            load_customize(path)


def test_missing_module_has_a_hint(recipe):
    with pytest.raises(CMError) as raised:
        load_customize(recipe("import no_such_module_anywhere\n"))
    assert "no_such_module_anywhere" in raised.value.hint


def test_exception_names_the_line_of_the_recipe(recipe):
    path = recipe("import json\n\ndef preprocess(i):\n    json.loads('{')\n    return {'return': 0}\n")
    with pytest.raises(
        ScriptFailedError, match=r"my-recipe failed with JSONDecodeError: .*\(customize.py, line 4\)"
    ) as raised:
        run_hook(path)
    assert raised.value.exit_code == 1
    assert raised.value.__cause__ is not None


def test_exit_in_a_hook_does_not_end_the_program(recipe):
    path = recipe("import sys\ndef preprocess(i):\n    sys.exit(5)\n")
    with pytest.raises(ScriptFailedError, match="ended the program with status 5") as raised:
        run_hook(path)
    assert raised.value.exit_code == 5


@pytest.mark.parametrize("value", ["None", "[]", "{}", "{'return': 'x'}", "7"])
def test_an_answer_must_be_a_dictionary_with_return(recipe, value):
    with pytest.raises(CMError, match="preprocess of recipe my-recipe returned"):
        run_hook(recipe(f"def preprocess(i):\n    return {value}\n"))


def test_missing_hook_is_fine(recipe, tmp_path):
    path = recipe("def preprocess(i):\n    return {'return': 0}\n")
    outcome = run_hook(path, "postprocess", cwd=tmp_path / "never-entered")
    assert outcome.data == {"return": 0}


def test_a_returned_code_becomes_the_exit_code(recipe):
    path = recipe("def preprocess(i):\n    return {'return': 5, 'error': 'no disk'}\n")
    data = run_hook(path).data
    error = hook_failure(load_customize(path), "preprocess", data)
    assert (error.exit_code, error.message) == (5, "preprocess of recipe my-recipe failed: no disk")


def test_what_a_hook_prints_is_handed_on(recipe):
    path = recipe(
        "def preprocess(i):\n    print('one', 'two')\n    print('x', end='')\n    return {'return': 0}\n"
    )
    seen = []
    run_hook(path, on_output=seen.append)
    assert "".join(seen) == "one two\nx"


def test_a_question_is_seen_before_it_waits(recipe, monkeypatch):
    path = recipe("def preprocess(i):\n    return {'return': 0, 'name': input('Your name? ')}\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("Ada\n"))
    order = []
    outcome = run_hook(path, on_output=order.append, on_prompt=lambda text: order.append(("prompt", text)))
    assert outcome.data["name"] == "Ada"
    assert order == ["Your name? ", ("prompt", "Your name? ")]


def test_an_answered_question_is_not_asked_again(recipe, monkeypatch):
    path = recipe(
        "import sys\ndef preprocess(i):\n    input('A? ')\n    sys.stdin.readline()\n    return {'return': 0}\n"
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n2\n"))
    asked = []
    run_hook(path, on_prompt=asked.append)
    assert asked == ["A? "]


def test_input_may_be_read_to_its_end(recipe, monkeypatch):
    path = recipe("import sys\ndef preprocess(i):\n    return {'return': 0, 'lines': list(sys.stdin)}\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n2\n"))
    assert run_hook(path).data["lines"] == ["1\n", "2\n"]


@pytest.mark.parametrize("stdin", [io.StringIO(""), None])
def test_a_question_with_closed_input(recipe, monkeypatch, stdin):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(InteractionError, match="input is closed"):
        run_hook(recipe("def preprocess(i):\n    input('Your name? ')\n"))


def test_changes_of_the_environment_are_undone(recipe):
    path = recipe(
        "import os\ndef preprocess(i):\n    os.environ['CM_TEST_NEW'] = '1'\n    os.environ['PATH'] = 'x'\n"
        "    del os.environ['HOME']\n    raise ValueError\n"
    )
    before = dict(os.environ)
    with pytest.raises(ScriptFailedError):
        run_hook(path)
    assert dict(os.environ) == before


def test_the_folder_where_a_hook_ends_is_reported_and_left(recipe, tmp_path):
    path = recipe(
        "import os\ndef preprocess(i):\n    os.makedirs('sub')\n    os.chdir('sub')\n    return {'return': 0}\n"
    )
    before = Path.cwd()
    assert run_hook(path, cwd=tmp_path).cwd == tmp_path / "sub"
    assert Path.cwd() == before


def test_folder_that_does_not_exist(recipe, tmp_path):
    path = recipe("def preprocess(i):\n    return {'return': 0}\n")
    before = Path.cwd()
    with pytest.raises(CMError, match="cannot enter the working folder"):
        run_hook(path, cwd=tmp_path / "gone")
    assert Path.cwd() == before


def test_return_to_a_folder_that_was_renamed_or_removed(tmp_path):
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom cm_script.runtime.workingdir import working_directory\n"
        "a, b = Path(sys.argv[1]), Path(sys.argv[2])\nos.chdir(a)\n"
        "with working_directory(b):\n    a.rename(a.with_name('renamed'))\n    b.rmdir()\n"
        "print(os.getcwd())\n"
        "with working_directory(Path('/')):\n    a.with_name('renamed').rmdir()\n"
        "with working_directory(Path('/')):\n    pass\n"
        "print('still running')\n"
    )
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a", tmp_path / "b"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [str(tmp_path / "renamed"), "still running"]


def test_threads_take_turns_in_folders(tmp_path):
    wrong = []

    def work(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        for _ in range(50):
            with working_directory(folder):
                if Path.cwd() != folder:
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_hook_may_call_another_recipe(recipe, tmp_path):
    inner = recipe(
        "import os\ndef preprocess(i):\n    print('inner')\n    return {'return': 0, 'cwd': os.getcwd()}\n",
        "inner",
    )
    outer = recipe(
        "import os\ndef preprocess(i):\n    r = i['call']()\n    print('outer')\n"
        "    return {'return': 0, 'inner': r, 'cwd': os.getcwd()}\n",
        "outer",
    )
    (tmp_path / "a").mkdir()
    seen = []
    outcome = run_hook(
        outer,
        arguments={"call": lambda: run_hook(inner, cwd=tmp_path / "a", on_output=seen.append).data["cwd"]},
        cwd=tmp_path,
        on_output=seen.append,
    )
    assert outcome.data == {"return": 0, "inner": str(tmp_path / "a"), "cwd": str(tmp_path)}
    assert "".join(seen) == "inner\nouter\n"
