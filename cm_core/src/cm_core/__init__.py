"""CM toolkit: automation for ML and systems people.

The names of ``PUBLIC`` are for every plugin and program. More of the core is public in its rooms:

- :mod:`cm_core.flags`: how flags are declared, and read as one typed object;
- :mod:`cm_core.base`: bricks that know nothing of artifacts: files, locks, programs, downloads, records;
- :mod:`cm_core.model.keys`: how keys of metadata are declared;
- :mod:`cm_core.actions`: what the common actions are made of, for verbs of your own;
- :mod:`cm_core.plugins`: which plugins there are, and what they declare;
- :mod:`cm_core.cli`: the command line, for programs that stand for a part of it;
- :mod:`cm_core.testing`: fixtures and suites for the tests of a plugin.

What no ``PUBLIC`` or ``PUBLIC_MODULES`` of a package names is private and may change with every version.
The other modules of the core:

- ``hookspecs``: the contract between the toolkit and its plugins; ``plugin``: what the core does in answer;
- ``session``: one home, one set of plugins, and the way of a request to whoever answers it;
- ``home``, ``repos``, ``sharedhomes``: where everything lies, and the repositories in their search order;
- ``meta``: metadata files, read with errors that name file and line, written atomically;
- ``index``: every search is answered from it;
- ``interaction``, ``reporter``: questions to a person, and what a person hears of long work;
- ``flagsettings``: what may be said of a flag, for type checkers;
- ``release``: the version;
- ``verbs``: the five actions that plugins implement as hooks;
- ``errors``: everything that can go wrong, with its exit status;
- ``credentials``: what a text shows to everybody who reads it, and the text without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core.base.exports import lazy_exports as lazy_exports

if TYPE_CHECKING:
    from cm_core.base.frozen import field as field
    from cm_core.base.frozen import frozen as frozen
    from cm_core.base.frozen import mutable as mutable
    from cm_core.base.frozen import replace as replace
    from cm_core.cli.access import access as access
    from cm_core.errors import AlreadyExistsError as AlreadyExistsError
    from cm_core.errors import AmbiguousError as AmbiguousError
    from cm_core.errors import CMError as CMError
    from cm_core.errors import InteractionError as InteractionError
    from cm_core.errors import Interrupted as Interrupted
    from cm_core.errors import MetaError as MetaError
    from cm_core.errors import NotFoundError as NotFoundError
    from cm_core.errors import PluginError as PluginError
    from cm_core.errors import Terminated as Terminated
    from cm_core.errors import UnknownTargetError as UnknownTargetError
    from cm_core.errors import UsageError as UsageError
    from cm_core.errors import kind_of as kind_of
    from cm_core.home import Home as Home
    from cm_core.index.scan import JSON_FILE as JSON_FILE
    from cm_core.index.scan import MISNAMED as MISNAMED
    from cm_core.index.scan import YAML_FILE as YAML_FILE
    from cm_core.index.scan import list_folders as list_folders
    from cm_core.index.scan import misnamed_meta as misnamed_meta
    from cm_core.interaction import Interaction as Interaction
    from cm_core.meta import META_NAME as META_NAME
    from cm_core.meta import check_identity as check_identity
    from cm_core.meta import dump_yaml as dump_yaml
    from cm_core.meta import jsonable as jsonable
    from cm_core.meta import load_document as load_document
    from cm_core.meta import load_mapping as load_mapping
    from cm_core.meta import load_yaml as load_yaml
    from cm_core.meta import meta_lines as meta_lines
    from cm_core.meta import read_meta as read_meta
    from cm_core.meta import shareable as shareable
    from cm_core.meta import write_meta as write_meta
    from cm_core.model.argline import flag_words as flag_words
    from cm_core.model.argline import parse_line as parse_line
    from cm_core.model.argline import parse_words as parse_words
    from cm_core.model.artifact import Artifact as Artifact
    from cm_core.model.artifact import Repository as Repository
    from cm_core.model.artifact import RepositoryKind as RepositoryKind
    from cm_core.model.artifact import preferred as preferred
    from cm_core.model.identity import ArtifactRef as ArtifactRef
    from cm_core.model.identity import ObjectRef as ObjectRef
    from cm_core.model.identity import check_alias as check_alias
    from cm_core.model.identity import is_uid as is_uid
    from cm_core.model.identity import new_uid as new_uid
    from cm_core.model.request import FALSE_WORDS as FALSE_WORDS
    from cm_core.model.request import TRUE_WORDS as TRUE_WORDS
    from cm_core.model.request import Request as Request
    from cm_core.model.request import is_no as is_no
    from cm_core.model.request import is_true as is_true
    from cm_core.model.result import Result as Result
    from cm_core.model.tags import TagQuery as TagQuery
    from cm_core.model.tags import split_tags as split_tags
    from cm_core.model.versions import VersionBounds as VersionBounds
    from cm_core.model.versions import compare_versions as compare_versions
    from cm_core.model.versions import version_in as version_in
    from cm_core.plugins.interface import Action as Action
    from cm_core.plugins.interface import AddedFlags as AddedFlags
    from cm_core.plugins.interface import Automation as Automation
    from cm_core.plugins.interface import Offer as Offer
    from cm_core.plugins.interface import hookimpl as hookimpl
    from cm_core.plugins.interface import hookspec as hookspec
    from cm_core.release import __version__ as __version__
    from cm_core.reporter import NullReporter as NullReporter
    from cm_core.reporter import Reporter as Reporter
    from cm_core.reporter import StepInfo as StepInfo
    from cm_core.reporter import Steps as Steps
    from cm_core.reporter import StepStatus as StepStatus
    from cm_core.repos import REPO_META_NAME as REPO_META_NAME
    from cm_core.repos import check_names_free as check_names_free
    from cm_core.session import Session as Session

# name -> (module, version since when)
PUBLIC = {
    "__version__": ("release", "0.1"),
    "lazy_exports": ("base.exports", "0.1"),
    "field": ("base.frozen", "0.1"),
    "frozen": ("base.frozen", "0.1"),
    "mutable": ("base.frozen", "0.1"),
    "replace": ("base.frozen", "0.1"),
    "access": ("cli.access", "0.1"),
    "AlreadyExistsError": ("errors", "0.1"),
    "AmbiguousError": ("errors", "0.1"),
    "CMError": ("errors", "0.1"),
    "InteractionError": ("errors", "0.1"),
    "Interrupted": ("errors", "0.1"),
    "MetaError": ("errors", "0.1"),
    "NotFoundError": ("errors", "0.1"),
    "PluginError": ("errors", "0.1"),
    "Terminated": ("errors", "0.1"),
    "UnknownTargetError": ("errors", "0.1"),
    "UsageError": ("errors", "0.1"),
    "kind_of": ("errors", "0.1"),
    "Home": ("home", "0.1"),
    "JSON_FILE": ("index.scan", "0.1"),
    "YAML_FILE": ("index.scan", "0.1"),
    "MISNAMED": ("index.scan", "0.1"),
    "list_folders": ("index.scan", "0.1"),
    "misnamed_meta": ("index.scan", "0.1"),
    "Interaction": ("interaction", "0.1"),
    "META_NAME": ("meta", "0.1"),
    "check_identity": ("meta", "0.1"),
    "dump_yaml": ("meta", "0.1"),
    "jsonable": ("meta", "0.1"),
    "load_document": ("meta", "0.1"),
    "load_mapping": ("meta", "0.1"),
    "load_yaml": ("meta", "0.1"),
    "meta_lines": ("meta", "0.1"),
    "read_meta": ("meta", "0.1"),
    "shareable": ("meta", "0.1"),
    "write_meta": ("meta", "0.1"),
    "flag_words": ("model.argline", "0.1"),
    "parse_line": ("model.argline", "0.1"),
    "parse_words": ("model.argline", "0.1"),
    "Artifact": ("model.artifact", "0.1"),
    "Repository": ("model.artifact", "0.1"),
    "RepositoryKind": ("model.artifact", "0.1"),
    "preferred": ("model.artifact", "0.1"),
    "ArtifactRef": ("model.identity", "0.1"),
    "ObjectRef": ("model.identity", "0.1"),
    "check_alias": ("model.identity", "0.1"),
    "is_uid": ("model.identity", "0.1"),
    "new_uid": ("model.identity", "0.1"),
    "FALSE_WORDS": ("model.request", "0.1"),
    "TRUE_WORDS": ("model.request", "0.1"),
    "Request": ("model.request", "0.1"),
    "is_no": ("model.request", "0.1"),
    "is_true": ("model.request", "0.1"),
    "Result": ("model.result", "0.1"),
    "TagQuery": ("model.tags", "0.1"),
    "split_tags": ("model.tags", "0.1"),
    "VersionBounds": ("model.versions", "0.1"),
    "compare_versions": ("model.versions", "0.1"),
    "version_in": ("model.versions", "0.1"),
    "Action": ("plugins.interface", "0.1"),
    "AddedFlags": ("plugins.interface", "0.1"),
    "Automation": ("plugins.interface", "0.1"),
    "Offer": ("plugins.interface", "0.1"),
    "hookimpl": ("plugins.interface", "0.1"),
    "hookspec": ("plugins.interface", "0.1"),
    "NullReporter": ("reporter", "0.1"),
    "Reporter": ("reporter", "0.1"),
    "StepInfo": ("reporter", "0.1"),
    "StepStatus": ("reporter", "0.1"),
    "Steps": ("reporter", "0.1"),
    "REPO_META_NAME": ("repos", "0.1"),
    "check_names_free": ("repos", "0.1"),
    "Session": ("session", "0.1"),
}
# modules of which everything is public -> version since when
PUBLIC_MODULES = {
    "flags": "0.1",
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
