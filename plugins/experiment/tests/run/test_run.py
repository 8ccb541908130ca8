"""``cm run experiment`` with real commands."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from cm_core import CMError, Request
from cm_experiment.record.layout import read_step, read_study
from cm_experiment.record.rows import run_folders

PRINT = 'import json, os; print(json.dumps({"x": int(os.environ["A"]) * 2, "b": os.environ.get("B", "")}))'


def steps_of(result):
    folder = Path(result.data["experiment_path2"])
    return [read_step(folder / row["uid"]) for row in result.data["rows"]]


# -- what the original does ----------------------------------------------------------------------------


def test_an_experiment_is_found_by_its_tags_or_made(run, cm_session):
    first = run("echo", "hello", name="", tags="my,hello")
    second = run("echo", "hello", name="", tags="my,hello")
    assert first.data["experiment"].path == second.data["experiment"].path
    assert first.data["experiment_path2"] != second.data["experiment_path2"]
    assert (
        run("echo", "hello", name="", tags="other").data["experiment"].path != first.data["experiment"].path
    )
    assert [len(run_folders(first.data["experiment"].path))] == [2]


def test_the_folder_of_a_run_has_the_original_name_and_input(run):
    result = run("echo", "hello")
    folder = Path(result.data["experiment_path2"])
    assert len(folder.name) == len("2023-06-09.09-58-02.863466")
    assert folder.name[10] == "."
    recorded = json.loads((folder / "cm-input.json").read_text())
    assert recorded["unparsed_cmd"] == ["echo", "hello"]
    (uid,) = [path.name for path in folder.iterdir() if path.is_dir()]
    assert len(uid) == 16
    assert (folder / uid / "stdout.txt").read_text() == "hello\n"


def test_every_point_of_a_grid_in_the_order_of_the_declarations(run):
    result = run(
        "echo",
        "{{A}} --b={{B}} {{C{['xx','yy']}}} {{CM_EXPERIMENT_STEP}}",
        explore={"A": [1, 2], "B": "[2**i for i in range(0,2)]"},
    )
    printed = [
        (Path(result.data["experiment_path2"]) / s.uid / "stdout.txt").read_text() for s in steps_of(result)
    ]
    assert printed == [
        "1 --b=1 xx 1\n",
        "1 --b=1 yy 2\n",
        "1 --b=2 xx 3\n",
        "1 --b=2 yy 4\n",
        "2 --b=1 xx 5\n",
        "2 --b=1 yy 6\n",
        "2 --b=2 xx 7\n",
        "2 --b=2 yy 8\n",
    ]


def test_variables_are_in_the_environment_and_places_are_named(run, tmp_path):
    code = "import os; print(os.environ['A'], os.environ['CM_EXPERIMENT_STEP'], os.getcwd())"
    places = ["{{CD}}", "{{CM_EXPERIMENT_PATH}}", "{{CM_EXPERIMENT_PATH2}}", "{{CM_EXPERIMENT_PATH3}}"]
    result = run(
        sys.executable, "-c", code + "; import sys; print(*sys.argv[1:])", *places, explore={"A": [7]}
    )
    (step,) = steps_of(result)
    folder = Path(result.data["experiment_path2"])
    first, second = (folder / step.uid / "stdout.txt").read_text().splitlines()
    assert first == f"7 1 {folder / step.uid}"
    assert second.split() == [str(tmp_path), str(folder.parent), str(folder), str(folder / step.uid)]


def test_the_list_of_results_is_the_original_one(run):
    code = (
        "import json, os; json.dump({'a': {'b': int(os.environ['A'])}, 'c': [1]}, open('cm-output.json', 'w'));"
        "json.dump({'d': 'text'}, open('cm-result.json', 'w'))"
    )
    result = run(sys.executable, "-c", code, explore={"A": [3, 4]})
    listed = json.loads((Path(result.data["experiment_path2"]) / "cm-result.json").read_text())
    assert [(item["a.b"], item["c"], item["d"]) for item in listed] == [(3, [1], "text"), (4, [1], "text")]
    assert [item["uid"] for item in listed] == [row["uid"] for row in result.data["rows"]]
    assert all("T" in item["iso_datetime"] for item in listed)
    assert result.data["rows"][0]["metrics"] == {"a.b": 3, "d": "text"}


def test_one_text_is_read_by_a_shell_and_words_are_not(run):
    shell = run("echo $A; echo {{A}} | tr 5 6", explore={"A": [5]})
    assert printed_by(shell) == "5\n6\n"
    assert steps_of(shell)[0].shell
    words = run("echo", "$A; {{A}}", name="other", explore={"A": [5]})
    assert printed_by(words) == "$A; 5\n"


def printed_by(result):
    return (Path(result.data["experiment_path2"]) / result.data["rows"][0]["uid"] / "stdout.txt").read_text()


# -- records -------------------------------------------------------------------------------------------


def test_a_step_records_what_it_depended_on(run, cm_session):
    cm_session.env["OMP_NUM_THREADS"] = "3"
    code = "open('out.bin', 'wb').write(b'abc'); import sys; sys.stderr.write('oops')"
    (step,) = steps_of(run(sys.executable, "-c", code, explore={"A": [1]}, env={"X": 5}))
    assert step.state == "finished"
    assert step.command[1:] == ("-c", code)
    assert step.env["OMP_NUM_THREADS"] == "3"
    assert step.env["X"] == "5"
    assert step.env["A"] == "1"
    assert step.outputs["out.bin"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert set(step.outputs) == {"out.bin", "stdout.txt", "stderr.txt"}
    assert step.packages["cm-automation"]
    assert step.system["cpus"]
    assert step.host
    assert 0 < step.duration_s < 60
    assert step.started > 1.7e9


def test_a_secret_that_a_command_prints_is_not_kept(run, cm_session):
    cm_session.env["HF_TOKEN"] = "hidden-ü"
    says = 'echo "{\\"url\\": \\"x/$HF_TOKEN\\"}"; echo "{\\"key\\": \\"$HF_TOKEN\\"}" >cm-result.json'
    result = run(
        f'{says}; echo "no access with $HF_TOKEN, $PIN" >&2; exit 3',
        env={"MY_SECRET": "123456", "PIN": "123456"},
    )
    (step,) = steps_of(result)
    assert step.metrics == {"url": "x/*********", "key": "*********"}
    assert step.reason == "exit status 3: no access with *********, 123456"
    for path in Path(result.data["experiment_path2"]).rglob("*"):
        assert not path.is_file() or b"hidden" not in path.read_bytes(), path


def test_secrets_are_neither_in_records_nor_lost_to_the_command(run, cm_session, tmp_path):
    cm_session.env["HF_TOKEN"] = "hidden-in-env"
    words = [
        "--gh_token=hidden-word",
        "--password",
        "hidden-next",
        "https://me:hidden-url@host/x",
        "hidden-in-env",
    ]
    result = run(
        sys.executable,
        "-c",
        "import sys, os; print(len(''.join(sys.argv[1:])), len(os.environ['MY_SECRET']))",
        *words,
        env={"MY_SECRET": "hidden-given"},
    )
    folder = Path(result.data["experiment_path2"])
    (step,) = steps_of(result)
    assert (folder / step.uid / "stdout.txt").read_text() == f"{len(''.join(words))} 12\n"
    for path in folder.rglob("*"):
        assert not path.is_file() or b"hidden" not in path.read_bytes(), path
    assert step.command[-5:] == ("--gh_token=***", "--password", "***", "https://***@host/x", "***")


def test_metrics_of_json_lines_patterns_and_a_script(run):
    code = """
