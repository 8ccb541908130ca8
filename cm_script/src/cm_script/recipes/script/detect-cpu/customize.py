"""Describe processor, memory and disk under the same keys on every platform."""

import os
import shutil
from pathlib import Path
from typing import Any

REPORT = Path("tmp-lscpu.out")
# Line of lscpu (Linux, and run.bat writes the same) or sysctl (macOS) and the key that it fills.
REPORTED = {
    "Architecture": "ARCHITECTURE",
    "Model name": "MODEL_NAME",
    "Vendor ID": "VENDOR_ID",
    "CPU family": "FAMILY",
    "NUMA node(s)": "NUMA_NODES",
    "CPU(s)": "TOTAL_CORES",
    "On-line CPU(s) list": "ON_LINE_CPUS_LIST",
    "Socket(s)": "SOCKETS",
    "Core(s) per socket": "PHYSICAL_CORES_PER_SOCKET",
    "Core(s) per cluster": "PHYSICAL_CORES_PER_SOCKET",
    "Thread(s) per core": "THREADS_PER_CORE",
    "L1d cache": "L1D_CACHE_SIZE",
    "L1i cache": "L1I_CACHE_SIZE",
    "L2 cache": "L2_CACHE_SIZE",
    "L3 cache": "L3_CACHE_SIZE",
    "CPU max MHz": "MAX_MHZ",
    "machdep.cpu.brand_string": "MODEL_NAME",
    "hw.physicalcpu": "TOTAL_PHYSICAL_CORES",
    "hw.logicalcpu": "TOTAL_CORES",
    "hw.packages": "SOCKETS",
    "hw.memsize": "MEMSIZE",
    "hw.l1icachesize": "L1I_CACHE_SIZE",
    "hw.l1dcachesize": "L1D_CACHE_SIZE",
    "hw.l2cachesize": "L2_CACHE_SIZE",
}
# Field of /proc/cpuinfo and the key that it fills.
KERNEL_FIELDS = {
    "wp": "WRITE_PROTECT_SUPPORT",
    "microcode": "MICROCODE",
    "fpu": "FPU_SUPPORT",
    "fpu_exception": "FPU_EXCEPTION_SUPPORT",
    "bugs": "BUGS",
    "TLB size": "TLB_SIZE",
    "clflush size": "CFLUSH_SIZE",
}


def postprocess(run: dict[str, Any]) -> dict[str, Any]:
    env = run["env"]
    cpu = {}
    if REPORT.is_file():
        for line in REPORT.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in REPORTED and value.strip():
                cpu[REPORTED[name.strip()]] = value.strip()
    if run["os_info"]["platform"] == "linux":
        cpu.update(read_cpuinfo(Path("/proc/cpuinfo")))
    complete(cpu)
    env.update({"CM_HOST_CPU_" + key: value for key, value in cpu.items()})
    env["CM_HOST_MEMORY_CAPACITY"] = human(memory_bytes(cpu), 1000)
    env["CM_HOST_DISK_CAPACITY"] = human(shutil.disk_usage(os.path.abspath(os.sep)).total, 1024)
    return {"return": 0}


def read_cpuinfo(path: Path) -> dict[str, str]:
    fields: dict[str, str] = {}
    if path.is_file():
        # Only the first processor counts; a machine with hundreds repeats the same block.
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n\n")[0].splitlines():
            name, _, value = line.partition(":")
            fields[name.strip()] = value.strip()
    return {key: fields.get(name) or "Not Found" for name, key in KERNEL_FIELDS.items()}


def complete(cpu: dict[str, str]) -> None:
    """Fill what the tools left open, so that the important keys always exist."""
    cpu.setdefault("TOTAL_CORES", str(os.cpu_count() or 1))
    if not cpu.get("SOCKETS", "").isdigit():  # lscpu prints "-" on some virtual machines
        cpu["SOCKETS"] = "1"
    cpu["TOTAL_LOGICAL_CORES"] = cpu["TOTAL_CORES"]
    logical, sockets = int(cpu["TOTAL_CORES"]), int(cpu["SOCKETS"])
    if cpu.get("PHYSICAL_CORES_PER_SOCKET", "").isdigit():
        cpu.setdefault("TOTAL_PHYSICAL_CORES", str(int(cpu["PHYSICAL_CORES_PER_SOCKET"]) * sockets))
    physical = int(cpu.setdefault("TOTAL_PHYSICAL_CORES", str(logical)))
    cpu.setdefault("PHYSICAL_CORES_PER_SOCKET", str(physical // sockets))
    cpu.setdefault("THREADS_PER_CORE", str(max(1, logical // max(1, physical))))


def memory_bytes(cpu: dict[str, str]) -> int:
    if cpu.get("MEMSIZE", "").isdigit():
        return int(cpu["MEMSIZE"])
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def human(size: float, base: int) -> str:
    for unit in "BKMGT":
        if size < base or unit == "T":
            return f"{size:.1f}{unit}" if size < 10 else f"{size:.0f}{unit}"
        size /= base
    return ""
