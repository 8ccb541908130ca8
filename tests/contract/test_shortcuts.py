"""Programs that stand for two words: what plugins announce is what their distributions install."""

from importlib.metadata import distribution, entry_points

SHORTCUTS = {"cmr": ("run", "script"), "cme": ("run", "experiment"), "cmrd": ("docker", "script")}


def test_every_shortcut_is_a_program_of_its_plugin(cm_session):
    assert cm_session.plugins.shortcuts() == SHORTCUTS
    for program, (verb, kind) in SHORTCUTS.items():
        owner = cm_session.plugins.plugins[cm_session.plugins.provider(verb, kind)]
        programs = distribution(owner.distribution).entry_points.select(group="console_scripts")
        assert program in programs.names


def test_each_means_its_words(run_cm):
    programs = {entry.name: entry.value for entry in entry_points(group="console_scripts")}
    for program, words in SHORTCUTS.items():
        assert f"Usage: cm {' '.join(words)} " in run_cm("--help", program=programs[program]).stdout


def test_completion_knows_them(run_cm):
    for shell in ("bash", "zsh", "fish"):
        assert " ".join(("cm", *sorted(SHORTCUTS))) in run_cm("completion", shell).stdout
