"""Models of ONNX Runtime and PyTorch, and functions."""

import numpy as np
import pytest

from cm_core import CMError, NotFoundError, UsageError
from cm_mlperf.components.backends import onnxruntime as backend
from cm_mlperf.components.backends.onnxruntime import OnnxRuntimeModel
from cm_mlperf.components.backends.python import PythonModel
from cm_mlperf.components.datasets.arrays import NpzFile


@pytest.fixture
def make_onnx(tmp_path):
    """A factory of models that double their input."""
    onnx = pytest.importorskip("onnx")

    def make(batch="n", dtype=onnx.TensorProto.FLOAT, names=("x",)):
        helper = onnx.helper
        nodes = [helper.make_node("Add", [name, name], [f"{name}_out"]) for name in names]
        graph = helper.make_graph(
            nodes,
            "double",
            [helper.make_tensor_value_info(name, dtype, [batch, 3]) for name in names],
            [helper.make_tensor_value_info(f"{name}_out", dtype, [batch, 3]) for name in names],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        onnx.save(model, tmp_path / "model.onnx")
        return str(tmp_path / "model.onnx")

    return make


def test_signature_and_outputs(make_onnx):
    model = OnnxRuntimeModel(model=make_onnx(), threads=1)
    (spec,) = model.signature
    assert (spec.name, spec.dtype, spec.shape) == ("x", "float32", (None, 3))
    (output,) = model.predict({"anything": np.ones((5, 3), np.float32)})
    assert output.tolist() == [[2, 2, 2]] * 5


@pytest.mark.parametrize("count", [1, 4, 6])
def test_a_fixed_batch_gets_its_samples_in_such_batches(make_onnx, count):
    model = OnnxRuntimeModel(model=make_onnx(batch=4))
    values = np.arange(count * 3, dtype=np.float32).reshape(count, 3)
    (output,) = model.predict({"x": values})
    assert np.array_equal(output, values * 2)


def test_several_inputs_go_by_name(make_onnx):
    model = OnnxRuntimeModel(model=make_onnx(names=("a", "b")), outputs=["b_out"])
    (output,) = model.predict({"b": np.ones((1, 3), np.float32), "a": np.zeros((1, 3), np.float32)})
    assert output.tolist() == [[2, 2, 2]]


def test_outputs_as_the_command_line_gives_them(make_onnx):
    path = make_onnx(names=("a", "b"))
    model = OnnxRuntimeModel(model=path, outputs="b_out, a_out")
    first, second = model.predict({"a": np.zeros((1, 3), np.float32), "b": np.ones((1, 3), np.float32)})
    assert (first.tolist(), second.tolist()) == ([[2, 2, 2]], [[0, 0, 0]])
    with pytest.raises(UsageError, match="no output 'b_uot'") as caught:
        OnnxRuntimeModel(model=path, outputs="b_uot")
    assert "'b_out'" in caught.value.hint


def test_sequences_and_maps_are_no_answers(tmp_path):
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0),
        helper.make_node("ZipMap", ["x"], ["scores"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2]),
    ]
    scores = helper.make_map_type_proto(kinds.INT64, helper.make_tensor_type_proto(kinds.FLOAT, ()))
    outputs = [
        helper.make_value_info("scores", helper.make_sequence_type_proto(scores)),
        helper.make_tensor_value_info("label", kinds.INT64, ["n"]),
    ]
    inputs = [helper.make_tensor_value_info("x", kinds.FLOAT, ["n", 3])]
    graph = helper.make_graph(nodes, "zipped", inputs, outputs)
    opsets = [helper.make_opsetid("", 14), helper.make_opsetid("ai.onnx.ml", 1)]
    path = str(tmp_path / "zipped.onnx")
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    (label,) = OnnxRuntimeModel(model=path).predict({"x": np.eye(3, dtype=np.float32)})
    assert label.tolist() == [0, 1, 2]
    with pytest.raises(UsageError, match="output 'scores' is a seq") as caught:
        OnnxRuntimeModel(model=path, outputs="scores")
    assert "its arrays are: label" in caught.value.hint


@pytest.fixture
def make_recurrent(tmp_path):
    """A factory of models with a state of the shape (2, batch, 3) and a single number that multiplies it."""
    onnx = pytest.importorskip("onnx")

    def make(batch="batch", state=None):
        helper, kind = onnx.helper, onnx.TensorProto.FLOAT
        nodes = [
            helper.make_node("Mul", ["state", "factor"], ["next"]),
            helper.make_node("Add", ["x", "x"], ["y"]),
        ]
        inputs = {"x": [batch, 3], "state": state or [2, batch, 3], "factor": []}
        outputs = {"y": [batch, 3], "next": state or [2, batch, 3]}
        infos = [
            [helper.make_tensor_value_info(name, kind, shape) for name, shape in shapes.items()]
            for shapes in (inputs, outputs)
        ]
        graph = helper.make_graph(nodes, "recurrent", *infos)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        onnx.save(model, tmp_path / "recurrent.onnx")
        return str(tmp_path / "recurrent.onnx")

    return make


def test_samples_may_be_counted_by_another_axis(make_recurrent):
    model = OnnxRuntimeModel(model=make_recurrent(), constant={"factor": "10"})
    assert [(spec.name, spec.shape) for spec in model.signature] == [
        ("x", (None, 3)),
        ("state", (None, 2, 3)),
    ]
    states = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    y, following = model.predict({"x": np.ones((4, 3), np.float32), "state": states})
    assert y.tolist() == [[2, 2, 2]] * 4
    assert np.array_equal(following, states * 10)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("batch", ["batch", 1])
