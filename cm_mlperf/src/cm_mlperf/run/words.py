"""Words of MLPerf for which there are recipes, but none here: said before anything else happens."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cm_mlperf.components.registry import offers
from cm_mlperf.elsewhere import not_here
from cm_mlperf.flags import IMPLEMENTATIONS
from cm_mlperf.loadgen.rounds import names
from cm_mlperf.run.configuration import is_here

if TYPE_CHECKING:
    from cm_core import Request, Session
    from cm_mlperf.components.registry import Offers
    from cm_mlperf.flags import Run

_NULL = "null"
_OWN = "FILE.onnx with a model of your own"


def check_words(asked: Run, request: Request, session: Session) -> None:
    """Refuse what only the recipes of a public repository can measure.

    Raises:
        NotFoundError: naming the repository, and the command that pulls it.
    """
    known = offers(session)
    refuse = partial(_refuse, session=session)
    if not is_here(word := asked.implementation):
        refuse("implementation", word, f"--implementation cannot be '{word}' here", IMPLEMENTATIONS)
    if asked.network or asked.backend == _NULL:
        return  # the name of a model is only recorded
    if model := asked.model or request.artifact:
        check_model(model, known, session)
    elif (word := asked.benchmark) and word not in {model.benchmark for model in known.models.values()}:
        refuse("benchmark", word, f"no model here is of the benchmark '{word}'", [_OWN])
    if (word := asked.backend) not in known.backends:
        refuse("backend", word, f"there is no back end '{word}' here", known.backends)
    devices = dict.fromkeys(device for backend in known.backends.values() for device in backend.devices)
    if (word := asked.device) not in devices:
        refuse("device", word, f"what runs here has no device '{word}'", devices)
    if (word := asked.round) and word not in names():
        refuse("round", word, f"there is no round '{word}' here", names())


def check_model(word: str, known: Offers, session: Session) -> None:
    """Refuse a model that only the recipes of a public repository get; a file is the user's own.

    Raises:
        NotFoundError: naming the repository, and the command that pulls it.
    """
    if known.model(word) is None and not (session.cwd / Path(word)).exists():
        _refuse("model", word, f"there is no model '{word}' here", known.models, session)


def _refuse(flag: str, word: str, sentence: str, here: Iterable[str], session: Session) -> None:
    named = f"--{'model' if flag == 'benchmark' else flag}={', '.join(here)}"
    if error := not_here(sentence, flag, word, session, here=named):
        raise error
