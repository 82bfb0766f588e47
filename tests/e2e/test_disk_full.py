"""A full disk: a clear line, status 74, nothing lost, and the next poll completes."""

import os
import shutil
import subprocess

import chain
import pytest
from mails import form, mail, scan

FILES = [("需求表.docx", form()), ("盖章件.pdf", scan())]


@pytest.fixture
def small_disk(request):
    """The spool of the test's installation on a file system of two megabytes."""
    intake = request.getfixturevalue("netease" if "netease" in request.fixturenames else "intake")
    if os.getuid() != 0:
        pytest.skip("only root can mount a small file system")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(intake.spool)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield intake.spool
    subprocess.run(["umount", str(intake.spool)], check=True)


def test_a_full_disk(intake, mailbox, smtp, small_disk):
    ballast = small_disk / "ballast"
    mailbox.put(mail(files=FILES), mail("li@qq.com", files=[("表.docx", form(of="photo.jpg"))]))
    ballast.write_bytes(b"\0" * 1_600_000)
    full = intake.run("poll")
    assert full.status == 74 and str(intake.spool) in full.err, full
    assert full.err.count("\n") <= 2
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    intake.poll("2024-09-10 12:30:00")
    assert {e["sender"]["address"]: e["status"] for e in intake.log()} == {
        "wang@qq.com": "complete", "li@qq.com": "incomplete"}
    assert len(smtp.kept) == 2


def test_a_disk_that_fills_up_on_the_way(intake, mailbox, smtp, small_disk):
    """Room for the look before, not for the mail."""
    big = [("需求表.docx", form()), ("盖章件.pdf", scan()), ("照片.bin", os.urandom(1_500_000))]
    mailbox.put(mail(files=big))
    full = intake.run("poll")
    assert full.status == 74, full
    assert smtp.kept == []
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    intake.poll("2024-09-10 12:30:00")
    assert intake.only()["status"] == "complete" and len(smtp.kept) == 1


def test_a_disk_that_fills_up_in_a_batch(netease, coremail, smtp, small_disk):
    """The server says that the second is small: it is found out when the first has arrived."""
    big = [("照片.bin", os.urandom(1_500_000))]
    first, second, third = mail(text="…"), mail("li@qq.com", files=big), mail("hu@qq.com", text="…")
    for uid, message in enumerate([first, second, third], 1):
        coremail.put(message, uid)
    coremail.sizes[2] = 1000
    full = netease.run("poll")
    assert full.status == 74 and str(netease.spool) in full.err, full
    assert list(netease.mails_kept()) == [first.sha256]
    assert not list((netease.spool / "tmp").iterdir())
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    netease.poll("2024-09-10 12:30:00")
    assert netease.mails_kept().keys() == {first.sha256, second.sha256, third.sha256}


def test_a_spool_that_cannot_be_made(intake):
    intake.set(spool="campaign.conf/spool")
    done = intake.run("poll")
    assert done.status == 73 and str(intake.campaign / "spool") in done.err, done


def test_a_head_that_cannot_be_written_doubles_nothing(intake, mailbox):
    """The rows are there then, only the file beside the database is not."""
    head = intake.spool / "head"
    intake.poll()
    head.unlink(missing_ok=True)
    (head / "in the way").mkdir(parents=True)
    mailbox.put(mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())]), mail("li@qq.com"))
    failed = intake.run("poll")
    assert failed.status == 74 and str(head) in failed.err, failed
    shutil.rmtree(head)
    intake.poll("2024-09-10 12:30:00")
    assert [row["n"] for row in intake.rows("select count(*) as n from part where parent is null group by mail")] == [1, 1]
    assert len(intake.only()["files"]) == 2
    chain.check(intake)
