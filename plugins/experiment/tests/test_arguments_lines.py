import pytest

from cm_core.hookspecs import Option
from cm_core.model.argline import parse_line, parse_words
from cm_core.model.errors import UsageError
from cm_experiment.arguments import with_values

OPTIONS = (
    Option(name="pareto", help="", kind="list"),
    Option(name="where", help=""),
    Option(name="print_job", help="", kind="flag"),
)


@pytest.mark.parametrize(
    ("words", "names", "options"),
    [
        (["tune", "--pareto", "a,b"], ("tune",), {"pareto": "a,b"}),
        (["--pareto", "a,b", "tune"], ("tune",), {"pareto": "a,b"}),
        (["--pareto", "a,b"], ("",), {"pareto": "a,b"}),
        (["one", "--where", "a > 1", "two"], ("one", "two"), {"where": "a > 1"}),
        (["--print-job", "tune"], ("tune",), {"print_job": True}),
        (["--pareto=a,b", "tune"], ("tune",), {"pareto": "a,b"}),
        (["--other", "tune"], ("tune",), {"other": True}),
    ],
)
def test_a_flag_takes_the_word_behind_it(words, names, options, tmp_path):
    request = with_values(parse_words(["show", "experiment", *words]), OPTIONS, tmp_path)
    assert (request.artifact, *request.artifacts) == names
    assert request.options == options


def test_a_whole_line(tmp_path):
    request = parse_line("show experiment tune --where 'a > 1' --pareto=a,b")
    request = with_values(request, OPTIONS, tmp_path)
    assert (request.artifact, request.options) == ("tune", {"where": "a > 1", "pareto": "a,b"})


def test_a_flag_without_its_value(tmp_path):
    with pytest.raises(UsageError, match="--where needs a value"):
        with_values(parse_words(["show", "experiment", "tune", "--where"]), OPTIONS, tmp_path)
