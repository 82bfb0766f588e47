"""A filter that attacks does no harm: each attempt fails, what must be seen by a person is a finding on that mail
alone, and other mail is taken in. The attacks are in tests/lib/hostile.py."""

import hashlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import hostile
import installation
import pytest
from installation import LANDLOCK, SECCOMP
from mails import form, mail, scan

GOOD = mail("good@qq.com", files=[("需求表.docx", form(of="photo.jpg")), ("件.jpg", scan("photo.jpg"))])
SANITIZED = b"__asan_init" in installation.PROGRAM.read_bytes()
OTHER_USER = 65534  # nobody, when the tests are run by root
IS_ROOT = os.geteuid() == 0


def state(path):
    about = os.lstat(path)
    content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(about.st_mode) else None
    return (stat.filemode(about.st_mode), about.st_uid, about.st_gid, about.st_mtime_ns, about.st_nlink, content,
            os.listxattr(path))


class Attacker:
    """A filter for JSON files, and what there is to attack."""

    def __init__(self, intake, mailbox, house, timeout, name="hostile"):
        """NAME: that of the filter, by which it has its profile."""
        self.intake, self.mailbox, self.name = intake, mailbox, name
        # Open to everybody, so that nothing but the cage keeps a filter out.
        self.open_house = Path(house) / f"open-{os.getpid()}-{mailbox.user}"
        self.open_house.mkdir()
        self.open_house.chmod(0o777)
        self.bait = self.open_house / "bait"
        self.bait.write_text("secret")
        self.bait.chmod(0o666)
        shutil.copy("/bin/true", self.open_house / "program")
        self.servers = [socket.create_server(("127.0.0.1", 0)), self.unix(str(self.open_house / "socket")),
                        self.unix("\0" + self.open_house.name)]
        (self.open_house / "socket").chmod(0o777)
        same = dict(user=OTHER_USER, group=OTHER_USER, extra_groups=[]) if IS_ROOT else {}
        self.neighbour = subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL, **same)
        self.program = intake.directory / "hostile"
        intake.filters = re.sub(rf"(?ms)^filter {name} .*?^}}\n", "", intake.filters)
        intake.filters += (f'\nfilter {name} {{ command = "{self.program}" accepts = {{"application/json"}} '
                           f'timeout = {timeout} memory = "512M" }}\n')
        intake.write()

    @staticmethod
    def unix(name):
        server = socket.socket(socket.AF_UNIX)
        server.bind(name)
        server.listen()
        return server

    def stop(self):
        self.neighbour.kill()
        self.neighbour.wait()
        for server in self.servers:
            server.close()
        shutil.rmtree(self.open_house)

    def files(self):
        """What must not change while the filter runs, from the most secret to what anybody may change."""
        return [self.intake.imap_secret, self.intake.smtp_secret, self.intake.campaign, self.intake.config,
                self.bait, *sorted(path for path in (self.intake.spool / "mail").rglob("*") if path.is_file())]

    def write_program(self):
        targets = {"files": [str(path) for path in self.files()] + [str(self.intake.database)],
                   "directory": str(self.open_house), "other_program": str(self.open_house / "program"),
                   "program": str(self.program), "port": self.servers[0].getsockname()[1],
                   "socket": str(self.open_house / "socket"), "abstract": self.open_house.name,
                   "neighbour": self.neighbour.pid}
        text = Path(hostile.__file__).read_text(encoding="utf-8")
        self.program.write_text(text.replace("TARGETS = {}", f"TARGETS = {targets!r}", 1), encoding="utf-8")
        self.program.chmod(0o755)

    def attack(self, *attacks, without=()):
        """A poll that has a good mail and one with a file for each attack. By attack, the result; for a fault, why."""
        self.intake.poll()  # so that there is a database, and mail in the spool
        self.mailbox.put(mail("earlier@qq.com", files=[("说明.txt", "请问".encode())]))
        self.write_program()
        self.intake.poll()
        self.write_program()
        before = {path: state(path) for path in self.files()}
        limits = (Path("/proc") / str(self.neighbour.pid) / "limits").read_text()
        files = [(f"{number}.json", json.dumps({"attack": name}).encode()) for number, name in enumerate(attacks)]
        self.mailbox.put(mail("bad@qq.com", files=[("需求表.docx", form()), ("盖章件.pdf", scan()), *files]), GOOD)
        self.intake.ok("poll", timeout=170, without=without)

        assert {path: state(path) for path in before} == before
        assert self.neighbour.poll() is None
        assert (Path("/proc") / str(self.neighbour.pid) / "limits").read_text() == limits
        assert {path.name for path in self.open_house.iterdir()} == {"bait", "program", "socket"}
        for server in self.servers:
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()
        assert self.intake.rows("pragma integrity_check") == [{"integrity_check": "ok"}]
        assert list((self.intake.spool / "tmp").iterdir()) == []
        entries = {entry["sender"]["address"]: entry for entry in self.intake.log()}
        assert entries["good@qq.com"]["status"] == "complete", entries["good@qq.com"]["findings"]
        self.findings = [f for f in entries["bad@qq.com"]["findings"] if f["rule"].startswith("unread_file")]
        assert all(f["person"] for f in self.findings)
        rows = self.intake.rows("""select p.name, r.status, r.why, f.value from part p
                                   join part_reading pr on pr.part = p.id join reading r on r.id = pr.reading left join fact f on f.reading = r.id
                                   where r.filter = ?""", self.name)
        assert len(rows) == len(attacks), rows
        named = {row["name"]: row for row in rows}
        return {name: named[f"{number}.json"]["why"] or json.loads(named[f"{number}.json"]["value"] or "null")
                for number, name in enumerate(attacks)}


