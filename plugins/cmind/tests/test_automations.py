from __future__ import annotations

import json
from pathlib import Path

import pytest

from cm_core import CMError, Request, UnknownTargetError

pytestmark = pytest.mark.usefixtures("cm_leak_check")


def call(session, action, kind="clock", artifact="", **options):
    return session.call(Request(action=action, automation=kind, artifact=artifact, options=options))


def test_a_method_answers_with_its_dictionary(cm_session, repo, make_automation):
    make_automation(
        repo, "clock", "def tell(self, i):\n    return {'return': 0, 'time': i['zone'] + ' noon'}"
    )
    assert call(cm_session, "tell", zone="UTC").data == {"time": "UTC noon"}


def test_it_gets_the_names_in_both_forms(cm_session, repo, make_automation):
    make_automation(repo, "clock", "def tell(self, i):\n    return {'return': 0, 'i': dict(i)}")
    given = call(cm_session, "tell", artifact="r:big,00000000000000b1").data["i"]
    assert given["automation"] == "clock,00000000000c10c0"
    assert given["parsed_automation"] == [("clock", "00000000000c10c0")]
    assert given["artifact"] == "r:big,00000000000000b1"
    assert given["parsed_artifact"] == [("big", "00000000000000b1"), ("r", "")]


def test_it_has_the_attributes_of_the_contract(cm_session, repo, make_automation):
    folder = make_automation(
        repo,
        "clock",
        """
        def tell(self, i):
            names = ('automation_file_path', 'path', 'full_path', 'artifact', 'artfact')
            return {'return': 0, **{n: getattr(self, n) for n in names}, 'desc': self.meta['desc'],
                    'cfg': self.cmind.cfg['artifact_keys']}
        """,
        desc="tells the time",
    )
    assert call(cm_session, "tell").data == {
        "automation_file_path": str(folder / "module.py"),
        "path": str(folder),
        "full_path": str(folder / "module.py"),
        "artifact": "clock,00000000000c10c0",
        "artfact": "clock,00000000000c10c0",
        "desc": "tells the time",
        "cfg": ["automation", "artifact", "parsed_automation", "parsed_artifact"],
    }


def test_a_code_becomes_the_exit_status_and_keeps_its_keys(run_cm, repo, make_automation):
    make_automation(
        repo, "clock", "def tell(self, i):\n    return {'return': 37, 'error': 'no hands', 'x': 1}"
    )
    done = run_cm("tell", "clock", "--out=json")
    assert done.status == 37
    assert done.json() == {"return": 37, "error": "no hands", "x": 1}


def test_variables_in_an_answer_or_a_failure_show_no_secrets(run_cm, repo, make_automation):
    methods = """
        def tell(self, i):
            said = {'return': int(i['code']), 'new_env': {'A_TOKEN': 'hunter22'}, 'url': 'https://me:hunter22@host'}
            return {**said, 'error': 'bad'} if said['return'] else said
    """
    make_automation(repo, "clock", methods)
    for code in (0, 1):
        document = run_cm("tell", "clock", f"--code={code}", "--out=json").json()
        assert document["new_env"] == {"A_TOKEN": "***"}
        assert document["url"] == "https://***@host"


