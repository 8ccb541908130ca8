import pytest

from cm_core import MetaError, UsageError
from cm_script.model.call import HostContext, ScriptCall
from cm_script.model.scripttags import ScriptTags
from cm_script.profile import CM, Profile


def call_of(*names, host=None, nested=False, **options):
    artifact, artifacts = (names[0], names[1:]) if names else ("", ())
    return ScriptCall.from_options(
        options, CM, artifact=artifact, artifacts=tuple(artifacts), host=host, nested=nested
    )


@pytest.mark.parametrize(
    ("names", "tags", "artifact", "expected"),
    [
        (
            ["get compiler _x -y"],
            "other",
            "",
            ScriptTags(required=("get", "compiler"), excluded=("y",), variations=("x",)),
        ),
        (["detect-os"], "_a", "detect-os", ScriptTags(variations=("a",))),
        ([], "get,x", "", ScriptTags(required=("get", "x"))),
        (["var", "_a2 _n.1"], "", "var", ScriptTags(variations=("a2", "n.1"))),
        (["var", "_a,_b"], "_c", "var", ScriptTags(variations=("c", "a", "b"))),
        (["var", "_a"], "", "var", ScriptTags(variations=("a",))),
        (["var", "a"], "", "var", ScriptTags()),
        ([], ["get", "x"], "", ScriptTags(required=("get", "x"))),
    ],
)
def test_ways_to_name_a_script(names, tags, artifact, expected):
    call = call_of(*names, tags=tags)
    assert (call.artifact, call.tags) == (artifact, expected)


@pytest.mark.parametrize(
    "options",
    [
        {"version": True},
        {"version_min": ["1"]},
        {"env": "x"},
        {"adr": {"python": "_x"}},
        {"ad": True},
        {"tags": True},
        {"local_env": 5},
    ],
)
def test_options_of_the_wrong_shape_are_refused(options):
    with pytest.raises(UsageError):
        call_of(**options)


def test_short_and_long_names_of_updates_merge():
    call = call_of(
        ad={"a": {"tags": "_x"}},
        add_deps={"a": {"version": "1"}, "b": {"tags": "_y"}},
        adr={"p": {"tags": "_x", "env": {"A": "1"}}},
        add_deps_recursive={"p": {"tags": "_y", "env": {"B": "1"}}},
    )
    assert call.ad == {"a": {"tags": "_x", "version": "1"}, "b": {"tags": "_y"}}
    assert call.adr == {"p": {"tags": "_y", "env": {"A": "1", "B": "1"}}}


def test_versions_are_text():
    call = call_of(version=1.5, version_min=" 1 ", version_max=None)
    asked = call.asked
    assert (asked.version, asked.version_min, asked.version_max) == ("1.5", "1", "")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"fake_run": True}, {"CM_TMP_FAKE_RUN": "yes"}),
        ({"prepare": "yes"}, {"CM_TMP_FAKE_RUN": "yes"}),
        ({"fake_run": "no", "prepare": True}, {}),
        ({"fake_deps": True}, {"CM_TMP_FAKE_DEPS": "yes"}),
        ({"debug_uid": "abc"}, {"CM_TMP_DEBUG_UID": "abc"}),
        ({"skip_sys_utils": "yes"}, {"CM_SKIP_SYS_UTILS": "yes"}),
        ({"skip_sudo": True}, {"CM_TMP_SKIP_SUDO": "yes"}),
        ({"silent": True}, {"CM_TMP_SILENT": "yes"}),
        ({"s": "on", "v": True}, {"CM_TMP_SILENT": "yes"}),
        ({"v": True}, {"CM_VERBOSE": "yes"}),
        ({"verbose": True}, {"CM_VERBOSE": "yes"}),
        ({"quiet": True}, {"CM_QUIET": "yes"}),
        ({"env": {"CM_QUIET": "yes"}}, {"CM_QUIET": "yes"}),
        ({"skip_remembered_selections": True}, {"CM_SKIP_REMEMBERED_SELECTIONS": "yes"}),
        ({"path": " /opt "}, {"CM_TMP_PATH": "/opt"}),
        ({"path": " "}, {}),
        ({"input": "i", "output": " o ", "name": "n"}, {"CM_INPUT": "i", "CM_OUTPUT": "o", "CM_NAME": "n"}),
        ({"outdirname": "d", "outbasename": "b"}, {"CM_OUTDIRNAME": "d", "CM_OUTBASENAME": "b"}),
        ({"extra_cache_tags": "a,b", "gh_token": "t"}, {"CM_EXTRA_CACHE_TAGS": "a,b", "CM_GH_TOKEN": "t"}),
        ({"skip_compile": "", "skip_run": False, "accept_license": True}, {"CM_ACCEPT_LICENSE": True}),
        ({"unknown": "x"}, {}),
    ],
)
def test_flags_and_inputs_become_env(options, expected):
    assert call_of(**options).start_env(CM) == expected


def test_quiet_of_the_options_wins_over_env():
    assert not call_of(quiet=False, env={"CM_QUIET": "yes"}).quiet


def test_the_host_adds_proxies_tokens_and_facts():
    host = HostContext(
        cwd="/work",
        environ={"HTTPS_PROXY": "p", "no_proxy": "n", "GH_TOKEN": "t", "HOME": "/root", "ftp_proxy": ""},
        os_env={"CM_WINDOWS": "yes"},
    )
    env = call_of(host=host, env={"GH_TOKEN": "own", "CM_WINDOWS": "no"}).start_env(CM)
    assert env == {
        "GH_TOKEN": "own",
        "CM_WINDOWS": "yes",
        "CM_TMP_CURRENT_PATH": "/work",
        "HTTPS_PROXY": "p",
        "no_proxy": "n",
    }


def test_local_keys_are_merged_and_placeholders_resolved():
    call = call_of(
        env={"A": "1", "+P": ["/a"]}, local_env={"B": "<<<A>>><<<CM_INPUT>>>", "+P": ["/b"]}, input="i"
    )
    assert call.start_env(CM) == {"A": "1", "+P": ["/a", "/b"], "B": "1i", "CM_INPUT": "i"}
    assert call.env == {"A": "1", "+P": ["/a"]}


def test_a_plus_key_needs_a_list():
    with pytest.raises(MetaError, match=r"\+P"):
        call_of(env={"+P": "/a"}).start_env(CM)


def test_explicit_keys_of_a_user_and_of_a_dependency():
    layers = {"env": {"A": "1"}, "local_env": {"B": "1"}, "const": {"C": "1"}, "local_const": {"D": "1"}}
    assert call_of(**layers).explicit_env == {"A": "1", "B": "1"}
    assert call_of(**layers).explicit_const == {"C": "1", "D": "1"}
    assert call_of(nested=True, **layers).explicit_env == {"B": "1"}
    assert call_of(nested=True, **layers).explicit_const == {"D": "1"}


def test_another_profile_has_another_prefix():
    profile = Profile(prefix="MLC")
    call = ScriptCall.from_options({"quiet": True, "input": "i"}, profile)
    assert call.start_env(profile) == {"MLC_QUIET": "yes", "MLC_INPUT": "i"}


def test_flags_are_read_from_options():
    assert call_of(new="yes").asked.new
    assert not call_of(new="no").asked.new
