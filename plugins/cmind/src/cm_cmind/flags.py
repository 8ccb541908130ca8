"""The flags of the verbs for homes and automations of the original."""

from __future__ import annotations

from cm_core.flags import Flags, mapping, path, switch, text, texts


class ImportHome(Flags):
    """Of ``cm import home``."""

    path = path("the old home, by default the first word")
    cache = switch("also import its finished cache entries")
    local = switch("also copy the other artifacts of its local repository")


class NativeRun(Flags):
    """Of ``cm native-run script``."""

    command = text("the command to run")
    env = mapping("environment variables: --env.KEY=value")
    script = texts("first lines of the script")
    script_name = path("file of the script, by default tmp-native-run.sh or .bat")
