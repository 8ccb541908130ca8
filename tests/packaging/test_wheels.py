"""Installs the wheels into empty environments outside the workspace and uses them there.

Run by ``nox -s build``, which makes the wheels and gives their folder as ``--wheels``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ALL = (
    "cm-automation",
    "cm-executor-slurm",
    "cm-plugin-cache",
    "cm-plugin-cmind",
    "cm-plugin-doc",
    "cm-plugin-docker",
    "cm-plugin-experiment",
    "cm-plugin-mlperf",
    "cm-plugin-repo",
    "cm-plugin-script",
    "cm-report",
)
OWNED_BY = {
    "cm-plugin-cache": "cache",
    "cm-plugin-cmind": "home",
    "cm-plugin-docker": "docker",
    "cm-plugin-experiment": "experiment",
    "cm-plugin-mlperf": "mlperf",
    "cm-plugin-repo": "repo",
    "cm-plugin-script": "script",
}
NEEDS = {
    "cm-executor-slurm": ("cm-plugin-experiment", "cm-report"),
    "cm-plugin-cmind": ("cm-plugin-cache", "cm-plugin-script"),
    "cm-plugin-doc": ("cm-plugin-cache", "cm-plugin-script"),
    "cm-plugin-docker": ("cm-plugin-cache", "cm-plugin-script"),
    "cm-plugin-experiment": ("cm-report",),
    "cm-plugin-mlperf": ("cm-plugin-cache", "cm-plugin-script", "cm-report"),
    "cm-plugin-script": ("cm-plugin-cache",),
}


@pytest.fixture(scope="session")
def wheels(request: pytest.FixtureRequest) -> Path:
    folder = request.config.getoption("--wheels")
    if folder is None:
        pytest.skip("needs built wheels: nox -s build")
    return folder.resolve()


class Installed:
    """An environment that holds one distribution and what it declares, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)

    def install(self, wheels: Path, *distributions: str) -> None:
        # Whenever one of ours is needed it is the wheel just built, whatever an index has by that name.
        found = {wheel.name.partition("-")[0].replace("_", "-"): wheel for wheel in wheels.glob("*.whl")}
        pins = self.folder / "pins.txt"
        pins.write_text(
            "".join(f"{name} @ {path.as_uri()}\n" for name, path in found.items()), encoding="utf-8"
        )
        pip = [self.bin / "python", "-m", "pip", "install", "--quiet", "--constraint", pins]
        # A pin says nothing of the same name with extras, so that one is asked for by its address.
        wanted = [f"{name} @ {found[name.partition('[')[0]].as_uri()}" for name in distributions]
        subprocess.run([*pip, *wanted], cwd=self.folder, check=True, stdin=subprocess.DEVNULL)

    def run(self, *command: str, status: int = 0) -> str:
        # Nothing of the workspace may help: no PYTHONPATH, another folder, an empty home.
        env = {key: value for key, value in os.environ.items() if not key.startswith(("CM_", "PYTHON"))}
        env["CM_REPOS"] = str(self.folder / "home")
        program, *arguments = command
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "warning" not in done.stderr.lower(), done.stderr
        return done.stdout

    def distributions(self) -> set[str]:
        listed = self.run("python", "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check")
        return {line.partition("==")[0].lower() for line in listed.split()}


@pytest.mark.network
@pytest.mark.parametrize("distribution", ALL)
def test_distribution_works_alone(distribution: str, wheels: Path, tmp_path: Path):
    place = Installed(tmp_path)
    place.install(wheels, distribution)
    needed = {"cm-automation", distribution, *NEEDS.get(distribution, ())}
    assert place.distributions() & set(ALL) == needed
    assert "0.1" in place.run("cm", "version")
    listed = json.loads(place.run("cm", "plugins", "list", "--json"))["plugins"]
    owned = {automation for plugin in listed for automation in plugin["automations"]}
    for name, automation in OWNED_BY.items():
        assert (automation in owned) == (name in needed)


@pytest.mark.network
def test_all_work_together(wheels: Path, tmp_path: Path):
    place = Installed(tmp_path)
    place.install(wheels, "cm-automation[all]")
    assert place.distributions() >= set(ALL)
    place.run("cm", "run", "script", "detect os", "--quiet")
    place.run("cm", "find", "script", "--tags=detect,os")
    place.run("cm", "show", "cache")
    place.run("cm", "show", "repo")


def test_wheels_carry_types_and_entry_points(wheels: Path):
    found = sorted(wheels.glob("*.whl"))
    assert len(found) == len(ALL)
    for wheel in found:
        names = zipfile.ZipFile(wheel).namelist()
        assert any(name.endswith("/py.typed") for name in names), wheel.name
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names), wheel.name
        if "cm_report" not in wheel.name:  # a library without a plugin of its own
            assert any(name.endswith("entry_points.txt") for name in names), wheel.name
        assert not any("/tests/" in name or "__pycache__" in name for name in names), wheel.name


def test_the_package_for_recipes_is_shipped_but_not_at_the_top(wheels: Path):
    (wheel,) = wheels.glob("cm_plugin_cmind-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "cm_cmind/for-recipes/cmind/utils.py" in names
    assert not any(name.startswith("cmind/") for name in names)


def test_recipes_are_shipped(wheels: Path):
    (wheel,) = wheels.glob("cm_plugin_script-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "cm_script/recipes/cmr.yaml" in names
    assert any(name.endswith("/run.sh") for name in names)
    (source,) = wheels.glob("cm_plugin_script-*.tar.gz")
    with tarfile.open(source) as archive:
        assert any(name.endswith("src/cm_script/recipes/cmr.yaml") for name in archive.getnames())
