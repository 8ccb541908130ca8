"""What the tests of actions share."""

import pytest

from cm_core.model.request import Request


@pytest.fixture
def do(cm_session, kind):
    """Call an action on the kind ``au``."""

    def call(action, artifact="", *more, automation="au", **options):
        request = Request(
            action=action, automation=automation, artifact=artifact, artifacts=more, options=options
        )
        return cm_session.call(request)

    return call


@pytest.fixture
def root(cm_session):
    return cm_session.home.local_repo / "au"


@pytest.fixture
def shipped(cm_session, make_repo):
    """A repository as a distribution would ship it, with one artifact ``au/given``."""
    path = make_repo("shipped", {"au/given": {"tags": ["g"]}}, kinds={"au": "aaaabbbbccccdddd"})
    cm_session.repos._shipped = (path,)
    return path


@pytest.fixture
def twice(do, make_repo, cm_session):
    """An artifact in one's own repository, and one of the same name in another."""
    make_repo("second", {"au/same": {}}, register=cm_session, kinds={"au": cm_session.kind("au").ref.uid})
    do("add", "same")
