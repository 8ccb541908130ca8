"""Starts one command and reports on it; a process of its own because of how Linux counts memory.

The peak memory of a process includes that of the process it was forked from, so the parent has to be
small: this file imports nothing but what the interpreter has loaded anyway, and runs with -I -S.

Usage: launcher.py LOG TIMEOUT PROGRAM ARGUMENT...; prints wall seconds, CPU seconds, peak, exit status.
"""

import os
import signal
import sys
import time


def main(log: str, timeout: str, *command: str) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    redirect = [
        (os.POSIX_SPAWN_DUP2, source, target) for source, target in ((nothing, 0), (output, 1), (output, 2))
    ]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=redirect, setpgroup=0)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(pid, signal.SIGKILL))
    signal.alarm(int(timeout))
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, code)


main(*sys.argv[1:])
