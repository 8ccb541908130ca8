"""Templates -> text. Jinja2 is imported when the first document is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cm_core import CMError, PluginError
from cm_core.base import without_credentials
from cm_core.plugins import is_ours

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

    from cm_core import Session

OWN_TEMPLATES = Path(__file__).parent / "templates"
_ORIGINAL = "original"


class Templates:
    """The templates of this plugin, and those with which others replace them.

    They run in a sandbox: they see the values they are given and cannot change or call anything else.
    What they insert is escaped for the language of the document, Markdown or HTML.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def render(self, name: str, **values: Any) -> str:
        """The document that a template makes of the values.

        Args:
            name: path of the template; a name that ends in ``.html`` is HTML, any other Markdown.

        Raises:
            PluginError: when a template is missing or wrong; it names file and line.
        """
        from jinja2 import TemplateError

        from cm_doc.markdown import tidy

        is_html = name.endswith(".html")
        try:
            text = (self._html if is_html else self._markdown).get_template(name).render(**values)
            # Documents are for others to read.
            return without_credentials(text if is_html else tidy(text))
        except TemplateError as error:
            raise _failure(name, error) from error
        except CMError:
            raise
        except Exception as error:
            raise PluginError(f"the template '{name}' failed: {type(error).__name__}: {error}") from error

    @cached_property
    def _markdown(self) -> Environment:
        from cm_doc import markdown

        environment = _environment(self._loader, finalize=markdown.escape)
        environment.filters.update(
            code=markdown.code, fence=markdown.fence, pins=self._pins, origin=self._origin
        )
        return environment

    def _pins(self, software: Mapping[str, str]) -> str:
        """What pip installs the same versions of; an index may hold anything under a private name."""
        return " ".join(f"{name}=={version}" for name, version in software.items() if not self._origin(name))

    def _origin(self, distribution: str) -> str:
        """What to know of a plugin that is not of the toolkit, and so perhaps not public."""
        others = {info.distribution for info in self._session.plugins.plugins.values()}
        foreign = distribution in others and not is_ours(distribution)
        return " (not part of the toolkit, perhaps not public: ask whoever ran this)" if foreign else ""

    @cached_property
    def _html(self) -> Environment:
        return _environment(self._loader)

    @cached_property
    def _loader(self) -> BaseLoader:
        from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader

        own = FileSystemLoader(OWN_TEMPLATES)
        folders = [
            folder
            for answer in self._session.hooks.lists("cm_template_folders", Path, session=self._session)
            for folder in answer
        ]
        return ChoiceLoader([FileSystemLoader(folders), own, PrefixLoader({_ORIGINAL: own})])


def _environment(loader: BaseLoader, finalize: Any = None) -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=loader,
        # Markdown is escaped by `finalize`, which leaves alone what is safe; this marks blocks and macros so.
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _failure(name: str, error: Exception) -> PluginError:
    place = str(getattr(error, "filename", None) or getattr(error, "name", None) or name)
    line = getattr(error, "lineno", None)
    where = f"{place}, line {line}" if line else place
    return PluginError(
        f"the template {where} cannot be used: {' '.join(str(error).split())}",
        hint="correct it, or disable its plugin with CM_DISABLE_PLUGINS=NAME",
    )
