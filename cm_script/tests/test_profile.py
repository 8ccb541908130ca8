import dataclasses

import pytest

from cm_script.profile import CM, Profile


def test_keys_and_files_of_the_default_profile():
    assert CM.env("VERSION") == "CM_VERSION"
    assert CM.run_env_file == "tmp-run-env.out"
    assert {"CM_VERSION", "CM_TMP_*", "CM_GIT_*", "CM_RENEW_CACHE_ENTRY"} <= set(CM.local_env_keys)
    assert {"GH_TOKEN", "http_proxy", "SOCKS_PROXY"} <= set(CM.host_env_keys)
    assert "HOME" not in CM.host_env_keys


def test_keys_that_only_steer_the_engine():
    assert [CM.is_engine_key(key) for key in ("CM_QUIET", "CM_VERBOSE", "CM_TMP_X", "CM_A", "QUIET")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_another_profile_changes_all_prefixes_and_nothing_can_be_assigned():
    other = Profile(prefix="MLC")
    assert all(key.startswith("MLC_") for key in other.local_env_keys)
    with pytest.raises(dataclasses.FrozenInstanceError):
        CM.prefix = "X"
