"""What can be measured out of the box; other plugins add theirs by the same hooks."""

from __future__ import annotations

from cm_mlperf.offers import AccuracyMeasure, BackEnd, DataSource, Model
from cm_mlperf.reference import catalog as reference

BACK_ENDS: tuple[BackEnd, ...] = (
    BackEnd(
        name="onnxruntime",
        help="ONNX Runtime",
        factory="cm_mlperf.components.backends.onnxruntime:OnnxRuntimeModel",
        modules=("onnxruntime",),
        packages=("onnxruntime",),
        devices=("cpu", "cuda", "rocm", "tensorrt", "openvino", "coreml", "directml"),
        available="cm_mlperf.components.backends.onnxruntime:why_not",
        suffixes=(".onnx",),
        describe="cm_mlperf.components.backends.onnxfile:describe",
    ),
    BackEnd(
        name="pytorch",
        help="PyTorch: TorchScript and exported programs",
        factory="cm_mlperf.components.backends.pytorch:PyTorchModel",
        modules=("torch",),
        packages=("torch",),
        devices=("cpu", "cuda", "mps"),
        available="cm_mlperf.components.backends.pytorch:why_not",
        suffixes=(".pt", ".pth", ".jit", ".pt2"),
    ),
    BackEnd(
        name="python",
        help="a function predict(batch) in a Python file",
        factory="cm_mlperf.components.backends.python:PythonModel",
        devices=("cpu", "cuda", "rocm", "mps"),
        available="cm_mlperf.components.backends.python:why_not",
        suffixes=(".py",),
    ),
    BackEnd(
        name="network",
        help="models that `cm serve mlperf` runs elsewhere; used with --network=URL",
        factory="cm_mlperf.components.network.client:RemoteModel",
        devices=("cpu", "cuda", "rocm", "mps"),
    ),
    BackEnd(
        name="null",
        help="answers at once with zeros: measures LoadGen and this plugin",
        factory="cm_mlperf.components.backends.null:NullModel",
    ),
)

DATA_SOURCES: tuple[DataSource, ...] = (
    DataSource(
        name="digits",
        help="360 handwritten digits that nothing was trained on, 8 x 8 pixels",
        factory="cm_mlperf.components.datasets.digits:Digits",
        recipe="get dataset digits",
        recipe_key="CM_DATASET_DIGITS_FILE_WITH_PATH",
    ),
    DataSource(
        name="npz",
        help="arrays of NumPy: one of samples, one of labels",
        factory="cm_mlperf.components.datasets.arrays:NpzFile",
        suffixes=(".npz", ".npy"),
    ),
    DataSource(
        name="csv",
        help="a table with one sample a line; the column `label` has the answer",
        factory="cm_mlperf.components.datasets.arrays:CsvFile",
        suffixes=(".csv",),
    ),
    DataSource(
        name="images",
        help="a folder of images, one sub-folder for each class",
        factory="cm_mlperf.components.datasets.images:ImageFolder",
    ),
    DataSource(
        name="function",
        help="a function load() in a Python file that returns (samples, labels)",
        factory="cm_mlperf.components.datasets.function:FunctionData",
        suffixes=(".py",),
    ),
    DataSource(
        name="random",
        help="random numbers in the shapes that the model expects; without accuracy",
        factory="cm_mlperf.components.datasets.random:RandomData",
    ),
    *reference.DATA_SOURCES,
)

ACCURACY_MEASURES: tuple[AccuracyMeasure, ...] = (
    AccuracyMeasure(
        name="classification",
        help="share of samples whose most probable class is the label",
        factory="cm_mlperf.components.accuracy.classification:Classification",
    ),
    AccuracyMeasure(
        name="digits",
        help="the same for the digits",
        factory="cm_mlperf.components.accuracy.classification:DigitsAccuracy",
    ),
    AccuracyMeasure(
        name="none",
        help="answers are logged and not judged",
        factory="cm_mlperf.components.accuracy.raw:Unjudged",
    ),
    *reference.ACCURACY_MEASURES,
)

MODELS: tuple[Model, ...] = (
    Model(
        name="digits",
        help="a small network for handwritten digits, trained here within seconds",
        recipes={"onnxruntime": "get ml-model digits"},
        other_precisions=("fp16", "int8"),
        dataset="digits",
        accuracy="digits",
    ),
    *reference.MODELS,
)
