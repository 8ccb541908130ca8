"""What plugins offer by name: back ends, data sets, measures of accuracy, models."""

from __future__ import annotations

from collections.abc import Mapping

from cm_core import field, frozen


@frozen
class BackEnd:
    """Something that runs models.

    Attributes:
        name: as typed with ``--backend``.
        factory: makes its :class:`~cm_mlperf.interfaces.SystemUnderTest`; called with ``model``,
            ``device``, ``threads`` and what the user gave as ``--backend_options.KEY=VALUE``.
        modules: Python modules that must be importable; the first one's version is recorded.
        packages: packages to install if they are not importable; their names differ from those of modules.
        devices: devices that it can use: ``cpu``, ``cuda`` …
        available: ``package.module:function`` that gives, for a device, ``""`` or why it cannot be used here.
        suffixes: suffixes of model files that it accepts.
        describe: ``package.module:function`` that gives a file's ``inputs`` and ``outputs``; ``""`` for files
            that do not say them.
    """

    name: str
    help: str
    factory: str
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    devices: tuple[str, ...] = ("cpu",)
    available: str = ""
    suffixes: tuple[str, ...] = ()
    describe: str = ""


@frozen
class DataSource:
    """A kind of data set.

    Attributes:
        name: as typed with ``--dataset`` or guessed from the file.
        factory: makes its :class:`~cm_mlperf.interfaces.DataSet`; called with ``path`` and the
            model's options.
        recipe: tags of the script that gets it; ``""`` if the user must say where it is.
        full_recipe: the same for the whole data set if ``recipe`` gets only a part; official runs need it.
        recipe_key: variable with its path in the environment that the script exports.
        suffixes: suffixes of files that it reads.
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
    """An accuracy metric.

    Attributes:
        name: as typed with ``--accuracy``.
        factory: makes its :class:`~cm_mlperf.interfaces.Accuracy`; called with the path of the
            data set as ``dataset``.
    """

    name: str
    help: str
    factory: str


@frozen
class Model:
    """A model that can be requested by name.

    Attributes:
        benchmark: the official benchmark it is, for example ``resnet``; ``""`` for none.
        recipes: back end -> tags of the script that gets the model file for it.
        recipe_key: variable with the model's path in the environment that the script exports.
        dataset: name of its :class:`DataSource`.
        accuracy: name of its :class:`AccuracyMeasure`.
        options: keyword arguments for the data set: layout, normalisation, names of inputs.
        backend_options: back end -> options that differ for it.
        networks: back end -> ``package.module:function`` that takes the weights by name, of a file which
            holds nothing else, and gives what computes outputs from inputs in the order of the data set.
        precision: precision of the weights.
        other_precisions: other precisions of the same model, for which the recipes have variations.
        server_latency_ms: latency bound of the Server scenario.
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
