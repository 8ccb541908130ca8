from __future__ import annotations

import sys
import threading
import venv

import pytest

from cm_core import Request

pytestmark = [
    pytest.mark.usefixtures("cm_leak_check"),
    pytest.mark.skipif(sys.platform == "win32", reason="the recipes have shell scripts"),
]


def run(session, tags, **options):
    request = Request(action="run", automation="script", options={"tags": tags, "quiet": True, **options})
    return session.call(request).data


def test_a_recipe_finds_artifacts(cm_session, make_script):
    make_script("target", env={"X": "1"})
    make_script(
        "asker",
        """
        import cmind
        import os
        from cmind import utils


        def preprocess(i):
            for cm in (cmind, i['automation'].cmind):
                r = cm.access({'action': 'find', 'automation': 'script,5b4e0237da074764', 'artifact': 'target'})
                if r['return'] > 0:
                    return r
                (found,) = r['list']
                assert isinstance(found.path, str), found.path
                assert os.path.isdir(os.path.join(found.path)) and found.repo_meta['alias'] == 'mine'
                assert found.original_meta['env'] == {'X': '1'}
            i['env']['FOUND'] = found.meta['alias'] + ' ' + os.path.basename(found.repo_path)
            return utils.merge_dicts({'dict1': {}, 'dict2': {}})
        """,
        new_env_keys=["FOUND"],
    )
    assert run(cm_session, "asker")["new_env"] == {"FOUND": "target mine"}


def test_it_does_not_find_what_a_distribution_ships_when_there_is_another(cm_session, make_script):
    make_script("detect-os")
    from cm_cmind.provide import use

    found = use(cm_session).access({"action": "find", "automation": "script", "tags": "detect,os"})["list"]
    assert [artifact.repo_meta["alias"] for artifact in found] == ["mine"]


def test_the_env_that_a_recipe_hands_to_another_gets_its_exports(cm_session, make_script):
    make_script("maker", env={"MADE": "yes", "HIDDEN": "no"}, new_env_keys=["MADE"])
    make_script(
        "asker",
        """
        import cmind


        def preprocess(i):
            env = {'MINE': '1'}
            r = cmind.access({'action': 'run', 'automation': 'script', 'tags': 'maker', 'env': env})
            if r['return'] > 0:
                return r
            assert r['env'] is env
            i['env']['GOT'] = ' '.join(sorted(env))
            return {'return': 0}
        """,
        new_env_keys=["GOT"],
    )
    assert run(cm_session, "asker")["new_env"] == {"GOT": "MADE MINE"}


def test_what_a_recipe_writes_is_found_at_once(cm_session, make_script, repo):
    make_script(
        "asker",
        """
        import os
        import cmind
        from cmind import utils


        def preprocess(i):
            find = {'action': 'find', 'automation': 'thing,00000000000000aa', 'common': True}
            before = cmind.access(find)
            folder = os.path.join(i['input']['root'], 'thing', 'new')
            os.makedirs(folder)
            meta = {'alias': 'new', 'uid': utils.gen_uid()['uid'], 'automation_alias': 'thing',
                    'automation_uid': '00000000000000aa'}
            utils.save_json(os.path.join(folder, '_cm.json'), meta)
            i['env']['N'] = '%d %d' % (len(before['list']), len(cmind.access(find)['list']))
            return {'return': 0}
        """,
        new_env_keys=["N"],
    )
    assert run(cm_session, "asker", root=str(repo))["new_env"] == {"N": "0 1"}


def test_a_failure_that_a_recipe_hands_on_keeps_its_code(cm_session, make_script):
    make_script(
        "asker",
        """
        import cmind


        def preprocess(i):
            return cmind.access({'action': 'load', 'automation': 'script', 'artifact': 'nowhere'})
        """,
    )
    answer = cm_session.access({"action": "run", "automation": "script", "tags": "asker"})
    assert answer["return"] == 16
    assert "nowhere" in answer["error"]


def test_a_recipe_asks_an_automation_of_its_repository(cm_session, make_script, repo, make_automation):
    methods = """
        def system(self, i):
            i['nested']['seen'] = True
            return {'return': 0, 'out': i['cmd'] + ' ' + os.path.basename(os.getcwd())}
    """
    make_automation(repo, "clock", methods)
    make_script(
        "asker",
        """
        import os
        import cmind


        def preprocess(i):
            os.makedirs('inside', exist_ok=True)
            os.chdir('inside')
            nested = {}
            r = cmind.access({'action': 'system', 'automation': 'clock', 'cmd': 'ls', 'nested': nested})
            if r['return'] > 0:
                return r
            i['env']['SAID'] = r['out'] + str(nested)
            os.chdir('..')
            return {'return': 0}
        """,
        new_env_keys=["SAID"],
    )
    assert run(cm_session, "asker")["new_env"] == {"SAID": "ls inside{'seen': True}"}


def test_a_thread_of_a_recipe_reaches_the_session(cm_session, make_script):
    make_script("target")
    from cm_cmind.provide import use

    use(cm_session)
    import cmind

    homes: list[str] = []
    thread = threading.Thread(target=lambda: homes.append(cmind.CM().repos_path))
    thread.start()
    thread.join()
    assert homes == [str(cm_session.home.path)]


