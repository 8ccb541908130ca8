from cm_script.logs import KEPT_RUNS, forget_old_runs, run_folder


def test_the_latest_runs_are_kept(tmp_path):
    for number in range(KEPT_RUNS + 3):
        folder = tmp_path / f"20260101-{number:06d}-1"
        folder.mkdir()
        (folder / "001-script.log").write_text("said")
    forget_old_runs(tmp_path)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == KEPT_RUNS
    assert kept[0] == "20260101-000003-1"


def test_nothing_to_forget(tmp_path):
    forget_old_runs(tmp_path / "missing")
    assert run_folder(tmp_path).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
