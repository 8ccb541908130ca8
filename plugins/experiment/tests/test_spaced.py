from dataclasses import replace

import pytest

from cm_core.argline import parse_words
from cm_core.hookspecs import Option
from cm_experiment.spaced import with_spaced_values

OPTIONS = (
    Option(name="pareto", help="", kind="list"),
    Option(name="where", help=""),
    Option(name="print_job", help="", kind="flag"),
)


def understood(*words):
    request = with_spaced_values(parse_words(["show", "experiment", *words]), OPTIONS)
    return (request.artifact, *request.artifacts), dict(request.options)


@pytest.mark.parametrize(
    ("words", "names", "options"),
    [
        (["tune", "--pareto", "a,b"], ("tune",), {"pareto": "a,b"}),
        (["--pareto", "a,b", "tune"], ("tune",), {"pareto": "a,b"}),
        (["--pareto", "a,b"], ("",), {"pareto": "a,b"}),
        (["one", "--where", "a > 1", "two"], ("one", "two"), {"where": "a > 1"}),
        (["--where", "--pareto", "a,b"], ("",), {"where": True, "pareto": "a,b"}),
        (["--print-job", "tune"], ("tune",), {"print_job": True}),
        (["--pareto=a,b", "tune"], ("tune",), {"pareto": "a,b"}),
        (["tune", "--pareto", "--", "a,b"], ("tune",), {"pareto": True}),
        (["--other", "tune"], ("tune",), {"other": True}),
        (["tune", "--pareto"], ("tune",), {"pareto": True}),
    ],
)
def test_a_flag_takes_the_word_behind_it(words, names, options):
    assert understood(*words) == (names, options)


def test_names_that_the_session_changed_stay_so():
    request = parse_words(["show", "experiment", ".", "--where", "a"])
    request = replace(request, artifact="local,0123456789abcdef:tune")
    assert with_spaced_values(request, OPTIONS).artifact == "local,0123456789abcdef:tune"


def test_a_request_from_a_dictionary_is_left_alone():
    request = replace(parse_words(["show", "experiment", "tune", "--where"]), command=())
    assert with_spaced_values(request, OPTIONS) is request
