import json

import pytest

from cm_core import AlreadyExistsError, NotFoundError, Request, UsageError
from cm_core.testing import contents
from cm_mlperf.packing import check_before_run, pack
from cm_mlperf.submission.answers import MissingFactsError

SMALL = {("SingleStream", mode): f"small/SingleStream/{mode}" for mode in ("performance", "accuracy")}


@pytest.fixture
def call(cm_session):
    def run_pack(*runs, **options):
        names = [str(run) for run in runs]
        request = Request(
            action="pack",
            automation="mlperf",
            artifact=names[0] if names else "",
            artifacts=tuple(names[1:]),
            options=options,
        )
        return pack(request, cm_session)

    return run_pack


def test_a_submission_is_packed_and_checked(call, official_run, tmp_path):
    answer = call(official_run.path, output=str(tmp_path / "out"), infer="yes", tar="yes")
    assert answer.exit_code == 0
    assert (tmp_path / "out/open/Example/systems/laptop.json").is_file()
    assert (tmp_path / "out.tar.gz").is_file()
    assert answer.data["inferred"] == ["open/Example/results/laptop/digits-wide/Offline"]
    assert answer.data["model_mapping"] == {"digits-wide": "resnet"}
    assert "cm: ok, 3 results, 0 warnings" in answer.lines
    json.dumps(answer.data)


def test_a_submission_with_errors_is_written_and_gives_an_exit_code(call, make_run, tmp_path):
    answer = call(make_run(SMALL).path, output=str(tmp_path / "out"))
    assert answer.exit_code == 1
    assert (tmp_path / "out/open").is_dir()
    assert any("duration-setting" in line for line in answer.lines)


def test_answers_come_from_a_file_and_from_flags(call, make_run, tmp_path):
    file = tmp_path / "system.yaml"
    file.write_text("cooling: liquid\nhw_notes: two fans\n")
    call(
        make_run(SMALL).path,
        output=str(tmp_path / "out"),
        system=str(file),
        system_keys={"hw_notes": "one fan"},
        not_applicable="host_networking",
        submitter="Lab",
        system_name="box",
    )
    system = json.loads((tmp_path / "out/open/Lab/systems/box.json").read_text())
    assert (system["cooling"], system["hw_notes"], system["host_networking"]) == ("liquid", "one fan", "N/A")


def test_a_form_is_written_instead(call, make_run, tmp_path):
    form = tmp_path / "system.yaml"
    answer = call(make_run(SMALL).path, system_template=str(form))
    assert "--system=system.yaml" in answer.lines[0]
    assert 'cooling: "air"' in form.read_text()
    with pytest.raises(AlreadyExistsError):
        call(make_run(SMALL, name="again").path, system_template=str(form))


def test_unknown_facts_stop_before_anything_is_written(call, make_run, tmp_path):
    from cm_mlperf.record.layout import SystemFacts

    run = make_run(SMALL, system=SystemFacts(backend="onnxruntime"))
    with pytest.raises(MissingFactsError, match=r"unknown: .*cooling"):
        call(run.path, output=str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_runs_of_several_rounds_or_submitters_are_refused(call, make_run, tmp_path):
    first, second = make_run(SMALL), make_run(SMALL, name="old", round="v6.0", submitter="Lab")
    with pytest.raises(UsageError, match="several rounds"):
        call(first.path, second.path)
    with pytest.raises(UsageError, match="several submitters"):
        call(first.path, second.path, round="v6.1")


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [([], UsageError, "no runs were given"), (["nothing"], NotFoundError, "no run 'nothing'")],
)
def test_runs_have_to_be_named(call, names, error, message):
    with pytest.raises(error, match=message):
        call(*names)


def test_before_a_run_it_is_known_whether_it_could_be_packed(make_run, cm_session, tmp_path):
    record = make_run(SMALL).read()

    def asked(**options):
        check_before_run(record, Request(options=options), cm_session)

    asked(output=str(tmp_path / "out"))
    with pytest.raises(AlreadyExistsError):
        asked(output=str(tmp_path))
    (tmp_path / "old" / "open").mkdir(parents=True)
    asked(output=str(tmp_path / "old"), force="yes")
    with pytest.raises(NotFoundError, match="there is no folder"):
        asked(output=str(tmp_path / "out"), inference_src=str(tmp_path / "none"))
    with pytest.raises(UsageError, match="cannot be the name of a submitter"):
        asked(submitter="../up")


def test_command_line(run_cm, official_run, tmp_path):
    run = official_run.path
    done = run_cm("pack", "mlperf", str(run), f"--output={tmp_path / 'out'}", "--infer", "--json")
    assert done.status == 0, done.stderr
    assert len(json.loads(done.stdout)["results"]) == 3
    done = run_cm("check", "mlperf", str(tmp_path / "out"), "--round=v6.0")
    assert done.status == 1
    assert "error [cm:seeds]" in done.stdout
    done = run_cm("pack", "mlperf", str(run), f"--output={tmp_path / 'out'}")
    assert done.status == 8
    assert "--force" in done.stderr


def test_a_dry_run_packs_nothing(call, official_run, make_run, tmp_path):
    out, run = tmp_path / "out", official_run.path
    before = contents(tmp_path, run)
    answer = call(run, output=str(out), infer="yes", tar="yes", dry_run=True)
    assert answer.lines[0] == f"would pack 3 results into {out}"
    assert any(line.endswith("Offline  (inferred)") for line in answer.lines)
    template = tmp_path / "system.yaml"
    answer = call(run, system_template=str(template), dry_run=True)
    assert answer.lines == (f"would write {template}",)
    with pytest.raises(NotFoundError, match="none of the runs"):
        call(make_run({}).path, output=str(out), dry_run=True)
    assert contents(tmp_path, run).keys() - before.keys() == contents(tmp_path / "runs").keys() | {
        tmp_path / "runs"
    }
    out.mkdir()
    with pytest.raises(AlreadyExistsError):
        call(run, output=str(out), dry_run=True)
