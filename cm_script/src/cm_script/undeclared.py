"""Flags of recipes: those that nobody declares, and those that are called like flags of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from cm_core import UsageError
from cm_core.base import did_you_mean, slips
from cm_core.flags import KNOWN_EVERYWHERE, Manner, check_switches, read_own_flags
from cm_core.plugins import flags_added_to
from cm_script.calling import words_without_meaning
from cm_script.flags import Run
from cm_script.pipeline.interpreters import MANAGED, OWN

if TYPE_CHECKING:
    from cm_core import Artifact, Request, Session
    from cm_script.model.meta import ScriptMeta
    from cm_script.schema.interface import Input

# Options of containers, which another plugin declares, and of the toolkit itself.
_FOREIGN_PREFIXES = ("docker_", "cm_")
_FOREIGN = "docker"


def check_flags(
    request: Request, options: Mapping[str, Any], script: Artifact, meta: ScriptMeta, session: Session
) -> None:
    """Look at the flags of a request once it is known which script is meant.

    Recipes may read flags that nobody declares, so such a flag is a warning, or an error with ``--strict``.
    One that is a slip away from a known flag is an error unless the script or one that it needs uses it, or
    with ``--strict=no``. Words that are neither tags nor variations are treated alike.

    Args:
        options: of the request, over those of the user's configuration.

    Raises:
        UsageError: for such a flag, and for words that switches of the engine do not know.
    """
    check_own_switches(request, options, meta, session)
    if session.depth > 1:  # Recipes ask one another with whatever they have.
        return
    engine = {
        *Run.__by_key__,
        *session.declared_flags(request.action, request.automation),
        *(key for flag in flags_added_to(session.plugins, "run", "script") for key in flag.keys),
    }

    def is_used(flag: str) -> bool:
        from cm_script.needs import Dependencies

        return Dependencies(session).use_input(script.path, flag)

    if (lost := words_without_meaning(request)) and not is_used("artifacts"):
        said = f"the word '{lost[0]}' has no meaning here"
        hint = 'tags go into the first word, variations also into the second: cm run script "get gcc" _x'
        if not request.lenient:
            raise UsageError(said, hint=hint)
        session.warn(f"{said}; {hint}")
    strict = read_own_flags(Manner, request).strict
    found = Undeclared(engine, meta, script.name, is_used)
    for sentence in found.sentences(request.options, strict=strict):
        session.warn(sentence)


class Undeclared:
    """Flags that neither the engine nor a script declares, and values that the script does not.

    Args:
        engine: the flags of the engine and of plugins.
        name: what messages call the script.
        is_used: whether the script or one that it needs uses a flag all the same.
    """

    def __init__(
        self, engine: AbstractSet[str], meta: ScriptMeta, name: str, is_used: Callable[[str], bool]
    ) -> None:
        self._engine = engine | KNOWN_EVERYWHERE.keys()
        self._meta = meta
        self._name = name
        self._is_used = is_used

    def sentences(self, options: Mapping[str, Any], *, strict: bool | None) -> list[str]:
        """One sentence for each of them.

        Args:
            strict: whether they are errors; ``None``: only what looks misspelt.

        Raises:
            UsageError: for the first that is one.
        """
        foreign = [
            flag
            for flag in options
            if flag not in self._engine and not flag.startswith(_FOREIGN_PREFIXES) and flag != _FOREIGN
        ]
        if not foreign:  # as mostly; what the recipe declares need not be read then
            return []
        from cm_script.schema.interface import declared_inputs, inputs_of

        inputs = {item.flag: item for item in inputs_of(self._meta.raw)}
        declared = declared_inputs(self._meta.raw)
        found = []
        for flag in foreign:
            if flag not in declared:
                found.append(self._unknown(flag, self._engine | declared, strict=strict))
            elif flag in inputs and (doubt := self._strange_value(inputs[flag], options[flag])):
                if strict:
                    raise UsageError(doubt, hint=f"see: cm run script {self._name} --help")
                found.append(doubt)
        return found

    def _unknown(self, flag: str, known: AbstractSet[str], *, strict: bool | None) -> str:
        sentence = f"neither the engine nor script '{self._name}' declares the flag --{flag}"
        near = sorted(slips(flag, known))
        hint = f"did you mean --{' or --'.join(near)}?" if near else did_you_mean(flag, known, prefix="--")
        hint = hint or f"see: cm run script {self._name} --help"
        if strict or (near and strict is None and not self._is_used(flag)):
            way_out = "" if strict else " to pass it on as it is, add --strict=no"
            raise UsageError(sentence, hint=f"{hint}{way_out}")
        return f"{sentence}; it is passed on ({hint})"

    def _strange_value(self, declared: Input, value: object) -> str:
        """A sentence about a value that is none of the declared ones, which recipes may take all the same."""
        from cm_script.schema.keys import DEFAULT_ENV

        choices = [str(choice) for choice in declared.choices]
        # What a recipe sets itself without the flag is declared by that.
        defaults = DEFAULT_ENV.or_empty(self._meta.raw)
        if not choices or str(value) in [*choices, *(str(defaults.get(key)) for key in declared.keys)]:
            return ""
        return f"--{declared.flag}={value} is none of the declared values: {', '.join(choices)}"


def check_own_switches(
    request: Request, options: Mapping[str, Any], meta: ScriptMeta, session: Session
) -> None:
    """Refuse words that flags of the engine do not know; a recipe's input of that name takes any.

    Args:
        options: of the request, over those of the user's configuration.

    Raises:
        UsageError: when there is one.
    """
    flags = session.declared_flags(request.action, request.automation)
    try:
        check_switches(flags, options)
    except UsageError:
        from cm_script.schema.interface import declared_inputs

        inputs = declared_inputs(meta.raw)
        check_switches(flags, {key: value for key, value in options.items() if key not in inputs})
    _check_python(str(options.get("python") or ""), meta)


def _check_python(asked: str, meta: ScriptMeta) -> None:
    if asked in ("", MANAGED, OWN):
        return
    from cm_script.schema.interface import declared_inputs

    if "python" not in declared_inputs(meta.raw):
        raise UsageError(
            f"--python is {MANAGED} or {OWN}, not '{asked}'",
            hint="to use one interpreter, write --env.CM_PYTHON_BIN_WITH_PATH=FILE",
        )
