#!/usr/bin/env bash
# Real container engines for tests, on Debian and as root:
#
#   tools/engines.sh install      docker, podman and what builds a base image, with apt
#   tools/engines.sh start DIR    a base image, a docker daemon and a configuration of podman of their own
#   . DIR/env                     point programs to them
#   tools/engines.sh stop DIR     stop the daemon and remove DIR, but keep the base image beside it (DIR.tar)
#
# DIR must be short: the socket of the daemon lies in it. Registries are not needed: the base image is built
# from Debian packages and gets the names that generated Dockerfiles use.
set -euo pipefail

NAMES=(python:3.11-slim ubuntu:22.04 debian:12-slim)

install_engines() {
  export DEBIAN_FRONTEND=noninteractive
  # Nobody asked for a daemon of the system: ours has its own folder.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=yes
  fi
  apt-get update -qq
  # podman would be satisfied by crun, which refuses hybrid control groups: name runc.
  apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
    docker.io podman runc mmdebstrap busybox-static iptables >/dev/null
  [ -z "$made" ] || rm -f "$policy"
}

# The first mirror that apt of this machine uses.
debian_mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null |
    awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) {print $i; exit}}'
}

# Debian with Python, its own package index settings, and the certificates that this machine trusts.
build_base() {
  local tar=$1
  mmdebstrap --quiet --format=tar --variant=apt \
    --include=python3,python3-pip,python3-venv,ca-certificates,binutils,git,wget,xz-utils \
    --dpkgopt=force-unsafe-io \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='for file in /usr/local/share/ca-certificates/*.crt; do
        if [ -e "$file" ]; then cp "$file" "$1/usr/local/share/ca-certificates/"; fi
      done; chroot "$1" update-ca-certificates >/dev/null' \
    --customize-hook='printf "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\nbreak-system-packages = true\n" \
        >"$1/etc/pip.conf"' \
    bookworm "$tar.new" "deb $(debian_mirror) bookworm main"
  mv "$tar.new" "$tar"
}

write_podman_configuration() {
  local dir=$1
  mkdir -p "$dir/podman"
  cat >"$dir/podman/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$dir/podman/graph"
runroot = "$dir/podman/run"
CONF
  # Limits stand here and not in flags: raising them needs a right that a sandbox may lack.
  cat >"$dir/podman/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$dir/podman/tmp"
CONF
}

write_env() {
  local dir=$1
  cat >"$dir/env" <<ENV
export DOCKER_HOST=unix://$dir/docker/docker.sock
export DOCKER_BUILDKIT=0
export CONTAINERS_CONF=$dir/podman/containers.conf
export CONTAINERS_STORAGE_CONF=$dir/podman/storage.conf
export BUILDAH_FORMAT=docker
export CM_DOCKER_NETWORK=host
ENV
}

start_daemon() {
  local dir=$1
  mkdir -p "$dir/docker"
  # Without rules of its own the daemon leaves the network of the machine alone: containers use the host's.
  setsid dockerd --iptables=false --bridge=none --data-root "$dir/docker/data" --exec-root "$dir/docker/exec" \
    --pidfile "$dir/docker/pid" -H "unix://$dir/docker/docker.sock" >"$dir/docker/log" 2>&1 </dev/null &
  for _ in $(seq 120); do
    docker version >/dev/null 2>&1 && return
    sleep 0.25
  done
  echo "the docker daemon does not answer; see $dir/docker/log" >&2
  tail -n 5 "$dir/docker/log" >&2
  return 1
}

start_engines() {
  local dir=$1 tar=$1.tar id
  mkdir -p "$dir"
  export TMPDIR=$dir
  [ -s "$tar" ] || build_base "$tar"
  write_podman_configuration "$dir"
  write_env "$dir"
  # shellcheck disable=SC1091
  . "$dir/env"
  start_daemon "$dir"
  id=$(docker import "$tar" "${NAMES[0]}")
  podman import -q "$tar" "${NAMES[0]}" >/dev/null 2>&1
  for name in "${NAMES[@]:1}"; do
    docker tag "$id" "$name"
    podman tag "${NAMES[0]}" "$name"
  done
}

stop_engines() {
  local dir=$1 pid
  if [ -s "$dir/docker/pid" ]; then
    pid=$(cat "$dir/docker/pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 80); do kill -0 "$pid" 2>/dev/null || break; sleep 0.25; done
  fi
  # What is still mounted would make the removal fail, or worse, succeed elsewhere.
  awk -v dir="$dir/" 'index($2, dir) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf "$dir"
}

case ${1-} in
  install) install_engines ;;
  start) start_engines "${2:?the folder to work in}" ;;
  stop) stop_engines "${2:?the folder of start}" ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" && exit 1 ;;
esac
