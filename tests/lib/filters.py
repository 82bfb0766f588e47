"""The filters by themselves: a file in, JSON lines and files out (docs/shoujian-filter.7)."""

import json
import os
import socket
import subprocess
from dataclasses import dataclass

import installation


@dataclass
class Reading:
    status: int
    facts: dict  # name -> value; of several the list
    notes: list  # (note, detail)
    files: list  # (name, bytes)
    kinds: list  # of the files, in their order
    inline: list  # names
    err: str


class Server:
    """A filter that serves (`--server`): a fresh child of it reads each file."""

    def __init__(self, name, outdir, params=None, cage=None):
        """CAGE: a seccomp program, as bytes."""
        self.outdir = outdir
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        cage_fd = None
        if cage is not None:
            cage_fd = os.memfd_create("cage")
            os.write(cage_fd, cage)
        def descriptors():
            if cage_fd is not None:
                os.dup2(cage_fd, 3)
        self.process = subprocess.Popen(
            [installation.BUILD / "filters" / name, "--server", *(["--params", params] if params else []), outdir],
            stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=descriptors,
            pass_fds=[] if cage_fd is None else [3])
        theirs.close()
        if cage_fd is not None:
            os.close(cage_fd)
        self.socket = ours
        ours.settimeout(60)

    def read(self, file):
        """FILE, a path: its wait status, stdout and stderr."""
        with file.open("rb") as given, os.fdopen(os.memfd_create("out"), "w+b") as out, \
                os.fdopen(os.memfd_create("err"), "w+b") as err:
            socket.send_fds(self.socket, [b"1"], [given.fileno(), out.fileno(), err.fileno()])
            status = int.from_bytes(self.socket.recv(64), "little")
            out.seek(0)
            err.seek(0)
            return status, out.read(), err.read()

    def close(self):
        """No more files: its exit status, and what it said."""
        self.socket.close()
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


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
        reading = Reading(done.returncode, {}, [], [], [], [], done.stderr.decode("utf-8", "replace"))
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
                reading.kinds.append(entry["kind"])
                if entry.get("inline"):
                    reading.inline.append(entry["name"])
        reading.facts = {key: values if key == "scan.page" else values[0] for key, values in reading.facts.items()}
        if reading.status == 65:
            reasons = {note.split(".")[1] for note, _ in reading.notes}
            assert reasons & {"encrypted", "corrupt_file", "too_large", "too_deep", "zip_bomb", "unsupported"}, reading
        return reading
    return run