print('warming up')
print('{"epoch": 1, "loss": 0.5, "ok": true, "many": [1, 2]}')
print('{"epoch": 2, "loss": 0.25}')
print('speed: 10 samples/s')
print('speed: 12.5 samples/s')
print('{broken')
"""
    result = run(sys.executable, "-c", code, metric=["speed=speed: ([0-9.]+) samples/s", "word=(warming)"])
    assert result.data["rows"][0]["metrics"] == {
        "epoch": 2,
        "loss": 0.25,
        "ok": 1,
        "speed": 12.5,
        "word": "warming",
    }


def test_the_json_document_of_a_script_is_a_report(run):
    code = (
        """print('{"return": 0,\\n "new_env": {"CM_SPEED": "3.5", "CM_NAME": "x", "CM_GH_TOKEN": "abc"}}')"""
    )
    result = run(sys.executable, "-c", code)
    assert result.data["rows"][0]["metrics"] == {"new_env.CM_SPEED": 3.5, "new_env.CM_NAME": "x"}


def test_a_result_that_cannot_be_read_is_a_warning(run):
    result = run(sys.executable, "-c", "open('cm-result.json', 'w').write('{')")
    assert result.data["rows"][0]["state"] == "finished"
    assert "cm-result.json cannot be read" in result.warnings[0]


def test_repeats_give_median_and_spread(run):
    code = 'import os, random; n = len(os.listdir(\'..\')); print(\'{"x": %d, "t": "v%d"}\' % (n, n))'
    result = run(sys.executable, "-c", code, repeat="3", warmup="1")
    (step,) = steps_of(result)
    assert [one.warmup for one in step.repeats] == [True, False, False, False]
    values = [one.metrics["x"] for one in step.repeats]
    assert values == sorted(values)
    assert step.metrics["x"] == values[2]
    assert step.spread["x"] > 0
    assert step.spread["duration_s"] >= 0
    assert any(line.startswith("x: median") for line in result.lines)


def test_noise_that_is_larger_than_the_difference_is_said(run):
    code = "import os; r = os.path.basename(os.getcwd()); n = int(r[-1]); print('{\"x\": %f}' % (100 + 5 * n + int(os.environ['A'])))"
    result = run(sys.executable, "-c", code, explore={"A": [1, 2]}, repeat="3", minimize="x")
    assert result.data["best"]["variables"] == {"A": 1}
    assert "the noise is larger than the difference from A=2" in "\n".join(result.lines)
    result = run(sys.executable, "-c", code, explore={"A": [1, 900]}, repeat="3", minimize="x", name="clear")
    assert "noise" not in "\n".join(result.lines)


# -- choosing points -----------------------------------------------------------------------------------


def test_random_takes_each_point_once_and_always_the_same(run):
    options = {"explore": {"A": "range(5)", "B": ["x", "y"]}, "search": "random", "trials": "6", "seed": "3"}
    first, second = (run(sys.executable, "-c", PRINT, name=name, **options) for name in ("one", "two"))
    points = [[row["variables"] for row in result.data["rows"]] for result in (first, second)]
    assert points[0] == points[1]
    assert len({json.dumps(point) for point in points[0]}) == 6
    everything = run(sys.executable, "-c", PRINT, name="all", **{**options, "trials": "99"})
    assert len(everything.data["rows"]) == 10


def test_a_list_of_points(run):
    result = run(sys.executable, "-c", PRINT, explore=[{"A": 1, "B": "p"}, {"A": 5, "B": "q"}])
    assert [row["metrics"] for row in result.data["rows"]] == [{"x": 2, "b": "p"}, {"x": 10, "b": "q"}]
    zipped = run(sys.executable, "-c", PRINT, explore={"A": [1, 5], "B": "p,q"}, search="list", name="zip")
    assert [row["metrics"] for row in zipped.data["rows"]] == [{"x": 2, "b": "p"}, {"x": 10, "b": "q"}]


def test_the_best_step_fulfils_the_constraints(run):
    result = run(
        sys.executable, "-c", PRINT, explore={"A": "range(5)"}, maximize="x", constraint=["x < 7", "A != 3"]
    )
    assert result.data["best"]["variables"] == {"A": 2}
    nothing = run(
        sys.executable, "-c", PRINT, explore={"A": "range(2)"}, maximize="x", constraint="x > 7", name="n"
    )
    assert nothing.data["best"] is None
    assert "no step fulfils x > 7" in nothing.lines


def test_a_budget_ends_the_run_and_the_same_command_goes_on(run):
    options = {"explore": {"A": "range(6)"}, "budget": "0.5s"}
    first = run("sleep", "0.3", **options)
    assert not first.data["complete"]
    assert 0 < len(first.data["rows"]) < 6
    rows = first.data["rows"]
    for _ in range(6):
        again = run("sleep", "0.3", **options)
        assert again.data["experiment_path2"] == first.data["experiment_path2"]
        assert again.data["rows"][: len(rows)] == rows
        rows = again.data["rows"]
        if again.data["complete"]:
            break
    assert [row["variables"]["A"] for row in rows] == list(range(6))
    assert run("sleep", "0.01", **options).data["experiment_path2"] != first.data["experiment_path2"]


def test_parallel_steps(run):
    result = run(sys.executable, "-c", "import time; time.sleep(0.3)", explore={"A": "range(4)"}, j="4")
    started = [row["started"] for row in result.data["rows"]]
    assert max(started) - min(started) < 0.3 * 3


# -- plans ---------------------------------------------------------------------------------------------


def test_a_dry_run_shows_the_plan_and_leaves_nothing(run, cm_session):
    result = run("echo", "{{A{range(30)}}}", dry_run=True, repeat="3")
    assert result.lines[0] == "30 steps (grid), 3 executions each"
    assert result.lines[1] == "  1. A=0: echo 0"
    assert result.lines[-1] == "  …"
    assert cm_session.find("experiment") == []


def test_print_job_shows_commands(run):
    result = run("echo", "a b", "{{A{1,2}}}", print_job=True)
    assert [line.partition(" && ")[2] for line in result.lines] == ["echo 'a b' 1", "echo 'a b' 2"]


# -- again ---------------------------------------------------------------------------------------------


def test_rerun_repeats_all_steps_in_the_same_folder(run, cm_session):
    first = run(sys.executable, "-c", PRINT, explore={"A": [1, 2]}, env={"B": "z"})
    again = cm_session.call(Request(action="rerun", automation="experiment", artifact="tune"))
    assert again.data["experiment_path2"] == first.data["experiment_path2"]
    assert [row["number"] for row in again.data["rows"]] == [1, 2, 3, 4]
    assert [row["metrics"] for row in again.data["rows"]] == [{"x": 2, "b": "z"}, {"x": 4, "b": "z"}] * 2


def test_the_order_of_variables_survives_the_record(run, cm_session):
    options = {"explore": {"B": ["x", "y"], "A": [2, 1]}}
    first = run(sys.executable, "-c", PRINT, **options)
    again = cm_session.call(Request(action="rerun", automation="experiment", artifact="tune"))
    points = [list(row["variables"].items()) for row in again.data["rows"]]
    assert points[:4] == points[4:] == [list(row["variables"].items()) for row in first.data["rows"]]
    assert points[1] == [("B", "x"), ("A", 1)]


def test_rerun_of_what_is_unfinished_tries_failed_steps_again(run, cm_session, tmp_path):
    code = f"import os, sys; print('{{\"x\": 1}}'); sys.exit(0 if os.environ['A'] == '1' or os.path.exists({str(tmp_path / 'go')!r}) else 3)"
    first = run(sys.executable, "-c", code, explore={"A": [1, 2]})
    assert [row["state"] for row in first.data["rows"]] == ["finished", "failed"]
    (tmp_path / "go").touch()
    options = {"unfinished": True, "dir": Path(first.data["experiment_path2"]).name}
    again = cm_session.call(
        Request(action="rerun", automation="experiment", artifact="tune", options=options)
    )
    assert [row["state"] for row in again.data["rows"]] == ["finished", "finished"]
    assert again.data["rows"][0] == first.data["rows"][0]
    assert again.data["rows"][1]["uid"] == first.data["rows"][1]["uid"]


def test_a_dry_run_of_a_rerun(run, cm_session):
    first = run("echo", "{{A{1,2}}}")
    options = {"dry_run": True}
    shown = cm_session.call(
        Request(action="rerun", automation="experiment", artifact="tune", options=options)
    )
    assert shown.lines == ("2 steps (grid)", "  1. A=1: echo 1", "  2. A=2: echo 2")
    assert len(list(Path(first.data["experiment_path2"]).glob("*/cm-step.json"))) == 2


def test_rerun_with_a_command_runs_that_one_in_the_same_folder(run, cm_session):
    first = run("echo", "one")
    request = Request(action="rerun", automation="experiment", artifact="tune", unparsed=("echo", "two"))
    again = cm_session.call(request)
    assert again.data["experiment_path2"] == first.data["experiment_path2"]
    assert [step.command for step in steps_of(again)] == [("echo", "one"), ("echo", "two")]


def test_a_secret_of_the_environment_is_taken_from_there_again(run, cm_session):
    code = "import os; print('{\"x\": %d}' % len(os.environ['HF_TOKEN']))"
    run(sys.executable, "-c", code, env={"HF_TOKEN": "abcdefgh"})
    again = Request(action="rerun", automation="experiment", artifact="tune")
    with pytest.raises(CMError, match="contained secrets"):
        cm_session.call(again)
    cm_session.env["HF_TOKEN"] = "abcde"
    assert [row["metrics"]["x"] for row in cm_session.call(again).data["rows"]] == [8, 5]


def test_bytes_that_are_no_text_are_recorded(run, cm_session):
    cm_session.env["TZ"] = "caf\udce9"
    result = run("printf", "%s", "caf\udce9", "{{A}}", explore={"A": ["\udce9"]})
    (step,) = steps_of(result)
    assert (step.command[2], step.env["TZ"], step.variables["A"]) == ("caf\udce9", "caf\udce9", "\udce9")
    assert (Path(result.data["experiment_path2"]) / step.uid / "stdout.txt").read_bytes() == b"caf\xe9\xe9"


def test_an_experiment_in_another_repository(run, make_repo, cm_session):
    folder = make_repo("mine", register=cm_session)
    first = run("echo", "x", name="mine:", tags="a,b")
    assert first.data["experiment"].path.is_relative_to(folder)
    assert run("echo", "x", name="mine:", tags="a,b").data["experiment"].path == first.data["experiment"].path
    assert run("echo", "x", name="mine:named").data["experiment"].path == folder / "experiment" / "named"


def test_the_answer_is_one_json_document(run_cm):
    done = run_cm("run", "experiment", "x", "-j", "2", "--out=json", "--", "echo", "{{A{1,2}}}")
    document = done.json()
    assert document["return"] == 0
    assert [row["variables"] for row in document["rows"]] == [{"A": 1}, {"A": 2}]
    assert "[2/2]" in done.stderr


def test_rerun_of_a_command_with_secrets_is_an_error(run, cm_session):
    run("echo", "--gh_token=abcdefgh")
    with pytest.raises(CMError, match="contained secrets"):
        cm_session.call(Request(action="rerun", automation="experiment", artifact="tune"))


def test_a_run_has_its_study_on_record(run):
    result = run(sys.executable, "-c", PRINT, explore={"A": [1]}, maximize="x", constraint="x > 0", tags="t")
    study = read_study(Path(result.data["experiment_path2"]))
    assert study.state == "complete"
    assert study.planned == 1
    assert study.space == {"A": {"values": [1]}}
    assert study.constraints == ("x > 0",)
    assert study.tags == ("t",)
    assert study.objectives[0].direction == "maximize"
    assert shlex.join(study.command).startswith(sys.executable)
