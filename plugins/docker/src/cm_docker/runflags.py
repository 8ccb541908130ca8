"""The flags that containers add to ``cm run script``, apart from the many that only they have."""

from __future__ import annotations

from cm_core.flags import Flags, optional

# The default folder for the Dockerfile of a run; SCRIPT is its name.
DOCKERFILE_FOLDER = "docker-SCRIPT"


class OfRuns(Flags, group="Files written"):
    """What ``cm run script`` writes about a run."""

    print_dockerfile = optional(
        "write a Dockerfile that repeats this run, with everything it copies, to this folder",
        bare=DOCKERFILE_FOLDER,
        metavar="FOLDER",
    )
