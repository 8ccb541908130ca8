"""Everything a contributor or a CI machine runs: ``nox -s demo``, ``nox -s tests`` and so on.

Every session gets an environment with the pinned packages of constraints.txt and all
distributions as editable installs. It is kept, and filled again only when one of those files changes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests"]

ROOT = Path(__file__).parent
DISTRIBUTIONS = (
    "cm_core",
    "cm_cache",
    "cm_script",
    "cm_mlperf",
    "plugins/cmind",
    "plugins/doc",
    "plugins/docker",
    "plugins/executor-slurm",
    "plugins/experiment",
    "plugins/repo",
    "plugins/report",
)
PINS = "constraints.txt"


def prepare(session: nox.Session) -> None:
    """Bring the environment up to date: third-party pins first, then our own distributions."""
    inputs = [ROOT / PINS, *(ROOT / folder / "pyproject.toml" for folder in DISTRIBUTIONS)]
    state = hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()
    stamp = Path(session.virtualenv.location) / "cm-workspace.sha256"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == state:
        return
    session.install("--require-hashes", "--requirement", PINS)
    editable = [part for folder in DISTRIBUTIONS for part in ("--editable", f"./{folder}")]
    # No single file to hash and nothing to resolve: everything they need is there already.
    session.install("--no-deps", "--no-build-isolation", *editable)
    stamp.write_text(state, encoding="ascii")


@nox.session
def demo(session: nox.Session) -> None:
    """Measure a model from nothing with MLPerf LoadGen, and again from what is finished."""
    prepare(session)
    home = Path(session.create_tmp()) / "demo"
    session.run("python", "tools/demo.py", str(home), *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test (arguments after -- go to pytest)."""
    prepare(session)
    session.run("pytest", *(session.posargs or ("-n", "2", "--dist", "worksteal")))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, budgets and imports, and that each module has tests."""
    prepare(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "tools/budgets.py")
    session.run("lint-imports", "--no-cache")
    session.run("python", "tools/tests_of.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly."""
    prepare(session)
    session.run("mypy", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Run the code blocks of README and docs/ as tests."""
    prepare(session)
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure beside the original, or beside a revision with -- --against REV (Linux, macOS)."""
    prepare(session)
    work = Path(session.create_tmp()) / "bench"
    session.run("python", "tests/benchmarks", "--work", str(work), *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Kill, crowd, damage and let calls fail for some time: nox -s soak -- --minutes=60 (Linux)."""
    prepare(session)
    work = Path(session.create_tmp()) / "soak"
    session.run("python", "tests/soak/soak.py", "--work", str(work), *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build all sdists and wheels, and try them in empty environments outside the workspace."""
    prepare(session)
    out = Path(session.create_tmp()) / "dist"
    session.run("python", "tools/build_dists.py", str(out), *DISTRIBUTIONS)
    session.run("pytest", "tests/packaging", "--wheels", str(out), *session.posargs)


@nox.session
def conformance(session: nox.Session) -> None:
    """Run a public repository unmodified: nox -s conformance -- --repo PATH [--oracle FILE] [--peer PYTHON].

    --oracle: recorded answers of the original. --peer: a Python that has the original, which is then run
    beside ours. --ck: a checkout of mlcommons/ck with the public test sequences. --mlperf-results: a checkout
    of published MLPerf results, compared with --mlperf-checker, a checkout of mlcommons/inference.
    """
    if not {"--repo", "--mlperf-results"} & set(session.posargs):
        session.skip("give the checkout of a public repository: nox -s conformance -- --repo PATH")
    prepare(session)
    session.run("pytest", "tests/conformance", *session.posargs)


@nox.session(venv_backend="none")
def constraints(session: nox.Session) -> None:
    """Pin everything anew (needs uv on the PATH); --upgrade takes the newest versions."""
    fixed = ("--no-emit-workspace", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet")
    session.run(
        "uv", "export", "--all-packages", "--all-groups", *fixed, "-o", PINS, *session.posargs, external=True
    )
