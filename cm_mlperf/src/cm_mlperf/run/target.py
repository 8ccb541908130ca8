"""What is measured: the words of a request turned into a model file, a data set and their components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import NotFoundError, UsageError
from cm_core.base import did_you_mean, file_digest, find_named, user_path
from cm_mlperf.components.registry import Offers, offers, why_not
from cm_mlperf.interfaces import Component
from cm_mlperf.record.layout import OWN_FILE
from cm_mlperf.run.configuration import own_name
from cm_mlperf.run.recipes import RECIPES, Recipes
from cm_mlperf.run.sources import file_part, folder_state

if TYPE_CHECKING:
    from cm_core import Session
    from cm_mlperf.offers import BackEnd, DataSource, Model
    from cm_mlperf.run.configuration import RunConfiguration

_NO_ACCURACY = "none"
_JUDGED_BY_LABEL = "classification"
_NETWORK = "network"
_RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Model, data set and accuracy, found and ready.

    Attributes:
        name: of the model, in records and names of runs.
        accuracy: ``None`` when answers are not judged, or when the labels of the data set decide.
        may_judge: whether classification is meant if the data set has labels.
        server_latency_ms: bound of the Server scenario; 0 when no benchmark sets one.
        dataset_path: of the data set, for factories of accuracies.
        scripts: ``alias,uid`` of those that gave model and data.
    """

    name: str
    backend: BackEnd
    model_path: str
    model_source: str
    benchmark: str
    precision: str
    server_latency_ms: float
    sut: Component
    dataset: Component
    dataset_path: str
    accuracy: Component | None
    may_judge: bool
    scripts: tuple[str, ...] = ()

    @property
    def own_code(self) -> bool:
        """Whether a Python file of the user's own takes part."""
        accuracy = self.accuracy.options.get("function", "") if self.accuracy else ""
        return any(".py:" in place for place in (self.model_path, self.dataset_path, accuracy))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModel:
    """A model ready to be loaded.

    Attributes:
        name: in records and names of runs.
        path: of its file; ``""`` when there is none.
        source: where it comes from, in words.
        scripts: ``alias,uid`` of those that gave it.
    """

    name: str
    path: str
    source: str
    sut: Component
    scripts: tuple[str, ...]


def find_model(configuration: RunConfiguration, session: Session, recipes: Recipes = RECIPES) -> FoundModel:
    """Find the model, with its recipe where it has one.

    Raises:
        CMError: when it does not exist or cannot run here.
    """
    model, backend = _model_and_backend(configuration, offers(session))
    path, source, scripts = _model_file(configuration, model, backend, session, recipes)
    return FoundModel(
        name=model.name if model else own_name(configuration.model),
        path=path,
        source=source,
        sut=_sut(configuration, backend, model, path),
        scripts=scripts,
    )


def find_target(configuration: RunConfiguration, session: Session, recipes: Recipes = RECIPES) -> Target:
    """Find everything, with recipes where models and data sets have them.

    Raises:
        CMError: for what does not exist, does not work here, or contradicts something else.
    """
    known = offers(session)
    model, backend = _model_and_backend(configuration, known)
    source, words = _data_source(configuration, known, model, session)
    judge = _Judge(configuration, known, model, session)
    judge.check(source)
    if configuration.equivalent and model is not None:
        raise UsageError(
            f"--equivalent is for a model of your own, but {model.name} comes with a recipe",
            hint="leave it out",
        )
    # Recipes may take long, so they run once everything else is known to be right.
    found = find_model(configuration, session, recipes)
    data_path, scripts = (
        (words, ())
        if words is not None
        else recipes.result(_recipe_of(source, configuration), source.recipe_key, session)
    )
    data_options = _data_options(configuration, model, backend)
    accuracy, may_judge = judge.component(source, data_path, data_options)
    return Target(
        name=found.name,
        backend=backend,
        model_path=found.path,
        model_source=found.source,
        benchmark=configuration.benchmark or (model.benchmark if model else ""),
        precision=configuration.precision or (model.precision if model else "fp32"),
        server_latency_ms=_server_bound(configuration, known, model),
        sut=found.sut,
        dataset=Component(
            name=source.name,
            factory=source.factory,
            options={"path": data_path, **data_options},
        ),
        dataset_path=data_path,
        accuracy=accuracy,
        may_judge=may_judge,
        scripts=(*found.scripts, *scripts),
    )


def place_digest(place: str) -> str:
    """SHA-256 of a file, or of the file of ``FILE.py:name``; ``""`` when there is none."""
    path = Path(file_part(place))
    return file_digest(path) if path.is_file() else ""


