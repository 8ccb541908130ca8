"""The flags of ``doc``."""

from __future__ import annotations

from cm_core.actions.flags import Find
from cm_core.flags import Flags, optional, path, switch, whole, words

# What the documents about a run are called when nobody says so.
README, NOTEBOOK = "README-cm.md", "notebook-cm.ipynb"


class Overwrite(Flags):
    """Of verbs that write files."""

    force = switch("replace files that exist", also=("f",))


class DocScript(Overwrite):
    """Of ``cm doc script``."""

    tags = words("tags and _variations of the scripts", values="tags")
    all = switch("all scripts")
    output = path("a file, or a folder that gets one page for each script")
    depth = whole("levels of dependencies in the graph", default=2, least=1)


class DocRepository(Overwrite):
    """Of ``cm doc repo``."""

    output = path("the folder to write")


class DocAnything(Find, Overwrite):
    """Of ``cm doc KIND``."""

    output = path("the file, or a folder that gets README.md")
    notebook = switch("write a Jupyter notebook instead of a README")
    path = path("a folder instead of an artifact")


class OfRuns(Flags, group="What is kept"):
    """What ``cm run script`` writes about a run."""

    print_readme = optional("write how to repeat this run into this file", bare=README, metavar="FILE")
    print_notebook = optional("write this run as a notebook into this file", bare=NOTEBOOK, metavar="FILE")
