"""Scripts in containers: docker, podman, apptainer, and engines that other plugins bring."""
