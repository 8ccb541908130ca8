"""The flags of ``script``."""

from __future__ import annotations

from cm_core.flags import Flags, anything, choice, mapping, path, switch, text, words

PYTHON_VARIABLE = "CM_SCRIPT_PYTHON"


class Which(Flags, group="Selection"):
    """What selects a script, and a version of what it gets."""

    tags = words("tags and _variations of the script", values="tags")
    version = text("the version to detect, install or download")
    version_min = text("the lowest acceptable version")
    version_max = text("the highest acceptable version")
    version_max_usable = text("the version to use if the default is above the highest")


class Given(Flags, group="Inputs"):
    """What is passed to a script and its dependencies."""

    env = mapping("environment keys: --env.KEY=value")
    const = mapping("environment keys that nothing overrides: --const.KEY=value")
    state = mapping("state keys: --state.key=value")
    ad = mapping("update a direct dependency: --ad.NAME.tags=_x")
    adr = mapping("update a dependency at any depth: --adr.NAME.version_min=3.8")
    add_deps = mapping("long form of --ad")
    add_deps_recursive = mapping("long form of --adr")
    path = path("where to look for an existing tool, model or data set")
    python = text(
        "which Python recipes of others get: managed, where your own stays as it is, or own",
        metavar="managed|own",
        env=PYTHON_VARIABLE,
    )
    # Recipes read these; programs may pass whatever a recipe takes.
    input = anything("an input file or folder", metavar="PATH")
    output = anything("an output file or folder", metavar="PATH")
    name = anything("a name for the result, also a cache tag", metavar="TEXT")
    outdirname = anything("work in this sub-folder", metavar="TEXT")
    outbasename = anything("base name of output files", metavar="TEXT")


class Cache(Flags, group="Cache"):
    """What may come from the cache, and what goes into it."""

    extra_cache_tags = words("more tags for the cache entry", values="tags")
    new = switch("make a new result even if the cache has one")
    renew = switch("make the cached result again, in its folder")
    skip_cache = switch("neither read nor write the cache")
    force_cache = switch("store the result of a script that allows it")
    only_execute_from_cache = switch("fail if the cache has no result")
    skip_remembered_selections = switch("ask again about remembered choices")


class Extent(Flags, group="Execution"):
    """How much of a script is run."""

    fake_run = switch("run dependencies only, not the script itself")
    prepare = switch("the same as --fake_run")
    fake_deps = switch("do not run dependencies, only list them; usually with --fake_run")
    skip_compile = switch("tell scripts not to compile")
    skip_run = switch("tell scripts not to run what they built")


class Shown(Flags, group="Output"):
    """What is printed."""

    silent = switch("print results only", also=("s",))
    verbose = switch("print the output of dependencies too", also=("v",))
    print_deps = switch("print the commands of the direct dependencies")
    print_env = switch("print the exported environment")
    print_versions = switch("print the versions of all dependencies")
    time = switch("print how long each script took")
    space = switch("print the disk space used")
    help = switch("with a script: explain its variations, versions and flags", also=("h",))


class Written(Flags, group="Files written"):
    """What is written in addition to the result."""

    save_env = switch("write the exported environment to tmp-env.sh")
    shell = switch("start a shell with the exported environment")
    dump_version_info = switch("write the versions of all dependencies to files")
    repro = switch("record inputs, outputs and versions in cm-repro")
    repro_prefix = text("prefix of the files of --repro")
    repro_dir = path("folder of the files of --repro")


class Permitted(Flags, group="Permissions"):
    """What scripts are told about this machine and its user."""

    accept_license = switch("agree to licences that scripts ask about")
    skip_sudo = switch("tell scripts not to use sudo")
    skip_sys_utils = switch("tell scripts not to install system packages")
    skip_system_deps = switch("tell scripts to leave system packages alone")
    skip_write_test = switch("do not check that the current folder can be written")
    git_ssh = switch("clone with ssh")
    gh_token = anything("token for GitHub; never stored or printed", metavar="TEXT")


class Debugging(Flags, group="Debugging"):
    """What helps to find out why a script fails."""

    debug_script = switch("keep a runnable copy of the native script", also=("dirty",))
    debug_script_tags = text("the same for the script with these tags")
    debug_uid = text("identifier of a debugging session, passed to scripts")
    ignore_script_error = switch("continue after a native script fails")


class Run(Which, Given, Cache, Extent, Shown, Written, Permitted, Debugging):
    """Of ``cm run script``, ``cm prepare script`` and verbs that run one in another place."""


class Nested(Run):
    """What the engine reads of a call: what can be typed, and what a parent and other plugins add."""

    quiet = switch("as for every verb")
    const_state = mapping("as const, for the state")
    local_env = mapping("env that vanishes at the end")
    local_state = mapping("state that vanishes at the end")
    local_const = mapping("const that vanishes at the end")
    local_const_state = mapping("const_state that vanishes at the end")
    docker_run_deps = switch("also run the dependencies of containers")
    force_new_env_keys = words("what is exported instead of what the metadata says")
    force_new_state_keys = words("the same for the state")


class WhichTests(Flags, group="Which tests"):
    """Which of the tests that a script declares."""

    test_input_index = text(
        "only the test at this position; N+ for this test and all later ones", metavar="N"
    )
    test_input_id = text("only the test with this ID")


class Test(Run, WhichTests):
    """Of ``cm test script``."""


class Find(Flags):
    """Of ``cm find script``."""

    tags = words("tags and _variations of the script", values="tags")


class Show(Find):
    """Of ``cm show script``."""

    schema = switch("print a JSON Schema; without a script, the one for _cm.yaml, for editors")


class Add(Flags):
    """Of ``cm add script``."""

    tags = words("tags of the new script", values="tags")
    template = text("the script to start from", values="artifacts")
    meta = mapping("metadata to set, as --meta.key=value")
    json = switch("write _cm.json instead of _cm.yaml")
    python = switch("start from a template that runs Python", also=("pytorch",))
    script_name = path("use this file as the native script")
    find_tool = text("find this program on the machine, and its version")


class LintRules(Flags):
    """Of verbs that look for mistakes in recipes."""

    rules = words("only these rules", values="cm_script.lint.run:rule_names")
    ignore = words("all rules except these", values="cm_script.lint.run:rule_names")
    level = choice("what to show", ("error", "warning", "info"), default="warning")


class Lint(Find, LintRules):
    """Of ``cm lint script``."""


class LintRepository(LintRules):
    """Of ``cm lint repo``."""

    path = path("a folder, registered or not")
