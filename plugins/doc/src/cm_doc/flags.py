"""The flags of ``doc``."""

from __future__ import annotations

from cm_core.actions.commonflags import Find
from cm_core.flags import Flags, optional, path, switch, whole, words

# The default names of the documents about a run.
README, NOTEBOOK = "README-cm.md", "notebook-cm.ipynb"


class Overwrite(Flags):
    """Of verbs that write files."""

    force = switch("replace existing files", also=("f",))


class DocScript(Overwrite):
    """Of ``cm doc script``."""

    tags = words("tags and _variations of the scripts", values="tags")
    all = switch("all scripts")
    output = path("a file, or a folder for one page per script")
    notebook = switch("write a Jupyter notebook instead of Markdown, as for a file named *.ipynb")
    depth = whole("levels of dependencies in the graph", default=2, least=1)


class DocRepository(Overwrite):
    """Of ``cm doc repo``."""

    output = path("the folder to write")


class DocAnything(Find, Overwrite):
    """Of ``cm doc KIND``."""

    output = path("the file, or a folder for README.md")
    notebook = switch("write a Jupyter notebook instead of a README")
    path = path("a folder instead of an artifact")


class OfRuns(Flags, group="Files written"):
    """What ``cm run script`` writes about a run."""

    print_readme = optional("write how to repeat this run to this file", bare=README, metavar="FILE")
    print_notebook = optional("write this run as a notebook to this file", bare=NOTEBOOK, metavar="FILE")
