import pytest
import yaml

from cm_core.base.yamlnodes import MOST_REPEATED, check_aliases

HUNDRED = f"a: &a [{'1, ' * 99}]\n"


def test_only_what_aliases_repeat_counts():
    check_aliases(yaml.compose(f"{HUNDRED}b: [{'*a, ' * (MOST_REPEATED // 100)}]\n"))
    with pytest.raises(ValueError, match="repeat more than 100,000 values"):
        check_aliases(yaml.compose(f"{HUNDRED}b: [{'*a, ' * (MOST_REPEATED // 100 + 1)}]\n"))


def test_nothing_contains_itself():
    with pytest.raises(ValueError, match="stands inside of what it is the name of"):
        check_aliases(yaml.compose("a: &a {b: [*a]}"))
