from cm_mlperf.submission.descriptions import SYSTEM_KEYS
from cm_mlperf.submission.system import (
    accelerators,
    described_gpus,
    detect,
    memory,
    network,
    processor,
    storage,
)

CPU = """\
processor\t: {number}
model name\t: Example CPU 3000
physical id\t: {socket}
core id\t\t: {core}
"""


def write(root, files):
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
    return root


def test_only_known_keys_and_no_empty_values():
    facts = detect()
    assert set(facts) <= set(SYSTEM_KEYS)
    assert all(facts.values())
    assert facts["operating_system"]


def test_sockets_and_physical_cores_are_counted(tmp_path):
    blocks = [CPU.format(number=number, socket=number // 4, core=number % 4 // 2) for number in range(8)]
    write(tmp_path, {"cpuinfo": "\n".join(blocks)})
    cache = {"index0/level": 1, "index0/type": "Data", "index0/size": "32K"}
    cache |= {"index2/level": 2, "index2/type": "Unified", "index2/size": "1024K"}
    write(tmp_path / "sys/devices/system/cpu/cpu0/cache", cache)
    write(tmp_path / "sys/devices/system/cpu/cpu0/cpufreq", {"cpuinfo_max_freq": "3400000"})
    assert processor(tmp_path, tmp_path / "sys") == {
        "host_processor_model_name": "Example CPU 3000",
        "host_processors_per_node": "2",
        "host_processor_core_count": "2",
        "host_processor_caches": "L1d 32K, L2 1024K",
        "host_processor_frequency": "3.40 GHz",
    }


def test_a_kernel_that_tells_no_sockets_gives_no_counts(tmp_path):
    write(tmp_path, {"cpuinfo": "processor : 0\nmodel name : Example CPU"})
    facts = processor(tmp_path, tmp_path)
    assert facts["host_processor_model_name"] == "Example CPU"
    assert "host_processor_core_count" not in facts


def test_memory(tmp_path):
    write(tmp_path, {"meminfo": "MemTotal:       16777216 kB\nMemFree: 1 kB"})
    assert memory(tmp_path) == {"host_memory_capacity": "16.0 GiB"}
    assert memory(tmp_path / "none") == {}


def test_disks(tmp_path):
    write(tmp_path / "block", {"nvme0n1/size": 1_953_125_000, "nvme0n1/removable": 0})
    write(tmp_path / "block", {"sdb/size": 8, "sdb/removable": 1, "loop0/size": 1000})
    assert storage(tmp_path) == {"host_storage_capacity": "1000 GB", "host_storage_type": "NVMe SSD"}
    write(tmp_path / "block", {"vda/size": 1_953_125, "vda/removable": 0})
    assert storage(tmp_path) == {"host_storage_capacity": "1001 GB"}


def test_network_cards_are_hardware(tmp_path):
    write(tmp_path / "class/net", {"lo/type": 772, "docker0/type": 1, "eth0/type": 1, "eth0/speed": 10_000})
    (tmp_path / "class/net/eth0/device").mkdir()
    assert network(tmp_path) == {"host_network_card_count": "1", "host_networking": "Ethernet 10 Gbit/s"}
    write(tmp_path / "class/net", {"eth0/speed": -1})
    assert network(tmp_path) == {"host_network_card_count": "1"}


def test_gpus():
    row = ["NVIDIA H100", "81559", "1980", "5", "16", "570.1"]
    facts = described_gpus([row, row])
    assert facts["accelerators_per_node"] == "2"
    assert facts["accelerator_model_name"] == "NVIDIA H100"
    assert facts["accelerator_memory_capacity"] == "80 GiB"
    assert facts["accelerator_host_interconnect"] == "PCIe Gen5 x16"
    assert described_gpus([]) == {}


def test_a_driver_that_hangs_is_named_and_not_waited_for(tmp_path):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    said = []
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "CM_PROBE_TIMEOUT": "0.5"}
    assert accelerators(env, said.append) == {}
    assert "accelerators are not described" in said[0]
    assert "nvidia-smi" in said[0]
    assert "did not finish within 0.5 s" in said[0]


def test_of_different_gpus_a_person_has_to_say_which_worked():
    facts = described_gpus([["A", "1", "1", "1", "1", "1"], ["B", "1", "1", "1", "1", "1"]])
    assert facts["accelerators_per_node"] == "2"
    assert "accelerator_model_name" not in facts
