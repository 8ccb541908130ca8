"""What the tests of native scripts share."""

import os

import pytest

from cm_script.runtime.native import NativeRun


@pytest.fixture
def native():
    """The run of a script with this text in a folder."""

    def made(folder, text, **options):
        script = folder / "recipe" / "run.sh"
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        defaults = {
            "env": {},
            "cwd": folder,
            "process_env": dict(os.environ),
            "log_path": folder / "logs" / "run.log",
        }
        return NativeRun(script=script, **{**defaults, **options})

    return made
