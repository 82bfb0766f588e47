"""The filters by themselves: a file in, JSON lines and files out (docs/shoujian-filter.7)."""

import json
import subprocess
from dataclasses import dataclass

import installation


@dataclass
class Reading:
    status: int
    facts: dict  # name -> value; of several the list
    notes: list  # (note, detail)
    files: list  # (name, bytes)
    inline: list  # names
    err: str


def reader(tmp_path):
    """read(FILTER, bytes): what it says, and what it leaves."""
    count = 0

    def run(name, content, stdin=False):
        nonlocal count
        count += 1
        file, outdir = tmp_path / f"in{count}", tmp_path / f"out{count}"
        file.write_bytes(content)
        outdir.mkdir()
        with file.open("rb") as opened:
            done = subprocess.run([installation.BUILD / "filters" / name, "-" if stdin else file, outdir],
                                  stdin=opened if stdin else subprocess.DEVNULL, capture_output=True, timeout=60)
        reading = Reading(done.returncode, {}, [], [], [], done.stderr.decode("utf-8", "replace"))
        assert reading.status in (0, 65), reading
        for line in done.stdout.decode("utf-8").splitlines():
            entry = json.loads(line)
            if "fact" in entry:
                assert entry["value"] is not None
                reading.facts.setdefault(entry["fact"], []).append(entry["value"])
            elif "note" in entry:
                reading.notes.append((entry["note"], entry.get("detail")))
            else:
                reading.files.append((entry["name"], (outdir / entry["file"]).read_bytes()))
                if entry.get("inline"):
                    reading.inline.append(entry["name"])
        reading.facts = {key: values if key == "scan.page" else values[0] for key, values in reading.facts.items()}
        if reading.status == 65:
            reasons = {note.split(".")[1] for note, _ in reading.notes}
            assert reasons & {"encrypted", "corrupt_file", "too_large", "too_deep", "zip_bomb", "unsupported"}, reading
        return reading
    return run
