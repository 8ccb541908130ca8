import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_core.errors import UsageError
from cm_core.model.identity import ArtifactRef, ObjectRef, check_alias, check_uid, is_uid, new_uid

U1, U2 = "0123456789abcdef", "fedcba9876543210"
uids = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
aliases = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}[A-Za-z0-9_]", fullmatch=True).filter(
    lambda text: not is_uid(text)
)


@pytest.mark.parametrize(
    ("text", "alias", "uid"),
    [
        ("detect-os", "detect-os", ""),
        (U1, "", U1),
        (U1.upper(), "", U1),
        (f"a,{U1}", "a", U1),
        (f"{U1},a", "a", U1),
        (f" a , {U1} ", "a", U1),
        (f"{U1},{U2}", U1, U2),
        ("a,b", "a", "b"),
        ("", "", ""),
        (f",{U1}", "", U1),
    ],
)
def test_objects_are_read(text, alias, uid):
    assert ObjectRef.parse(text) == ObjectRef(alias=alias, uid=uid)


@pytest.mark.parametrize("text", ["a,b,c", ",,", "a:b:c", "r:a,b,c"])
def test_names_with_too_many_separators_are_refused(text):
    with pytest.raises(UsageError, match="more than one"):
        ArtifactRef.parse(text)


@pytest.mark.parametrize(
    ("text", "repo", "name"),
    [
        ("a2", None, ObjectRef(alias="a2")),
        ("r:a2", ObjectRef(alias="r"), ObjectRef(alias="a2")),
        (f"r,{U2}:a2,{U1}", ObjectRef(alias="r", uid=U2), ObjectRef(alias="a2", uid=U1)),
        ("r:", ObjectRef(alias="r"), ObjectRef()),
        (":a", ObjectRef(), ObjectRef(alias="a")),
    ],
)
def test_repositories_are_read(text, repo, name):
    assert ArtifactRef.parse(text) == ArtifactRef(object=name, repo=repo)


@pytest.mark.parametrize(
    ("wanted", "alias", "uid", "expected"),
    [
        # both UIDs: only they decide
        (f"wrong,{U1}", "right", U1, True),
        (f"right,{U1}", "right", U2, False),
        (U1, "right", U1.upper(), True),
        # else aliases, whatever their case
        ("Right", "rIGHT", U1, True),
        (f"right,{U1}", "right", "", True),
        (U1, "right", "", False),
        ("", "anything", U1, True),
        ("other", "right", U1, False),
        # wildcards
        ("r*", "right", U1, True),
        ("R?GHT", "right", U1, True),
        ("*z*", "right", U1, False),
        ("[r]ight", "right", U1, False),
        ("[r]igh*", "right", U1, True),
    ],
)
def test_matching(wanted, alias, uid, expected):
    assert ObjectRef.parse(wanted).matches(alias, uid) is expected


@given(aliases, uids)
def test_a_name_reads_as_it_is_written(alias, uid):
    ref = ObjectRef(alias=alias, uid=uid)
    assert ObjectRef.parse(str(ref)) == ref
    assert ref.matches(alias, uid)
    assert ref.matches("other", uid.upper())
    artifact = ArtifactRef(object=ref, repo=ref)
    assert ArtifactRef.parse(str(artifact)) == artifact


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(UsageError):
        ArtifactRef.parse(text)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        ".hidden",
        "-x",
        "a/b",
        "../x",
        "/abs",
        "a\\b",
        "C:",
        "a\0b",
        "a\nb",
        "a*",
        "a?",
        'a"b',
        "a|b",
        "a,b",
        "NUL",
        "com1.txt",
        "trailing.",
        "trailing ",
        "x" * 201,
        "é" * 101,
    ],
)
def test_names_that_cannot_be_folders_are_refused(name):
    with pytest.raises(UsageError) as caught:
        check_alias(name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "name", ["a", "get-python3", "v1.2_x", "mlcommons@cm4mlops", "日本", "console", "x" * 200]
)
def test_names_that_can_be_folders_pass(name):
    assert check_alias(name) == name


@given(st.text(min_size=1, max_size=30))
def test_accepted_names_stay_inside_their_folder(tmp_path_factory, name):
    try:
        check_alias(name)
    except UsageError:
        return
    base = tmp_path_factory.getbasetemp().resolve()
    assert (base / name).resolve().parent == base


def test_uids():
    first, second = new_uid(), new_uid()
    assert is_uid(first)
    assert first != second
    assert not is_uid(first + "\n")
    assert not is_uid("0123456789abcde.")
    assert check_uid(U1.upper()) == U1
    with pytest.raises(UsageError, match="not a UID"):
        check_uid("../../x")
