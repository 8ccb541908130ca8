"""Real git remotes and a real web server for the tests of repositories."""

from __future__ import annotations

import base64
import http.server
import os
import shutil
import subprocess
import threading
import zipfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from cm_core import Request

IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


@pytest.fixture(autouse=True)
def git_identity(monkeypatch):
    """Git without the settings of whoever runs the tests."""
    for key in [key for key in os.environ if key.startswith(("GIT_", "CM_"))]:
        monkeypatch.delenv(key)
    for key, value in IDENTITY.items():
        monkeypatch.setenv(key, value)
    for key in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(key, raising=False)


def run_git(*words, cwd):
    done = subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(map(str, words))}: {done.stderr}"
    return done.stdout.strip()


@pytest.fixture
def git():
    """Run git in a folder; answers what it printed."""
    return run_git


@dataclass
class Remote:
    """A bare repository and the work tree that fills it."""

    bare: Path
    work: Path

    @property
    def url(self):
        return self.bare.as_uri()

    def commit(self, files, message="more"):
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        run_git("add", "-A", cwd=self.work)
        run_git("commit", "-q", "-m", message, cwd=self.work)
        return self.publish()

    def branch(self, name):
        run_git("checkout", "-q", "-b", name, cwd=self.work)
        return self.publish()

    def publish(self, *options):
        run_git("push", "-q", *options, str(self.bare), "--all", cwd=self.work)
        run_git("push", "-q", *options, str(self.bare), "--tags", cwd=self.work)
        # Lets plain web servers serve it (git's "dumb" protocol).
        run_git("update-server-info", cwd=self.bare)
        return run_git("rev-parse", "HEAD", cwd=self.work)


def repo_meta(alias, uid="0123456789abcde0", **more):
    lines = [f"alias: {alias}", f'uid: "{uid}"', "git: true"]
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())]) + "\n"


def script_meta(alias, uid="00000000000000a1"):
    return (
        f'alias: {alias}\nuid: "{uid}"\nautomation_alias: script\n'
        f'automation_uid: "5b4e0237da074764"\ntags: [{alias}]\n'
    )


@pytest.fixture
def hub(tmp_path):
    """A folder of remotes, used as ``repo_url_prefix``: ``hub/owner/name``."""
    folder = tmp_path / "hub"
    folder.mkdir()
    return folder


@pytest.fixture
def make_remote(hub, tmp_path):
    """Make ``hub/OWNER/NAME`` with a ``cmr.yaml`` (unless ``meta=""``) and one script."""

    def make(name="owner/tools", *, meta=None, uid="0123456789abcde0", files=None):
        bare, work = hub / name, tmp_path / "work" / name
        bare.parent.mkdir(parents=True, exist_ok=True)
        work.parent.mkdir(parents=True, exist_ok=True)
        run_git("init", "-q", "--bare", "--initial-branch=main", str(bare), cwd=tmp_path)
        run_git("init", "-q", "--initial-branch=main", str(work), cwd=tmp_path)
        remote = Remote(bare=bare, work=work)
        text = repo_meta(name.replace("/", "@"), uid) if meta is None else meta
        content = {"script/hello/_cm.yaml": script_meta("hello"), **(files or {})}
        remote.commit({**({"cmr.yaml": text} if text else {}), **content}, "first")
        return remote

    return make


@pytest.fixture
def call(cm_session):
    """Call an action on repositories by names and options; answers the result."""

    def called(action, *names, session=None, **options):
        request = Request(
            action=action,
            automation="repo",
            artifact=names[0] if names else "",
            artifacts=names[1:],
            options=options,
        )
        return (session or cm_session).call(request)

    return called


@pytest.fixture
def pull(call):
    """Pull by names and options; answers the result."""
    return partial(call, "pull")


@pytest.fixture
def tools(make_remote, pull, cm_home):
    """A remote with the clone that was pulled from it."""
    remote = make_remote("owner/tools")
    pull("owner@tools")
    return remote, cm_home / "repos/owner@tools"


@pytest.fixture
def configure(cm_home, hub):
    """Write the home's ``config.yaml``; short names lead to the hub."""
    import yaml

    def write(**more):
        cm_home.mkdir(parents=True, exist_ok=True)
        config = {"repo_url_prefix": hub.as_uri() + "/", "repo_url_org": "mlcommons", **more}
        (cm_home / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")

    write()
    return write


@dataclass
class Web:
    """A web server on this machine.

    Attributes:
        folder: what it serves.
        password: when set, the Basic credentials ``user:password`` it wants.
        seen: (path, Authorization header) of every request.
        redirect: path -> address to send the client to.
    """

    folder: Path
    port: int = 0
    password: str = ""
    seen: list = field(default_factory=list)
    redirect: dict = field(default_factory=dict)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


class HubHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, redirects, Basic authentication and, below ``/smart/``, git itself."""

    state: Web

    def __init__(self, *args, **kwargs):
        super().__init__(*args, directory=str(self.state.folder), **kwargs)

    def do_GET(self):
        given = self.headers.get("Authorization", "")
        self.state.seen.append((self.path, given))
        for start, address in self.state.redirect.items():
            if self.path.startswith(start):
                self.send_response(302)
                self.send_header("Location", address + self.path.removeprefix(start))
                self.end_headers()
                return
        wanted = "Basic " + base64.b64encode(self.state.password.encode()).decode()
        if self.state.password and given != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="hub"')
            self.end_headers()
            return
        if self.path.startswith("/smart/"):
            self.serve_git()
        else:
            super().do_GET()

    def do_POST(self):
        self.state.seen.append((self.path, self.headers.get("Authorization", "")))
        self.serve_git()

    def serve_git(self):
        """Git's own server program, as code hosts run it."""
        path, _, query = self.path.removeprefix("/smart").partition("?")
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.state.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        done = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for key, value in fields.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def web(hub):
    """Serves the hub over HTTP."""
    state = Web(folder=hub)

    handler = type("Handler", (HubHandler,), {"state": state})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def make_zip(tmp_path):
    """Write a zip file from ``{name: text}``."""

    def make(members, path=None):
        target = path or tmp_path / "repo.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for name, text in members.items():
                archive.writestr(name, text)
        return target

    return make


@pytest.fixture
def listing():
    """All files below a folder, relative and sorted, without git's own and locks."""

    def listed(folder):
        return sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and ".git" not in path.parts and path.suffix != ".lock"
        )

    return listed


@pytest.fixture
def spy_git(tmp_path):
    """A ``git`` first on the PATH that records its arguments and then runs the real one."""
    if os.name == "nt":
        pytest.skip("the spy is a shell script")
    real, folder = shutil.which("git"), tmp_path / "spy"
    folder.mkdir()
    log = folder / "arguments.txt"
    script = folder / "git"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{log}"\nexec "{real}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return folder, log
