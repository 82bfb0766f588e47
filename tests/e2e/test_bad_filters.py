"""A filter that misbehaves costs the one file it was given, and nothing else."""

import os
import re
import stat

import installation
import pytest
from mails import DOCX, form, mail, scan

GOOD = mail("good@qq.com", files=[("需求表.docx", form(of="photo.jpg")), ("件.jpg", scan("photo.jpg"))])
BAD_FORM = form(address="这份文件让过滤器出错")

SCRIPT = """#!/bin/sh
# The real filter, but for one file.
PATH=/usr/bin:/bin
[ "$1" = --version ] && {{ echo "docx broken-for-a-test"; exit 0; }}
for last; do outdir=$last; done
if [ "$(stat -Lc %s /dev/stdin)" = {size} ]; then
    {commands}
fi
exec {real} "$@"
"""


@pytest.fixture
def broken(intake, mailbox):
    """broken(commands, timeout): polls a good and a bad mail with a docx filter that runs COMMANDS on the bad one."""
    def poll(commands, timeout=20):
        script = intake.directory / "docx-filter"
        script.write_text(SCRIPT.format(size=len(BAD_FORM), commands=commands,
                                        real=installation.BUILD / "filters" / "docx"))
        script.chmod(0o755)
        intake.filters = re.sub(r"(?ms)^filter docx \{.*?\}\s*(timeout[^}]*)?\}|^filter docx \{[^\n]*\}$", "", intake.filters)
        assert "filter docx" not in intake.filters
        intake.filters += (f'\nfilter docx {{ command = "{script}" accepts = {{"{DOCX}"}} timeout = {timeout} '
                           'memory = "512M" }\n')
        intake.write()
        mailbox.put(mail("bad@qq.com", files=[("坏.docx", BAD_FORM), ("盖章件.pdf", scan())]), GOOD)
        done = intake.run("poll")
        assert done.status == 0, done
        entries = {entry["sender"]["address"]: entry for entry in intake.log()}
        assert entries["good@qq.com"]["status"] == "complete", entries["good@qq.com"]["findings"]
        return entries["bad@qq.com"]
    return poll


def unread(entry):
    found = [f for f in entry["findings"] if f["rule"].startswith("unread_file")]
    return bool(found) and all(f["person"] for f in found) and entry["status"] != "complete"


@pytest.mark.parametrize("commands", [
    "exit 3",
    "kill -SEGV $$",
    "echo 'not json'; exit 0",
    """echo '{"fact":'; exit 0""",
    "printf '[1,2]\\n'; exit 0",
    """printf '{"fact":"form.unit_name","value":"\\xff\\xfe","form":1}\\n'; exit 0""",
    """printf '{"fact":"form.unit_name","value":"x","form":-1}\\n'; exit 0""",
], ids=["status", "signal", "words", "cut-json", "array", "bad-utf8", "form-number"])
def test_a_fault(broken, commands):
    assert unread(broken(commands))


def test_a_hang_ends_by_the_clock(broken):
    assert unread(broken("sleep 300", timeout=1))


def test_a_child_that_outlives_it_is_not_waited_for(broken):
    """Or it would be for longer than a test may take."""
    assert unread(broken("sleep 300 & exit 3", timeout=600))


def test_output_without_end(broken):
    assert unread(broken("""yes '{"note":"x","detail":"y"}'"""))


def test_one_line_without_end(broken):
    assert unread(broken("tr '\\0' a </dev/zero"))


def announce(name):
    return """printf '{"file":"%s","name":"x.txt"}\\n'; exit 0""" % name


@pytest.mark.parametrize("commands", [
    f"ln -s /etc/passwd $outdir/1; {announce('1')}",
    f"mkfifo $outdir/1; {announce('1')}",
    f"mkdir $outdir/1; {announce('1')}",
    f"echo hidden >$outdir/1; ln $outdir/1 $outdir/2; {announce('1')}",
    announce("1"),
    announce("../../../etc/passwd"),
    announce("/etc/passwd"),
    f"echo x >$outdir/name; {announce('name')}",
], ids=["symlink", "fifo", "directory", "hard-link", "nothing-there", "dots", "absolute", "no-digits"])
def test_what_it_leaves_must_be_plain_files(intake, broken, commands):
    entry = broken(commands)
    assert unread(entry)
    passwd = open("/etc/passwd", "rb").read()
    for path in intake.spool.rglob("*"):
        mode = os.lstat(path).st_mode
        assert stat.S_ISREG(mode) or stat.S_ISDIR(mode), path
        if stat.S_ISREG(mode):
            assert path.read_bytes() != passwd


def test_the_environment_and_the_descriptors_are_clean(intake, broken):
    seen = intake.directory / "seen"
    broken(f"{{{{ env; ls -l /proc/$$/fd; pwd; }}}} >{seen} 2>&1")
    if not seen.exists():
        pytest.skip("the cage keeps the filter from writing there")
    text = seen.read_text()
    assert "FAKETIME" not in text and "LD_PRELOAD" not in text and "HOME=" not in text
    assert "intake.db" not in text and "secret" not in text and "socket:" not in text


def test_facts_are_cached_by_the_filters_version(intake, mailbox, broken):
    """The file that is in two mails is read once."""
    runs = intake.directory / "runs"
    broken(f"echo run >>{runs}")
    if not runs.exists():
        pytest.skip("the cage keeps the filter from writing there")
    mailbox.put(mail("bad@qq.com", files=[("又一份.docx", BAD_FORM), ("盖章件.pdf", scan())], at="2024-09-10 13:00:00"))
    intake.poll("2024-09-10 14:00:00")
    assert runs.read_text().count("run") == 1