@pytest.fixture
def attacker(intake, mailbox, house):
    made = []

    def make(timeout, **more):
        made.append(Attacker(intake, mailbox, house, timeout, **more))
        return made[0]
    yield make
    for one in made:
        one.stop()


def succeeded(results):
    return {name for name, result in results.items() if result == "done"}


def test_nothing_is_reached(attacker):
    one = attacker(timeout=60)
    results = one.attack("files", "calls")
    assert len(results["files"]) > 60 and len(results["calls"]) > 100, results
    assert succeeded(results["files"]) == set() and succeeded(results["calls"]) == set()
    assert one.findings == []


# What an office program also needs; it leads nowhere but to OUTDIR, which the host empties.
OF_OFFICE = {"directory", "remove a file of its own", "rename a file of its own"}


def test_nothing_is_reached_by_an_office_program(attacker):
    one = attacker(timeout=60, name="office")
    results = one.attack("files", "calls", "litter")
    assert len(results["files"]) > 60 and len(results["calls"]) > 100, results
    assert succeeded(results["files"]) == OF_OFFICE and succeeded(results["calls"]) == set()
    assert results["litter"] == "left directories that cannot be looked through"
    assert len(one.findings) == 1


def test_seccomp_alone_holds_all_but_files(attacker):
    """As under a kernel whose Landlock is off, or of Debian 12, whose Landlock does not know these."""
    one = attacker(timeout=60)
    one.intake.set(sandbox="best")
    results = one.attack("calls", without=[LANDLOCK])["calls"]
    assert len(results) > 100 and succeeded(results) == set()


def test_landlock_alone_holds_files(attacker):
    one = attacker(timeout=60)
    one.intake.set(sandbox="best")
    results = one.attack("files", without=[SECCOMP])["files"]
    assert len(results) > 60 and succeeded(results) == set()


def test_what_no_filter_may_try_kills_it(attacker):
    one = attacker(timeout=60)
    results = one.attack(*hostile.FATAL)
    assert {name: re.match("killed by signal 31", str(why)) is not None for name, why in results.items()} == {
        name: True for name in hostile.FATAL}
    assert len(one.findings) == len(hostile.FATAL)


