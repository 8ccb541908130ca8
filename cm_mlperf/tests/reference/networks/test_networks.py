"""The networks beside PyTorch's own layers, and files of weights that are none."""

from pathlib import Path

import numpy as np
import pytest

from cm_core import MetaError, NotFoundError
from cm_mlperf.reference.catalog import MODELS
from cm_mlperf.reference.networks.weights import build_network, read_weights

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
NETWORKS = {model.name: model.networks["pytorch"] for model in MODELS if "pytorch" in model.networks}


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def save(path, weights):
    torch.save(weights, path)
    return path


def batch_norm(name, size):
    return {
        f"{name}.weight": torch.rand(size) * 0.5 + 0.5,
        f"{name}.bias": torch.randn(size) * 0.1,
        f"{name}.running_mean": torch.randn(size) * 0.1,
        f"{name}.running_var": torch.rand(size) + 0.5,
    }


def convolution(name, out, of, side, *, bias=False):
    weights = {f"{name}.weight": torch.randn(out, of, side, side) * (2 / (of * side * side)) ** 0.5}
    return {**weights, f"{name}.bias": torch.zeros(out)} if bias else weights


def backbone(prefix="", groups=1, width=64):
    """Weights of ResNet-50, or of ResNeXt-50 with 32 groups of width 4."""
    weights = {**convolution(f"{prefix}conv1", 64, 3, 7), **batch_norm(f"{prefix}bn1", 64)}
    size = 64
    for stage, blocks in enumerate((3, 4, 6, 3), start=1):
        inner, outer = width << (stage - 1), 256 << (stage - 1)
        for block in range(blocks):
            name = f"{prefix}layer{stage}.{block}"
            weights |= convolution(f"{name}.conv1", inner, size, 1) | batch_norm(f"{name}.bn1", inner)
            weights |= convolution(f"{name}.conv2", inner, inner // groups, 3)
            weights |= batch_norm(f"{name}.bn2", inner)
            weights |= convolution(f"{name}.conv3", outer, inner, 1) | batch_norm(f"{name}.bn3", outer)
            if block == 0:
                weights |= convolution(f"{name}.downsample.0", outer, size, 1)
                weights |= batch_norm(f"{name}.downsample.1", outer)
            size = outer
    return weights


class Block(torch.nn.Module):
    """A bottleneck of PyTorch's own layers."""

    def __init__(self, of, inner, outer, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(of, inner, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(inner)
        self.conv2 = torch.nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(inner)
        self.conv3 = torch.nn.Conv2d(inner, outer, 1, bias=False)
        self.bn3 = torch.nn.BatchNorm2d(outer)
        if of != outer:
            convolve = torch.nn.Conv2d(of, outer, 1, stride=stride, bias=False)
            self.downsample = torch.nn.Sequential(convolve, torch.nn.BatchNorm2d(outer))

    def forward(self, values):
        inner = self.bn1(self.conv1(values)).relu()
        inner = self.bn2(self.conv2(inner)).relu()
        beside = self.downsample(values) if hasattr(self, "downsample") else values
        return (self.bn3(self.conv3(inner)) + beside).relu()


def resnet_of_layers():
    layers = torch.nn.ModuleDict(
        {"conv1": torch.nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), "bn1": torch.nn.BatchNorm2d(64)}
    )
    size = 64
    for stage, blocks in enumerate((3, 4, 6, 3), start=1):
        row = torch.nn.Sequential()
        for block in range(blocks):
            stride = 2 if stage > 1 and block == 0 else 1
            row.append(Block(size, 32 << stage, 128 << stage, stride))
            size = 128 << stage
        layers[f"layer{stage}"] = row
    layers["fc"] = torch.nn.Linear(2048, 1000)
    return layers.eval()


@torch.no_grad()
def test_resnet50(tmp_path):
    weights = backbone() | {"fc.weight": torch.randn(1000, 2048) * 0.02, "fc.bias": torch.randn(1000)}
    layers = resnet_of_layers()
    missing = layers.load_state_dict(weights, strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing)
    images = torch.randn(2, 3, 64, 64)
    values = layers["bn1"](layers["conv1"](images)).relu()
    values = torch.nn.functional.max_pool2d(values, 3, stride=2, padding=1)
    for stage in range(1, 5):
        values = layers[f"layer{stage}"](values)
    expected = layers["fc"](values.mean(dim=(2, 3)))
    network = build_network(NETWORKS["resnet50"], save(tmp_path / "model.pth", weights))
    assert torch.allclose(network(images), expected, rtol=1e-4, atol=1e-4)


def bert(layers=2, size=128, words=40):
    """Weights of a small BERT with heads of 64."""
    weights = {}
    tables = {"word": words, "position": 512, "token_type": 2}
    for table, rows in tables.items():
        weights[f"bert.embeddings.{table}_embeddings.weight"] = torch.randn(rows, size)

    def norm(name):
        return {f"{name}.weight": torch.rand(size) + 0.5, f"{name}.bias": torch.randn(size)}

    def dense(name, out, of):
        return {f"{name}.weight": torch.randn(out, of) * 0.1, f"{name}.bias": torch.randn(out) * 0.1}

    weights |= norm("bert.embeddings.LayerNorm")
    for layer in range(layers):
        name = f"bert.encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            weights |= dense(f"{name}.attention.{part}", size, size)
        weights |= norm(f"{name}.attention.output.LayerNorm") | norm(f"{name}.output.LayerNorm")
        weights |= dense(f"{name}.intermediate.dense", 4 * size, size)
        weights |= dense(f"{name}.output.dense", size, 4 * size)
    return weights | dense("qa_outputs", 2, size)


def encoder_layer(weights, name):
    """PyTorch's own transformer layer with the same weights."""
    layer = torch.nn.TransformerEncoderLayer(
        128, 2, 512, activation="gelu", batch_first=True, layer_norm_eps=1e-12
    )
    attention = f"{name}.attention"
    parts = [f"{attention}.self.{part}" for part in ("query", "key", "value")]
    names = {
        "self_attn.out_proj": f"{attention}.output.dense",
        "linear1": f"{name}.intermediate.dense",
        "linear2": f"{name}.output.dense",
        "norm1": f"{attention}.output.LayerNorm",
        "norm2": f"{name}.output.LayerNorm",
    }
    state = {
        f"{ours}.{kind}": weights[f"{theirs}.{kind}"]
        for ours, theirs in names.items()
        for kind in ("weight", "bias")
    }
    for kind in ("weight", "bias"):
        state[f"self_attn.in_proj_{kind}"] = torch.cat([weights[f"{part}.{kind}"] for part in parts])
    layer.load_state_dict(state)
    return layer.eval()


@torch.no_grad()
def test_bert(tmp_path):
    weights = bert()
    numbers, segments = torch.randint(0, 40, (2, 20)), torch.randint(0, 2, (2, 20))
    mask = torch.ones(2, 20, dtype=torch.long)
    mask[1, 12:] = 0
    table = "bert.embeddings."
    values = weights[f"{table}word_embeddings.weight"][numbers]
    values = values + weights[f"{table}position_embeddings.weight"][:20]
    values = values + weights[f"{table}token_type_embeddings.weight"][segments]
    values = torch.nn.functional.layer_norm(
        values,
        (128,),
        weights[f"{table}LayerNorm.weight"],
        weights[f"{table}LayerNorm.bias"],
        eps=1e-12,
    )
    for number in range(2):
        layer = encoder_layer(weights, f"bert.encoder.layer.{number}")
        values = layer(values, src_key_padding_mask=mask == 0)
    expected = values @ weights["qa_outputs.weight"].T + weights["qa_outputs.bias"]
    network = build_network(NETWORKS["bert-99"], save(tmp_path / "model.pytorch", {"model": weights}))
    start, end = network(numbers, mask, segments)
    used = mask == 1
    assert torch.allclose(start[used], expected[..., 0][used], atol=1e-4)
    assert torch.allclose(end[used], expected[..., 1][used], atol=1e-4)


def detector(bias):
    weights = backbone("backbone.body.", groups=32, width=128)
    for level, size in enumerate((512, 1024, 2048)):
        weights |= convolution(f"backbone.fpn.inner_blocks.{level}", 256, size, 1, bias=True)
        weights |= convolution(f"backbone.fpn.layer_blocks.{level}", 256, 256, 3, bias=True)
    for name in ("p6", "p7"):
        weights |= convolution(f"backbone.fpn.extra_blocks.{name}", 256, 256, 3, bias=True)
    for head, last, values in (("classification_head", "cls_logits", 5), ("regression_head", "bbox_reg", 4)):
        for number in range(4):
            weights |= convolution(f"head.{head}.conv.{2 * number}", 256, 256, 3, bias=True)
        weights |= convolution(f"head.{head}.{last}", 9 * values, 256, 3, bias=True)
    weights["head.classification_head.cls_logits.bias"] += bias
    return weights


@torch.no_grad()
def test_retinanet(tmp_path):
    # With these weights scores are near the threshold, so that samples have different numbers of boxes.
    network = build_network(NETWORKS["retinanet"], save(tmp_path / "model.pth", detector(-4.0)))
    images = torch.rand(2, 3, 160, 160)
    images[1] *= 0.1
    boxes, scores, labels = network(images)
    assert boxes.shape == (2, scores.shape[1], 4)
    assert labels.dtype == torch.int64
    assert 0 < scores.shape[1] <= 300
    assert (scores.diff(dim=1) <= 0).all()
    assert ((scores == 0) | (scores > 0.05)).all()
    assert boxes.min() >= 0
    assert boxes.max() <= 160
    for sample in range(2):
        alone = network(images[sample : sample + 1])
        count = alone[1].shape[1]
        assert torch.allclose(alone[1][0], scores[sample, :count], atol=1e-5)
        assert (scores[sample, count:] == 0).all()


@torch.no_grad()
def test_nothing_is_found(tmp_path):
    network = build_network(NETWORKS["retinanet"], save(tmp_path / "model.pth", detector(-1000.0)))
    boxes, scores, labels = network(torch.rand(1, 3, 128, 128))
    assert (boxes.shape, scores.shape, labels.shape) == ((1, 0, 4), (1, 0), (1, 0))


def test_the_boxes_that_a_level_starts_from():
    from cm_mlperf.reference.networks.retinanet import _anchors

    anchors = _anchors(torch.zeros(1, 1, 2, 2), torch.zeros(1, 3, 16, 16), 32)
    # Nine for each place, places by row; the fourth is the square of 32.
    assert anchors.shape == (36, 4)
    assert anchors[3].tolist() == [-16, -16, 16, 16]
    assert (anchors[9] - anchors[0]).tolist() == [8, 0, 8, 0]
    assert (anchors[18] - anchors[0]).tolist() == [0, 8, 0, 8]
    # Half as high as wide, with the same area.
    width, height = (anchors[0][2:] - anchors[0][:2]).tolist()
    assert width / height == pytest.approx(2, abs=0.1)


def test_boxes_on_one_object_of_one_class():
    from cm_mlperf.reference.networks.retinanet import _suppress

    boxes = torch.tensor([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 10], [20, 20, 30, 30]]).float()
    scores, labels = torch.tensor([0.5, 0.9, 0.8, 0.1]), torch.tensor([1, 1, 2, 1])
    assert _suppress(boxes, scores, labels).tolist() == [1, 2, 3]


# ------------------------------------------------------------------------------ files of weights


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("ran"),))


