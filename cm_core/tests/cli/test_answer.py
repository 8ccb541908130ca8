"""What becomes of flags before an action gets them."""

from typing import Any

import pytest

from cm_core.cli.answer import is_asking_for_help, with_long_names
from cm_core.model.request import Request


def request(**options: Any) -> Request:
    return Request(action="any", automation="script", options=options)


def test_short_names_get_their_long_ones() -> None:
    expected = {"y": True, "q": "yes", "yes": True, "quiet": True}
    assert with_long_names(request(y=True, q="yes")).options == expected
    plain = request(y=False)
    assert with_long_names(plain) is plain


@pytest.mark.parametrize(
    ("options", "asking"),
    [
        ({"help": True}, True),
        ({"h": True}, True),
        ({"help": False}, False),
        ({"help": "me"}, False),
        ({}, False),
    ],
)
def test_asking_for_help(options: dict[str, Any], asking: bool) -> None:
    assert is_asking_for_help(options) is asking
