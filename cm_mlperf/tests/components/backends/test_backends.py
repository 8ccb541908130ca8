"""Models of ONNX Runtime and PyTorch, and functions."""

import numpy as np
import pytest

from cm_core import CMError, NotFoundError, UsageError
from cm_mlperf.components.backends import onnxruntime as backend
from cm_mlperf.components.backends.onnxruntime import OnnxRuntimeModel
from cm_mlperf.components.backends.python import PythonModel


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
