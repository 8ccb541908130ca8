import pytest

from cm_core.errors import InteractionError, UsageError
from cm_core.interaction import Interaction


def person(*answers):
    left = list(answers)
    asked = []

    def read(prompt):
        asked.append(prompt)
        if not left:
            raise EOFError
        return left.pop(0)

    return Interaction(interactive=True, read=read), asked


@pytest.mark.parametrize(
    ("answer", "agreed"), [("y", True), ("YES", True), ("n", False), ("", False), ("?", False)]
)
def test_consent(answer, agreed):
    someone, asked = person(answer)
    assert someone.confirm("really?") is agreed
    assert asked == ["really? [y/N] "]


def test_consent_by_flag():
    assert Interaction(yes=True).confirm("really?")
    assert not Interaction(quiet=True).confirm("really?")
    assert Interaction(quiet=True).confirm("really?", default=True)


def test_choices():
    options = ["a", "b", "c"]
    assert person("2")[0].choose("which?", options) == 2
    assert person("")[0].choose("which?", options, default=1) == 1
    assert Interaction(quiet=True).choose("which?", options) == 0
    assert Interaction().choose("which?", ["only"]) == 0


@pytest.mark.parametrize("answer", ["3", "-1", "b", "²", "0_0", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_wrong_choice_is_refused(answer):
    with pytest.raises(UsageError, match="not one of the numbers 0 to 1"):
        person(answer)[0].choose("which?", ["a", "b"])


def test_nobody_can_answer():
    with pytest.raises(InteractionError) as caught:
        Interaction().confirm("remove 3 of them?\n  a\nsure?")
    assert str(caught.value) == "no one can answer the question: remove 3 of them?"
    assert "--yes" in caught.value.hint
    with pytest.raises(InteractionError) as caught:
        person()[0].choose("which?", ["a", "b"])
    assert "closed" in str(caught.value)
    assert "--quiet" in caught.value.hint
