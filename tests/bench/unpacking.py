"""What taking a mail apart costs: the filter mime as the program runs it, caged and with a process for each mail, and
its files hashed into a spool (mime.c); beside Python's email in one process that goes on (mail-peer.py), and ripmime, a
process for each mail. One mail after the other, all of them in turns, each round in another order."""

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import installation
import letters
import process

HERE = Path(__file__).resolve().parent
RIPMIME = 'out=$1; shift; for mail; do ripmime -i "$mail" -d "$out/${mail##*/}" || exit; done'
GOAL = 5


@dataclass
class Cost:
    seconds: float
    cpu: float


def ours(out, mails):
    return [installation.BUILD / "bench-mime", installation.ROOT / "config" / "shoujian.conf", out / "spool", *mails]


def python(policy):
    return lambda out, mails: ["/usr/bin/python3", HERE / "mail-peer.py", policy, out, *mails]


def ripmime(out, mails):
    return ["sh", "-c", RIPMIME, "sh", out, *mails]


PROGRAMS = {"mime": ours, "email": python("default"), "email, compat32": python("compat32"), "ripmime": ripmime}


def compare(directory, count, rounds, under):
    mails = written(directory / "mails", count)
    size = sum(mail.stat().st_size for mail in mails)
    costs = {name: [] for name in PROGRAMS}
    filters, memory = [], 0
    for number in range(rounds):
        names = list(PROGRAMS)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            # Kept to the end: on ext4 without a journal it is dear to make files where others were just removed.
            out = directory / f"{name}-{number}"
            costs[name].append(one_run(PROGRAMS[name], out, mails, under))
            if name == "mime":
                cpu, held = map(float, (out / "output").read_text().split())
                filters.append(cpu)
                memory = max(memory, held)
    print(f"\n{count} mails of {size / count / 1000:.0f} KB taken apart, {rounds} rounds: ms a mail\n")
    print(f"  {'':16}{'clock':>8}{'min–max':>14}{'CPU':>8}{'min–max':>14}   clock and CPU to mime's")
    for name, values in costs.items():
        print(f"  {name:16}" + "".join(spread([1000 * getattr(cost, key) / count for cost in values])
                                       for key in ("seconds", "cpu"))
              + "".join(ratio(costs, name, key) for key in ("seconds", "cpu") if name != "mime")
              + (f"  (goal ≥ {GOAL})" if name == "email" else ""))
    print(f"  of mime's CPU in the filter {1000 * statistics.median(filters) / count:.2f} ms"
          f" ({1000 * min(filters) / count:.2f}–{1000 * max(filters) / count:.2f}), peak memory {memory / 2**20:.1f} MiB")
    sys.stdout.flush()


def spread(values):
    return f"{statistics.median(values):8.2f}{f'{min(values):.2f}–{max(values):.2f}':>14}"


def ratio(costs, name, key):
    ratios = [getattr(one, key) / getattr(other, key) for one, other in zip(costs[name], costs["mime"])]
    return f"{statistics.median(ratios):7.1f} ({min(ratios):.1f}–{max(ratios):.1f})"


def written(directory, count):
    directory.mkdir()
    paths = []
    for number, mail in enumerate(letters.mixed(count)):
        paths.append(directory / f"{number:06d}.eml")
        paths[-1].write_bytes(mail.raw)
    return paths


def one_run(program, out, mails, under):
    out.mkdir()
    for mail in mails if program is not ours else []:
        (out / mail.name).mkdir()
    return Cost(*process.alone([*under, *program(out, mails)], out))
