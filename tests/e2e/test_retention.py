"""Bytes of mail that is no submission are dropped after a while; what it was stays in the log."""

from mails import form, mail, scan

OFFICE = mail("office@xiangtan.gov.cn", "办公室", "关于国庆节放假安排的通知", "请各科室做好值班。", style="utf8",
              files=[("安排.pdf", scan("no-seal-logo.pdf"))])
THEIRS = mail(files=[("需求表.docx", form()), ("件.pdf", scan())])


def kept_files(intake):
    return {path.name for area in ("mail", "parts") for path in (intake.spool / area).rglob("*") if path.is_file()}


def test_bytes_of_office_mail_have_an_end(intake, mailbox):
    mailbox.put(OFFICE, THEIRS)
    intake.poll()
    before, everything = intake.log("--all"), kept_files(intake)
    intake.poll("2024-10-09 09:00:00")
    assert kept_files(intake) == everything, "thirty days are not over"
    intake.poll("2024-10-11 09:00:00")
    gone = everything - kept_files(intake)
    assert OFFICE.sha256 in gone and len(gone) == 2, "the mail and its file"
    assert [(e["class"], e["mails"]) for e in intake.log("--all", at="2024-10-11 09:00:00")] == [
        (e["class"], e["mails"]) for e in before]
    unchanged = intake.dump()
    intake.poll("2024-10-11 09:10:00")
    assert intake.dump() == unchanged


def test_a_file_that_a_submission_has_too_stays(intake, mailbox):
    shared = mail("office@xiangtan.gov.cn", "办公室", "放假", "…", style="utf8", files=[("x.pdf", scan())])
    mailbox.put(shared, THEIRS)
    intake.poll()
    intake.poll("2024-10-12 09:00:00")
    sha256 = next(f["sha256"] for f in intake.only(at="2024-10-12 09:00:00")["files"] if f["role"] == "scan")
    assert sha256 in kept_files(intake) and shared.sha256 not in kept_files(intake)
