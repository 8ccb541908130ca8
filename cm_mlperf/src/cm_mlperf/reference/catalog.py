"""The reference models, their data sets and measures of accuracy, as the hooks of this plugin give them."""

from __future__ import annotations

from cm_mlperf.offers import AccuracyMeasure, DataSource, Model

_DATA_KEY = "CM_MLPERF_INFERENCE_DATA_PATH"

DATA_SOURCES: tuple[DataSource, ...] = (
    DataSource(
        name="imagenet",
        help="validation images of ImageNet 2012, resized and cropped to 224 x 224",
        factory="cm_mlperf.reference.imagenet:ImageNet",
        recipe="get mlperf-data _imagenet",
        full_recipe="get mlperf-data _imagenet _full",
        recipe_key=_DATA_KEY,
    ),
    DataSource(
        name="openimages",
        help="the images of Open Images with the classes of MLPerf, resized to 800 x 800",
        factory="cm_mlperf.reference.openimages:OpenImages",
        recipe="get mlperf-data _openimages",
        full_recipe="get mlperf-data _openimages _full",
        recipe_key=_DATA_KEY,
    ),
    DataSource(
        name="squad",
        help="questions of SQuAD v1.1 as 384 tokens of BERT",
        factory="cm_mlperf.reference.squad:Squad",
        recipe="get mlperf-data _squad",
        recipe_key=_DATA_KEY,
    ),
)

ACCURACY_MEASURES: tuple[AccuracyMeasure, ...] = (
    AccuracyMeasure(
        name="imagenet",
        help="share of images whose most likely class is right",
        factory="cm_mlperf.reference.imagenet:Top1",
    ),
    AccuracyMeasure(
        name="openimages",
        help="mean average precision of boxes, as COCO defines it",
        factory="cm_mlperf.reference.openimages:MeanAveragePrecision",
    ),
    AccuracyMeasure(
        name="squad",
        help="F1 of answers, as SQuAD v1.1 defines it",
        factory="cm_mlperf.reference.squad:F1",
    ),
)

_BERT_SERVER_MS = 130.0
_BERT_RECIPES = {
    "onnxruntime": "get ml-model bert-large _onnx _fp32",
    "pytorch": "get ml-model bert-large _pytorch _fp32",
}
_BERT_NETWORKS = {"pytorch": "cm_mlperf.reference.networks.bert:bert_large"}

MODELS: tuple[Model, ...] = (
    Model(
        name="resnet50",
        help="ResNet-50 v1.5: image classification",
        benchmark="resnet",
        synonyms=("resnet", "resnet50-v1.5"),
        recipes={
            "onnxruntime": "get ml-model resnet50 _onnx _fp32",
            "pytorch": "get ml-model resnet50 _pytorch _fp32",
        },
        dataset="imagenet",
        accuracy="imagenet",
        options={"input_name": "input_tensor:0"},
        backend_options={"pytorch": {"preprocessing": "torchvision"}},
        networks={"pytorch": "cm_mlperf.reference.networks.resnet:resnet50"},
        server_latency_ms=15.0,
    ),
    Model(
        name="retinanet",
        help="RetinaNet with ResNeXt-50: object detection",
        benchmark="retinanet",
        recipes={
            "onnxruntime": "get ml-model retinanet _onnx _fp32",
            "pytorch": "get ml-model retinanet _pytorch _weights _fp32",
        },
        dataset="openimages",
        accuracy="openimages",
        networks={"pytorch": "cm_mlperf.reference.networks.retinanet:retinanet"},
        server_latency_ms=100.0,
    ),
    Model(
        name="bert-99",
        help="BERT large: answers to questions, at least 99 % as good as in FP32",
        benchmark="bert-99",
        synonyms=("bert", "bert-large"),
        recipes=_BERT_RECIPES,
        dataset="squad",
        accuracy="squad",
        networks=_BERT_NETWORKS,
        server_latency_ms=_BERT_SERVER_MS,
    ),
    Model(
        name="bert-99.9",
        help="BERT large: answers to questions, at least 99.9 % as good as in FP32",
        benchmark="bert-99.9",
        recipes=_BERT_RECIPES,
        dataset="squad",
        accuracy="squad",
        networks=_BERT_NETWORKS,
        server_latency_ms=_BERT_SERVER_MS,
    ),
    Model(
        name="bert-99-int8",
        help="BERT large with 8-bit weights: answers to questions",
        benchmark="bert-99",
        recipes={"onnxruntime": "get ml-model bert-large _onnx _int8"},
        dataset="squad",
        accuracy="squad",
        options={"input_names": ["input_ids", "attention_mask", "token_type_ids"]},
        precision="int8",
        server_latency_ms=_BERT_SERVER_MS,
    ),
)
