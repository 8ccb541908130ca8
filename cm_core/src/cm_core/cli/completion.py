"""Shell completion: actions, automations, artifacts, tags and flags, from the plugins and the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete, split_arg_string

from cm_core.cli.candidates import complete
from cm_core.cli.console import Console
from cm_core.cli.group import make_group
from cm_core.cli.words import COMPLETION_VARIABLE

# Bash cuts words at quotes, = and :, so it hands over the line, and gets what belongs behind the cut.
_BASH = """\
_cm_completion() {
    local IFS=$'\\n' reply
    reply=($(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" _CM_COMPLETE=bash_complete "$1" 2>/dev/null))
    COMPREPLY=()
    local item
    for item in "${reply[@]}"; do
        case "$item" in
            file,*) compopt -o default 2>/dev/null ;;
            plain,*)
                item="${item#plain,}"
                [[ "$item" == *= || "$item" == *. ]] && compopt -o nospace 2>/dev/null
                COMPREPLY+=("$item")
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
        # What plugins print must not appear in the middle of a command line: the shell drops stderr.
        console.use_text_alone()
        completer = kinds[shell](make_group(console), {"obj": console}, "cm", COMPLETION_VARIABLE)
        words, incomplete = completer.get_completion_args()
        items = complete(console, [*prefix, *words], incomplete)
        cut = completer.cut() if isinstance(completer, _Bash) else ""
        console.renderer.text("\n".join(f"{item.type},{item.value.removeprefix(cut)}" for item in items))
        return 0

    return console.run(work)


class _Bash(BashComplete):
    """Reads the line up to the cursor as it was typed."""

    def get_completion_args(self) -> tuple[list[str], str]:
        return _split_line(_line())

    def cut(self) -> str:
        """What stands in the last word before the part that bash replaces."""
        start, cut = _last_word(_line())
        return _unquoted(_line()[start:cut])


class _Fish(FishComplete):
    """Reads the line up to the cursor, and the word that fish has at the cursor."""

    def get_completion_args(self) -> tuple[list[str], str]:
        import os

        words, _ = _split_line(_line())
        return words, _unquoted(os.environ.get("COMP_CWORD", ""))


def _line() -> str:
    import os

    return os.environ["COMP_WORDS"]


def _split_line(line: str) -> tuple[list[str], str]:
    """The words before the last one, without the program, and the last one, which may be empty."""
    start, _ = _last_word(line)
    return split_arg_string(line[:start])[1:], _unquoted(line[start:])


def _unquoted(word: str) -> str:
    return "".join(split_arg_string(word))


def _last_word(line: str) -> tuple[int, int]:
    """Where the last word begins, and where in it bash begins to replace: after a quote, = or :."""
    start = cut = 0
    quote, is_escaped = "", False
    for place, character in enumerate(line):
        if is_escaped:
            is_escaped = False
        elif character == "\\" and quote != "'":
            is_escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote, cut = character, place + 1
        elif character.isspace():
            start = cut = place + 1
        elif character in "=:":
            cut = place + 1
    return start, cut
