"""A program run once: how long it took, and what it cost."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    seconds: float
    cpu: float     # of it and of its children, in seconds
    server: float  # of the server and of its children


def measure(command, directory, server):
    """COMMAND in DIRECTORY; SERVER is the process that it talks to."""
    server_before = _cpu_of_family(server)
    seconds, cpu = alone(command, directory)
    return Cost(seconds, cpu, _cpu_of_family(server) - server_before)


def alone(command, directory):
    """Seconds and CPU seconds of COMMAND, which talks to nobody; what it says is in DIRECTORY/output. What earlier runs left
    to be written is written before."""
    os.sync()
    with (directory / "output").open("wb") as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, cwd=directory, env=_environment(directory), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    _insist(process, command, directory)
    return seconds, usage.ru_utime + usage.ru_stime


def peak_memory(command, directory):
    """VmHWM of COMMAND in bytes, without its children, to within what it takes in its last 2 ms. wait4 would say
    the largest of the process, its children and the Python that started it."""
    peak = 0
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=directory, env=_environment(directory), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT)
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            shown = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
            peak = int(shown[0].split()[1]) * 1024 if shown else peak
            time.sleep(0.002)
    _insist(process, command, directory)
    return peak


def _insist(process, command, directory):
    if process.returncode != 0:
        said = (directory / "output").read_text(errors="replace")
        raise RuntimeError(f"{command[0]} ended with status {process.returncode}: {said[-2000:]}")


def _environment(directory):
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(directory)}


def _cpu_of_family(root):
    """Of ROOT, of all that descends from it, and of what these have buried."""
    parents, cost = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry)] = int(fields[1])
            cost[int(entry)] = sum(map(int, fields[11:15])) / TICK

    def descends(pid):
        while pid not in (root, 0, None):
            pid = parents.get(pid)
        return pid == root

    return sum(cost[pid] for pid in cost if descends(pid))