def test_a_state_may_be_the_same_for_all_samples(make_recurrent, batch, count):
    path = make_recurrent(batch=batch)
    model = OnnxRuntimeModel(model=path, constant={"factor": "2", "state": "1,2,3"})
    y, following = model.predict({"x": np.ones((count, 3), np.float32)})
    assert y.tolist() == [[2, 2, 2]] * count
    assert following.reshape(-1, 3).tolist() == [[2, 4, 6]] * (2 * count)


def test_a_fixed_batch_with_an_open_size_stays_the_first_axis(make_recurrent):
    model = OnnxRuntimeModel(model=make_recurrent(batch=1, state=[1, 1, "length"]), constant={"factor": "2"})
    assert model.signature[1].shape == (1, 1, None)


@pytest.mark.parametrize(
    ("constant", "sentence", "hint"),
    [
        ({"factro": 1}, "no input 'factro'", "'factor'"),
        ({"factor": "a"}, "constant.factor=a must be numbers", "constant.factor=0.5,1"),
        ("1", "constants have names", "constant.NAME=VALUE"),
        ({"factor": 1, "state": 0, "x": 0}, "all inputs of the model are constant", "leave one"),
    ],
)
def test_constants_that_do_not_fit(make_recurrent, constant, sentence, hint):
    with pytest.raises(UsageError, match=sentence) as caught:
        OnnxRuntimeModel(model=make_recurrent(), constant=constant)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "state",
    [np.full((2, 3), 5.0), np.full((1, 2, 3), 5.0), np.full((4, 2, 3), 5.0)],
    ids=["one", "row", "all"],
)
def test_a_file_of_arrays_has_constants(make_recurrent, tmp_path, state):
    model = OnnxRuntimeModel(model=make_recurrent())
    np.savez(tmp_path / "d.npz", x=np.ones((4, 3)), state=state, factor=2.0)
    data = NpzFile(path=str(tmp_path / "d.npz"))
    data.adapt(model.signature)
    model.hold(data.constants)
    y, following = model.predict(data.inputs([0, 3]))
    assert data.size == 4
    assert y.tolist() == [[2, 2, 2]] * 2
    assert set(following.ravel().tolist()) == {10}


def test_a_constant_of_another_length(make_recurrent):
    model = OnnxRuntimeModel(model=make_recurrent(), constant={"factor": 1, "state": "1,2"})
    with pytest.raises(UsageError, match="2 values do not fill 2 x any x 3 values"):
        model.predict({"x": np.ones((1, 3), np.float32)})


def test_what_onnx_runtime_refuses_is_said_with_what_it_wants(make_onnx):
    model = OnnxRuntimeModel(model=make_onnx())
    with pytest.raises(
        CMError, match="'x' expects any x 3 float32, was given 2 x 4 float32; it says: "
    ) as error:
        model.predict({"x": np.ones((2, 4), np.float32)})
    assert "\n" not in error.value.message


def test_files_that_are_no_models(tmp_path):
    with pytest.raises(NotFoundError):
        OnnxRuntimeModel(model=str(tmp_path / "none.onnx"))
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(CMError, match="ONNX Runtime cannot load") as caught:
        OnnxRuntimeModel(model=str(tmp_path / "bad.onnx"))
    assert "\n" not in caught.value.message


def test_devices():
    assert backend.why_not("cpu") == ""
    assert "has no CUDAExecutionProvider" in backend.why_not("cuda")


def test_functions_and_classes(tmp_path):
    code = tmp_path / "mine.py"
    code.write_text(
        "def one(batch): return batch * 2\n"
        "def two(batch): return batch, batch + 1\n"
        "def rows(batch): return [[float(v) for v in row] for row in batch]\n"
        "def named(inputs): return inputs['a'] + inputs['b']\n"
        "class Model:\n"
        "    def __init__(self, factor=1): self.factor = float(factor)\n"
        "    def predict(self, batch): return batch * self.factor\n"
    )
    ones = {"x": np.ones((2, 2))}
    assert PythonModel(model=f"{code}:one").predict(ones)[0].tolist() == [[2, 2]] * 2
    assert len(PythonModel(model=f"{code}:two").predict(ones)) == 2
    assert PythonModel(model=f"{code}:rows").predict(ones)[0].shape == (2, 2)
    both = {"a": np.ones((2, 2)), "b": np.ones((2, 2))}
    assert PythonModel(model=f"{code}:named").predict(both)[0].tolist() == [[2, 2]] * 2
    assert PythonModel(model=f"{code}:Model", factor="3").predict(ones)[0].tolist() == [[3, 3]] * 2
    with pytest.raises(UsageError, match="takes no options"):
        PythonModel(model=f"{code}:one", factor=3)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.jit is on its way out
def test_torchscript_and_exported_programs(tmp_path):
    torch = pytest.importorskip("torch")
    from cm_mlperf.components.backends.pytorch import PyTorchModel

    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2))
    torch.jit.save(torch.jit.trace(module, torch.zeros(1, 2, 2)), str(tmp_path / "m.pt"))
    batch = {"x": np.ones((3, 2, 2), np.float32)}
    (expected,) = PyTorchModel(model=str(tmp_path / "m.pt"), threads=1).predict(batch)
    assert expected.shape == (3, 2)
    size = torch.export.Dim("batch")
    program = torch.export.export(module, (torch.zeros(2, 2, 2),), dynamic_shapes=({0: size},))
    torch.export.save(program, str(tmp_path / "m.pt2"))
    (again,) = PyTorchModel(model=str(tmp_path / "m.pt2")).predict(batch)
    assert np.allclose(again, expected)
    torch.save({"weights": torch.zeros(2)}, tmp_path / "w.pt")
    with pytest.raises(CMError, match="PyTorch cannot load"):
        PyTorchModel(model=str(tmp_path / "w.pt"))
