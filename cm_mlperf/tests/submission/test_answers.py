import pytest

from cm_core import MetaError, NotFoundError, UsageError
from cm_mlperf.submission.answers import (
    MissingFactsError,
    checked_answers,
    complete_measurements,
    complete_system,
    not_applicable,
    read_answers,
    write_template,
)
from cm_mlperf.submission.descriptions import ACCELERATOR_KEYS, MAY_BE_EMPTY, MUST_BE_FILLED, SYSTEM_KEYS

FILLED = dict.fromkeys(MUST_BE_FILLED, "something")


def test_all_35_keys_are_written_and_26_must_have_a_value():
    assert (len(SYSTEM_KEYS), len(MUST_BE_FILLED)) == (35, 26)
    complete = complete_system(FILLED)
    assert tuple(complete) == SYSTEM_KEYS
    assert all(complete[key] == "" for key in MAY_BE_EMPTY)


def test_later_layers_win_and_empty_values_do_not_count():
    assert complete_system(FILLED, {"cooling": "air"}, {"cooling": ""})["cooling"] == "air"


def test_what_nobody_says_is_asked_for_and_never_invented():
    with pytest.raises(MissingFactsError, match=r"2 keys .* unknown: status, cooling") as caught:
        complete_system({key: "x" for key in FILLED if key not in ("cooling", "status")})
    assert any("available, preview" in line for line in caught.value.explanation())
    assert "cm pack mlperf RUN --system_template" in caught.value.hint
    assert set(caught.value.to_mapping()["missing"]) == {"cooling", "status"}


def test_not_applicable_only_where_the_user_says_so():
    assert not_applicable(["cooling"]) == {"cooling": "N/A"}
    assert not_applicable(["accelerators"]) == dict.fromkeys(ACCELERATOR_KEYS, "N/A") | {
        "accelerators_per_node": "0"
    }
    with pytest.raises(UsageError, match="'colling'") as caught:
        not_applicable(["colling"])
    assert "'cooling'" in caught.value.hint


def test_answers_are_text_and_have_known_keys():
    assert checked_answers({"number_of_nodes": 1, "hw_notes": None}) == {"number_of_nodes": "1"}
    with pytest.raises(UsageError, match="must be one value"):
        checked_answers({"cooling": ["air"]})


def test_a_form_can_be_written_filled_in_and_read(tmp_path):
    form = tmp_path / "system.yaml"
    write_template(form, {"host_processor_model_name": 'CPU "quoted": yes', "submitter": "Lab"})
    text = form.read_text()
    assert "submitter" not in text  # given by a flag
    assert read_answers(form) == {"host_processor_model_name": 'CPU "quoted": yes'}
    form.write_text(text.replace("cooling:", "cooling: air"))
    assert read_answers(form)["cooling"] == "air"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n- b\n", "must have keys"),
        ("a: [", "not valid YAML"),
        ("collar: 1", "not a key of the system description"),
    ],
)
def test_bad_files_of_answers(tmp_path, text, problem):
    file = tmp_path / "system.yaml"
    file.write_text(text)
    with pytest.raises((MetaError, UsageError), match=problem):
        read_answers(file)


def test_a_missing_file_of_answers(tmp_path):
    with pytest.raises(NotFoundError, match="does not exist"):
        read_answers(tmp_path / "system.yaml")


def test_measurements_are_asked_for_as_well():
    facts = {"input_data_types": "fp32", "retraining": "no", "weight_data_types": "fp32"}
    with pytest.raises(MissingFactsError) as caught:
        complete_measurements(facts, {"weight_transformations": "none"})
    assert "--measurements.starting_weights_filename=VALUE" in caught.value.hint


def test_a_key_that_no_result_has():
    with pytest.raises(UsageError, match="'retrainig' is not a key") as caught:
        complete_measurements({"retrainig": "no"})
    assert "'retraining'" in caught.value.hint
