"""`make fuzz`: each filter's target (fuzz.c) for some minutes, from its seeds. Fails when something was found.

What the runs found worth keeping stays beside the target in NAME.d/corpus, for the next run; what broke it, in
NAME.d/findings."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import seeds

HERE = Path(__file__).resolve().parent
# A filter reads what a mail can bring in seconds and some hundred MB; an input here is small.
LONGEST = 65536
LIMITS = [f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=512"]
ENVIRONMENT = {"G_SLICE": "always-malloc"}  # so that the sanitizer sees each of GLib's small blocks


def main():
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=Path, help="where the targets and params.json lie")
    parser.add_argument("filters", nargs="+")
    parser.add_argument("--seconds", type=int, default=300, help="for each filter (default 300)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    found = [fuzz(name, options) for name in options.filters]
    return 1 if any(found) else 0


def fuzz(name, options):
    """Whether something was found."""
    home = options.build / f"{name}.d"
    corpus, findings = home / "corpus", home / "findings"
    for directory in (corpus, findings):
        directory.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    inputs = [str(corpus), str(fresh_seeds(name, home))]
    target = [str(options.build / name), *inputs, *LIMITS, f"-artifact_prefix={findings}/"]
    known = [*target, "-runs=0"]
    unknown = [*target, f"-fork={options.jobs}", f"-max_total_time={options.seconds}",
               f"-dict={dictionary(name, home, options.build / 'params.json')}"]
    log = home / "log"
    print(f"{name}: {options.seconds} s, {options.jobs} at a time; {log}", flush=True)
    began = time.monotonic()
    with log.open("wb") as output:
        # What is known first: with -fork, an input that breaks the target from the start is left out without a word.
        # And last, since the edges that -fork counts are too many.
        failed = run(known, output) or run(unknown, output) or run(known, output)
    report(log.read_text(errors="replace"), time.monotonic() - began)
    for path in sorted(set(findings.iterdir()) - before):
        print(f"  found {path}; again: G_SLICE=always-malloc {target[0]} {path}")
    if failed:
        print(f"  ended with status {failed}: see {log}")
    return failed != 0


def run(command, output):
    """The status that it ended with."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                          env=os.environ | ENVIRONMENT, check=False).returncode


def report(log, seconds):
    runs = re.findall(r"(?m)^#(\d+): cov:", log)
    reached = re.findall(r"DONE +cov: (\d+) ft: \d+ corp: (\d+)/", log)
    if runs and reached:
        print(f"  {runs[-1]} inputs in {seconds:.0f} s; {reached[-1][0]} edges reached by the {reached[-1][1]} kept")


def fresh_seeds(name, home):
    directory = home / "seeds"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    seeds.write(name, HERE / "corpus" / name, directory, LONGEST)
    return directory


def dictionary(name, home, params):
    """The filter's own, and what the campaign prints on its form."""
    words = set()
    for field in json.loads(params.read_text(encoding="utf-8"))["fields"]:
        words.update([*field["label"], *field["options"], *([field["unit"]] if field["unit"] else [])])
    own = HERE / f"{name}.dict"
    path = home / "dict"
    path.write_text((own.read_text(encoding="utf-8") if own.exists() else "")
                    + "".join(f"{entry(word)}\n" for word in sorted(words)))
    return path


def entry(word):
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"'


if __name__ == "__main__":
    sys.exit(main())
