import os

import pytest

from cm_core import AlreadyExistsError, CMError, Interaction, MetaError, NotFoundError, Session, UsageError

pytestmark = pytest.mark.usefixtures("configure")


def repo_meta(alias, uid="0123456789abcde0", **more):
    lines = [f"alias: {alias}", f'uid: "{uid}"', "git: true"]
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())]) + "\n"


def leftovers(home):
    return [path.name for path in (home / "repos").iterdir() if path.name.startswith(".tmp")]


def test_pull_by_owner_and_name(pull, make_remote, cm_session, cm_home, git):
    remote = make_remote("owner/tools")
    result = pull("owner@tools")
    place = cm_home / "repos/owner@tools"
    assert result.data["path"] == str(place)
    assert result.data["url"] == remote.bare.as_uri()
    assert result.data["commit"] == git("rev-parse", "HEAD", cwd=remote.work)
    assert result.data["meta"]["alias"] == "owner@tools"
    assert list(result.data["metas"]) == ["owner@tools"]
    assert remote.bare.as_uri() in result.lines[0]
    assert result.data["commit"][:12] in result.lines[0]
    assert "code" in result.lines[-1]
    assert [artifact.path for artifact in cm_session.find("script", "hello")] == [place / "script/hello"]
    assert leftovers(cm_home) == []


def test_a_plain_name_belongs_to_the_organisation(pull, make_remote, cm_home):
    make_remote("mlcommons/inference")
    assert pull("inference").data["path"] == str(cm_home / "repos/mlcommons@inference")


def test_pull_by_path_url_and_alias(pull, make_remote, cm_home, tmp_path):
    first, second = make_remote("a/one", uid="0" * 15 + "1"), make_remote("a/two", uid="0" * 15 + "2")
    assert pull(str(first.bare)).data["path"] == str(cm_home / "repos/one")
    assert pull("mine", url=second.url).data["path"] == str(cm_home / "repos/mine")
    with pytest.raises(CMError, match="cannot clone"):
        pull("./nothing")


def test_several_at_once(pull, make_remote):
    make_remote("a/one", uid="0" * 15 + "1")
    make_remote("a/two", uid="0" * 15 + "2")
    assert list(pull("a@one", "a@two").data["metas"]) == ["a@one", "a@two"]


def test_pull_over_http(pull, make_remote, web, cm_home):
    make_remote("owner/tools")
    result = pull(f"{web.url}/owner/tools")
    assert result.data["path"] == str(cm_home / "repos/owner@tools")


def test_pull_from_a_smart_server(pull, make_remote, web, cm_home, git):
    remote = make_remote("owner/tools")
    web.password = "x-access-token:s3cret"
    for number in range(3):
        remote.commit({"a": str(number)})
    url = f"{web.url}/smart/owner/tools"
    with pytest.raises(CMError, match="cannot clone") as caught:
        pull(url)
    assert "--token_env" in caught.value.hint
    place = pull(url, token="s3cret", depth=1).data["path"]
    assert git("rev-list", "--count", "HEAD", cwd=place) == "1"
    new = remote.commit({"a": "new"})
    assert pull(url, token="s3cret").data["commit"] == new
    assert git("remote", "get-url", "origin", cwd=place) == url


def test_branch_and_tag_and_commit(pull, make_remote, cm_home, git):
    remote = make_remote("owner/tools")
    first = git("rev-parse", "HEAD", cwd=remote.work)
    git("tag", "v1", cwd=remote.work)
    remote.branch("dev")
    second = remote.commit({"new.txt": "new"})
    place = cm_home / "repos/owner@tools"
    assert pull("owner@tools", branch="dev").data["commit"] == second
    assert pull("owner@tools", branch="main").data["commit"] == first
    assert pull("owner@tools", checkout=second).data["commit"] == second
    assert pull("owner@tools", checkout="v1").data["commit"] == first
    assert git("status", "--porcelain", cwd=place) == ""


def test_checkout_of_a_branch_follows_it(pull, make_remote):
    remote = make_remote("owner/tools")
    remote.branch("dev")
    assert pull("owner@tools", checkout="dev").data["list"][0]["branch"] == "dev"
    new = remote.commit({"a": "1"})
    assert pull("owner@tools", checkout="dev").data["commit"] == new


def test_branch_with_checkout_sets_the_branch(pull, make_remote, cm_home, git):
    remote = make_remote("owner/tools")
    remote.branch("dev")
    wanted = remote.commit({"a": "1"})
    remote.commit({"a": "2"})
    result = pull("owner@tools", branch="dev", checkout=wanted)
    assert (result.data["commit"], result.data["list"][0]["branch"]) == (wanted, "dev")
    place = cm_home / "repos/owner@tools"
    assert git("rev-parse", "--abbrev-ref", "dev@{upstream}", cwd=place) == "origin/dev"
    again = pull("owner@tools", branch="dev", checkout=wanted)
    assert again.data["commit"] == wanted


