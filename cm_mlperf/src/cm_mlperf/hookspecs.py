"""Hooks of the MLPerf plugin: what others add to it. Its own parts are registered the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cm_core import field, frozen, hookspec

if TYPE_CHECKING:
    from cm_core import Session
    from cm_mlperf.checking.finding import Checker
    from cm_mlperf.submission.layout import Layout


@frozen
class BackEnd:
    """Something that runs models.

    Attributes:
        name: as typed with ``--backend``.
        factory: of its :class:`~cm_mlperf.components.interfaces.SystemUnderTest`, called with ``model``,
            ``device``, ``threads`` and what the user gave as ``--backend_options.KEY=VALUE``.
        modules: Python modules that must be importable; the first one's version is recorded.
        packages: what to install when they are not: modules and packages have different names.
        devices: it can use: ``cpu``, ``cuda`` …
        available: ``package.module:function`` that gives, for a device, ``""`` or why it cannot be used here.
        suffixes: of model files that it takes.
    """

    name: str
    help: str
    factory: str
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    devices: tuple[str, ...] = ("cpu",)
    available: str = ""
    suffixes: tuple[str, ...] = ()


@frozen
class DataSource:
    """A kind of data set.

    Attributes:
        name: as typed with ``--dataset`` or guessed from the file.
        factory: of its :class:`~cm_mlperf.components.interfaces.DataSet`, called with ``path`` and the
            model's options.
        recipe: tags of the script that gets it; ``""`` when the user must say where it is.
        full_recipe: the same for all of a set of which ``recipe`` gets a part; official runs need all of it.
        recipe_key: variable with its path in the environment that the script exports.
        suffixes: of files that it reads.
    """

    name: str
    help: str
    factory: str
    recipe: str = ""
    full_recipe: str = ""
    recipe_key: str = ""
    suffixes: tuple[str, ...] = ()


@frozen
class AccuracyMeasure:
    """A way to judge answers.

    Attributes:
        name: as typed with ``--accuracy``.
        factory: of its :class:`~cm_mlperf.components.interfaces.Accuracy`, called with the path of the data
            set as ``dataset``.
    """

    name: str
    help: str
    factory: str


@frozen
class Model:
    """A model that can be asked for by name.

    Attributes:
        benchmark: the official benchmark it is, for example ``resnet``; ``""`` for none.
        recipes: back end -> tags of the script that gets the model file for it.
        recipe_key: variable with the model's path in the environment that the script exports.
        dataset: name of its :class:`DataSource`.
        accuracy: name of its :class:`AccuracyMeasure`.
        options: keyword arguments for the data set: layout, normalisation, names of inputs.
        backend_options: back end -> those of them that differ for it.
        networks: back end -> ``package.module:function`` that takes the weights by name, of a file which
            holds nothing else, and gives what computes outputs from inputs in the order of the data set.
        precision: of the weights.
        other_precisions: of the same model, which the recipes give with a variation of that name.
        server_latency_ms: bound of the Server scenario.
    """

    name: str
    help: str
    recipes: Mapping[str, str]
    dataset: str
    accuracy: str
    benchmark: str = ""
    synonyms: tuple[str, ...] = ()
    recipe_key: str = "CM_ML_MODEL_FILE_WITH_PATH"
    options: Mapping[str, object] = field(default_factory=dict)
    backend_options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    precision: str = "fp32"
    other_precisions: tuple[str, ...] = ()
    server_latency_ms: float = 15.0


@hookspec
def cm_mlperf_backends() -> Iterable[BackEnd]:
    """Back ends, that is systems under test. All plugins are asked; of one name the first counts."""
    raise NotImplementedError


@hookspec
def cm_mlperf_datasets() -> Iterable[DataSource]:
    """Kinds of data sets."""
    raise NotImplementedError


@hookspec
def cm_mlperf_accuracies() -> Iterable[AccuracyMeasure]:
    """Ways to judge answers."""
    raise NotImplementedError


@hookspec
def cm_mlperf_models() -> Iterable[Model]:
    """Models that can be asked for by name."""
    raise NotImplementedError


@hookspec
def cm_mlperf_describe_system(session: Session) -> Mapping[str, str]:
    """Keys of the official system description that can be found out here.

    All plugins are asked; a key that several give is taken from the plugin registered last, so that a
    site's plugin knows better than ours. Values are never invented: leave out what is not known.
    """
    raise NotImplementedError


@hookspec
def cm_mlperf_layouts() -> Iterable[Layout]:
    """Layouts of submission trees, one for each round."""
    raise NotImplementedError


@hookspec
def cm_mlperf_checkers() -> Iterable[Checker]:
    """Checkers of submission trees; their findings are merged into one report."""
    raise NotImplementedError
