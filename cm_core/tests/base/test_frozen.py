import copy
import dataclasses
import pickle
import sys
from typing import Generic, TypeVar

import pytest

from cm_core.base.frozen import field, from_values, frozen, replace

T = TypeVar("T")


@frozen
class Point:
    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)
    secret: str = dataclasses.field(default="", repr=False)
    note: str = dataclasses.field(default="", compare=False)


# What a class written with the standard decorator does, ours must do.
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)
    secret: str = dataclasses.field(default="", repr=False)
    note: str = dataclasses.field(default="", compare=False)


@frozen
class Even:
    number: int

    def __post_init__(self):
        if self.number % 2:
            raise ValueError(f"{self.number} is odd")

    def __repr__(self):
        return f"<{self.number}>"


def test_it_shows_the_same_as_the_standard():
    assert repr(Point(x=1, secret="s")) == repr(Standard(x=1, secret="s")).replace("Standard", "Point")
    looped = Point(x=1)
    looped.tags.append(looped)
    assert repr(looped).count("Point(") == 1


@pytest.mark.parametrize(
    "other", [{"x": 1}, {"x": 1, "y": 2}, {"x": 1, "note": "n"}, {"x": 1, "secret": "s"}]
)
def test_it_compares_as_the_standard(other):
    assert (Point(x=1) == Point(**other)) == (Standard(x=1) == Standard(**other))
    assert Point(x=1) != Standard(x=1)


def test_values_for_all_fields_make_the_same_object():
    made = Point(x=1, y=2, note="n")
    values = {item.name: getattr(made, item.name) for item in dataclasses.fields(made)}
    assert from_values(Point, values) == made
    with pytest.raises(ValueError, match="3 is odd"):
        from_values(Even, {"number": 3})


def test_a_generic_class_is_one_that_the_standard_accepts():
    @frozen
    class Box(Generic[T]):
        content: T

    assert [item.name for item in dataclasses.fields(Box)] == ["content"]
    assert Box[int](content=1) == Box(content=1)


def test_the_hash_is_that_of_what_is_compared():
    assert hash(Even(number=2)) == hash(Even(number=2))
    assert {Even(number=2), Even(number=2), Even(number=4)} == {Even(number=4), Even(number=2)}
    with pytest.raises(TypeError):
        hash(Point(x=1))


def test_defaults_are_made_anew():
    assert Point(x=1).tags is not Point(x=1).tags


@pytest.mark.parametrize(
    "change", [lambda p: setattr(p, "x", 2), lambda p: delattr(p, "x"), lambda p: setattr(p, "z", 2)]
)
def test_nothing_can_be_changed(change):
    point = Point(x=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        change(point)
    assert point == Point(x=1)
    assert not hasattr(point, "__dict__")


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "missing x"), ({"x": 1, "z": 2}, "unexpected z"), ({"z": 1}, "missing x; unexpected z")],
)
def test_wrong_arguments_are_named(given, said):
    with pytest.raises(TypeError, match=said):
        Point(**given)
    with pytest.raises(TypeError):
        Point(1)


def test_the_tools_of_the_standard_work():
    point = Point(x=1, tags=["a"])
    assert dataclasses.replace(point, x=2) == Point(x=2, tags=["a"])
    assert dataclasses.asdict(point) == dataclasses.asdict(Standard(x=1, tags=["a"]))
    assert [field.name for field in dataclasses.fields(Point)] == ["x", "y", "tags", "secret", "note"]
    assert copy.deepcopy(point) == copy.copy(point) == pickle.loads(pickle.dumps(point)) == point


def test_own_methods_stay_and_the_check_runs():
    assert repr(Even(number=2)) == "<2>"
    with pytest.raises(ValueError, match="3 is odd"):
        Even(number=3)


@frozen
class Place(Point):
    z: int
    y: int = 5


def test_a_class_adds_fields_to_those_of_its_base():
    place = Place(x=1, z=3)
    assert repr(place).startswith("Place(x=1, y=5, tags=[], note='', z=3)")
    assert [item.name for item in dataclasses.fields(Place)] == ["x", "y", "tags", "secret", "note", "z"]
    assert dataclasses.replace(place, y=7).y == 7
    assert not hasattr(place, "__dict__")
    assert "y" not in Place.__slots__


def test_every_class_is_one_that_the_standard_accepts():
    """Such as: no default that all objects would share."""
    import cm_script.api  # noqa: F401 - with all that it needs

    ours = {
        made
        for name, module in sys.modules.items()
        if name.startswith("cm_")
        for made in vars(module).values()
        if isinstance(made, type) and hasattr(made, "__shape__")
    }
    assert len(ours) > 40
    for made in ours:
        assert [item.name for item in dataclasses.fields(made)] == list(made.__shape__.given)


def test_fields_of_both_kinds_may_be_mixed():
    @frozen
    class Mixed:
        own: list[str] = field(default_factory=list, compare=False)
        standard: list[str] = dataclasses.field(default_factory=list, repr=False)

    made = Mixed(standard=["a"])
    assert (made.own, made.standard) == ([], ["a"])
    assert [item.name for item in dataclasses.fields(made)] == ["own", "standard"]
    assert [item.compare for item in dataclasses.fields(made)] == [False, True]
    assert "standard" not in repr(made)
    assert made == Mixed(own=["b"], standard=["a"])


def test_a_copy_has_other_values_whatever_made_the_class():
    point, standard = Point(x=1, secret="s"), Standard(x=1, secret="s")
    assert replace(point, y=2) == dataclasses.replace(point, y=2) == Point(x=1, y=2, secret="s")
    assert replace(standard, y=2) == Standard(x=1, y=2, secret="s")
    with pytest.raises(TypeError, match="unexpected z"):
        replace(point, z=1)
    with pytest.raises(ValueError, match="is odd"):
        replace(Even(number=2), number=3)


def test_what_is_no_argument_cannot_be_replaced():
    @frozen
    class Half:
        whole: int
        half: int = field(init=False)

    made = Half(whole=2)
    for make in (replace, dataclasses.replace):
        with pytest.raises(ValueError, match="field half is declared with init=False"):
            make(made, half=2)
    assert replace(made, whole=4).whole == 4
