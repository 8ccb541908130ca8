"""Cache entries are found, shown and removed by the tags of the original: from Python and from the CLI."""

from pathlib import Path

import pytest

from cm_cmind import provide

VARIATIONS = {"big": {"group": "size"}, "small": {"group": "size", "default": True}, "n.#": {}}


@pytest.fixture
def cached(cm_session, make_script):
    """Three cached results: without variations, with them, and with a name."""
    make_script(
        "get-thing",
        customize="""
            def preprocess(i):
                i['env']['CM_THING'] = 'x'
                return {'return': 0, 'version': '1.2'}
        """,
        cache=True,
        variations=VARIATIONS,
        new_env_keys=["CM_THING"],
    )
    for more in ({}, {"tags": "get,thing,_big,_n.3"}, {"extra_cache_tags": "mine", "name": "First"}):
        run = {"action": "run", "automation": "script", "tags": "get,thing", "quiet": True, **more}
        assert cm_session.access(run)["return"] == 0
    provide.use(cm_session)
    import cmind

    return cmind


LOOKUPS = [
    ("get,thing", 3),
    ("get,thing,_big", 1),
    ("get,thing,-_big", 2),
    ("thing,_big,_n.3", 1),
    ("get,thing,_n.4", 0),
    ("get,thing,version-1.2", 3),
    ("get,thing,mine", 1),
    ("get,thing,name-first", 1),
    ("get,other", 0),
    ("get,thing,-tmp", 3),
]


@pytest.mark.parametrize(("tags", "number"), LOOKUPS)
def test_finding(cached, run_cm, tags, number):
    answer = cached.access({"action": "find", "automation": "cache,541d6f712a6b464e", "tags": tags})
    assert answer["return"] == 0
    assert len(answer["list"]) == number
    for artifact in answer["list"]:
        assert Path(artifact.path, "cm-cached-state.json").is_file()
        assert artifact.meta["automation_alias"] == "cache"
        assert artifact.meta["associated_script_artifact"].startswith("get-thing,")
        assert artifact.meta["version"] == "1.2"
    printed = run_cm("find", "cache", f"--tags={tags}").stdout.split()
    assert sorted(printed) == sorted(artifact.path for artifact in answer["list"])


def test_words_with_spaces_are_tags(cached, run_cm):
    for action in ("find", "search", "ls", "show"):
        answer = cached.access({"action": action, "automation": "cache", "artifact": "get thing _big"})
        assert len(answer["list"]) == 1
    assert "Tags: get,thing,_big" in run_cm("show", "cache", "get thing _big").stdout


def test_showing_tells_what_an_entry_exports(cached, run_cm):
    answer = cached.access({"action": "show", "automation": "cache", "tags": "get,thing,_big", "env": True})
    (shown,) = answer["list"]
    assert shown["new_env"] == {"CM_THING": "x"}
    assert {"get", "thing", "_big", "_n.3", "version-1.2"} <= set(shown["tags"])
    assert "CM_THING: x" in run_cm("show", "cache", "--tags=get,thing,_big", "--env").stdout


@pytest.mark.parametrize("verb", ["rm", "remove", "delete"])
def test_removing(cached, verb):
    request = {"action": verb, "automation": "cache", "tags": "get,thing,_big", "f": True}
    answer = cached.access(request)
    assert answer["return"] == 0
    assert not Path(answer["deleted_list"][0].path).exists()
    assert len(cached.access({"action": "find", "automation": "cache", "tags": "get,thing"})["list"]) == 2
    assert cached.access(request)["return"] == 16


def test_removing_on_the_command_line(cached, run_cm):
    assert run_cm("rm", "cache", "--tags=get,thing,mine", "-f").status == 0
    assert len(run_cm("find", "cache", "--tags=get,thing").stdout.split()) == 2


def test_from_a_recipe(cached, make_script, cm_session):
    make_script(
        "use-thing",
        customize="""
            import cmind as cm

            def preprocess(i):
                look = {'action': 'find', 'automation': 'cache', 'tags': 'get,thing,_big'}
                found = i['automation'].cmind.access(look)['list'] + cm.access(look)['list']
                i['env']['CM_FOUND'] = [a.path for a in found]
                i['env']['CM_TAGS'] = ','.join(found[0].meta['tags'])
                return cm.access({'action': 'rm', 'automation': 'cache', 'tags': 'get,thing,_big', 'f': True})
        """,
        new_env_keys=["CM_FOUND", "CM_TAGS"],
    )
    answer = cm_session.access({"action": "run", "automation": "script", "tags": "use,thing"})
    assert answer["return"] == 0, answer
    first, second = answer["new_env"]["CM_FOUND"]
    assert first == second
    assert not Path(first).exists()
    assert "get,thing,_big,_n.3" in answer["new_env"]["CM_TAGS"]


def test_folders_of_repositories(cached, cm_session):
    from cmind import CM
    from cmind.repos import Repos

    repos = CM().repos
    assert isinstance(repos, Repos)
    assert repos.paths == [str(repo.path) for repo in cm_session.repos.list()]
