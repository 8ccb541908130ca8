"""The engines that come with the plugin.

- ``apptainer``: apptainer: images are files, containers are ordinary processes of the user, no root is
  needed;
- ``oci``: docker and podman: one command line, a few differences.
"""
