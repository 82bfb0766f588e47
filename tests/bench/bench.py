"""`make bench`: how long a poll takes, beside mbsync and beside intake as it is usually written; what a poll that finds
nothing costs, how much memory a poll needs, and what reading one form costs beside python-docx, and taking a mail apart
beside Python's email and ripmime.

Every program fetches the same mails from the same Dovecot on loopback by TLS; they run in turns, each round in another
order, each into a directory of its own on one disk. A ratio is the median of the ratios of the rounds."""

import argparse
import os
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

import clients  # noqa: E402
import installation  # noqa: E402
import letters  # noqa: E402
import process  # noqa: E402
import reading  # noqa: E402
import taken  # noqa: E402
import unpacking  # noqa: E402
from certs import Authority  # noqa: E402
from dovecot import Dovecot, free_ports, wait_for_port  # noqa: E402
from maildir import Account  # noqa: E402

FOLDERS = ["INBOX", "垃圾邮件", "广告邮件", "订阅邮件", "病毒文件夹"]
PARTS = [*clients.ALL, "far", "idle", "memory", "forms", "mime"]
DELAY = 25  # milliseconds each way
IDLE_RUNS = 20


def main():
    options = arguments()
    if not installation.PROGRAM.exists():
        sys.exit(f"bench: {installation.PROGRAM} is not there: run make first")
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir=place()))
    server = None
    try:
        if "forms" in options.only:
            reading.compare(directory, options.rounds)
        if "mime" in options.only:
            unpacking.compare(directory, options.mails, options.rounds, options.under)
        if not set(options.only) - {"forms", "mime"}:
            return
        server = Dovecot(directory / "dovecot", Authority(directory / "ca"))
        near = [name for name in clients.ALL if name in options.only]
        if near:
            large = account(server, "large@163.com", letters.large(options.mails))
            compare(f"{options.mails} mails of {large.size / options.mails / 1000:.0f} KB, loopback",
                    near, large, server.tls_port, options)
        if "far" in options.only:
            far_away(server, options)
        if "idle" in options.only:
            idle(server, directory, options.taken)
        if "memory" in options.only:
            memory(server, options.mails)
    finally:
        if server:
            server.stop()
        shutil.rmtree(directory)


