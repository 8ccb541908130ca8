"""The flags and verbs of ``script``, for help, completion and the warning about unknown flags."""

from __future__ import annotations

from cm_core.hookspecs import Action, Option


def _flag(name: str, text: str) -> Option:
    return Option(name=name, help=text, kind="flag")


RUN_OPTIONS: tuple[Option, ...] = (
    Option(name="tags", help="tags and _variations of the script", kind="list"),
    Option(name="env", help="environment keys: --env.KEY=value", kind="mapping"),
    Option(name="const", help="environment keys that nothing overrides: --const.KEY=value", kind="mapping"),
    Option(name="state", help="state keys: --state.key=value", kind="mapping"),
    Option(name="ad", help="update a direct dependency: --ad.NAME.tags=_x", kind="mapping"),
    Option(name="adr", help="update a dependency at any depth: --adr.NAME.version_min=3.8", kind="mapping"),
    Option(name="add_deps", help="long form of --ad", kind="mapping"),
    Option(name="add_deps_recursive", help="long form of --adr", kind="mapping"),
    Option(name="version", help="the version to detect, install or download"),
    Option(name="version_min", help="the lowest acceptable version"),
    Option(name="version_max", help="the highest acceptable version"),
    Option(name="version_max_usable", help="the version to take when the default is above the highest"),
    Option(name="path", help="where to look for an existing tool, model or data set"),
    Option(name="input", help="an input file or folder"),
    Option(name="output", help="an output file or folder"),
    Option(name="name", help="a name for the result, also a cache tag"),
    Option(name="outdirname", help="work in this sub-folder"),
    Option(name="outbasename", help="base name of output files"),
    Option(name="extra_cache_tags", help="more tags for the cache entry", kind="list"),
    _flag("new", "make a new result even if the cache has one"),
    _flag("renew", "make the cached result again, in its folder"),
    _flag("skip_cache", "neither look into the cache nor store into it"),
    _flag("force_cache", "store the result of a script that allows it"),
    _flag("only_execute_from_cache", "fail if the cache has no result"),
    _flag("fake_run", "run dependencies only, not the script itself"),
    _flag("prepare", "the same as --fake_run"),
    _flag("fake_deps", "do not run dependencies, only list them; usually with --fake_run"),
    _flag("print_deps", "print the commands of the direct dependencies"),
    _flag("print_env", "print the exported environment"),
    _flag("time", "print how long each script took"),
    _flag("space", "print the disk space that was used"),
    _flag("silent", "print results only (also -s)"),
    _flag("s", "the same as --silent"),
    _flag("verbose", "print the output of dependencies too (also -v)"),
    _flag("v", "the same as --verbose"),
    _flag("save_env", "write the exported environment to tmp-env.sh"),
    _flag("shell", "start a shell with the exported environment"),
    _flag("debug_script", "leave a runnable copy of the native script"),
    _flag("dirty", "the same as --debug_script"),
    Option(name="debug_script_tags", help="the same for the script with these tags"),
    Option(name="debug_uid", help="identifier of a debugging session, handed to scripts"),
    _flag("ignore_script_error", "go on after a native script that failed"),
    _flag("repro", "record inputs, outputs and versions in cm-repro"),
    Option(name="repro_prefix", help="prefix of the files of --repro"),
    Option(name="repro_dir", help="folder of the files of --repro"),
    _flag("dump_version_info", "write the versions of all dependencies to files"),
    _flag("print_versions", "print the versions of all dependencies"),
    _flag("skip_sudo", "tell scripts not to use sudo"),
    _flag("skip_sys_utils", "tell scripts not to install system packages"),
    _flag("skip_write_test", "do not check that the current folder can be written"),
    _flag("skip_remembered_selections", "ask again where a choice was made before"),
    _flag("skip_compile", "tell scripts not to compile"),
    _flag("skip_run", "tell scripts not to run what they built"),
    _flag("accept_license", "agree to licences that scripts ask about"),
    _flag("skip_system_deps", "tell scripts to leave system packages alone"),
    _flag("git_ssh", "clone with ssh"),
    Option(name="gh_token", help="token for GitHub; never stored or printed"),
    _flag("help", "with a script: explain its variations, versions and flags"),
)
FIND_OPTIONS: tuple[Option, ...] = (RUN_OPTIONS[0],)
OPTIONS = {
    "run": RUN_OPTIONS,
    "find": FIND_OPTIONS,
    "add": (
        Option(name="tags", help="tags of the new script", kind="list"),
        Option(name="template", help="the script to start from"),
        Option(name="meta", help="metadata to set, as --meta.key=value", kind="mapping"),
        _flag("json", "write _cm.json instead of _cm.yaml"),
        _flag("python", "start from a template that runs Python"),
        Option(name="script_name", help="take this file as the native script"),
        Option(name="find_tool", help="find this program on the machine, and its version"),
    ),
}
EXAMPLES = {
    "run": (
        'cm run script "detect os" --out=json',
        "cm run script --tags=get,python3 --version_min=3.11",
    ),
    "find": ("cm find script --tags=detect", "cm find script 'get-*'"),
    "load": ("cm load script detect-os --json",),
    "add": ("cm add script my-script --tags=my,script",),
}
LINT_OPTIONS = (
    RUN_OPTIONS[0],
    Option(name="rules", help="only these rules", kind="list"),
    Option(name="ignore", help="all rules but these", kind="list"),
    Option(
        name="level",
        help="what to show; by default warnings and errors",
        choices=("error", "warning", "info"),
    ),
)
ACTIONS = (
    Action(
        name="test",
        automation="script",
        help="run the tests that a script declares",
        handler="cm_script.testrun:test_scripts",
        open_options=True,
        options=(
            *RUN_OPTIONS,
            Option(
                name="test_input_index", help="only the test at this position, or N+ for it and all after"
            ),
            Option(name="test_input_id", help="only the test of this id"),
        ),
    ),
    Action(
        name="prepare",
        automation="script",
        help="run the dependencies of a script, not the script itself",
        handler="cm_script.api:prepare_script",
        open_options=True,
        options=RUN_OPTIONS,
    ),
    Action(
        name="show",
        automation="script",
        help="say what a script accepts: variations, flags, versions",
        handler="cm_script.show:show_script",
        options=(
            RUN_OPTIONS[0],
            _flag("schema", "as a JSON Schema; without a script that of _cm.yaml, for editors"),
        ),
    ),
    Action(
        name="lint",
        automation="script",
        help="say what is wrong with recipes",
        handler="cm_script.lint.run:lint_scripts",
        options=LINT_OPTIONS,
    ),
)
LINT_REPO = Action(
    name="lint",
    automation="repo",
    help="say what is wrong with the recipes of a repository",
    handler="cm_script.lint.run:lint_repositories",
    options=(Option(name="path", help="a folder, registered or not"), *LINT_OPTIONS[1:]),
)