def test_new_branch(pull, make_remote, git):
    remote = make_remote("owner/tools")
    first = git("rev-parse", "HEAD", cwd=remote.work)
    remote.commit({"a": "1"})
    result = pull("owner@tools", new_branch="mine", checkout=first)
    assert (result.data["commit"], result.data["list"][0]["branch"]) == (first, "mine")


def test_depth(pull, make_remote, cm_home, git):
    remote = make_remote("owner/tools")
    for number in range(3):
        remote.commit({"a": str(number)})
    pull("owner@tools", depth="1")
    assert git("rev-list", "--count", "HEAD", cwd=cm_home / "repos/owner@tools") == "1"


def test_depth_of_a_path(pull, make_remote, cm_home, git):
    remote = make_remote("owner/tools")
    remote.commit({"a": "1"})
    pull(str(remote.bare), depth=1)
    assert git("rev-list", "--count", "HEAD", cwd=cm_home / "repos/tools") == "1"


def test_dir_chooses_the_folder(pull, make_remote, cm_home):
    make_remote("owner/tools")
    assert pull("owner@tools", dir="place").data["path"] == str(cm_home / "repos/place")
    with pytest.raises(UsageError):
        pull("owner@tools", dir="../place")


@pytest.mark.parametrize(
    "options", [{"depth": "x"}, {"depth": "-1"}, {"branch": "--orphan"}, {"checkout": "-f"}, {"branch": True}]
)
def test_bad_options_are_usage_errors(pull, cm_home, options):
    with pytest.raises(UsageError):
        pull("owner@tools", **options)
    assert not (cm_home / "repos").exists()


def test_missing_metadata_is_generated(pull, make_remote, cm_home):
    make_remote("owner/plain", meta="")
    result = pull("owner@plain", desc="plain things", prefix="cm")
    assert result.data["meta"]["alias"] == "owner@plain"
    assert (result.data["meta"]["desc"], result.data["meta"]["prefix"]) == ("plain things", "cm")
    assert (cm_home / "repos/owner@plain/cmr.yaml").is_file()


def test_python_requirements_are_told_not_installed(pull, make_remote):
    make_remote(
        meta=repo_meta("owner@tools", install_python_requirements="true"),
        files={"requirements.txt": "evil-package-that-does-not-exist\n"},
    )
    lines = pull("owner@tools").lines
    assert any("pip install -r" in line and line.endswith("requirements.txt") for line in lines)


# -- failures leave nothing behind ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meta", "error", "text"),
    [
        (repo_meta("owner@tools", min_cm_version="99.0"), CMError, "needs CM 99.0"),
        (repo_meta("owner@tools", min_cm_version="soon"), MetaError, "not a version"),
        ("alias: [\n", MetaError, "not valid YAML"),
        ("- list\n", MetaError, "top level"),
        ("alias: x\nuid: 1234567890123456\n", MetaError, "'uid' as text"),
        ("alias: x\n", MetaError, "'uid' as text"),
        (repo_meta('"x\\e[31m"'), MetaError, "control characters"),
        (repo_meta("x") + "deps: nonsense\n", MetaError, "deps"),
        (repo_meta("x", prefix="../../outside"), UsageError, "'..' starts with a dot"),
    ],
)
def test_a_repository_that_cannot_be_used(pull, make_remote, cm_home, meta, error, text):
    make_remote(meta=meta)
    with pytest.raises(error, match=text):
        pull("owner@tools")
    assert [path.name for path in (cm_home / "repos").iterdir()] == ["local"]
    assert not (cm_home / "repos.json").exists()


def test_versions_compare_by_number(pull, make_remote):
    make_remote(meta=repo_meta("owner@tools", min_cm_version="4.1.10"))
    pull("owner@tools")


@pytest.mark.parametrize("same", ["alias", "uid"])
def test_alias_and_uid_are_unique(pull, make_remote, cm_home, same):
    make_remote("a/one", meta=repo_meta("one", "0" * 15 + "1"))
    other = repo_meta("ONE", "0" * 15 + "2") if same == "alias" else repo_meta("two", "0" * 15 + "1")
    make_remote("a/two", meta=other)
    pull("a@one")
    with pytest.raises(AlreadyExistsError, match="already registered"):
        pull("a@two")
    assert sorted(path.name for path in (cm_home / "repos").iterdir()) == ["a@one", "local"]


@pytest.mark.parametrize("first", ["a@one", "a@two"])
def test_conflicts_work_both_ways(pull, make_remote, first):
    conflict = "deps:\n- {alias: two, uid: '0000000000000002', conflict: True}\n"
    make_remote("a/one", meta=repo_meta("one", "0" * 15 + "1") + conflict)
    make_remote("a/two", meta=repo_meta("two", "0" * 15 + "2"))
    pull(first)
    with pytest.raises(CMError, match="repository 'one' says that it conflicts with 'two'"):
        pull({"a@one": "a@two", "a@two": "a@one"}[first])


