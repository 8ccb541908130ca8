"""Finds out what the official description of a system asks for, as far as the machine tells."""

from __future__ import annotations

import csv
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cm_core import CMError
from cm_core.base import ProgramHangsError, ask_program, find_program

if TYPE_CHECKING:
    from cm_core import Session

_PROC, _SYS = Path("/proc"), Path("/sys")
_SECTOR_BYTES = 512
_GB = 1_000_000_000
_GIB = 1024**3
_ETHERNET = "1"


def detect(
    env: Mapping[str, str] | None = None, warn: Callable[[str], None] = lambda _text: None
) -> dict[str, str]:
    """Keys of the description of a system that can be found out on this machine.

    Args:
        warn: hears who did not answer.
    """
    facts = {"operating_system": _operating_system()}
    if sys.platform == "linux":
        facts |= processor() | memory() | storage() | network()
    elif sys.platform == "darwin":
        facts |= _darwin(env)
    facts |= accelerators(env, warn)
    return {key: value for key, value in facts.items() if value}


def describe_system(session: Session) -> dict[str, str]:
    """What all plugins find out about this machine; the one registered last knows best."""
    facts: dict[str, str] = {}
    parts = session.hooks.answers("cm_mlperf_describe_system", Mapping, session=session)
    for part in reversed(parts):
        # A number would be a record that nobody can read, and official descriptions hold text only.
        facts |= {str(key): str(value) for key, value in part.items()}
    return facts


def processor(proc: Path = _PROC, sys_: Path = _SYS) -> dict[str, str]:
    """What Linux says of the processors; counts only where the kernel gives sockets and cores."""
    blocks = [_fields(block) for block in _read(proc / "cpuinfo").split("\n\n") if block.strip()]
    if not blocks:
        return {}
    facts = {
        "host_processor_model_name": blocks[0].get("model name", ""),
        "host_processor_caches": _caches(sys_ / "devices/system/cpu/cpu0/cache"),
        "host_processor_frequency": _frequency(sys_ / "devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"),
    }
    sockets = {block["physical id"] for block in blocks if "physical id" in block}
    cores = {(block["physical id"], block["core id"]) for block in blocks if block.keys() >= _CORE}
    if sockets and cores and len(cores) % len(sockets) == 0:
        facts["host_processors_per_node"] = str(len(sockets))
        facts["host_processor_core_count"] = str(len(cores) // len(sockets))
    return facts


_CORE = {"physical id", "core id"}


def memory(proc: Path = _PROC) -> dict[str, str]:
    """The memory that Linux can use."""
    total = _fields(_read(proc / "meminfo")).get("MemTotal", "").split()
    return {"host_memory_capacity": f"{int(total[0]) * 1024 / _GIB:.1f} GiB"} if total else {}


def storage(sys_: Path = _SYS) -> dict[str, str]:
    """The fixed disks; their type only where it is sure, since virtual ones claim what they like."""
    total, types = 0, []
    for disk in sorted((sys_ / "block").glob("*")):
        if (
            not disk.name.startswith(("nvme", "sd", "vd", "mmcblk", "xvd"))
            or _read(disk / "removable") == "1"
        ):
            continue
        total += int(_read(disk / "size") or 0) * _SECTOR_BYTES
        if disk.name.startswith("nvme"):
            types.append("NVMe SSD")
        elif disk.name.startswith("sd"):
            types.append("HDD" if _read(disk / "queue/rotational") == "1" else "SSD")
        else:
            types.append("")
    facts = {"host_storage_capacity": f"{total / _GB:.0f} GB"} if total else {}
    if types and all(types):
        facts["host_storage_type"] = ", ".join(dict.fromkeys(types))
    return facts


def network(sys_: Path = _SYS) -> dict[str, str]:
    """The network cards that are hardware."""
    speeds = []
    for card in sorted((sys_ / "class/net").glob("*")):
        if (card / "device").exists() and _read(card / "type") == _ETHERNET:
            speed = _read(card / "speed")
            speeds.append(int(speed) if speed.isdigit() else 0)
    if not speeds:
        return {}
    facts = {"host_network_card_count": str(len(speeds))}
    if all(speeds):
        named = dict.fromkeys(f"Ethernet {speed / 1000:g} Gbit/s" for speed in speeds)
        facts["host_networking"] = ", ".join(named)
    return facts


def accelerators(
    env: Mapping[str, str] | None = None, warn: Callable[[str], None] = lambda _text: None
) -> dict[str, str]:
    """What nvidia-smi says; nothing where it is not installed, finds no driver, or does not answer."""
    program = find_program("nvidia-smi", env)
    if program is None:
        return {}
    fields = "name,memory.total,clocks.max.sm,pcie.link.gen.max,pcie.link.width.max,driver_version"
    command = [str(program), f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(_lines(command, env))]
    except ProgramHangsError as error:
        warn(f"accelerators are not described: {error.message}; {error.hint}")
        return {}
    except CMError:
        return {}
    return described_gpus([row for row in rows if len(row) == fields.count(",") + 1])


def described_gpus(rows: list[list[str]]) -> dict[str, str]:
    """The keys about accelerators for the answer of nvidia-smi, one row for each of them."""
    if not rows:
        return {}
    name, megabytes, clock, generation, width, driver = rows[0]
    facts = {"accelerators_per_node": str(len(rows)), "other_software_stack": f"NVIDIA driver {driver}"}
    if any(row[0] != name for row in rows):
        return facts  # Different ones: a person has to say which worked.
    facts["accelerator_model_name"] = name
    if megabytes.isdigit():
        facts["accelerator_memory_capacity"] = f"{int(megabytes) / 1024:.0f} GiB"
    if clock.isdigit():
        facts["accelerator_frequency"] = f"{clock} MHz"
    if generation.isdigit() and width.isdigit():
        facts["accelerator_host_interconnect"] = f"PCIe Gen{generation} x{width}"
    return facts


def _operating_system() -> str:
    kernel = f"{platform.system()} {platform.release()}"
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        name = f"macOS {platform.mac_ver()[0]}" if sys.platform == "darwin" else ""
    return f"{name} ({kernel})" if name else kernel


def _darwin(env: Mapping[str, str] | None) -> dict[str, str]:
    names = ("machdep.cpu.brand_string", "hw.packages", "hw.physicalcpu", "hw.memsize")
    try:
        model, packages, cores, size = _lines(["sysctl", "-n", *names], env)
        return {
            "host_processor_model_name": model,
            "host_processors_per_node": packages,
            "host_processor_core_count": str(int(cores) // int(packages)),
            "host_memory_capacity": f"{int(size) / _GIB:.1f} GiB",
        }
    except (CMError, ValueError, ZeroDivisionError):
        return {}


def _lines(command: list[str], env: Mapping[str, str] | None) -> list[str]:
    return ask_program(command, env=env).stdout.splitlines()


def _caches(folder: Path) -> str:
    caches = []
    for index in sorted(folder.glob("index*")):
        level, kind, size = (_read(index / name) for name in ("level", "type", "size"))
        if level and size:
            caches.append(f"L{level}{ {'Data': 'd', 'Instruction': 'i'}.get(kind, '') } {size}")
    return ", ".join(caches)


def _frequency(file: Path) -> str:
    kilohertz = _read(file)
    return f"{int(kilohertz) / 1e6:.2f} GHz" if kilohertz.isdigit() else ""


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
