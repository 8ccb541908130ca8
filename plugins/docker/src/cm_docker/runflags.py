"""The flags that containers add to ``cm run script``, apart from the many that only they have."""

from __future__ import annotations

from cm_core.flags import Flags, optional

# Where the Dockerfile of a run goes when nobody says where; SCRIPT is its name.
DOCKERFILE_FOLDER = "docker-SCRIPT"


class OfRuns(Flags, group="What is kept"):
    """What ``cm run script`` writes about a run."""

    print_dockerfile = optional(
        "write a Dockerfile that repeats this run, with all it copies, into this folder",
        bare=DOCKERFILE_FOLDER,
        metavar="FOLDER",
    )
