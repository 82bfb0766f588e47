"""What reading one form costs: the filter docx as the program runs it, a server and a child of it for each file, beside
python-docx in one process that goes on. CPU and memory, which hardly hear what else the machine does."""

import ctypes
import os
import socket
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import installation

HERE = Path(__file__).resolve().parent
SAMPLES = sorted((installation.ROOT / "tests" / "fixtures" / "forms").glob("*.docx"))
READINGS = 100  # of a file in a round
PR_SET_CHILD_SUBREAPER = 36
GOAL = "v01_plain"


@dataclass
class Cost:
    """Of a process with all that it has waited for."""
    cpu: float   # seconds
    memory: int  # bytes: the most that one of them held at once


def compare(directory, rounds):
    params = directory / "params.json"
    params.write_bytes(subprocess.run([installation.PROGRAM, "--config", installation.ROOT / "config" / "shoujian.conf",
                                       "campaign", "--json"], capture_output=True, check=True).stdout)
    samples = [path for path in SAMPLES if served(path, params, 1)[1] == 0]
    ours = {path: [] for path in samples}
    peers = {path: [] for path in samples}
    memory = peer_memory = 0
    for _ in range(rounds):
        for path in samples:
            (idle, _), (cost, _) = served(path, params, 0), served(path, params, READINGS)
            ours[path].append(1000 * (cost.cpu - idle.cpu) / READINGS)
            memory = max(memory, cost.memory)
            times, held = peer(path)
            peers[path].append(times)
            peer_memory = max(peer_memory, held)
    print(f"\nforms, {rounds} rounds of {READINGS} readings: CPU ms a file\n")
    print(f"  {'':22}{'docx':>6}{'min–max':>12}   python-docx: opens  cells at once  row by row  row by row/docx")
    for path, times in ours.items():
        opened, at_once, row_by_row = (statistics.median(values) for values in zip(*peers[path]))
        ratio = statistics.median(theirs[-1] / own for theirs, own in zip(peers[path], times))
        print(f"  {path.stem:22}{statistics.median(times):6.2f}{f'{min(times):.2f}–{max(times):.2f}':>12}"
              f"{opened:21.1f}{at_once:15.1f}{row_by_row:12.1f}{ratio:17.1f}"
              f"{'  (goal ≤ 3 ms; ≥ 10)' if path.stem == GOAL else ''}")
    print(f"  peak memory: docx {memory / 2**20:.1f} MiB (goal ≤ 30), python-docx {peer_memory / 2**20:.1f} MiB")
    sys.stdout.flush()


def served(path, params, times):
    """Cost of a server that reads PATH so many times, and the wait status of the last reading."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = start([installation.BUILD / "filters" / "docx", "--server", "--params", params, "/nonexistent"], theirs)
    theirs.close()
    status = None
    with ours, path.open("rb") as file, open(os.devnull, "wb") as nowhere:
        for _ in range(times):
            socket.send_fds(ours, [b"1"], [file.fileno(), nowhere.fileno(), nowhere.fileno()])
            status = int.from_bytes(ours.recv(64), "little")
    _, ended, usage = os.wait4(pid, 0)
    if ended != 0:
        raise RuntimeError(f"filters/docx --server ended with wait status {ended}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024), status


def start(command, stdin):
    """By a shell that ends at once, so that its child becomes ours: the memory that wait4 tells of a process is never
    below that of the one that started it, and this Python holds more than a filter."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("no subreaper")
    script = 'exec 4<&0; "$@" <&4 4<&- >/dev/null & echo $!'
    done = subprocess.run(["sh", "-c", script, "sh", *command], stdin=stdin, stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def peer(path):
    """CPU milliseconds of python-docx, as form-peer.py says, and the bytes it held."""
    done = subprocess.run(["/usr/bin/python3", HERE / "form-peer.py", path, str(READINGS // 10)], capture_output=True,
                          text=True, check=True)
    *times, memory = map(float, done.stdout.split())
    return times, memory
