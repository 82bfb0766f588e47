"""A full disk: a clear line, status 74, nothing lost, and the next poll completes."""

import os
import subprocess

import pytest
from mails import form, mail, scan

FILES = [("需求表.docx", form()), ("盖章件.pdf", scan())]


@pytest.fixture
def small_disk(intake):
    """The spool on a file system of two megabytes."""
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


def test_a_spool_that_cannot_be_made(intake):
    intake.set(spool="campaign.conf/spool")
    done = intake.run("poll")
    assert done.status == 73 and str(intake.campaign / "spool") in done.err, done
