#!/usr/bin/env bash
# A real Slurm of two nodes on this machine, without accounting, for tests and for trying things out.
#
#   tools/slurm.sh install             the programs, from Debian's packages
#   tools/slurm.sh start DIR [LINE…]   everything in DIR; LINEs go into slurm.conf, e.g. MaxJobCount=4
#   . DIR/env                          then sbatch, squeue … work
#   tools/slurm.sh lose DIR NODE       the node n1 or n2 is gone, with all that runs there
#   tools/slurm.sh stop DIR
#
# Each DIR is a cluster of its own with its own ports, so several can run beside each other. A node has two
# processors; n2 has the feature "large" and a (pretended) GPU.
set -eu

fail() {
  echo "slurm.sh: $*" >&2
  exit 1
}

install() {
  command -v slurmctld sbatch slurmd munged >/dev/null && return
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq -o DPkg::Lock::Timeout=300
  apt-get install -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends slurm-wlm munge >/dev/null
}

configure() {
  local dir=$1
  shift
  local ports user host line
  # Free at this moment, and above what the system gives to clients.
  read -r -a ports <<<"$(python3 - <<'PYTHON'
import socket

sockets = [socket.socket() for _ in range(3)]
for each in sockets:
    each.bind(("127.0.0.1", 0))
print(*(each.getsockname()[1] for each in sockets))
PYTHON
)"
  user=$(id -un)
  host=$(hostname)
  cat >"$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=1,sched_min_interval=0
ReturnToService=2
SlurmdTimeout=120
MessageTimeout=20
KillWait=10
MpiDefault=none
GresTypes=gpu
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.%n.log
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=2 RealMemory=8000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=2 RealMemory=8000 Feature=large Gres=gpu:1
PartitionName=debug Nodes=ALL Default=YES State=UP
PartitionName=short Nodes=ALL MaxTime=1 State=UP
CONF
  for line in "$@"; do
    sed -i "/^${line%%=*}=/d" "$dir/slurm.conf"
    echo "$line" >>"$dir/slurm.conf"
  done
  echo "NodeName=n2 Name=gpu File=/dev/zero" >"$dir/gres.conf"
  echo "CgroupAutomount=no" >"$dir/cgroup.conf"
  echo "export SLURM_CONF='$dir/slurm.conf'" >"$dir/env"
}

start() {
  [ "$#" -ge 1 ] || fail "start needs a folder"
  local dir node
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P)
  shift
  mkdir -p "$dir/munge" "$dir/state"
  chmod 755 "$dir/munge"
  configure "$dir" "$@"
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")
  munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --seed-file="$dir/munge/seed" --log-file="$dir/munge/log" --force 2>/dev/null
  export SLURM_CONF=$dir/slurm.conf
  slurmctld
  for node in n1 n2; do
    mkdir -p "$dir/spool.$node"
    slurmd -N "$node"
  done
  for _ in $(seq 100); do
    [ "$(sinfo -h -p debug -t idle -o %D 2>/dev/null)" != 2 ] || return 0
    sleep 0.1
  done
  tail -n 5 "$dir"/*.log >&2
  fail "the nodes did not come up in 10 s"
}

# End what runs on nodes: first the supervisors of jobs, which would report the end otherwise.
end_jobs() {
  python3 - "$@" <<'PYTHON'
import contextlib, os, signal, sys
from pathlib import Path

wanted = b"SLURM_CONF=" + sys.argv[1].encode() + b"/slurm.conf"
nodes = {b"SLURMD_NODENAME=" + name.encode() for name in sys.argv[2:]}
jobs, supervisors = [], set()
for place in Path("/proc").glob("[0-9]*"):
    with contextlib.suppress(OSError):
        variables = set((place / "environ").read_bytes().split(b"\0"))
        if wanted in variables and variables & nodes:
            jobs.append(int(place.name))
            parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
            if Path(f"/proc/{parent}/cmdline").read_bytes().startswith(b"slurmstepd"):
                supervisors.add(int(parent))
for process in [*supervisors, *jobs]:
    with contextlib.suppress(OSError):
        os.kill(process, signal.SIGKILL)
PYTHON
}

lose() {
  local dir
  dir=$(cd "$1" && pwd -P)
  kill -9 "$(cat "$dir/slurmd.$2.pid")"
  end_jobs "$dir" "$2"
  # The controller would notice after SlurmdTimeout. That is long, since a busy machine must not lose nodes.
  SLURM_CONF=$dir/slurm.conf scontrol update "NodeName=$2" State=DOWN Reason=lost
}

stop() {
  local dir file
  dir=$(cd "$1" && pwd -P)
  for file in "$dir"/slurmd.*.pid "$dir/slurmctld.pid" "$dir/munge/pid"; do
    [ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null || true
  done
  end_jobs "$dir" n1 n2
}

[ "$#" -ge 1 ] || fail "say what to do: install, start, lose or stop"
action=$1
shift
case $action in
  install | start | lose | stop) "$action" "$@" ;;
  *) fail "'$action' is none of install, start, lose, stop" ;;
esac
