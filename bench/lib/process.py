"""CPU and memory of a running server, from /proc."""

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of a process (all its threads) and of its children, such as nginx's workers."""
    return own_cpu(pid) + sum(cpu_seconds(child) for child in _children(pid))


def children_cpu(pid):
    """User and system time of its children, living and ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / _TICK
    return ended + sum(own_cpu(child) + children_cpu(child) for child in _children(pid))


def resident_mb(pid):
    """VmRSS of a process and its children now, in MB of 10^6 bytes."""
    return _status(pid, "VmRSS") + sum(resident_mb(child) for child in _children(pid))


def peak_mb(pid):
    """VmHWM of a process: its largest resident size since it started, in MB of 10^6 bytes."""
    return _status(pid, "VmHWM")


def own_cpu(pid):
    # The name in parentheses may hold blanks: fields are counted from the last parenthesis (utime and stime are 14 and 15).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _children(pid):
    # Each thread has its own: workers are started by whichever had something for them.
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _status(pid, key):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