CHILD = """
import sys
import cmind
from cmind import utils

assert "cm_core" not in sys.modules
r = cmind.access({'action': 'find', 'automation': 'script', 'artifact': 'target'})
if r['return'] > 0:
    cmind.halt(r)
env = {'MINE': '1'}
r2 = cmind.access({'action': 'run', 'automation': 'script', 'tags': 'target', 'env': env, 'quiet': True})
if r2['return'] > 0:
    cmind.halt(r2)
bad = cmind.access({'action': 'load', 'automation': 'script', 'artifact': 'nowhere'})
utils.save_txt('tmp-run-env.out', 'CHILD=%s %s %s %d\\n' % (
    r['list'][0].meta['alias'], r['list'][0].repo_meta['alias'], ' '.join(sorted(env)), bad['return']))
"""


def test_a_python_without_the_toolkit_finds_the_package_too(cm_session, make_script, tmp_path):
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    make_script("target", env={"T": "1"}, new_env_keys=["T"])
    folder = make_script(
        "starter",
        run=f'{tmp_path}/venv/bin/python -I -c "import cmind" 2> /dev/null && exit 1\n'
        f"{tmp_path}/venv/bin/python ${{CM_TMP_CURRENT_SCRIPT_PATH}}/child.py\n",
        new_env_keys=["CHILD"],
    )
    (folder / "child.py").write_text(CHILD, encoding="utf-8")
    assert run(cm_session, "starter")["new_env"] == {"CHILD": "target mine MINE T 16"}


def test_a_python_that_a_hook_starts_finds_it(cm_session, make_script):
    make_script(
        "starter",
        """
        import subprocess
        import sys


        def preprocess(i):
            code = "import cmind; print(cmind.access('find repo mine')['list'][0].meta['alias'])"
            done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
            i['env']['SAID'] = done.stdout.strip() or done.stderr
            return {'return': 0}
        """,
        new_env_keys=["SAID"],
    )
    assert run(cm_session, "starter")["new_env"] == {"SAID": "mine"}


def test_a_command_runs_in_a_shell_with_an_env(run_cm, cm_session):
    cm_session.close()
    done = run_cm("native-run", "script", "--command=echo $A; exit 3", "--env.A=b c", "--out=json")
    assert done.json() == {"return": 0, "return_code": 3}
    assert done.stderr == "b c\n"
    assert (run_cm.cwd / "tmp-native-run.sh").is_file()
    assert run_cm("native-run", "script").status == 1


def test_artifacts_are_updated_on_disk(cm_session, repo):
    from cm_cmind.provide import use

    cm = use(cm_session).cm
    added = cm.access(
        {"action": "add", "automation": "thing,00000000000000aa", "artifact": "one", "common": True}
    )
    assert added["return"] == 0
    assert isinstance(added["path"], str)
    find = {"action": "find", "automation": "thing,00000000000000aa", "common": True}
    (artifact,) = cm.access(find)["list"]
    assert artifact.update({"l": [1], "k": "v"}, tags=["t"]) == {"return": 0, "meta": artifact.meta}
    assert artifact.update({"l": [2]})["meta"]["l"] == [1, 2]
    assert artifact.update({"l": [3]}, append_lists=False)["meta"]["l"] == [3]
    assert artifact.update({"only": 1}, replace=True)["return"] == 0
    (again,) = cm.access(find)["list"]
    assert again.meta["only"] == 1
    assert "k" not in again.meta
    artifact.meta["scratch"] = 1
    assert artifact.meta["scratch"] == 1, "programs note things in the metadata they hold"


def test_inheritance_is_resolved_by_load(cm_session, repo):
    from cm_cmind.provide import use

    cm = use(cm_session).cm
    kind = {"automation": "thing,00000000000000aa", "common": True, "action": "add"}
    cm.access({**kind, "artifact": "base", "meta": {"l": [1], "x": 1}})
    path = cm.access({**kind, "artifact": "heir", "meta": {"_base": "base", "l": [2]}})["path"]
    from cmind.artifact import Artifact

    heir = Artifact(cm, path)
    assert (heir.meta["l"], heir.meta["x"]) == ([1, 2], 1)
    assert heir.load(ignore_inheritance=True)["meta"]["_base"] == "base"


def test_the_object_behind_the_interface(cm_session, repo, capsys):
    from cm_cmind.provide import use

    cm = use(cm_session).cm
    assert [r.meta["alias"] for r in cm.repos.lst][:2] == ["local", "mine"]
    assert cm.repos.lst[1].path_with_prefix == str(repo)
    assert cm.access({}) == {"return": 0, "warning": "no action specified"}
    assert cm.access("version core --out=none")["return"] == 0
    failure = cm.prepare_error(7, "bad")
    assert (failure["return"], failure["module_path"]) == (7, __file__)
    assert cm.embed_error({"return": 3, "error": "x"})["lineno"] > failure["lineno"]
    assert cm.error({"return": 1, "error": "bad"})["return"] == 1
    assert "bad" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        cm.halt({"return": 5, "error": "x"})
    assert ended.value.code == 5
    cm.access({"action": "find", "automation": "repo", "artifact": "mine", "out": "con"})
    assert "mine" in capsys.readouterr().out
