"""Options of a run."""

import pytest

from cm_core import CMError, Request
from cm_mlperf.run.configuration import read_configuration


def read(tmp_path, artifact="", **options):
    request = Request(action="run", automation="mlperf", artifact=artifact, options=options)
    return read_configuration(request, tmp_path)


def test_nothing_given_is_the_demo(tmp_path):
    found = read(tmp_path)
    assert (found.model, found.level.name, found.division, found.device) == ("digits", "demo", "open", "cpu")
    assert found.scenarios == ("Offline", "Server", "SingleStream", "MultiStream")
    assert found.modes == ("performance", "accuracy")


def test_words_of_the_original_mean_the_same(tmp_path):
    found = read(
        tmp_path,
        model="resnet50",
        framework="onnxruntime",
        implementation="reference",
        execution_mode="valid",
        category="edge",
        hw_name="box",
        singlestream_target_latency="3",
        target_qps="100",
        server_target_qps="50",
        compliance="no",
    )
    assert (found.backend, found.level.name, found.system_name) == ("onnxruntime", "official", "box")
    assert found.scenarios == ("Offline", "SingleStream", "MultiStream")
    assert found.conf == {
        "Offline": {"target_qps": 100},
        "Server": {"target_qps": 50},
        "SingleStream": {"target_latency": 3},
    }
    assert found.modes == ("performance", "accuracy")


def test_scenarios_modes_and_compliance(tmp_path):
    found = read(tmp_path, scenario="multi-stream,offline", mode="performance", compliance="test04")
    assert found.scenarios == ("Offline", "MultiStream")
    assert found.modes == ("performance", "TEST04")
    assert read(tmp_path, compliance=True).modes == ("performance", "accuracy", "TEST01", "TEST04")


def test_a_search_for_the_peak_needs_server(tmp_path):
    with pytest.raises(CMError, match="the peak of Server, not of Offline, SingleStream"):
        read(tmp_path, mode="find-peak", scenario="Offline,SingleStream")
    with pytest.raises(CMError, match="not of Offline"):
        read(tmp_path, mode="accuracy,find-peak", scenario="Offline")
    assert read(tmp_path, mode="find-peak", scenario="Offline,Server").modes == ("find-peak",)


def test_a_number_of_queries_for_a_first_try(tmp_path):
    assert read(tmp_path, test_query_count="10").conf["*"] == {
        "min_query_count": 10,
        "max_query_count": 10,
        "min_duration": 0,
    }


@pytest.mark.parametrize(
    ("options", "sentence", "hint"),
    [
        ({"scenario": "Offlin"}, "--scenario cannot be 'Offlin'", "'Offline'"),
        ({"mode": "acuracy"}, "--mode cannot be 'acuracy'", "'accuracy'"),
        ({"level": "ofical"}, "--level cannot be 'ofical'", "'official'"),
        ({"execution_mode": "fats"}, "--execution_mode cannot be 'fats'", "'fast'"),
        ({"level": "demo", "execution_mode": "valid"}, "contradicts", "one of the two"),
        ({"implementation": "nvidia"}, "--implementation cannot be 'nvidia'", "reference"),
        ({"category": "edgy"}, "--category cannot be 'edgy'", "'edge'"),
        ({"category": "datacenter", "scenario": "SingleStream"}, "has no scenario SingleStream", "Server"),
        ({"benchmark": "resnte"}, "round v6.1 has no benchmark 'resnte'", "'resnet'"),
        ({"equivalent": True}, "--equivalent needs the benchmark that is meant", "--benchmark=NAME"),
        ({"round": "v9.9"}, "no round 'v9.9'", "v6.1"),
        ({"batch_size": "0"}, "--batch_size=0 must be a whole number, at least 1", ""),
        ({"batch_size": "two"}, "--batch_size=two must be", ""),
        ({"target_qps": "-3"}, "--target_qps=-3 must be more than 0", ""),
        ({"target_qps": "1e99"}, "--target_qps=1e99 is too large: at most 1,000,000,000", ""),
        ({"max_wait": "1e6"}, "--max_wait=1e6 is too large: at most 60,000", ""),
        ({"name": "../up"}, "the name '../up' contains a path separator", "choose a name"),
        ({"duration": "nan"}, "--duration=nan is not a duration", ""),
        ({"level": "official", "duration": "5"}, "lasts as long as the rules say", "--duration"),
        ({"framework": "tf", "backend": "onnxruntime"}, "contradicts", "drop one"),
        ({"compliance": "TEST05"}, "no compliance test 'TEST05'", "TEST01"),
        ({"model": True}, "--model needs a value", ""),
    ],
)
def test_what_cannot_be_meant(tmp_path, options, sentence, hint):
    with pytest.raises(CMError) as caught:
        read(tmp_path, **options)
    assert sentence in caught.value.message
    assert hint in caught.value.hint


def test_two_models(tmp_path):
    with pytest.raises(CMError, match="both 'digits' and --model=resnet50"):
        read(tmp_path, artifact="digits", model="resnet50")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("bert-99", {"target_qps": 1}),
        ("bert-99.9", {"target_qps": 2}),
        ("nets/My.py:predict", {"target_qps": 3}),
    ],
)
def test_lines_of_a_user_conf_are_those_of_the_model(tmp_path, model, expected):
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "My.py").touch()
    lines = [
        f"{name}.Offline.target_qps = {value}" for value, name in enumerate(("bert-99", "bert-99.9", "my"), 1)
    ]
    (tmp_path / "user.conf").write_text("\n".join(lines), encoding="utf-8")
    assert read(tmp_path, model=model, user_conf="user.conf").conf == {"Offline": expected}