def arguments():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--mails", type=int, default=1000, help="how many a poll takes (default 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs (default 5)")
    parser.add_argument("--taken", type=int, default=int(os.environ.get("BENCH_TAKEN", 100_000)),
                        help="mails taken before, for the poll that finds nothing (default $BENCH_TAKEN or 100000)")
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, with commas: {' '.join(PARTS)}")
    parser.add_argument("--under", type=shlex.split, default=[], metavar="COMMAND",
                        help="what the compared programs run under: 'perf record -g -o FILE'")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {' '.join(unknown)}")
    return options


def place():
    """The disk of the build; where Dovecot's users cannot walk into the build's directory, /var/tmp."""
    closed = [p for p in (installation.BUILD, *installation.BUILD.resolve().parents) if not p.stat().st_mode & 0o001]
    return "/var/tmp" if os.getuid() == 0 and closed else installation.BUILD


def account(server, user, mails):
    made = Account(server, user)
    made.size = made.fill("INBOX", mails)
    return made


# ---- In turns ----

def compare(title, names, box, port, options):
    costs = {name: [] for name in names}
    for number in range(options.rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            costs[name].append(one_run(name, box, port, options))
    print(f"\n{title}, {options.rounds} rounds\n")
    print(f"  {'':8}{'median s':>10}{'min–max':>16}{'mails/s':>10}{'its CPU s':>11}{'Dovecot CPU s':>15}")
    for name in names:
        seconds = [cost.seconds for cost in costs[name]]
        print(f"  {name:8}{statistics.median(seconds):10.2f}{f'{min(seconds):.2f}–{max(seconds):.2f}':>16}"
              f"{options.mails / statistics.median(seconds):10.0f}"
              f"{statistics.median(cost.cpu for cost in costs[name]):11.2f}"
              f"{statistics.median(cost.server for cost in costs[name]):15.2f}")
    ratio(costs, "poll", "mbsync", "≤ 1.5")
    ratio(costs, "peer", "poll", "≥ 10")
    sys.stdout.flush()


def one_run(name, box, port, options):
    with clients.Fresh(box.dovecot.directory.parent) as directory:
        command, count = clients.ALL[name](directory, port, box.dovecot.ca, box.user)
        cost = process.measure(options.under + command, directory, box.dovecot.process.pid)
        if count() != options.mails:
            raise RuntimeError(f"{name} took {count()} mails of {options.mails}")
    return cost


def ratio(costs, one, other, goal):
    if one in costs and other in costs:
        ratios = [a.seconds / b.seconds for a, b in zip(costs[one], costs[other])]
        print(f"  {one}/{other}: {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}; goal {goal})")


# ---- Far away ----

def far_away(server, options):
    with Proxy(server.tls_port) as proxy:
        for what, user, mails in (("of text", "far@163.com", letters.plain(options.mails)),
                                  ("with a form", "far-forms@163.com", letters.small(options.mails))):
            box = account(server, user, mails)
            compare(f"{options.mails} mails of {box.size / options.mails / 1000:.0f} KB {what}, {2 * DELAY} ms away",
                    ["poll", "mbsync"], box, proxy.port, options)
    print("  the proxy alone: {:.0f} ms there and back, {:.0f} MB/s".format(*proxy_alone()))


class Proxy:
    """proxy.py before a port of loopback."""

    def __init__(self, server_port):
        self.port, = free_ports(1)
        self._process = subprocess.Popen(
            ["/usr/bin/python3", str(clients.HERE / "proxy.py"), str(self.port), str(server_port), str(DELAY)])

    def __enter__(self):
        wait_for_port(self.port, self._process, lambda: "proxy.py")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()


def proxy_alone(megabytes=400):
    """Milliseconds there and back, and MB/s of a server that only sends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=send_to_all, args=(listener, megabytes), daemon=True).start()
        with Proxy(listener.getsockname()[1]) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as client:
            begin = time.monotonic()
            client.sendall(b"go")
            client.recv(1)
            first = time.monotonic()
            received = 1
            while data := client.recv(1 << 20):
                received += len(data)
            return (first - begin) * 1000, received / (time.monotonic() - first) / 1e6


def send_to_all(listener, megabytes):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # closed: measured
        with connection:
            if connection.recv(2):
                for _ in range(megabytes):
                    connection.sendall(bytes(1_000_000))


# ---- Nothing new ----

def idle(server, directory, many, few=100):
    box = Account(server, "idle@163.com")
    everything = list(letters.small(few))
    for number, folder in enumerate(FOLDERS):
        box.fill(folder, everything[number::len(FOLDERS)])
    with clients.Fresh(directory) as run:
        command, count = clients.poll(run, server.tls_port, server.ca, box.user)
        database = run / "house" / "spool" / "intake.db"
        process.measure(command, run, server.process.pid)
        command.remove("--no-send")
        taken.answer(database)
        print(f"\nnothing new in {len(FOLDERS)} folders, {IDLE_RUNS} runs\n")
        idle_runs(command, run, count, few, server)
        times = many // few - 1
        if times < 1:
            return
        for folder in FOLDERS:
            box.repeat(folder, times)
        taken.multiply(database, times)
        idle_runs(command, run, count, few * (times + 1), server)


def idle_runs(command, run, count, expected, server):
    process.measure(command, run, server.process.pid)  # may compare all UIDs, as it does once a day
    costs = [process.measure(command, run, server.process.pid) for _ in range(IDLE_RUNS)]
    if count() != expected:
        raise RuntimeError(f"a poll that should find nothing new has {count()} mails, not {expected}")
    times = [cost.seconds * 1000 for cost in costs]
    cpu, server_cpu = (1000 * statistics.mean(values) for values in zip(*((cost.cpu, cost.server) for cost in costs)))
    print(f"  {expected:7} taken before: {statistics.median(times):6.1f} ms ({min(times):.1f}–{max(times):.1f}; goal ≤ 50),"
          f" CPU {cpu:.1f} ms, Dovecot's {server_cpu:.1f} ms")
    sys.stdout.flush()


# ---- Memory ----

def memory(server, count):
    print("\npeak memory of a poll (VmHWM, without its filters)\n")
    for title, user, mails in ((f"{count} forms and scans", "memory@163.com", letters.large(count)),
                               ("one mail of 68 MB", "huge@163.com", [letters.huge()])):
        box = account(server, user, mails)
        with clients.Fresh(server.directory.parent) as directory:
            command, _ = clients.poll(directory, server.tls_port, server.ca, box.user)
            peak = process.peak_memory(command, directory)
        print(f"  {title:22}{peak / 2**20:7.1f} MiB (goal ≤ 64)")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
