import pytest

from cm_core import UsageError
from cm_core.base import decode
from cm_experiment.study.ranges import Domain, domain_of
from cm_report.arithmetic import ExpressionError


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ([1, "a", 2.5, True], [1, "a", 2.5, "True"]),
        ("['a','b']", ["a", "b"]),
        ("1, 2, 4", [1, 2, 4]),
        ("[1, -2, 3*4]", [1, -2, 12]),
        ("fp32,int8", ["fp32", "int8"]),
        ("1,fp32", [1, "fp32"]),
        ("fp32", ["fp32"]),
        ("5", [5]),
        (0.5, [0.5]),
        ("range(1,9)", list(range(1, 9))),
        ("range(8, 0, -3)", [8, 5, 2]),
        ("list(range(3))", [0, 1, 2]),
        ("2**i for i in range(6)", [1, 2, 4, 8, 16, 32]),
        ("[2**i for i in range(0,6)]", [1, 2, 4, 8, 16, 32]),
        ("(n*10 for n in [3, 1])", [30, 10]),
        ("i for i in range(10) if i % 3 == 0", [0, 3, 6, 9]),
        ("round(sqrt(i), 1) for i in [2, 4]", [1.4, 2.0]),
        ("[1] + range(10, 12)", [1, 10, 11]),
        ("linspace(0, 1, 5)", [0, 0.25, 0.5, 0.75, 1]),
        ("linspace(0, 0.3, 4)", [0, 0.1, 0.2, 0.3]),
        ("logspace(0, 3, 4)", [1, 10, 100, 1000]),
        ("geomspace(1, 64, 3)", [1, 8, 64]),
        ("geomspace(5, 9, 1)", [5]),
        ("2**5", [32]),
    ],
)
def test_values(given, values):
    assert list(domain_of("X", given).values) == values


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ("uniform(0, 1)", Domain(low=0, high=1)),
        ("loguniform(1e-4, 10)", Domain(low=1e-4, high=10, log=True)),
        ("integers(1, 64)", Domain(low=1, high=64, integer=True)),
    ],
)
def test_intervals(given, domain):
    assert domain_of("X", given) == domain
    assert decode(Domain, domain.to_json(), source="x") == domain


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("__import__('os').system('id')", "no such function"),
        ("open('/etc/passwd')", "no such function"),
        ("[x.__class__ for x in [1]]", "nothing is called 'x.__class__'"),
        ("[a, b]", "nothing is called 'a'"),
        ("range(10**9)", "too many"),
        ("linspace(0, 1, 10**9)", "too many"),
        ("9**9**9", "cannot be computed"),
        ("[i for i in range(3) for j in range(3)]", "only a single 'for NAME in LIST'"),
        ("range(1.5)", "whole numbers"),
        ("range(1, 2, 0)", "cannot be 0"),
        ("1_0", "'1_0' is not a number"),
        ("range(0x10)", "'0x10' is not a number"),
        ("range('a')", "not a number"),
        ("linspace(1)", "takes 3 numbers"),
        ("uniform(2, 1)", "smaller one first"),
        ("loguniform(0, 1)", "above 0"),
        ("geomspace(0, 1, 2)", "above 0"),
        ("integers(0, 1.5)", "whole numbers"),
        ("1/0", "cannot be computed"),
        ("lambda: 1", "not part of the language"),
        ("{1: 2}", "not part of the language"),
        ("i for i in 5", "not a list"),
        ("[[1, 2]]", "cannot be computed"),
        ("", "empty"),
        ("range(", "cannot read"),
    ],
)
def test_outside_the_grammar(given, says):
    with pytest.raises(ExpressionError, match=says) as caught:
        domain_of("BATCH", given)
    assert caught.value.message.startswith("variable BATCH: ")
    assert caught.value.hint


@pytest.mark.parametrize("given", [[], {}, None, True, [[1]], [None], "range(3, 1)"])
def test_no_values(given):
    with pytest.raises(UsageError):
        domain_of("BATCH", given)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("MY_TOKEN", "s3cret,b"),
        ("MY_TOKEN", "s3cret$%"),
        ("MY_TOKEN", ["s3cret"]),
        ("URL", ["https://me:s3cret@host"]),
        ("HEADER", "['Bearer s3cret-1']"),
    ],
)
def test_secrets_are_no_variables(name, given):
    with pytest.raises(UsageError, match="are secrets") as caught:
        domain_of(name, given)
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint}"


def test_a_number_of_tokens_is_no_secret():
    assert domain_of("MAX_TOKEN", "128,256").values == (128, 256)
