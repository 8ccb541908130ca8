"""Damaged files and odd words: a sentence and an exit status, never a traceback, a hang, or a lasting harm."""

from __future__ import annotations

import random
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from place import Clock, Place, Tally

_TOKENS = (
    *(b"null", b"true", b"{}", b"[]", b"''", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"1e999", b"NaN", b"-0"),
    *(b"[[[[[[[[", b"{a: {a: {a: ", b"&a [*a, *a]", b"<<: *a", b"!!python/object:os.system", b": : :"),
    *(
        b"../../..",
        b"$(id)",
        b"${HOME}",
        b"%s%n",
        b"\r\n",
        b"\t",
        "é 漢 \u202e".encode(),
        b"9" * 400,
        b"a" * 5000,
    ),
)
_WORDS = (
    *("run", "find", "show", "rm", "add", "load", "update", "doc", "lint", "script", "cache", "experiment"),
    *("repo", "mlperf", "--tags=", "--tags=thing", "--out=json", "-j", "--help", "--", "-", "--=", "thing"),
    *("--env.A", "--env.=1", "--adr.x.tags=_y", "--const.A=", "@missing.yaml", "thing,_x", "_v", "*", ""),
    *("--where=a b", "--sort=", "--limit=-1", "--limit=9e9", "--explore.A=1,2", "{{A}}", "../x", "\udcff"),
)
# Nothing that goes on for ever, asks, or leaves the folder.
_CAREFUL = ("--quiet", "--dry_run")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A file to damage, and the command that reads it."""

    name: str
    path: Path
    words: tuple[str, ...]


def soak_fuzz(place: Place, clock: Clock, chance: random.Random, least: int = 0) -> Tally:
    """Damage a file or type odd words until the time is over, at least some times."""
    tally = Tally(part="fuzz")
    targets = _targets(place)
    content = {target.path: target.path.read_bytes() for target in targets}
    number = 0
    while number < least or not clock.is_over:
        number += 1
        if number % 4 == 0:
            _odd_words(place, tally, chance)
            continue
        target = chance.choice(targets)
        damaged = damage(content[target.path], chance)
        target.path.write_bytes(damaged)
        ended = place.cm(*target.words)
        tally.count(f"damaged {target.name}")
        tally.expect(not ended.is_defect, f"{target.name}: {damaged[:300]!r}", ended.text)
        _restore(content)
        if number % 10 == 1:
            ended = place.cm("run", "script", "thing")
            tally.expect(ended.status == 0, f"after {target.name}: {damaged[:300]!r}", ended.text)
    return tally


def damage(content: bytes, chance: random.Random) -> bytes:
    """The content with one to three accidents: cut off, bytes changed, pieces doubled, odd text put in."""
    for _ in range(chance.randint(1, 3)):
        content = chance.choice(_ACCIDENTS)(content, chance.randrange(len(content) + 1), chance)
    return content


def _cut(content: bytes, at: int, _: random.Random) -> bytes:
    return content[:at]


def _change(content: bytes, at: int, chance: random.Random) -> bytes:
    return content[:at] + chance.randbytes(chance.randint(1, 8)) + content[at + 4 :]


def _double(content: bytes, at: int, _: random.Random) -> bytes:
    return content[:at] + content[at // 2 :]


def _put_in(content: bytes, at: int, chance: random.Random) -> bytes:
    return content[:at] + chance.choice(_TOKENS) + content[at + chance.randint(0, 12) :]


def _shuffle(content: bytes, _: int, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


_ACCIDENTS = (_cut, _change, _double, _put_in, _shuffle)


def _odd_words(place: Place, tally: Tally, chance: random.Random) -> None:
    words = [chance.choice(_WORDS) for _ in range(chance.randint(1, 7))]
    ended = place.cm(*words, *_CAREFUL)
    tally.count("odd commands")
    tally.expect(not ended.is_defect, f"words {words}", ended.text)


def _restore(content: dict[Path, bytes]) -> None:
    for path, pristine in content.items():
        path.write_bytes(pristine)


def _targets(place: Place) -> list[Target]:
    run = ("run", "script", "thing", "--quiet")
    thing = place.script("thing", "echo THING=1 > tmp-run-env.out", cache=True, new_env_keys=["THING"])
    (thing / "customize.py").write_text("def preprocess(i):\n    return {'return': 0}\n", encoding="utf-8")
    env, state = place.folder / "env.txt", place.folder / "state.json"
    env.write_text('A=1\nB="two words"\nC=$HOME\n', encoding="utf-8")
    state.write_text('{"a": {"b": [1, 2, {"c": null}]}}', encoding="utf-8")
    place.script("reports", f"cp {env} tmp-run-env.out; cp {state} tmp-run-state.json")
    place.cm(*run, must=True)
    shell = ("--", "sh", "-c", "echo '{\"score\": 1}'")
    place.cm("run", "experiment", "study", "--explore.A=1,2", *shell, must=True)
    cache = next((place.home / "repos" / "local" / "cache").glob("*/_cm.json")).parent
    study = place.home / "repos" / "local" / "experiment" / "study"
    folders = [
        Target(name="_cm.yaml", path=thing / "_cm.yaml", words=run),
        Target(name="_cm.yaml, lint", path=thing / "_cm.yaml", words=("lint", "script", "thing")),
        Target(
            name="_cm.yaml, doc", path=thing / "_cm.yaml", words=("doc", "script", "thing", "--output=d.md")
        ),
        Target(name="customize.py", path=thing / "customize.py", words=(*run, "--new")),
        Target(name="cmr.yaml", path=place.mine / "cmr.yaml", words=run),
        Target(name="repos.json", path=place.home / "repos.json", words=run),
        Target(name="index", path=next(place.home.rglob("index.sqlite")), words=run),
        Target(name="tmp-run-env.out", path=env, words=("run", "script", "reports")),
        Target(name="tmp-run-state.json", path=state, words=("run", "script", "reports", "--out=json")),
    ]
    of_entry = [Target(name=path.name, path=path, words=run) for path in sorted(cache.glob("*.json"))]
    of_study = [
        Target(name=f"experiment {path.name}", path=path, words=("show", "experiment", "study"))
        for path in sorted(study.rglob("cm-*"))
        if path.is_file()
    ]
    return [*folders, *of_entry, *of_study, *_archives(place)]


def _archives(place: Place) -> list[Target]:
    source = place.folder / "packed"
    place.write(source / "cmr.yaml", {"alias": "packed", "uid": "7b9cf1b9b5d94d12"})
    shutil.copytree(place.mine / "script", source / "script")
    packed = place.folder / "packed.zip"
    with zipfile.ZipFile(packed, "w") as stream:
        for path in sorted(source.rglob("*")):
            stream.write(path, path.relative_to(source))
    rolled = place.folder / "rolled.tar.gz"
    with tarfile.open(rolled, "w:gz") as stream:
        stream.add(source, "packed")
    return [
        Target(name=path.suffix, path=path, words=("pull", "repo", str(path), "--yes"))
        for path in (packed, rolled)
    ]
