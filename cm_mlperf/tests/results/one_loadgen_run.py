"""One real LoadGen run of a small classifier in a process of its own: SCENARIO MODE FOLDER MILLISECONDS QUERIES.

Ten clusters of points that overlap, and the nearest centre as the answer. Writes the logs, ``user.conf``
and ``seen.json`` with what the system under test saw: latencies and, in accuracy mode, right answers.
"""

import json
import sys
import time
from pathlib import Path

import mlperf_loadgen as loadgen
import numpy as np

SAMPLES = 360
BATCH = 16


def main(scenario, mode, folder, milliseconds, queries):
    random = np.random.default_rng(7)
    centres = random.normal(size=(10, 64)).astype(np.float32)
    labels = random.integers(0, 10, size=SAMPLES)
    points = centres[labels] + random.normal(scale=2.2, size=(SAMPLES, 64)).astype(np.float32)
    latencies = []

    def issue(queries):
        begin = time.perf_counter()
        for start in range(0, len(queries), BATCH):
            part = queries[start : start + BATCH]
            time.sleep(0.001)  # a model so slow that the hints below hold on any machine
            x = points[[query.index for query in part]]
            answers = np.argmin(((x[:, None] - centres) ** 2).sum(axis=2), axis=1).astype(np.int64)
            done = [
                loadgen.QuerySampleResponse(query.id, answers.ctypes.data + 8 * place, 8)
                for place, query in enumerate(part)
            ]
            latencies.extend([(time.perf_counter() - begin) * 1e3] * (1 if len(queries) <= 8 else len(part)))
            loadgen.QuerySamplesComplete(done)

    settings = loadgen.TestSettings()
    settings.scenario = getattr(loadgen.TestScenario, scenario)
    settings.mode = loadgen.TestMode.AccuracyOnly if mode == "accuracy" else loadgen.TestMode.PerformanceOnly
    keys = {
        "min_duration": milliseconds,
        "target_qps": {"Offline": 20000, "Server": 500}.get(scenario, 1000),
        "target_latency": 5000 if scenario == "Server" else 0.5,
        "min_query_count": {"Offline": 1, "Server": 500, "MultiStream": 662}.get(scenario, 100),
    }
    if queries:
        keys |= {"min_duration": 0, "min_query_count": queries, "max_query_count": queries}
    conf = folder / "user.conf"
    conf.write_text("".join(f"*.{scenario}.{key} = {value}\n" for key, value in keys.items()))
    settings.FromConfig(str(conf), "clusters", scenario)
    output = loadgen.LogOutputSettings()
    output.outdir = str(folder)
    logs = loadgen.LogSettings()
    logs.enable_trace = False
    logs.log_output = output
    sut = loadgen.ConstructSUT(issue, lambda: None)
    qsl = loadgen.ConstructQSL(SAMPLES, SAMPLES, lambda _: None, lambda _: None)
    loadgen.StartTestWithLogSettings(sut, qsl, settings, logs, "")
    loadgen.DestroyQSL(qsl)
    loadgen.DestroySUT(sut)
    seen = {"latencies_ms": latencies, "labels": labels.tolist(), "settings": keys}
    (folder / "seen.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
