import pytest

from cm_core.base.pythonfiles import load_python_file
from cm_core.errors import CMError


def explain(error: BaseException) -> CMError:
    return CMError(f"cannot be loaded: {error}")


def test_a_file_is_loaded_once_for_each_version_of_it(tmp_path):
    file = tmp_path / "tool.py"
    file.write_text("value = []\n")
    first = load_python_file(file, "test", explain)
    assert load_python_file(file, "test", explain) is first
    file.write_text("value = 'changed'\n")
    assert load_python_file(file, "test", explain).value == "changed"


def test_a_file_that_fails_leaves_the_version_before(tmp_path):
    file = tmp_path / "tool.py"
    file.write_text("value = 1\n")
    load_python_file(file, "test", explain)
    file.write_text("raise ValueError('half written')\n")
    with pytest.raises(CMError, match="half written"):
        load_python_file(file, "test", explain)
    file.write_text("value = 3\n")
    assert load_python_file(file, "test", explain).value == 3


def test_what_a_file_starts_while_it_is_loaded_may_load_others(tmp_path):
    (tmp_path / "other.py").write_text("value = 2\n")
    file = tmp_path / "tool.py"
    file.write_text(
        "import threading\n"
        "from pathlib import Path\n"
        "from cm_core.base.pythonfiles import load_python_file\n"
        "loaded = []\n"
        "other = Path(__file__).with_name('other.py')\n"
        "load = lambda: loaded.append(load_python_file(other, 'test', lambda error: error))\n"
        "thread = threading.Thread(target=load, daemon=True)\n"
        "thread.start()\n"
        "thread.join(20)\n"
    )
    assert [module.value for module in load_python_file(file, "test", explain).loaded] == [2]
