from cm_mlperf.results.table import run_table


def test_x(measured_run):
    print("\n".join(run_table(measured_run)))
