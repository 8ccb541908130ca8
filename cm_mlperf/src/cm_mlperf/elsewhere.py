"""Which public repository has recipes for words of MLPerf that mean nothing here.

All such words are in this file. Words that recipes of this distribution know are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from cm_core import NotFoundError, field, frozen

if TYPE_CHECKING:
    from cm_core import Session

Words = Mapping[str, tuple[str, ...]]
_NONE: Words = MappingProxyType({})
# Tags of the recipe that runs a benchmark, in all of these repositories and here.
_RUN = "run-mlperf,inference"
# Tags of requests in which other words are taken for those of MLPerf.
_TOPICS = frozenset({"dataset", "inference", "mlcommons", "ml-model"})
# That recipe has this tag.
_RUNS = "run-mlperf"


@frozen
class PublicRepository:
    """A repository that has recipes for MLPerf.

    Attributes:
        name: what ``cm pull repo`` takes.
        words: flag of ``cm run mlperf`` -> word of the repository -> other spellings of it.
        variations: of its recipe that runs a benchmark, beside rounds.
        tags: of its recipes, beside these words.
        requests: tags that some recipe here has each, but only one of the repository has together.
        program: what runs its recipes, with how it is installed, where that is not this toolkit.
    """

    name: str
    words: Mapping[str, Words]
    variations: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    requests: tuple[frozenset[str], ...] = ()
    program: tuple[str, str] = field(default=("", ""))

    def word(self, flag: str, typed: str) -> str:
        """What the repository calls a value of a flag; ``""`` when it has none of it."""
        wanted = typed.casefold()
        if flag == "round":
            wanted = "r" + wanted.lstrip("_").lstrip("rv")
        for name, others in self.words.get(flag, _NONE).items():
            if wanted == name or wanted in others:
                return name
        return ""

    def knows(self, word: str, tags: Collection[str]) -> bool:
        """Whether its recipes have a tag, or that for a script with such tags a variation (``_name``)."""
        name = word.removeprefix("_").casefold()
        if word.startswith("_"):
            return _RUNS in tags and (name in self.variations or bool(self.word("round", name)))
        if self.word("model", name):
            return True
        known = name in self.tags or any(self.word(flag, name) for flag in self.words)
        return known and any("mlperf" in tag or tag in _TOPICS for tag in tags)


def _same(*names: str) -> Words:
    """Words that have no other spelling."""
    return dict.fromkeys(names, ())


_CM_TAGS = frozenset((
    "bert-base", "cnndm", "coco2014", "criteo", "energyrunner", "igbh", "inference-loadgen",
    "inference-results", "inference-server", "kits19", "large-language-model", "librispeech", "loadgen",
    "mlperf-implementation", "mlperf-logging", "mlperf-tiny", "mlperf-training", "neural-magic", "openorca",
    "power-client", "power-dev", "power-server", "ptdaemon", "resnet", "speech-recognition", "submission",
    "submission-checker", "sut", "terabyte", "text-to-image", "tinymlperf", "training", "user-conf",
))  # fmt: skip

REPOSITORIES = (
    PublicRepository(
        name="mlcommons@cm4mlops",
        words={
            "model": {
                "sdxl": ("stable-diffusion-xl", "stable-diffusion"),
                "llama2-70b-99": ("llama2-70b", "llama2"),
                "gptj-99": ("gptj", "gpt-j"),
                "mixtral-8x7b": ("mixtral",),
                "3d-unet-99": ("3d-unet",),
                "dlrm-v2-99": ("dlrm-v2", "dlrm"),
                **_same("llama2-70b-99.9", "gptj-99.9", "3d-unet-99.9", "dlrm-v2-99.9"),
                **_same("efficientnet", "mobilenet", "rgat", "rnnt"),
            },
            "implementation": {
                "nvidia": ("nvidia-original",),
                "intel": ("intel-original",),
                "qualcomm": ("kilt",),
                "mlcommons-cpp": ("cpp",),
                "ctuning-cpp-tflite": ("tflite-cpp",),
                **_same("amd", "redhat"),
            },
            "backend": {
                "tf": ("tensorflow",),
                **_same("deepsparse", "glow", "ncnn", "openshift", "ray", "tensorrt", "tflite"),
                **_same("tvm-onnx", "tvm-pytorch", "tvm-tflite"),
            },
            "device": _same("qaic", "tpu"),
            "round": _same("r2.1", "r3.0", "r3.1", "r4.0-dev", "r4.0", "r4.1-dev", "r4.1"),
        },
        variations=frozenset({"dashboard", "scc24-base", "scc24-main"}),
        tags=_CM_TAGS,
        requests=(frozenset({"app", "mlperf", "inference"}),),
    ),
    PublicRepository(
        name="mlcommons@mlperf-automations",
        words={
            "model": {
                "llama3_1-405b": ("llama3.1-405b",),
                "llama3_1-8b": ("llama3.1-8b", "llama3"),
                "llama3_1-8b-edge": ("llama3.1-8b-edge",),
                "wan-2.2-t2v-a14b": ("wan2",),
                "yolo-99": ("yolo", "yolov11"),
                **_same("deepseek-r1", "pointpainting", "whisper", "yolo-95"),
            },
            "backend": _same("sglang", "vllm"),
        },
        tags=frozenset({"automotive", "cognata", "gpt-oss", "mlperf-automotive", "nuscenes", "waymo"}),
        program=("mlcr", "pip install mlcflow"),
    ),
)


def repository_of(flag: str, typed: str) -> PublicRepository | None:
    """The repository that has recipes for a value of a flag of ``cm run mlperf``."""
    return next((repository for repository in REPOSITORIES if repository.word(flag, typed)), None)


def not_here(sentence: str, flag: str, typed: str, session: Session, *, here: str) -> NotFoundError | None:
    """The error for a value that only a public repository has recipes for; ``None`` for another value.

    Args:
        sentence: that the value means nothing here.
        here: what may be given instead.
    """
    flag = "model" if flag == "benchmark" else flag
    repository = repository_of(flag, typed)
    if repository is None:
        return None
    word = repository.word(flag, typed)
    run = f"{_RUN},_{word}" if flag == "round" else f"{_RUN} --{flag}={word}"
    hint = f"{how_to_get(repository, session, run=run)}; here: {here}"
    return NotFoundError(
        f"{sentence}; the public repository {repository.name} has recipes for it",
        hint=hint,
        details={"repository": repository.name},
    )


def how_to_get(repository: PublicRepository, session: Session, *, run: str = "") -> str:
    """The commands that get a repository, unless it is there, and run its recipe."""
    program, install = repository.program
    if program:
        return f"MLCFlow runs them ({install}): {program} {run}"
    command = f"cm run script --tags={run}" if run else ""
    if is_there(repository, session):
        return command
    return ", then: ".join(filter(None, (f"cm pull repo {repository.name}", command)))


def is_there(repository: PublicRepository, session: Session) -> bool:
    """Whether the repository is pulled or registered here."""
    return any(repo.alias == repository.name for repo in session.repos.list())


def recipes_for(
    tags: Collection[str], unknown: Collection[str], session: Session
) -> Mapping[str, str] | None:
    """The answer to the hook ``cm_recipes_elsewhere``."""
    for repository in REPOSITORIES:
        if is_there(repository, session):
            continue
        word = next((word for word in unknown if repository.knows(word, tags)), "")
        if not word and not unknown and any(request <= set(tags) for request in repository.requests):
            word = ",".join(tags)
        if word:
            hint = how_to_get(repository, session, run=",".join(tags) if repository.program[0] else "")
            return {"repository": repository.name, "word": word, "hint": hint}
    return None
