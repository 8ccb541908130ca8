import pytest

from cm_core import UsageError
from cm_docker.settings import read_settings


@pytest.fixture
def read(cm_session):
    def do(metadata=None, **options):
        return read_settings(
            {f"docker_{key}": value for key, value in options.items()}, metadata or {}, cm_session
        )

    return do


def test_what_is_typed_goes_before_metadata(read):
    metadata = {"base_image": "theirs:1", "shm_size": "8gb", "port_maps": ["80:80"]}
    settings = read(metadata, base_image="mine:2")
    assert (settings.base_image, settings.shm_size, settings.ports) == ("mine:2", "8gb", ("80:80",))


def test_the_environment_and_the_configuration_choose_an_engine(cm_session, read, make_repo):
    cm_session.env = {**cm_session.env, "CM_DOCKER_NETWORK": "host"}
    meta = {"docker": {"engine": "podman", "network": "none", "packages": "jq"}}
    kinds = {"cfg": "88dce9c160324c5d"}
    make_repo("configuration", {"cfg/default": meta}, kinds=kinds, register=cm_session)
    settings = read()
    assert (settings.engine, settings.network, settings.packages) == ("podman", "host", ("jq",))
    assert read(engine="docker").engine == "docker"


@pytest.mark.parametrize(
    ("options", "image"),
    [
        ({}, "python:3.11-slim"),
        ({"os": "ubuntu"}, "ubuntu:22.04"),
        ({"os": "ubuntu", "os_version": "24.04"}, "ubuntu:24.04"),
        ({"os": "alpine"}, "alpine:latest"),
    ],
)
def test_an_operating_system_is_an_image(read, options, image):
    assert read(**options).base_image == image


@pytest.mark.parametrize(
    ("options", "gpus"),
    [
        ({}, ""),
        ({"all_gpus": "yes"}, "all"),
        ({"gpu": True}, "all"),
        ({"num_gpus": "2"}, "2"),
        ({"gpu": "3"}, "3"),
    ],
)
def test_graphics_processors(read, options, gpus):
    assert read(**options).gpus == gpus


def test_mounts_and_paths_of_metadata_are_added_to(read):
    metadata = {"mounts": ["${{ DATA }}:${{ DATA }}"], "input_paths": ["store"]}
    settings = read(metadata, mounts="/a:/b", input_paths="from")
    assert settings.mounts == ("/a:/b", "${{ DATA }}:${{ DATA }}")
    assert settings.input_paths == ("from", "store")


def test_nested_options_are_the_same(cm_session):
    settings = read_settings({"docker": {"os": "debian"}}, {}, cm_session)
    assert settings.base_image == "debian:12-slim"


def test_metadata_cannot_turn_a_run_into_a_shell(read):
    settings = read({"skip_run_cmd": "yes", "interactive": True})
    assert not settings.skip_run_cmd
    assert not settings.interactive


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engin": "podman"}, "unknown flag --docker_engin"),
        ({"cache": "perhaps"}, "cannot be 'perhaps'"),
        ({"gpu": "\N{ARABIC-INDIC DIGIT ONE}"}, "not a number of GPUs"),
        ({"keep": "nope"}, "--docker_keep=nope is neither yes nor no"),
        ({"gpu": "²"}, "not a number of GPUs"),
        ({"gpu": "many"}, "not a number of GPUs"),
        ({"interactive": True, "detached": True}, "contradicts"),
        ({"base_image": True}, "--docker_base_image needs a value"),
        ({"container_name": "a b"}, "cannot be the name of a container"),
        ({"extra_run_args": "'open"}, "quotes that do not match"),
        ({"mounts": True}, "--docker_mounts needs a value"),
        ({"base_image": "ubuntu:22.04\nRUN x"}, "is not a valid image name"),
        ({"base_image": "--all-tags"}, "is not a valid image name"),
        ({"cm_repos": "https://me:sesame@host/x"}, r"https://\*\*\*@host/x has a password"),
    ],
)
def test_what_cannot_be_is_one_sentence(read, options, said):
    with pytest.raises(UsageError, match=said):
        read(**options)


def test_a_misspelt_flag_has_a_hint(read):
    with pytest.raises(UsageError) as caught:
        read(base_imag="x")
    assert "--docker_base_image" in caught.value.hint
