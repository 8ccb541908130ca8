"""The command line that repeats a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import flag_words, replace
from cm_core.base import without_credentials
from cm_script.model.scripttags import ScriptTags
from cm_script.search import find_scripts, has_variations

if TYPE_CHECKING:
    from cm_core import Artifact, Session
    from cm_script.model.call import ScriptCall
    from cm_script.profile import Profile

_INSTRUCTIONS = frozenset(
    {"tags", "names", "env", "state", "const", "const_state", "out", "artifact", "artifacts"}
)


def rerun_command(call: ScriptCall, profile: Profile) -> tuple[str, ...]:
    """Words such as ``cm run script --tags=get,gcc --version=12``.

    Secrets are left out; stars stand for user names and passwords inside addresses.

    Args:
        call: what is to be repeated. Of the env only what was given for this very call is repeated: the rest
            came from a parent and is mostly not an input.
    """
    words = ["cm", "run", "script"]
    if call.artifact:
        words.append(call.artifact)
    if tags := call.tags.to_words():
        words.append(f"--tags={','.join(tags)}")
    plain = {key: value for key, value in call.options.items() if key not in _INSTRUCTIONS}
    words += flag_words(plain)
    given = {key: value for key, value in call.explicit_env.items() if not profile.is_engine_key(key)}
    words += flag_words(given, "env.")
    words += flag_words(call.explicit_const, "const.")
    return tuple(map(without_credentials, words))


def command_of(session: Session, call: ScriptCall, script: Artifact, profile: Profile) -> tuple[str, ...]:
    """The same, naming the script that was chosen where the call means several."""
    found = find_scripts(session, call.artifact, call.tags)
    fitting = [artifact for artifact in found if has_variations(artifact, call.tags)]
    if [artifact.path for artifact in fitting if artifact.repo == script.repo] != [script.path]:
        variations = ScriptTags(
            variations=call.tags.variations, excluded_variations=call.tags.excluded_variations
        )
        call = replace(call, artifact=script.ref, tags=variations)
    return rerun_command(call, profile)
