"""A dry run says which image would be built and what would run in it, and builds and runs nothing."""

import pytest

from cm_core import AlreadyExistsError, CMError, Request, UsageError
from cm_core.testing import contents


@pytest.fixture
def show(scripts, cm_session):
    def shown(verb, kind, name, **options):
        before = contents(cm_session.home.path, cm_session.cwd)
        asked = Request(action=verb, automation=kind, artifact=name, options={**options, "dry_run": True})
        try:
            return cm_session.call(asked).lines
        finally:
            assert contents(cm_session.home.path, cm_session.cwd) == before

    return shown


def test_dockerfile(show, cm_session):
    folder = cm_session.cwd / "docker-wait-long"
    assert show("dockerfile", "script", "wait long") == (f"would write {folder / 'Dockerfile'}",)
    assert show("dockerfile", "script", "wait long", docker_engine="apptainer")[0].endswith("image.def")
    folder.mkdir()
    (folder / "of-mine.txt").touch()
    with pytest.raises(AlreadyExistsError, match="is not empty"):
        show("dockerfile", "script", "wait long")
    with pytest.raises(AlreadyExistsError, match="was not written by cm"):
        show("dockerfile", "script", "wait long", force=True)
    with pytest.raises(CMError, match="not for containers"):
        show("dockerfile", "script", "not here")


def test_docker(show, engine, cm_session):
    options = {"docker_engine": engine, "docker_image_tag": "mine", "docker_base_image": "no/such:image"}
    built = (
        "would fetch the base image no/such:image",
        f"would build the image cm/make-once:mine with {engine}",
    )
    assert show("build", "docker", "make once", **options) == built
    *first, last = show("docker", "script", "make once", **options)
    assert tuple(first) == built
    assert last.startswith("would run in it: cm run script --tags=make,once")
    # What a mount of the metadata needs is not run.
    assert show("docker", "script", "want place", **options)[-1].startswith("would run in it: cm run script")


def test_a_misspelt_flag_makes_no_other_image(show):
    with pytest.raises(UsageError, match="declares the flag --imput"):
        show("dockerfile", "script", "show inputs", imput="x")
    with pytest.raises(UsageError, match="unknown flag --docker_pakcages"):
        show("dockerfile", "script", "show inputs", docker_pakcages="x")
