"""Mail from files instead of the mailbox."""

import mailbox as mailboxes
import shutil

import installation
import pytest
from installation import LANDLOCK, SECCOMP
from mails import applicant, form, mail, scan

FIRST = mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())])
SECOND = mail("li@qq.com", files=[("表.docx", form(of="photo.jpg"))], at="2024-09-11 10:00:00")


@pytest.fixture
def eml(tmp_path):
    path = tmp_path / "一封.eml"
    path.write_bytes(FIRST.raw)
    return path


def test_an_eml_file(intake, eml, smtp):
    intake.ok("import", eml)
    entry = intake.only()
    assert entry["status"] == "complete" and entry["fields"]["unit_name"] == applicant()["unit_name"]
    assert entry["first_received_at"] == "2024-09-10T09:12:33+08:00", "the top Received"
    intake.ok("send", at="2024-09-10 14:00:00")
    assert smtp.kept == [] and entry["replies"] == []
    assert list(intake.mails_kept()) == [FIRST.sha256]


def test_received_is_said(intake, eml):
    intake.ok("import", "--received", "2024-09-15 08:00:00", eml)
    entry = intake.only()
    assert entry["first_received_at"] == "2024-09-15T08:00:00+08:00" and entry["status"] == "late"


def test_answer_is_said(intake, eml, smtp):
    intake.ok("import", "--answer", eml)
    intake.ok("send", at="2024-09-10 14:00:00")
    assert len(smtp.kept) == 1


def test_an_mbox(intake, tmp_path):
    box = mailboxes.mbox(tmp_path / "archive.mbox")
    for letter in (FIRST, SECOND):
        box.add(letter.raw)
    box.close()
    intake.ok("import", tmp_path / "archive.mbox")
    assert [entry["sender"]["address"] for entry in intake.log()] == ["wang@qq.com", "li@qq.com"]


def test_a_maildir(intake, tmp_path):
    box = mailboxes.Maildir(tmp_path / "Maildir")
    for letter in (SECOND, FIRST):
        box.add(letter.raw)
    intake.ok("import", tmp_path / "Maildir")
    assert {entry["sender"]["address"] for entry in intake.log()} == {"wang@qq.com", "li@qq.com"}


def test_what_was_imported_is_not_taken_twice(intake, eml, mailbox, smtp):
    intake.ok("import", eml)
    mailbox.put(FIRST)
    intake.poll()
    entry = intake.only()
    assert entry["version"] == 1 and "INBOX" in {place["folder"] for place in entry["mails"]}
    intake.ok("import", eml)
    assert intake.only() == entry


def test_a_path_that_is_not_there(intake, tmp_path):
    done = intake.run("import", tmp_path / "nothing.eml")
    assert done.status == 65 and "nothing.eml" in done.err, done


MIME = """#!/usr/bin/python3
# In the place of `mime`: ends with all its children at one message, and tells of each other when it was received.
import os, socket, sys
if sys.argv[1] == "--version":
    print("mime-for-a-test")
    sys.exit()
with socket.socket(fileno=0) as host:
    while True:
        request, (file, out, err), _, _ = socket.recv_fds(host, 1, 3)
        if b"From: li@qq.com" in os.pread(file, 65536, 0):
            sys.exit(70)
        os.write(out, b'{"fact":"mail.received","value":{"top":1725930753}}\\n')
        for descriptor in file, out, err:
            os.close(descriptor)
        host.send(bytes(4))
"""


def test_one_that_cannot_be_read_just_now_keeps_no_other_back(intake, tmp_path, monkeypatch):
    """Python could not use its socket in the cage."""
    program = tmp_path / "bin" / "shoujian"
    shutil.copytree(installation.BUILD / "filters", program.parent / "filters")
    shutil.copy(installation.PROGRAM, program)
    (program.parent / "filters" / "mime").write_text(MIME)
    monkeypatch.setattr(installation, "PROGRAM", program)
    intake.set(sandbox="best")
    box = mailboxes.mbox(tmp_path / "archive.mbox")
    for letter in (mail("li@qq.com", name=None), mail("zhou@qq.com", name=None)):
        box.add(letter.raw)
    box.close()
    done = intake.run("import", tmp_path / "archive.mbox", without=[LANDLOCK, SECCOMP])
    assert done.status == 75 and done.err.count("\n") == 1 and "message 1: " in done.err, done
    assert len(intake.log("--all")) == 1


def test_files_under_their_own_names(intake, eml, tmp_path):
    intake.ok("import", eml)
    out = tmp_path / "out"
    intake.ok("files", "XT2024-0001", out)
    found = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert found["需求表.docx"] == form() and found["盖章件.pdf"] == scan()


def test_names_that_would_leave_the_directory(intake, tmp_path):
    letter = tmp_path / "x.eml"
    letter.write_bytes(mail(files=[("../../逃.docx", form()), ("/etc/盖章件.pdf", scan())], style="utf8").raw)
    intake.ok("import", letter)
    out = tmp_path / "a" / "b" / "out"
    intake.ok("files", "--all", out)
    names = [path.name for path in out.rglob("*") if path.is_file()]
    assert any("逃.docx" in name for name in names)
    assert not list(tmp_path.glob("*逃*")) and not list((tmp_path / "a").glob("*逃*"))


def test_two_files_of_one_name_are_both_there(intake, tmp_path):
    letter = tmp_path / "x.eml"
    letter.write_bytes(mail(files=[("需求表.docx", form()), ("扫描.jpg", scan("photo.jpg")), ("扫描.jpg", scan("faint.jpg"))]).raw)
    intake.ok("import", letter)
    intake.ok("files", "XT2024-0001", tmp_path / "out")
    contents = [path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert scan("photo.jpg") in contents and scan("faint.jpg") in contents


def test_an_imported_mail_lies_in_no_folder(intake, eml):
    intake.ok("import", eml)
    assert intake.only()["mails"] == [{
        "folder": None, "uidvalidity": None, "uid": None, "message_id": FIRST.message_id,
        "received_at": FIRST.at.isoformat(), "subject": "揭榜挂帅项目技术需求表"}]