def place_state(place: str) -> str:
    """The content of a file, or names, sizes and times in a folder; ``""`` when there is neither."""
    path = Path(file_part(place))
    return folder_state(path) if place and path.is_dir() else place_digest(place)


# -- model and back end -------------------------------------------------------------------------------


def _model_and_backend(configuration: RunConfiguration, known: Offers) -> tuple[Model | None, BackEnd]:
    """What is asked for, if it works here."""
    model = known.model(configuration.model)
    backend = _backend(configuration, known, model)
    if model is not None:
        _check_precision(configuration.precision, model, known)
    if reason := why_not(backend, configuration.device):
        raise UsageError(reason, hint=_what_works(backend, known, model))
    return model, backend


def _check_precision(wanted: str, model: Model, known: Offers) -> None:
    """Refuse weights that no recipe gives; those of a file of the user's own go on record as typed."""
    offered = (model.precision, *model.other_precisions)
    if wanted and wanted not in offered:
        sibling = next((name for name in known.models if name == f"{model.name}-{wanted}"), "")
        raise UsageError(
            f"the model {model.name} has no weights in {wanted}",
            hint=f"use --model={sibling}" if sibling else f"use --precision={' or '.join(offered)}",
        )


def _backend(configuration: RunConfiguration, known: Offers, model: Model | None) -> BackEnd:
    if configuration.network:
        return known.backends[_NETWORK]
    word = configuration.model
    suffix = Path(file_part(word)).suffix.lower()
    if model is None and not suffix and configuration.backend != "null":
        hint = did_you_mean(word, known.models) or (
            f"available models: {', '.join(known.models)}; or give a file: --model=FILE.onnx"
        )
        raise NotFoundError(f"there is no model '{word}'", hint=hint)
    if configuration.backend:
        backend = find_named(configuration.backend, known.backends, "back end")
    elif model is not None:
        backend = find_named(next(iter(model.recipes), "onnxruntime"), known.backends, "back end")
    else:
        found = next((entry for entry in known.backends.values() if suffix in entry.suffixes), None)
        if found is None:
            files = sorted(name for entry in known.backends.values() for name in entry.suffixes)
            raise UsageError(f"no back end runs a file such as {word}", hint=f"they run: {', '.join(files)}")
        backend = found
    if model is not None and model.recipes and backend.name not in (*model.recipes, "null"):
        raise UsageError(
            f"the model {model.name} cannot be run by {backend.name}",
            hint=f"use --backend={' or '.join(model.recipes)}",
        )
    return backend


def _what_works(asked: BackEnd, known: Offers, model: Model | None) -> str:
    """A back end and device for the model that work here; a file of the user's own has one back end."""
    recipes = model.recipes if model else ()
    for backend in [known.backends[name] for name in recipes if name in known.backends] or [asked]:
        for device in backend.devices:
            if not why_not(backend, device):
                return f"use --backend={backend.name} --device={device}; to see what works: cm find mlperf"
    return "to see what works here: cm find mlperf"


def _model_file(
    configuration: RunConfiguration,
    model: Model | None,
    backend: BackEnd,
    session: Session,
    recipes: Recipes,
) -> tuple[str, str, tuple[str, ...]]:
    """Path of the model, where it comes from, and the scripts that gave it."""
    if backend.name in ("null", _NETWORK):
        return "", "on the nodes of the network" if configuration.network else "", ()
    if model is None:
        place = existing_place(configuration.model, session.cwd)
        if backend.suffixes == (".py",) and ":" not in Path(place).name:
            raise UsageError(
                f"{configuration.model} does not name a function",
                hint=f"write: --model={configuration.model}:predict",
            )
        return place, OWN_FILE, ()
    tags = model.recipes[backend.name]
    if configuration.precision not in ("", model.precision):
        tags += f" _{configuration.precision}"
    path, scripts = recipes.result(tags, model.recipe_key, session)
    return path, f"recipe: {tags}", scripts


def _sut(configuration: RunConfiguration, backend: BackEnd, model: Model | None, path: str) -> Component:
    options: dict[str, Any] = {
        "model": path,
        "device": configuration.device,
        "threads": configuration.tuning.threads,
        **configuration.options["backend"],
    }
    if configuration.network:
        options["urls"] = list(configuration.network)
    if backend.name == "python":
        options |= configuration.options["model"]
    if model and backend.name in model.networks:
        options["network"] = model.networks[backend.name]
    return Component(name=backend.name, factory=backend.factory, options=options)