def test_code_in_a_file_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MetaError, match="is not a file of weights") as raised:
        read_weights(save(tmp_path / "model.pth", {"model": Evil()}))
    assert "would run code" in raised.value.hint
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_of_a_training(tmp_path):
    import argparse

    content = {"model": {"module.a": torch.ones(2)}, "args": argparse.Namespace(lr=1), "epoch": 3}
    assert list(read_weights(save(tmp_path / "model.pth", content))) == ["a"]


@pytest.mark.parametrize("content", [{"a": 1}, [torch.ones(1)], {"model": {"a": "b"}}])
def test_no_weights_by_name(tmp_path, content):
    with pytest.raises(MetaError, match="does not hold weights by name"):
        read_weights(save(tmp_path / "model.pth", content))


def test_files_that_are_none(tmp_path):
    (tmp_path / "text.pth").write_text("no weights", encoding="utf-8")
    with pytest.raises(MetaError, match="is not a file of weights"):
        read_weights(tmp_path / "text.pth")
    with pytest.raises(NotFoundError, match="there is no file"):
        read_weights(tmp_path / "nothing.pth")


def test_weights_of_another_model(tmp_path):
    network = build_network(NETWORKS["resnet50"], save(tmp_path / "model.pth", {"a": torch.ones(1)}))
    with pytest.raises(MetaError, match=r"has no weights 'conv1.weight'"):
        network(torch.from_numpy(np.zeros((1, 3, 224, 224), np.float32)))