def test_limits(attacker):
    one = attacker(timeout=60)
    results = one.attack("limits", "memory", "large file", "threads", "errors", "output", "many bytes", "many files",
                         "abort")
    told = results["limits"]
    assert isinstance(told, dict), told
    assert told["CPU"] == [61, 61] and told["FSIZE"][1] <= 512 << 20 and told["NOFILE"][1] <= 256
    assert told["CORE"][1] <= 1 and told["MEMLOCK"][1] == told["MSGQUEUE"][1] == 0
    assert told["environment"].keys() - {"ASAN_OPTIONS", "LC_CTYPE"} == {"PATH", "LANG", "TZ"}
    assert told["arguments"] == ["--params", "params.json", "-", "out"]
    if IS_ROOT:
        assert set(told["uid"] + told["gid"]) == {OTHER_USER} and told["groups"] == []
    if not SANITIZED:  # which cannot run with one
        assert told["AS"] == [512 << 20, 512 << 20] and results["memory"] == {"ten gigabytes": "refused"}
    assert "too large" in results["large file"]["sparse file"]
    assert results["threads"]["few"] == 8 and results["threads"]["many"] < 4096
    assert results["errors"] == {}
    assert results["output"].startswith("wrote more than 4 MiB")
    assert results["many bytes"].startswith("left more than 512 MiB")
    assert results["many files"].startswith("left more than 2000 files")
    assert results["abort"].startswith("killed by signal")
    assert len(one.findings) == 4


def test_no_end(attacker):
    results = attacker(timeout=2).attack("loop", "sleep")
    assert all(why.startswith("still running after 2 s") for why in results.values()), results


@pytest.mark.parametrize("missing", [LANDLOCK, SECCOMP])
def test_a_kernel_without_a_fence(intake, mailbox, missing):
    """By default nothing is read then; "best" goes on, and check says what is open."""
    mailbox.put(GOOD)
    refused = intake.run("poll", without=[missing])
    assert refused.status == 78 and 'sandbox = "best"' in refused.err and not (intake.spool / "intake.db").exists()
    checked = intake.run("check", without=[missing])
    assert checked.status == 78 and re.search("^--  cage, .*: nothing$", checked.out, re.M) is not None
    intake.set(sandbox="best")
    intake.ok("check", without=[missing])
    intake.ok("poll", without=[missing])
    assert intake.only()["status"] == "complete"


def test_check_says_what_is_fenced(intake):
    lines = [line for line in intake.ok("check").out.splitlines() if "cage" in line]
    assert len(lines) > 10 and all(len(line) < 100 for line in lines)
    assert "nothing" not in "".join(lines) or SANITIZED


PROGRAMS = {
    "sh": "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'own 1'; exit; }\nread -r line\n"
          "echo '{\"fact\":\"own.line\",\"value\":\"'$line'\"}'\n",
    "perl": "#!/usr/bin/perl\nif ($ARGV[0] eq '--version') { print \"own 1\\n\"; exit }\nmy $line = <STDIN>; chomp $line;\n"
            "open(my $f, '>', \"$ARGV[-1]/1\") or die; close $f;\nprint qq({\"fact\":\"own.line\",\"value\":\"$line\"}\\n);\n",
    "python": "#!/usr/bin/python3\nimport json, sys\nif sys.argv[1] == '--version':\n    sys.exit(print('own 1'))\n"
              "params = json.load(open(sys.argv[2]))\nassert params['fields']\n"
              "print(json.dumps({'fact': 'own.line', 'value': sys.stdin.readline().strip()}))\n",
}


@pytest.mark.parametrize("language", PROGRAMS)
def test_an_honest_filter_in_any_language(intake, mailbox, language):
    """Also where its path leads through directories that are closed to the user it runs as (pytest's are)."""
    program = intake.directory / "own"
    program.write_text(PROGRAMS[language])
    program.chmod(0o755)
    intake.filters += f'filter own {{ command = "{program}" accepts = {{"text/plain"}} }}\n'
    intake.write()
    mailbox.put(mail(files=[("a.txt", b"hello there\n"), ("需求表.docx", form())]))
    intake.poll()
    assert [row["value"] for row in intake.rows("select value from fact where name = 'own.line'")] == ['"hello there"']


@pytest.mark.parametrize("mode", [0o644] + ([0o750] if IS_ROOT else []))
def test_a_program_that_may_not_be_run(intake, mode):
    program = intake.directory / "own"
    program.write_text(PROGRAMS["sh"])
    program.chmod(mode)
    intake.filters += f'filter own {{ command = "{program}" accepts = {{"text/plain"}} }}\n'
    intake.write()
    done = intake.run("check")
    assert done.status == 78 and str(program) in done.err
