"""Templates: replaced by plugins, in a sandbox."""

import pytest

from cm_core import PluginError
from cm_doc.rendering import Templates


@pytest.fixture
def templates(kitchen, add_plugin, tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    add_plugin("look", cm_template_folders=lambda: [folder])

    def write(name, text):
        (folder / name).write_text(text)
        return Templates(kitchen.session)

    return write


def test_a_plugin_replaces_a_part(templates, kitchen):
    templates(
        "script.md",
        '{% extends "original/script.md" %}\n{% block about %}House rules of {{ script.title }}.\n\n'
        "{{ super() }}{% endblock %}\n",
    )
    page = kitchen.text("script", "make-soup")
    assert "House rules of Make soup.\n\nIt runs on every request" in page
    assert "cm docker script --tags=make,soup" in page


def test_a_plugin_replaces_all(templates, kitchen):
    templates("script.md", "{{ script.name }} and nothing else\n")
    assert kitchen.text("script", "make-soup") == "make-soup and nothing else\n"


def test_the_one_that_wants_to_be_first_is(templates, kitchen, add_plugin, tmp_path):
    templates("script.md", "first\n")
    later = tmp_path / "later"
    later.mkdir()
    (later / "script.md").write_text("later\n")
    add_plugin("later", cm_template_folders=lambda: [later])
    assert kitchen.text("script", "make-soup") == "later\n"


def test_values_are_escaped_without_asking(templates):
    text = templates(
        "x.md", "{{ value }} {{ value | code }}{% macro m(v) %}<b>{{ v }}{% endmacro %}{{ m(value) }}"
    )
    assert text.render("x.md", value="*<i>") == "\\*&lt;i&gt; `*<i>`<b>\\*&lt;i&gt;\n"
    assert templates("x.html", "{{ value }}").render("x.html", value="*<i>") == "*&lt;i&gt;"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% if %}", "x.md, line 1"),
        ("\n{{ nothing }}", "'nothing' is undefined"),
        ("{{ value.__class__.__mro__ }}", "unsafe"),
        ("{{ value.append(1) }}", "unsafe"),
        ("{% include 'y.md' %}", "y.md"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
    ],
)
def test_a_wrong_template_is_a_clear_error(templates, text, reason):
    with pytest.raises(PluginError, match=reason):
        templates("x.md", text).render("x.md", value=[])


def test_a_template_cannot_leave_its_folder(templates):
    with pytest.raises(PluginError):
        templates("x.md", "{% include '../../secret' %}").render("x.md")
