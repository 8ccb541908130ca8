"""The script engine of the CM toolkit: finds, prepares and runs recipes with everything they need.

For programs: :func:`find_scripts`, :func:`inspect_script`, :func:`run_script`, :func:`exact_command`. For
plugins that watch runs or describe recipes: what they get, and all of :mod:`cm_script.schema.keys` and
:mod:`cm_script.schema.interface`.

- ``api``: what ``cm run script`` does; ``calling``: the call that a request means;
- ``report``, ``records``, ``logs``: what is told and kept of a run;
- ``inspection``, ``needs``: what is known of a script before it runs; ``rerun``: the command that repeats it;
- ``pipeline``: the stages of a run; ``runtime``: one recipe while it runs;
- ``model``, ``env``: what recipes and calls say, and environments;
- ``schema``: the one table of what a recipe may say; ``lint``: what is wrong with one;
- ``search``, ``show``, ``scaffold``, ``testrun``: the other verbs of scripts; ``offer``: completion;
- ``observers``: who hears how a run ended; ``profile``: what differs for tools that share the format;
- ``errors``: what can go wrong; ``health``: what ``cm doctor`` says;
- ``hookspecs``: what other plugins add; ``plugin``, ``flags``, ``shortcut``: what this one adds;
- ``undeclared``: flags that nobody declares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core import lazy_exports

if TYPE_CHECKING:
    from cm_script.api import run_script as run_script
    from cm_script.errors import ScriptFailedError as ScriptFailedError
    from cm_script.inspection import Inspection as Inspection
    from cm_script.inspection import exact_command as exact_command
    from cm_script.inspection import inspect_script as inspect_script
    from cm_script.model.condition import is_enabled as is_enabled
    from cm_script.model.scripttags import ScriptTags as ScriptTags
    from cm_script.model.scripttags import parse_script_tags as parse_script_tags
    from cm_script.needs import Dependencies as Dependencies
    from cm_script.needs import Dependency as Dependency
    from cm_script.observers import FinishedRun as FinishedRun
    from cm_script.observers import RunObserver as RunObserver
    from cm_script.offer import offer_of_scripts as offer_of_scripts
    from cm_script.pipeline.outcome import StepRecord as StepRecord
    from cm_script.records import host_facts as host_facts
    from cm_script.runtime.localcopy import export_model as export_model
    from cm_script.runtime.localcopy import given_path as given_path
    from cm_script.runtime.localcopy import use_given_file as use_given_file
    from cm_script.runtime.quoting import export_line as export_line
    from cm_script.runtime.workingdir import working_directory as working_directory
    from cm_script.search import SCRIPT_KIND as SCRIPT_KIND
    from cm_script.search import find_scripts as find_scripts
    from cm_script.search import has_variations as has_variations
    from cm_script.search import names_and_tags as names_and_tags
    from cm_script.search import script_not_found as script_not_found

# name -> (module, version since when)
PUBLIC = {
    "run_script": ("api", "0.1"),
    "ScriptFailedError": ("errors", "0.1"),
    "Inspection": ("inspection", "0.1"),
    "exact_command": ("inspection", "0.1"),
    "inspect_script": ("inspection", "0.1"),
    "is_enabled": ("model.condition", "0.1"),
    "ScriptTags": ("model.scripttags", "0.1"),
    "parse_script_tags": ("model.scripttags", "0.1"),
    "Dependencies": ("needs", "0.1"),
    "Dependency": ("needs", "0.1"),
    "FinishedRun": ("observers", "0.1"),
    "RunObserver": ("observers", "0.1"),
    "offer_of_scripts": ("offer", "0.1"),
    "StepRecord": ("pipeline.outcome", "0.1"),
    "host_facts": ("records", "0.1"),
    "export_model": ("runtime.localcopy", "0.1"),
    "given_path": ("runtime.localcopy", "0.1"),
    "use_given_file": ("runtime.localcopy", "0.1"),
    "export_line": ("runtime.quoting", "0.1"),
    "working_directory": ("runtime.workingdir", "0.1"),
    "SCRIPT_KIND": ("search", "0.1"),
    "find_scripts": ("search", "0.1"),
    "has_variations": ("search", "0.1"),
    "names_and_tags": ("search", "0.1"),
    "script_not_found": ("search", "0.1"),
}
# modules of which everything is public -> version since when
PUBLIC_MODULES = {"flags": "0.1"}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
