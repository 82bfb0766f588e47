"""A filter that misbehaves costs the one file it was given, and nothing else."""

import os
import stat

import pytest
from installation import LANDLOCK, SECCOMP
from mails import DOCX, form, mail, scan

GOOD = mail("good@qq.com", files=[("需求表.docx", form(of="photo.jpg")), ("件.jpg", scan("photo.jpg"))])
BAD_FORM = form(address="这份文件让过滤器出错")

SCRIPT = """#!/usr/bin/python3
# Beside the real filter, and harmless but for one file.
import os, signal, sys, time
if sys.argv[1] == "--version":
    print("broken-for-a-test")
    sys.exit()
outdir = sys.argv[-1]
if os.fstat(0).st_size == {size}:
{commands}
"""


@pytest.fixture
def broken(intake, mailbox):
    """broken(commands, timeout): polls a good and a bad mail with one more filter for docx, which runs COMMANDS on the
    bad one. WITHOUT the two fences the host must help itself."""
    def poll(commands, timeout=20, without=()):
        script = intake.directory / "broken"
        indented = "".join(f"    {line}\n" for line in commands.splitlines())
        script.write_text(SCRIPT.format(size=len(BAD_FORM), commands=indented))
        script.chmod(0o755)
        intake.filters += f'\nfilter broken {{ command = "{script}" accepts = {{"{DOCX}"}} timeout = {timeout} }}\n'
        intake.set(sandbox="best" if without else "required")
        mailbox.put(mail("bad@qq.com", files=[("坏.docx", BAD_FORM), ("盖章件.pdf", scan())]), GOOD)
        done = intake.run("poll", without=without)
        assert done.status == 0, done
        entries = {entry["sender"]["address"]: entry for entry in intake.log()}
        assert entries["good@qq.com"]["status"] == "complete", entries["good@qq.com"]["findings"]
        return entries["bad@qq.com"]
    return poll


def unread(entry):
    found = [f for f in entry["findings"] if f["rule"].startswith("unread_file")]
    return bool(found) and all(f["person"] for f in found) and entry["status"] != "complete"


@pytest.mark.parametrize("commands", [
    "sys.exit(3)",
    "os.abort()",
    "print('not json')",
    """print('{"fact":')""",
    "print([1, 2])",
    """os.write(1, b'{"fact":"form.unit_name","value":"\\xff\\xfe","form":1}\\n')""",
    """print('{"fact":"form.unit_name","value":"x","form":-1}')""",
], ids=["status", "signal", "words", "cut-json", "array", "bad-utf8", "form-number"])
def test_a_fault(broken, commands):
    assert unread(broken(commands))


def test_a_hang_ends_by_the_clock(broken):
    assert unread(broken("time.sleep(300)", timeout=1))


def test_a_child_that_outlives_it_is_not_waited_for(broken):
    """Or it would be for longer than a test may take."""
    commands = "if os.fork() == 0:\n    time.sleep(300)\nsys.exit(3)"
    assert unread(broken(commands, timeout=600, without=[LANDLOCK, SECCOMP]))


def test_output_without_end(broken):
    assert unread(broken("""while True:\n    print('{"note":"x","detail":"y"}')"""))


def test_one_line_without_end(broken):
    assert unread(broken("while True:\n    sys.stdout.write('a' * 65536)"))


def announce(name):
    return """print('{"file":"%s","name":"x.txt"}')""" % name


@pytest.mark.parametrize("commands", [
    f"os.symlink('/etc/passwd', outdir + '/1')\n{announce('1')}",
    f"os.mkfifo(outdir + '/1')\n{announce('1')}",
    f"os.mkdir(outdir + '/1')\n{announce('1')}",
    f"open(outdir + '/1', 'w').close()\nos.link(outdir + '/1', outdir + '/2')\n{announce('1')}",
    announce("1"),
    announce("../../../etc/passwd"),
    announce("/etc/passwd"),
    f"open(outdir + '/name', 'w').write('x')\n{announce('name')}",
], ids=["symlink", "fifo", "directory", "hard-link", "nothing-there", "dots", "absolute", "no-digits"])
def test_what_it_leaves_must_be_plain_files(intake, broken, commands):
    """In the cage it could not make most of these."""
    entry = broken(commands, without=[LANDLOCK, SECCOMP])
    assert unread(entry)
    assert "Errno" not in intake.rows("select why from reading where status = 'fault'")[0]["why"]
    passwd = open("/etc/passwd", "rb").read()
    for path in intake.spool.rglob("*"):
        mode = os.lstat(path).st_mode
        assert stat.S_ISREG(mode) or stat.S_ISDIR(mode), path
        if stat.S_ISREG(mode):
            assert path.read_bytes() != passwd


def test_the_descriptors_are_clean(intake, broken):
    """Three, and that of a script's own text."""
    broken("""held = [os.readlink('/proc/self/fd/%d' % fd) for fd in range(64) if os.path.lexists('/proc/self/fd/%d' % fd)]
print('{"fact":"seen","value":"%s"}' % ' '.join(held))""")
    seen = intake.rows("select value from fact where name = 'seen'")[0]["value"].strip('"').split()
    assert len(seen) == 4 and "/parts/" in seen[0] and seen[1][:5] == seen[2][:5] == "pipe:" and seen[3].endswith("/broken")


def test_facts_are_cached_by_the_filters_version(intake, mailbox, broken):
    """The file that is in two mails is read once."""
    broken("print('{\"fact\":\"x\",\"value\":1}')")
    mailbox.put(mail("bad@qq.com", files=[("又一份.docx", BAD_FORM), ("盖章件.pdf", scan())], at="2024-09-10 13:00:00"))
    intake.poll("2024-09-10 14:00:00")
    assert len(intake.rows("select id from fact where name = 'x'")) == 1
    assert len(intake.rows("select part from part_reading pr join reading r on r.id = pr.reading join fact f "
                           "on f.reading = r.id where f.name = 'x'")) == 2
