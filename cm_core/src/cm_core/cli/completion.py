"""Shell completion: actions, automations, artifacts, tags and flags, from the plugins and the index."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

from cm_core.cli.catalog import Verb
from cm_core.cli.console import Console
from cm_core.cli.group import ToolGroup, make_group
from cm_core.cli.words import COMPLETION_VARIABLE
from cm_core.errors import CMError
from cm_core.flags import Everywhere, Flag, dashed
from cm_core.model.argline import split_flag

# Bash cuts words at = and :, so the line is read anew there and the part before the cut is taken off again.
_BASH = """\
_cm_completion() {
    local IFS=$'\\n' word="${COMP_LINE:0:COMP_POINT}" cut reply
    word="${word##*[[:space:]]}"
    cut="${word%"${word##*[=:]}"}"
    reply=($(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" _CM_COMPLETE=bash_complete "$1" 2>/dev/null))
    COMPREPLY=()
    local item
    for item in "${reply[@]}"; do
        case "$item" in
            file,*) compopt -o default 2>/dev/null ;;
            plain,*)
                item="${item#plain,}"
                [[ "$item" == *= || "$item" == *. ]] && compopt -o nospace 2>/dev/null
                COMPREPLY+=("${item#"$cut"}")
                ;;
        esac
    done
    return 0
}
complete -o nosort -F _cm_completion @programs
"""
_ZSH = """\
#compdef @programs
_cm_completion() {
    local -a lines plain open
    local line
    lines=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \\
        _CM_COMPLETE=zsh_complete "${words[1]}" 2>/dev/null)}")
    for line in $lines; do
        case "$line" in
            file,*) _files ;;
            plain,*=|plain,*.) open+=("${line#plain,}") ;;
            plain,*) plain+=("${line#plain,}") ;;
        esac
    done
    (( $#open )) && compadd -U -V open -S '' -a open
    (( $#plain )) && compadd -U -V plain -a plain
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _cm_completion "$@"
else
    compdef _cm_completion @programs
fi
"""
_FISH = """\
function _cm_completion
    set -l program (commandline -opc)[1]
    for line in (env _CM_COMPLETE=fish_complete COMP_WORDS=(commandline -cp | string collect) \\
            COMP_CWORD=(commandline -ct | string collect) $program 2>/dev/null)
        switch $line
            case 'file,*'
                __fish_complete_path (commandline -ct)
            case 'plain,*'
                string replace -r '^plain,' '' -- $line
        end
    end
end
for program in @programs
    complete --no-files --command $program --arguments '(_cm_completion)'
end
"""


def shell_code(shell: str, programs: Iterable[str]) -> str:
    """The text that a shell has to source to complete these programs."""
    return {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}[shell].replace("@programs", " ".join(programs))


def answer_shell(env: Mapping[str, str], prefix: Sequence[str]) -> int:
    """Answer the shell that asked through the environment; problems give no completions, never noise."""
    shell, _, _ = env[COMPLETION_VARIABLE].partition("_")
    kinds: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": ZshComplete, "fish": _Fish}
    if shell not in kinds:
        return 1
    console = Console((), env)

    def work(console: Console) -> int:
        # Warnings about plugins must not appear in the middle of a command line: the shell drops stderr.
        completer = kinds[shell](make_group(console), {"obj": console}, "cm", COMPLETION_VARIABLE)
        words, incomplete = completer.get_completion_args()
        items = complete(console, [*prefix, *words], incomplete)
        console.renderer.text("\n".join(f"{item.type},{item.value}" for item in items))
        return 0

    return console.run(work)


def complete(console: Console, words: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """What could stand at the place of the last, incomplete word.

    Args:
        words: the complete words before it, without the program's name.
    """
    if "--" in words or incomplete.startswith("@"):
        return [CompletionItem(incomplete, type="file")]
    group = make_group(console)
    if not words:
        return _items(_first_words(console), incomplete)
    verb = console.catalog.verb(words[0])
    if verb is None:
        return _of_click_command(group, console, words, incomplete)
    if len(words) == 1 and not incomplete.startswith("-"):
        return _items(_automations(console, verb), incomplete)
    kind = words[1] if len(words) > 1 else ""
    return _after_names(console, _flags(console, verb, kind), kind, [words[-1], incomplete])


def _after_names(
    console: Console, flags: Mapping[str, Flag], kind: str, last_two: Sequence[str]
) -> list[CompletionItem]:
    """A flag, the value of the flag before it, or the name of an artifact."""
    before, incomplete = last_two
    if incomplete.startswith("-"):
        return _flag_items(console, flags, kind, incomplete)
    if before.startswith("-"):
        typed, name, equals, _ = split_flag(before)
        flag = flags.get(name)
        if flag is not None and not equals and flag.takes(typed):
            return _value_items(console, flag, kind, typed, ("", incomplete))
    return _items(_words_of_kind(console, kind)[0], incomplete)


class _Bash(BashComplete):
    """Reads the line up to the cursor as it was typed."""

    def get_completion_args(self) -> tuple[list[str], str]:
        import os

        line = os.environ["COMP_WORDS"]
        return _split_line(line)


class _Fish(FishComplete):
    """Reads the line up to the cursor, and the word that fish has at the cursor."""

    def get_completion_args(self) -> tuple[list[str], str]:
        import os

        words, _ = _split_line(os.environ["COMP_WORDS"])
        return words, os.environ.get("COMP_CWORD", "")


def _split_line(line: str) -> tuple[list[str], str]:
    from click.shell_completion import split_arg_string

    words = split_arg_string(line)[1:]
    if not words or line[-1:].isspace():
        return words, ""
    return words[:-1], words[-1]


def _first_words(console: Console) -> list[str]:
    verbs = [word for verb in console.catalog.verbs.values() for word in verb.words]
    return [*sorted({*verbs, *console.commands, "help"}), "--help", "--version"]


def _automations(console: Console, verb: Verb | None) -> list[str]:
    names = list(console.catalog.automations_with(verb.name) if verb else console.registry.automations)
    if verb is None or "*" in verb.kinds:
        names += _words_of_kind(console, "automation")[0]
    return sorted(set(names))


def _words_of_kind(console: Console, kind: str) -> tuple[list[str], list[str]]:
    """Aliases and tags of a kind, from the index."""
    try:
        session = console.session
        return session.index.words(session.kind(kind).ref)
    except CMError:
        return [], []


def _flags(console: Console, verb: Verb, kind: str) -> dict[str, Flag]:
    """The flags that can be typed, by each of their names; those of the verb first."""
    automation = console.catalog.automation(kind)
    own = console.catalog.flags(verb.name, automation.name if automation else kind)
    by_key = {key: flag for flag in (*Everywhere.__declared__, *own) for key in flag.keys}
    return {key: by_key[key] for flag in (*own, *Everywhere.__declared__) for key in flag.keys}


def _flag_items(
    console: Console, flags: Mapping[str, Flag], kind: str, incomplete: str
) -> list[CompletionItem]:
    typed, name, equals, value = split_flag(incomplete)
    if not equals:
        return _items(dict.fromkeys(_completable_part(flag) for flag in flags.values()), incomplete)
    start = incomplete.removesuffix(value)
    return _value_items(console, flags.get(name), kind, typed, (start, value))


def _value_items(
    console: Console, flag: Flag | None, kind: str, typed: str, at: tuple[str, str]
) -> list[CompletionItem]:
    """What the value of a flag can be.

    Args:
        flag: ``None`` when nobody declares it.
        typed: the flag with its keys, of which nobody knows what their values are.
        at: what stands before the value in the same word, and the value so far.
    """
    start, value = at
    known = () if flag is None or "." in typed else _known_values(console, flag, kind)
    if flag is None or not known:
        return [CompletionItem(value, type="file")]
    if flag.kind != "words":
        return _items([f"{start}{word}" for word in known], f"{start}{value}")
    done, comma, last = value.rpartition(",")
    before = f"{start}{done}{comma}{'-' if last.startswith('-') and flag.values == 'tags' else ''}"
    return _items([f"{before}{word}" for word in known if word not in done.split(",")], f"{start}{value}")


def _known_values(console: Console, flag: Flag, kind: str) -> Sequence[str]:
    if flag.values in ("tags", "artifacts"):
        aliases, tags = _words_of_kind(console, kind)
        return tags if flag.values == "tags" else aliases
    if not flag.values:
        return flag.choices
    module, _, function = flag.values.partition(":")
    try:
        return list(getattr(importlib.import_module(module), function)(console.session))
    except Exception:  # noqa: BLE001 - whatever it raises: no completions, never noise
        return ()


def _completable_part(flag: Flag) -> str:
    """The part of a flag that can be completed: ``--tags=``, ``--env.``, ``--quiet``."""
    typed = dashed(flag.name)
    if flag.has_keys:
        return f"{typed}."
    return f"{typed}=" if flag.takes_next_word else typed


def _items(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _of_click_command(
    group: ToolGroup, console: Console, words: Sequence[str], incomplete: str
) -> list[CompletionItem]:
    """Ask the commands that plugins added; ``help`` takes actions and automations."""
    if words[0] == "help":
        return _items([*console.catalog.verbs, *_automations(console, None)], incomplete)
    if words[0] not in console.commands:
        return []
    command: click.Command = group
    context = group.make_context("cm", list(words), resilient_parsing=True, obj=console)
    for word in words:
        if not isinstance(command, click.Group):
            break
        below = command.get_command(context, word)
        if below is None:
            return []
        context = below.make_context(word, [], parent=context, resilient_parsing=True)
        command = below
    if not incomplete.startswith("-") and (
        arguments := [p for p in command.params if isinstance(p, click.Argument)]
    ):
        return arguments[0].shell_complete(context, incomplete)
    return command.shell_complete(context, incomplete)