def _server_bound(configuration: RunConfiguration, known: Offers, model: Model | None) -> float:
    """That of the model, or of the benchmark that an own model is mapped to."""
    if model is not None and not configuration.benchmark:
        return model.server_latency_ms
    same = [
        entry for entry in known.models.values() if configuration.benchmark in (entry.benchmark, entry.name)
    ]
    return same[0].server_latency_ms if same and configuration.benchmark else 0.0


# -- data set -----------------------------------------------------------------------------------------


def _data_source(
    configuration: RunConfiguration, known: Offers, model: Model | None, session: Session
) -> tuple[DataSource, str | None]:
    """The kind of data set and its path; ``None`` when a recipe has to get it."""
    word = configuration.dataset
    if not word and model is not None:
        word = model.dataset
    if not word:
        if configuration.backend == "null":
            return known.datasets[_RANDOM], ""
        raise UsageError(
            "no data set for the model was given",
            hint="add --dataset=FILE.npz (or .csv, a folder of images, FILE.py:load), or --dataset=random",
        )
    if word in known.datasets:
        source = known.datasets[word]
        if source.recipe or source.name == _RANDOM:
            return source, "" if source.name == _RANDOM else None
        raise UsageError(
            f"--dataset={word} is a format, not a file", hint=f"give the file: --dataset=FILE.{word}"
        )
    place = existing_place(word, session.cwd)
    if model is not None:
        return known.datasets[model.dataset], place
    suffix = Path(file_part(word)).suffix.lower()
    if Path(place).is_dir():
        return known.datasets["images"], place
    for source in known.datasets.values():
        if suffix in source.suffixes:
            return source, place
    files = sorted({name for entry in known.datasets.values() for name in entry.suffixes})
    raise UsageError(f"a data set cannot be read from {word}", hint=f"supported: {', '.join(files)}")


def _recipe_of(source: DataSource, configuration: RunConfiguration) -> str:
    full = configuration.level.name == "official" and source.full_recipe
    return source.full_recipe if full else source.recipe


def _data_options(configuration: RunConfiguration, model: Model | None, backend: BackEnd) -> dict[str, Any]:
    base: dict[str, Any] = {}
    if model:
        base = {**model.options, **model.backend_options.get(backend.name, {})}
    return {**base, **configuration.options["dataset"]}


# -- accuracy -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judge:
    """How answers are judged."""

    configuration: RunConfiguration
    known: Offers
    model: Model | None
    session: Session

    @property
    def word(self) -> str:
        return self.configuration.accuracy or (self.model.accuracy if self.model else "")

    def check(self, source: DataSource) -> None:
        """Refuse what does not exist, or has nothing to judge by."""
        if ".py:" in self.word:
            existing_place(self.word, self.session.cwd)
            return
        if self.word:
            find_named(self.word, self.known.accuracies, "accuracy")
        if source.name == _RANDOM and self.configuration.accuracy not in ("", _NO_ACCURACY):
            raise UsageError("random samples have no right answers", hint="drop --accuracy")

    def component(
        self, source: DataSource, data_path: str, options: Mapping[str, Any]
    ) -> tuple[Component | None, bool]:
        """The component, and whether labels of the data set decide in its place.

        Args:
            options: of the data set.
        """
        if self.word == _NO_ACCURACY or (source.name == _RANDOM and ".py:" not in self.word):
            return None, False
        # Its factory makes the data set that is measured, and with the same options the one with the labels.
        data = {"dataset": data_path, "source": source.factory, "options": dict(options)}
        extra = self.configuration.options["accuracy"]
        if ".py:" in self.word:
            function = existing_place(self.word, self.session.cwd)
            arguments = {"function": function, **data, "arguments": dict(extra)}
            name = self.word.rpartition(":")[2]
            return Component(
                name=name, factory="cm_mlperf.components.accuracy.function:UserAccuracy", options=arguments
            ), False
        measure = self.known.accuracies[self.word or _JUDGED_BY_LABEL]
        arguments = {**data, **extra} if measure.name == _JUDGED_BY_LABEL else {"dataset": data_path, **extra}
        return Component(name=measure.name, factory=measure.factory, options=arguments), not self.word


# -- files ------------------------------------------------------------------------------------------


def existing_place(word: str, cwd: Path) -> str:
    """The absolute path of something that exists, with the name of a function kept."""
    file = file_part(word)
    path = cwd / user_path(file)
    if not path.exists():
        near = (
            did_you_mean(path.name, [entry.name for entry in path.parent.iterdir()])
            if path.parent.is_dir()
            else ""
        )
        raise NotFoundError(f"there is no file or folder {file}", hint=near)
    return str(path.resolve()) + word[len(file) :]
