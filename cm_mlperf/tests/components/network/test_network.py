"""LoadGen over HTTP on this machine: nodes and clients are real processes."""

import re
import signal
import socket
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pytest

from cm_mlperf.components.network.wire import (
    PREDICT,
    pack_inputs,
    pack_outputs,
    unpack_inputs,
    unpack_outputs,
)
from cm_mlperf.loadgen.log import read_detail_log

MODEL = """
import numpy as np
def predict(batch):
    if (batch > 100).any():
        raise ValueError("too bright")
    return batch @ np.eye(4, dtype=np.float32)
"""


@pytest.fixture
def node(run_cm, tmp_path):
    """A factory of nodes that end with the test."""
    (tmp_path / "my.py").write_text(MODEL, encoding="utf-8")
    nodes = []

    def start(*words):
        argv = run_cm.argv("serve", "mlperf", "--model=my.py:predict", "--port=0", *words)
        process = subprocess.Popen(
            argv,
            cwd=tmp_path,
            env=dict(run_cm.env),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        nodes.append(process)
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                return found[0]
        pytest.fail("the node did not start")
        return ""

    yield start
    for process in nodes:
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "served" in said
        # Of the model alone.
        assert "Traceback" not in errors or "too bright" in errors


def write_data(folder, brightness=1.0):
    labels = np.arange(16) % 4
    np.savez(folder / "data.npz", x=np.eye(4, dtype=np.float32)[labels] * brightness, y=labels)


def test_an_answer_leaves_in_one_piece(node):
    """In two pieces, the second would wait for the receipt of the first."""
    address = urlsplit(node())
    body = pack_inputs({"x": np.ones((1, 4), np.float32)})
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(head.encode() + body)
        piece = connection.recv(65536)
    headers, _, answer = piece.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(answer)}".encode() in headers
    assert unpack_outputs(answer)[0].tolist() == [[1, 1, 1, 1]]


def test_a_node_survives_garbage_and_clients_that_leave(node):
    address = urlsplit(node())
    body = pack_inputs({"x": np.ones((1, 4), np.float32)})
    for sent, status in ((b"garbage", b"400"), (b"", b"400"), (body[:-30], b"400"), (body, b"200")):
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(sent)}\r\n\r\n"
        with socket.create_connection((address.hostname, address.port), timeout=20) as leaving:
            # Closed with a reset, before there can be an answer.
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            leaving.sendall(head.encode() + sent)
        with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
            connection.sendall(head.encode() + sent)
            assert connection.recv(65536).split()[1] == status


def test_something_else_than_a_node(run_cm, tmp_path):
    write_data(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        outcome = run_cm("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", f"--network={url}")
        server.shutdown()
    assert outcome.status == 1
    assert f"something other than a node answers at {url}" in outcome.stderr
    assert "cm serve mlperf MODEL" in outcome.stderr


class Other(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *args):
        pass


@pytest.mark.slow
def test_a_run_on_two_nodes(node, run_cm, tmp_path):
    write_data(tmp_path)
    urls = f"{node()},{node()}"
    words = ["--model=my.py:predict", "--dataset=data.npz", "--duration=0.3", "--json", "--workers=2"]
    scenarios = "--scenario=SingleStream,Offline"
    outcome = run_cm("run", "mlperf", *words, scenarios, f"--network={urls}")
    assert outcome.status == 0, outcome.stderr
    tests = outcome.json()["tests"]
    assert {test["accuracy"]["value"] for test in tests if test["accuracy"]} == {100.0}
    log = read_detail_log(tmp_path / outcome.json()["path"] / "SingleStream" / "performance")
    assert "Network SUT" in log.values["sut_name"]
    assert log.valid


@pytest.mark.slow
def test_a_node_that_fails_or_is_not_there_is_named(node, run_cm, tmp_path):
    write_data(tmp_path, brightness=1000.0)
    words = ("run", "mlperf", "--model=my.py:predict", "--dataset=data.npz", "--scenario=Offline")
    url = node()
    failed = run_cm(*words, f"--network={url}")
    assert failed.status == 1
    assert f"the node {url} failed: ValueError: too bright" in failed.stderr
    gone = run_cm(*words, "--network=http://127.0.0.1:1")
    assert "cannot be reached" in gone.stderr
    assert "cm serve mlperf" in gone.stderr
    assert "is not the URL of a node" in run_cm(*words, "--network=ftp://x").stderr


def test_the_network_division_needs_a_network(run_cm):
    assert "needs systems to measure" in run_cm("run", "mlperf", "--division=network").stderr


def test_arrays_survive_the_way():
    inputs = {"a": np.arange(6, dtype=np.float16).reshape(2, 3), "file": np.array([[True], [False]])}
    back = unpack_inputs(pack_inputs(inputs))
    assert set(back) == {"a", "file"}
    assert all(
        np.array_equal(back[name], inputs[name]) and back[name].dtype == inputs[name].dtype for name in inputs
    )
    outputs = [np.full((1,), number) for number in range(12)]
    assert [int(output[0]) for output in unpack_outputs(pack_outputs(outputs))] == list(range(12))
    with pytest.raises((ValueError, OSError)):
        unpack_inputs(b"nothing")
