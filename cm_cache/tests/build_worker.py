"""A process of its own that uses the cache, for the tests of concurrency and crashes.

usage: build_worker.py HOME MODE NAME [LOG]
    build     make the result NAME unless it is there; write a line to LOG when it was really made
    hang      start to make it, leave a file, print the folder, and wait to be killed
    publishing  as hang, but killed by itself between writing the state and the metadata
    staging   killed by itself between making the folder and moving it into place
    many      make and remove one result after another, until it is killed
    nested    make it in a process that this one starts while it is making it
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cm_cache.key import CacheKey
from cm_cache.state import CachedState
from cm_cache.store import CacheQuery, CacheStore
from cm_core import CMError, Session


def build(store, key, log):
    with store.building(key, tags=("get", "thing")) as slot:
        if found := store.first(CacheQuery(key=key)):
            return f"reused {found.entry.uid}"
        with log.open("a") as stream:
            stream.write(f"{os.getpid()}\n")
        assert list(slot.path.iterdir()) == [slot.path / "_cm.json"]
        (slot.path / "result.txt").write_text("done")
        time.sleep(0.3)
        return f"built {slot.publish(CachedState(new_env={'CM_AT': str(slot.path)})).uid}"


def hang(store, key):
    with store.building(key, tags=("get", "thing")) as slot:
        (slot.path / "half.txt").write_text("half")
        sys.stdout.write(f"{slot.path}\n")
        sys.stdout.flush()
        time.sleep(300)


def make_many(store, name):
    sys.stdout.write("started\n")
    sys.stdout.flush()
    for number in range(100_000):
        key = CacheKey(script_uid="0123456789abcdef", inputs={"name": f"{name}-{number}"})
        with store.building(key, tags=("get", "thing")) as slot:
            (slot.path / "result.txt").write_text("done")
            slot.publish(CachedState(new_env={"CM_AT": str(slot.path)}))
        if number % 3 == 2:
            store.remove(store.find()[:1])


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    home, mode, name, *rest = sys.argv[1:]
    store = CacheStore(Session(Path(home)))
    key = CacheKey(script_uid="0123456789abcdef", script_alias="get-thing", inputs={"name": name})
    if mode == "hang":
        hang(store, key)
    elif mode == "many":
        make_many(store, name)
    elif mode == "staging":
        Path.rename = die
        hang(store, key)
    elif mode == "publishing":
        import cm_cache.layout

        write, cm_cache.layout.write_meta = cm_cache.layout.write_meta, None
        with store.building(key) as slot:
            cm_cache.layout.write_meta = write
            place = slot.path
            cm_cache.layout.write_meta = die
            slot.publish(CachedState(new_env={"CM_AT": str(place)}))
    elif mode == "nested":
        with store.building(key) as slot:
            slot.path  # noqa: B018 - reading it makes the folder
            inner = [sys.executable, __file__, home, "build", name, *rest]
            sys.exit(subprocess.run(inner, check=False).returncode)
    else:
        sys.stdout.write(build(store, key, Path(rest[0])) + "\n")


if __name__ == "__main__":
    try:
        main()
    except CMError as error:
        sys.exit(f"{type(error).__name__}: {error}")
