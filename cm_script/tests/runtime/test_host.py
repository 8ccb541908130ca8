import platform
import subprocess

from cm_script.runtime.host import host_os_info


def test_os_info_of_this_host():
    info = host_os_info()
    assert info["platform"] == platform.system().lower()
    assert (
        info["bits"]
        == subprocess.run(["getconf", "LONG_BIT"], capture_output=True, text=True, check=True).stdout.strip()
    )
    assert (info["bat_ext"], info["env_separator"], info["env"]) == (".sh", ":", {})
    assert info["run_bat"].replace("${bat_file}", "x") == ". x"


def test_os_info_may_be_changed():
    host_os_info()["start_script"].append("x")
    host_os_info()["env"]["A"] = "1"
    assert host_os_info()["start_script"] == ["#!/bin/bash", ""]
    assert host_os_info()["env"] == {}
