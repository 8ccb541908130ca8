"""Make the short ones of the recorded logs, or shorten the logs of any test.

    python make_logs.py MODEL.onnx DATA.npz
    python make_logs.py --shorten FOLDER

The model takes a batch of samples and gives one score for each class; the archive has the arrays ``x`` and
``y``. Each LoadGen run gets a process of its own, since LoadGen reads its built-in configuration once.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BATCH = 64
TEST01 = (
    "*.*.mode = 2\n*.*.accuracy_log_rng_seed = 720381539243781796\n*.*.accuracy_log_sampling_target = 3000\n"
)
TEST04 = "".join(
    f"*.{scenario}.{line}\n"
    for scenario in ("SingleStream", "MultiStream", "Server", "Offline")
    for line in (
        "mode = 2",
        "performance_issue_unique = 0",
        "performance_issue_same = 1",
        "performance_issue_same_index = 3",
    )
)
# Folder -> scenario, mode, samples (0: all), lines of user.conf.
SHORT = {
    "short/SingleStream/performance": (
        "SingleStream",
        "PerformanceOnly",
        0,
        "min_duration=3000 target_latency=1",
    ),
    "cut/MultiStream/performance": (
        "MultiStream",
        "PerformanceOnly",
        0,
        "max_query_count=300 target_latency=3",
    ),
    "small/MultiStream/performance": (
        "MultiStream",
        "PerformanceOnly",
        540,
        "min_duration=3000 target_latency=3",
    ),
    "small/MultiStream/accuracy": ("MultiStream", "AccuracyOnly", 540, ""),
    "small/SingleStream/performance": (
        "SingleStream",
        "PerformanceOnly",
        540,
        "min_duration=5000 target_latency=1",
    ),
    "small/SingleStream/accuracy": ("SingleStream", "AccuracyOnly", 540, ""),
    "small/SingleStream/TEST01": (
        "SingleStream",
        "PerformanceOnly",
        540,
        "min_duration=5000 target_latency=1",
    ),
    "small/SingleStream/TEST04": (
        "SingleStream",
        "PerformanceOnly",
        540,
        "min_duration=5000 target_latency=1",
    ),
    "small/Server/performance": ("Server", "PerformanceOnly", 540, "min_duration=12000 target_qps=60"),
    "small/Offline/performance": ("Offline", "PerformanceOnly", 540, "min_duration=3000 target_qps=2000"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", nargs="?")
    parser.add_argument("data", nargs="?")
    parser.add_argument("--shorten", type=Path, help="only shorten the logs in this folder")
    parser.add_argument("--only", default="", help="only folders with this text in their name")
    parser.add_argument("--one", nargs=5, metavar=("FOLDER", "SCENARIO", "MODE", "SAMPLES", "CONF"))
    options = parser.parse_args()
    if options.shorten:
        shorten(options.shorten)
        return
    if options.one:
        measure(options.model, options.data, options.one)
        return
    for name, (scenario, mode, samples, conf) in SHORT.items():
        if options.only not in name:
            continue
        folder = HERE / name
        command = [
            sys.executable,
            __file__,
            options.model,
            options.data,
            "--one",
            str(folder),
            scenario,
            mode,
        ]
        subprocess.run([*command, str(samples), conf], check=True)
        shorten(folder)


def measure(model: str, data: str, words: list[str]) -> None:
    """One LoadGen run."""
    import mlperf_loadgen as loadgen
    import numpy as np
    import onnxruntime

    folder, scenario, mode, samples, conf = words
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    arrays = np.load(data)
    count = int(samples) or len(arrays["x"])
    inputs, labels = arrays["x"][:count], arrays["y"][:count]
    network = onnxruntime.InferenceSession(model)
    name = network.get_inputs()[0].name

    def answer(queries):
        for start in range(0, len(queries), BATCH):
            part = queries[start : start + BATCH]
            scores = network.run(None, {name: inputs[[query.index for query in part]]})[0]
            classes = scores.argmax(1).astype(np.int64)
            loadgen.QuerySamplesComplete(
                [
                    loadgen.QuerySampleResponse(query.id, classes.ctypes.data + 8 * row, 8)
                    for row, query in enumerate(part)
                ]
            )

    lines = (f"*.{scenario}.{word.replace('=', ' = ')}\n" for word in conf.split())
    (place / "user.conf").write_text("".join(lines), encoding="utf-8")
    audit = place / "audit.config"
    if place.name.startswith("TEST"):
        audit.write_text({"TEST01": TEST01, "TEST04": TEST04}[place.name], encoding="utf-8")
    settings = loadgen.TestSettings()
    settings.scenario = getattr(loadgen.TestScenario, scenario)
    settings.mode = getattr(loadgen.TestMode, mode)
    settings.FromConfig(str(place / "user.conf"), "digits-wide", scenario)
    logs = loadgen.LogSettings()
    logs.enable_trace = False
    output = loadgen.LogOutputSettings()
    output.outdir = folder
    logs.log_output = output
    system = loadgen.ConstructSUT(answer, lambda: None)
    library = loadgen.ConstructQSL(count, min(count, 1024), lambda _: None, lambda _: None)
    loadgen.StartTestWithLogSettings(system, library, settings, logs, str(audit))
    loadgen.DestroyQSL(library)
    loadgen.DestroySUT(system)
    if mode == "AccuracyOnly":
        judge(place, labels)


def judge(folder: Path, labels) -> None:
    """Write ``accuracy.txt`` in the format of resnet; each sample counts once."""
    entries = json.loads((folder / "mlperf_log_accuracy.json").read_text(encoding="utf-8"))
    answers = {entry["qsl_idx"]: int.from_bytes(bytes.fromhex(entry["data"]), "little") for entry in entries}
    good = sum(int(labels[index]) == answer for index, answer in answers.items())
    text = f"accuracy={100 * good / len(answers):.3f}%, good={good}, total={len(answers)}\n"
    (folder / "accuracy.txt").write_text(text, encoding="utf-8")


def shorten(folder: Path) -> None:
    """Leave out what is long or repeated; keep 50,000 answers as one digit each."""
    detail = folder / "mlperf_log_detail.txt"
    long = ('"key": "loadgen_file_sha1"', '"key": "loaded_qsl_set"')
    # LoadGen logs its own counters again for each part of the data set; the last time will do.
    by_key: dict[str, str] = {}
    for line in detail.read_text(encoding="utf-8").splitlines(keepends=True):
        key = line.partition('", "value"')[0]
        by_key.pop(key, None)
        by_key[key] = line
    kept = (line for line in by_key.values() if not any(key in line for key in long))
    detail.write_text("".join(kept), encoding="utf-8")
    for name in ("mlperf_log_trace.json", "audit.config"):
        (folder / name).unlink(missing_ok=True)
    answers = folder / "mlperf_log_accuracy.json"
    if answers.stat().st_size > 100_000:
        entries = json.loads(answers.read_text(encoding="utf-8"))
        by_index = {entry["qsl_idx"]: int(entry["data"][:2], 16) for entry in entries}
        digits = "".join(str(by_index[index]) for index in range(len(by_index)))
        with gzip.GzipFile(folder / "answers.gz", "wb", mtime=0) as stream:
            stream.write(digits.encode())
        answers.unlink()
    elif folder.name in ("performance", "TEST04"):
        answers.unlink()
    if folder.name == "accuracy":
        (folder / "user.conf").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