@pytest.mark.parametrize("options", [{"branch": "nope"}, {"checkout": "nope"}, {"checkout": "f" * 40}])
def test_an_unknown_revision_leaves_nothing(pull, make_remote, cm_home, options):
    make_remote()
    with pytest.raises(CMError, match=r"cannot (clone|fetch)"):
        pull("owner@tools", **options)
    assert [path.name for path in (cm_home / "repos").iterdir()] == ["local"]


def test_a_folder_that_is_no_clone_is_left_alone(pull, make_remote, cm_home):
    make_remote()
    place = cm_home / "repos/owner@tools"
    place.mkdir(parents=True)
    (place / "precious.txt").write_text("mine")
    with pytest.raises(AlreadyExistsError, match="no git clone"):
        pull("owner@tools")
    assert [path.name for path in place.iterdir()] == ["precious.txt"]


def test_the_local_repository_cannot_be_the_target(pull, make_remote):
    make_remote()
    with pytest.raises(UsageError, match="belongs to this machine"):
        pull("owner@tools", dir="local")


def test_without_git_one_sentence(make_remote, cm_home, tmp_path, pull):
    make_remote()
    empty = tmp_path / "bin"
    empty.mkdir()
    session = Session(cm_home, env={"PATH": str(empty)}, cwd=tmp_path)
    with pytest.raises(NotFoundError, match="git is needed") as caught:
        pull("owner@tools", session=session)
    assert "zip" in caught.value.hint


def test_a_missing_clone_that_is_still_registered_is_pulled_again(pull, make_remote, cm_home, cm_session):
    import shutil

    make_remote()
    pull("owner@tools")
    shutil.rmtree(cm_home / "repos/owner@tools")
    pull("owner@tools")
    assert cm_session.repos.registered_paths() == (cm_home / "repos/owner@tools",)


def test_a_git_hook_that_runs_us_does_not_confuse_git(pull, make_remote, cm_home, tmp_path):
    remote = make_remote()
    env = {"PATH": os.environ["PATH"], "GIT_DIR": str(remote.work / ".git")}
    pull("owner@tools", session=Session(cm_home, env=env, cwd=tmp_path))
    assert (cm_home / "repos/owner@tools/.git").is_dir()


# -- dependencies ---------------------------------------------------------------------------------------


@pytest.fixture
def chain(make_remote):
    make_remote("a/one", meta=repo_meta("a@one", "0" * 15 + "1") + "deps:\n- {alias: a@two}\n")
    make_remote("a/two", meta=repo_meta("a@two", "0" * 15 + "2") + "deps:\n- {alias: a@three}\n")
    make_remote("a/three", meta=repo_meta("a@three", "0" * 15 + "3") + "deps:\n- {alias: a@one}\n")


def test_missing_dependencies_are_reported(pull, chain, cm_home):
    result = pull("a@one")
    assert any("needs 'a@two'" in text and "cm pull repo a@two" in text for text in result.warnings)
    assert not (cm_home / "repos/a@two").exists()


def test_with_consent_dependencies_are_pulled(pull, chain, cm_home, cm_session, tmp_path):
    session = Session(cm_home, env=cm_session.env, cwd=tmp_path, interaction=Interaction(yes=True))
    result = pull("a@one", session=session)
    assert list(result.data["metas"]) == ["a@one", "a@two", "a@three"]


def test_a_person_is_asked_before_code_they_did_not_name_comes(pull, chain, cm_home, cm_session, tmp_path):
    asked = []

    def answer(prompt):
        asked.append(prompt)
        return "n"

    interaction = Interaction(interactive=True, read=answer)
    session = Session(cm_home, env=cm_session.env, cwd=tmp_path, interaction=interaction)
    pull("a@one", session=session)
    assert len(asked) == 1
    assert "a@two" in asked[0]
    assert not (cm_home / "repos/a@two").exists()


def test_metadata_cannot_name_a_path_as_dependency(pull, make_remote, cm_home, cm_session, tmp_path):
    make_remote(meta=repo_meta("owner@tools") + "deps:\n- {alias: ../../evil}\n- {alias: 'ext::sh -c x'}\n")
    session = Session(cm_home, env=cm_session.env, cwd=tmp_path, interaction=Interaction(yes=True))
    assert len(pull("owner@tools", session=session).warnings) >= 2


def test_a_dependency_that_cannot_be_pulled_is_an_error(pull, make_remote, cm_home, cm_session, tmp_path):
    make_remote(meta=repo_meta("owner@tools") + "deps:\n- {alias: owner@gone}\n")
    session = Session(cm_home, env=cm_session.env, cwd=tmp_path, interaction=Interaction(yes=True))
    with pytest.raises(CMError, match="'owner@gone', which it needs, cannot be pulled"):
        pull("owner@tools", session=session)
