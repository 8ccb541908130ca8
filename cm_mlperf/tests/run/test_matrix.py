"""``cm find mlperf``."""

import pytest

from cm_core import CMError, Request


def find(session, **options):
    return session.call(Request(action="find", automation="mlperf", options=options))


def test_what_works_here_and_why_the_rest_does_not(cm_session):
    rows = find(cm_session).data["matrix"]
    by_key = {(row["model"], row["backend"], row["device"]): row["reason"] for row in rows}
    assert by_key["digits", "onnxruntime", "cpu"] == ""
    assert "has no CUDAExecutionProvider" in by_key["resnet50", "onnxruntime", "cuda"]
    assert {row["model"] for row in rows} >= {"digits", "resnet50", "retinanet", "bert-99"}
    assert any("own" in row["model"] for row in rows)


def test_lines_say_what_works_first_and_give_each_reason_once(cm_session):
    lines = find(cm_session).lines
    gap = lines.index("does not work here:")
    assert lines[0].split() == ["works", "here", "back", "end", "device"]
    assert lines[1].split() == ["digits", "onnxruntime", "cpu"]
    assert "in each scenario: Offline, Server, SingleStream, MultiStream" in lines[:gap]
    reasons = [line for line in lines[gap + 1 :] if line.startswith("  onnxruntime on ")]
    assert reasons[0] == "  onnxruntime on cuda: the installed onnxruntime has no CUDAExecutionProvider"
    assert len(reasons) == len({line.partition(": ")[2] for line in reasons})


def test_the_name_of_a_model_alone(cm_session):
    rows = cm_session.call(Request(action="find", automation="mlperf", artifact="resnet50")).data["matrix"]
    assert rows == find(cm_session, model="resnet50").data["matrix"]
    other = cm_session.call(Request(action="find", automation="mlperf", artifact="some-run"))
    assert (other.data["matrix"], other.lines) == ([], ())


def test_models_are_named_where_only_some_of_a_back_end_do_not_work(cm_session):
    from cm_core import hookimpl
    from cm_mlperf.offers import Model

    class Plugin:
        @hookimpl
        def cm_mlperf_models(self):
            return [
                Model(name="odd", help="odd", recipes={"onnxruntime": "get x"}, dataset="d", accuracy="none")
            ]

    cm_session.plugins.manager.register(Plugin(), "other")
    reason = "no plugin has its data set 'd'"
    assert f"  odd with onnxruntime on cpu: {reason}" in find(cm_session, device="cpu").lines
    narrow = find(cm_session, model="odd", device="cpu").lines
    assert narrow == (
        "none of it works here",
        "",
        "does not work here:",
        f"  onnxruntime on cpu: {reason}",
    )


def test_narrowing(cm_session):
    rows = find(cm_session, model="resnet", device="cpu").data["matrix"]
    assert {(row["model"], row["device"]) for row in rows} == {("resnet50", "cpu")}
    assert find(cm_session, backend="python").data["matrix"]
    with pytest.raises(CMError, match="no model 'resnt'"):
        find(cm_session, model="resnt")
    with pytest.raises(CMError, match="no back end 'onx'"):
        find(cm_session, backend="onx")


def test_a_file_says_what_it_wants_and_which_data_fit(cm_session, tmp_path):
    onnx = pytest.importorskip("onnx")
    kinds, info = onnx.TensorProto, onnx.helper.make_tensor_value_info
    inputs = [info("ids", kinds.INT64, ["batch", "words"]), info("rate", kinds.INT64, [])]
    nodes = [onnx.helper.make_node("Mul", ["ids", "rate"], ["scores"])]
    graph = onnx.helper.make_graph(nodes, "g", inputs, [info("scores", kinds.INT64, ["batch", "words"])])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 14)], ir_version=8)
    onnx.save(made, tmp_path / "m.onnx")
    found = find(cm_session, model=str(tmp_path / "m.onnx"))
    assert found.data["inputs"][1] == {"name": "rate", "dtype": "int64", "shape": [], "samples": None}
    assert found.data["fits"] == [
        "--dataset=FILE.npz --backend_options.constant.rate=1, with an array ids (N x words int64)",
        "--dataset=random --dataset_options.shape.ids=SIZE --backend_options.constant.rate=1, without accuracy",
    ]
    assert [line.split() for line in found.lines[2:6]] == [
        ["name", "type", "shape"],
        ["input", "ids", "int64", "batch", "x", "words"],
        ["input", "rate", "int64", "one", "value"],
        ["output", "scores", "int64", "batch", "x", "words"],
    ]


def test_files_that_say_nothing_or_are_none(cm_session, tmp_path):
    (tmp_path / "m.py").touch()
    assert "do not say what their inputs are" in find(cm_session, model=f"{tmp_path}/m.py:predict").lines[0]
    (tmp_path / "m.txt").touch()
    with pytest.raises(CMError, match="no back end runs a file such as"):
        find(cm_session, model=f"{tmp_path}/m.txt")
    (tmp_path / "m.onnx").touch()
    with pytest.raises(CMError, match="cannot load"):
        find(cm_session, model=f"{tmp_path}/m.onnx")
    with pytest.raises(CMError, match="there is no file or folder"):
        find(cm_session, model=f"{tmp_path}/other.onnx")


def test_other_plugins_add_back_ends_and_hide_no_own(cm_session):
    from cm_core import hookimpl
    from cm_mlperf.components.registry import offers
    from cm_mlperf.offers import BackEnd

    class Plugin:
        @hookimpl
        def cm_mlperf_backends(self):
            return [
                BackEnd(
                    name="mine", help="mine", factory="x:y", modules=("no_such_module",), packages=("it",)
                )
            ]

    cm_session.plugins.manager.register(Plugin(), "other")
    assert {"mine", "onnxruntime"} <= set(offers(cm_session).backends)
