"""What tests of the built-in recipes share: their folders, a local file server, the command line."""

import functools
import importlib.util
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

import cm_script

RECIPES = Path(cm_script.__file__).parent / "recipes" / "script"


class Handler(SimpleHTTPRequestHandler):
    """Serves files, with ranges, and can hang up in the middle of a body."""

    protocol_version = "HTTP/1.0"

    def do_GET(self):
        server = self.server
        path = Path(self.translate_path(self.path))
        server.requests.append((path.name, self.headers.get("Range", ""), self.headers.get("If-Range", "")))
        if not path.is_file():
            self.send_error(404)
            return
        body, start = path.read_bytes(), 0
        wanted = self.headers.get("Range", "")
        same = self.headers.get("If-Range", server.etag) == server.etag
        if wanted and server.ranges and same:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[start:]
        self.send_header("Content-Length", str(len(rest)))
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        if server.cuts:
            rest = rest[: server.cuts.pop(0)]
        self.wfile.write(rest)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def serve(tmp_path):
    """A server of the files in ``serve.folder``.

    ``serve.cuts`` lists after how many bytes the next answers break off; ``serve.requests`` what was asked.
    """
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    server.cuts, server.requests, server.ranges, server.etag = [], [], True, '"first"'
    server.folder, server.url = folder, f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run_recipe(run_cm):
    """Run a recipe by the command line; status, the JSON document, and what went to stderr."""

    def run(*words, **options):
        done = run_cm("run", "script", *words, "--quiet", "--out=json", **options)
        document = done.json()
        return SimpleNamespace(
            status=done.status,
            stderr=done.stderr,
            error=document.get("error", ""),
            hint=document.get("hint", ""),
            new_env=document.get("new_env", {}),
            new_state=document.get("new_state", {}),
        )

    return run


@pytest.fixture(scope="session")
def load_part():
    """Import a Python file that lies beside a customize.py."""

    def load(recipe, name):
        path = RECIPES / recipe / name
        spec = importlib.util.spec_from_file_location(f"recipe_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
