"""Keys of the descriptions of systems and results, as the official checker asks for them."""

from __future__ import annotations

# Key of the description of a system -> what to write, for a person who is asked.
SYSTEM_HELP: dict[str, str] = {
    "division": "closed, open or network",
    "submitter": "organisation, as the folder is named",
    "status": "available, preview or rdi (research, development or internal)",
    "system_type": "edge, datacenter, or both with a comma",
    "system_type_detail": "free text, such as: laptop, edge server, cloud instance",
    "system_name": "name for people",
    "number_of_nodes": "a whole number",
    "host_processor_model_name": "name of the CPU",
    "host_processors_per_node": "sockets, a whole number",
    "host_processor_core_count": "physical cores of one processor",
    "host_processor_frequency": "base or boost clock",
    "host_processor_caches": "sizes by level",
    "host_processor_interconnect": "between sockets",
    "host_memory_capacity": "with unit, such as 64 GB",
    "host_memory_configuration": "modules, such as 4x 16GB DDR4-3200",
    "host_storage_capacity": "with unit",
    "host_storage_type": "such as NVMe SSD",
    "host_networking": "such as Ethernet 10 Gbit/s",
    "host_networking_topology": "free text",
    "host_network_card_count": "such as 1x 10GbE",
    "accelerators_per_node": 'a whole number; "0" when only CPUs work',
    "accelerator_model_name": "name, or N/A",
    "accelerator_frequency": "clock, or N/A",
    "accelerator_host_interconnect": "such as PCIe Gen4 x16, or N/A",
    "accelerator_interconnect": "between accelerators, or N/A",
    "accelerator_interconnect_topology": "free text, or N/A",
    "accelerator_memory_capacity": "with unit, or N/A",
    "accelerator_memory_configuration": "such as HBM2e, or N/A",
    "accelerator_on-chip_memories": "sizes, or N/A",
    "cooling": "air, liquid, passive",
    "framework": "with version",
    "operating_system": "with version",
    "other_software_stack": "drivers, libraries, with versions",
    "hw_notes": "anything else about hardware; may stay empty",
    "sw_notes": "anything else about software; may stay empty",
}
SYSTEM_KEYS = tuple(SYSTEM_HELP)
MAY_BE_EMPTY = (
    "system_type_detail",
    "host_processor_frequency",
    "host_processor_caches",
    "host_processor_interconnect",
    "accelerator_frequency",
    "accelerator_interconnect_topology",
    "accelerator_on-chip_memories",
    "hw_notes",
    "sw_notes",
)
MUST_BE_FILLED = tuple(key for key in SYSTEM_KEYS if key not in MAY_BE_EMPTY)
# The official checker multiplies them when it writes its table; anything else ends it.
NUMBERS = ("number_of_nodes", "accelerators_per_node")
ACCELERATOR_KEYS = tuple(key for key in SYSTEM_KEYS if key.startswith("accelerator_"))
NETWORK_KEYS = (
    "is_network",
    "network_type",
    "network_media",
    "network_rate",
    "nic_loadgen",
    "number_nic_loadgen",
    "net_software_stack_loadgen",
    "network_protocol",
    "number_connections",
    "nic_sut",
    "number_nic_sut",
    "net_software_stack_sut",
    "network_topology",
)
MEASUREMENT_KEYS = (
    "input_data_types",
    "retraining",
    "starting_weights_filename",
    "weight_data_types",
    "weight_transformations",
)