def test_a_code_that_no_status_can_hold_is_no_success(run_cm, repo, make_automation):
    make_automation(repo, "clock", "def tell(self, i):\n    return {'return': 256, 'error': 'no hands'}")
    assert run_cm("tell", "clock").status == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return None", "returned nothing"),
        ("return [1]", "returned list without an integer 'return'"),
        ("return {'retrun': 0}", "returned dict without an integer 'return'"),
        ("return i['missing']", "failed with KeyError: 'missing' (module.py, line 11)"),
        ("return {'return': 5}", "'tell' returned 5 without a message"),
        ("raise SystemExit(3)", "ended the program with 3"),
        ("return input('how late? ')", "asked a question, but the input is closed"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence(run_cm, repo, make_automation, body, said):
    make_automation(repo, "clock", f"def tell(self, i):\n    {body}")
    done = run_cm("tell", "clock")
    assert done.status != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_it_prints_reaches_the_user(run_cm, repo, make_automation):
    make_automation(
        repo,
        "clock",
        "def tell(self, i):\n    print('noon'); os.system('echo child')\n    return {'return': 0}",
    )
    assert set(run_cm("tell", "clock").stdout.split()) == {"noon", "child"}


def test_what_it_prints_never_spoils_the_document(run_cm, repo, make_automation):
    make_automation(
        repo,
        "clock",
        "def tell(self, i):\n    print('noon'); os.system('echo child')\n    return {'return': 0}",
    )
    done = run_cm("tell", "clock", "--out=json")
    assert done.json() == {"return": 0}
    assert set(done.stderr.split()) == {"noon", "child"}


def test_common_actions_answer_what_it_lacks(cm_session, repo, make_automation):
    make_automation(repo, "clock", "def tell(self, i):\n    return {'return': 0}")
    call(cm_session, "add", artifact="big", tags="tall")
    (found,) = call(cm_session, "find", tags="tall").data["list"]
    assert found.alias == "big"


def test_it_may_override_a_common_action_and_use_it(cm_session, repo, make_automation):
    make_automation(
        repo,
        "clock",
        """
        def search(self, i):
            r = super().search(i)
            return r if r['return'] else {'return': 0, 'list': r['list'], 'names': [a.meta['alias'] for a in r['list']]}

        def add(self, i):
            i['meta'] = {'made': 'here'}
            i['common'] = True
            return self.cmind.access(i)
        """,
    )
    call(cm_session, "add", artifact="big")
    found = call(cm_session, "ls").data
    assert found["names"] == ["big"]
    assert found["list"][0].meta["made"] == "here"


def test_words_of_its_metadata_mean_other_methods(cm_session, repo, make_automation):
    methods = "def xset(self, i):\n    return {'return': 0, 'done': 'xset'}"
    make_automation(repo, "clock", methods, action_substitutions={"set": "xset", "find": "xset"})
    assert call(cm_session, "set").data == {"done": "xset"}
    assert call(cm_session, "find").data == {"list": []}, "a common word keeps its meaning"


def test_one_method_may_answer_for_everything(cm_session, repo, make_automation):
    methods = "def any(self, i):\n    return {'return': 0, 'asked': i['action']}"
    make_automation(repo, "clock", methods, use_any_action=True)
    assert call(cm_session, "wind-up").data == {"asked": "wind_up"}


def test_dashes_and_underscores_are_alike(cm_session, repo, make_automation):
    make_automation(repo, "clock", "def wind_up(self, i):\n    return {'return': 0}")
    assert call(cm_session, "wind-up").data == call(cm_session, "wind_up").data == {}


def test_an_unknown_action_is_code_4_with_a_suggestion(cm_session, repo, make_automation):
    make_automation(repo, "clock", "def wind_up(self, i):\n    return {'return': 0}")
    with pytest.raises(UnknownTargetError, match="has no action 'wind-upp'") as error:
        call(cm_session, "wind-upp")
    assert error.value.exit_code == 4
    assert "wind_up" in error.value.hint


def test_private_methods_are_no_actions(cm_session, repo, make_automation):
    make_automation(repo, "clock", "def _open(self, i):\n    return {'return': 0}")
    with pytest.raises(UnknownTargetError):
        call(cm_session, "_open")


def test_an_automation_for_a_newer_toolkit_says_so(cm_session, repo, make_automation):
    make_automation(repo, "clock", "def tell(self, i):\n    return {'return': 0}", min_cm_version="99.1")
    with pytest.raises(CMError, match=r"needs CM 99\.1") as error:
        call(cm_session, "tell")
    assert error.value.exit_code == 1


def test_a_broken_file_names_its_line(cm_session, repo, make_automation):
    folder = make_automation(repo, "clock", "def tell(self, i):\n    return {'return': 0}")
    (folder / "module.py").write_text("import os\nx = (\n", encoding="utf-8")
    with pytest.raises(CMError, match=r"SyntaxError: .* \(line 2\)"):
        call(cm_session, "tell")
    assert call(cm_session, "find").data == {"list": []}, "the common actions do not need it"


def test_a_missing_module_names_what_to_install(cm_session, repo, make_automation):
    folder = make_automation(repo, "clock", "")
    (folder / "module.py").write_text("import no_such_thing\n", encoding="utf-8")
    with pytest.raises(CMError, match="ModuleNotFoundError") as error:
        call(cm_session, "tell")
    assert "no_such_thing" in error.value.hint


def test_the_file_is_loaded_once_and_again_when_it_changes(cm_session, repo, make_automation):
    methods = """
        import itertools
        numbers = itertools.count()

        def tell(self, i):
            return {'return': 0, 'n': next(self.numbers)}
    """
    folder = make_automation(repo, "clock", methods)
    assert [call(cm_session, "tell").data["n"] for _ in range(2)] == [0, 1]
    text = (folder / "module.py").read_text(encoding="utf-8").replace("count()", "count(9)")
    (folder / "module.py").write_text(text, encoding="utf-8")
    assert call(cm_session, "tell").data["n"] == 9


def test_each_request_gets_an_object_of_its_own(cm_session, repo, make_automation):
    methods = "def tell(self, i):\n    old = getattr(self, 'x', 0); self.x = 1\n    return {'return': 0, 'old': old}"
    make_automation(repo, "clock", methods)
    assert [call(cm_session, "tell").data["old"] for _ in range(2)] == [0, 0]


def test_files_of_the_same_name_beside_two_automations_do_not_clash(cm_session, repo, make_automation):
    methods = """
        def tell(self, i):
            return utils.call_internal_module(self, __file__, 'module_misc', 'who', i)
    """
    for kind in ("clock", "lamp"):
        folder = make_automation(repo, kind, methods)
        (folder / "module_misc.py").write_text(
            "import module_more\n\ncalls = []\n\n\ndef who(i):\n    calls.append(1)\n"
            "    import module_late\n\n"
            "    return {'return': 0, 'who': module_more.NAME + module_late.NAME, 'n': len(calls),"
            " 'self': i['self_module'].path}\n",
            encoding="utf-8",
        )
        for name in ("module_more", "module_late"):
            (folder / f"{name}.py").write_text(f"NAME = '{kind}'\n", encoding="utf-8")
    said = [call(cm_session, "tell", kind).data for kind in ("clock", "lamp", "clock")]
    assert [(data["who"], data["n"]) for data in said] == [
        ("clockclock", 1),
        ("lamplamp", 1),
        ("clockclock", 2),
    ]
    assert said[1]["self"].endswith("lamp")


def test_help_shows_the_definition_of_a_method(run_cm, repo, make_automation):
    methods = 'def tell(self, i):\n    """Say how late it is."""\n    raise SystemExit(9)'
    folder = make_automation(repo, "clock", methods)
    shown = run_cm("tell", "clock", "--help")
    assert shown.status == 0
    assert shown.stdout.split("\n")[0] == str(folder / "module.py")
    assert "def tell(self, i):" in shown.stdout
    assert '"""Say how late it is."""' in shown.stdout
    page = run_cm("help", "clock").stdout
    assert "tell" in page
    assert "Say how late it is." in page


def test_an_action_may_explain_itself(cm_session, repo, make_automation):
    methods = '''
        def tell(self, i):
            """Say how late it is."""
            return {'return': 0, 'asked': i['help'], 'skip_delayed_help': i.get('quiet', False)}
    '''
    make_automation(repo, "clock", methods, actions_with_help=["tell"])
    result = call(cm_session, "tell", help=True)
    assert result.data["asked"] is True
    assert any("Say how late it is" in line for line in result.lines)
    assert call(cm_session, "tell", help=True, quiet=True).lines == ()


def test_a_distribution_that_owns_the_kind_answers(cm_session, repo, make_automation):
    methods = "def run(self, i):\n    return {'return': 0, 'who': 'repository'}"
    make_automation(repo, "script", methods)
    with pytest.raises(CMError, match="no script to run was given"):
        call(cm_session, "run", "script")


def test_it_runs_in_the_folder_of_the_session_and_the_process_comes_back(
    cm_session, repo, make_automation, tmp_path
):
    methods = (
        "def tell(self, i):\n    here = os.getcwd(); os.chdir('/')\n    return {'return': 0, 'here': here}"
    )
    make_automation(repo, "clock", methods)
    place = tmp_path / "place"
    place.mkdir()
    cm_session.cwd = place
    before = Path.cwd()
    assert call(cm_session, "tell").data["here"] == str(place)
    assert Path.cwd() == before


def test_the_command_line_words_arrive_as_typed(run_cm, repo, make_automation):
    make_automation(
        repo, "clock", "def tell(self, i):\n    return {'return': 0, 'cmd': i['cmd'], 'k': i['k']}"
    )
    document = run_cm("tell", "clock", "big", "--k=1", "--out=json", "--", "rest").json()
    assert document == {"return": 0, "cmd": ["big", "--k=1", "--out=json", "--", "rest"], "k": "1"}


def test_a_result_with_artifacts_is_a_document(run_cm, repo, make_automation):
    methods = """
        def all(self, i):
            return self.cmind.access({'action': 'find', 'automation': 'automation', 'artifact': 'clock'})
    """
    make_automation(repo, "clock", methods)
    (found,) = json.loads(run_cm("all", "clock", "--out=json").stdout)["list"]
    assert found["meta"]["alias"] == "clock"


def test_a_new_automation_works_at_once(run_cm):
    assert run_cm("add", "automation", "clock").status == 0
    done = run_cm("hello", "clock", "big", "--zone=UTC")
    assert (done.status, done.stderr) == (0, "")
    assert "artifact: big" in done.stdout.splitlines()
    assert "zone: UTC" in done.stdout.splitlines()
    assert run_cm("add", "clock", "one").status == 0
    assert len(run_cm("find", "clock").stdout.splitlines()) == 1
    assert "  hello " in run_cm("help", "clock").stdout
