"""What a sender is asked to mend, and mends: it ends well, and he is told the truth on the way."""

import pytest
from answers import answers
from mails import form, mail, moment, sample, scan

FORM, SCAN = ("需求表.docx", form()), ("盖章件.pdf", scan())
NEWER = ("需求表（修改）.docx", form(budget_total="500", budget_self="460", budget_apply="40"))
NOON, EVENING = "2024-09-10 12:00:00", "2024-09-10 18:00:00"


def rules(entry):
    return {finding["rule"] for finding in entry["findings"]}


@pytest.mark.parametrize("first, second", [
    ([FORM, ("盖章件.pdf", scan()[:20000])], [SCAN]),
    ([("需求表.docx", form()[:3000]), SCAN], [FORM]),
    ([("需求表.docx", sample("v66_encrypted")), SCAN], [FORM]),
    ([("需求表.docx", sample("v66_encrypted")), SCAN], [FORM, SCAN]),
    ([("需求表.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000), SCAN], [FORM, SCAN]),
], ids=["cut-scan", "cut-form", "encrypted-form", "all-again", "word-97"])
def test_what_could_not_be_read_comes_again(intake, mailbox, first, second):
    mailbox.put(mail(files=first))
    intake.poll(NOON)
    assert intake.only()["status"] in ("incomplete", "review")
    mailbox.put(mail(subject="揭榜挂帅材料补正", files=second, at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    entry = intake.only()
    assert entry["status"] == "complete", entry["findings"]
    assert entry["complete_at"] == "2024-09-10T15:00:00+08:00"


def test_a_newer_form_that_waits_is_not_called_complete(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll(NOON)
    mailbox.put(mail(files=[NEWER], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    entry = intake.only()
    assert (entry["version"], entry["status"]) == (1, "complete") and "waiting_version" in rules(entry)
    assert entry["replies"][-1]["kind"] == "received-incomplete"
    waits, = [f for f in entry["findings"] if f["rule"] == "waiting_version"]
    assert waits["message"] in answers(smtp)[-1].text and "齐全。" not in answers(smtp)[-1].text
    mailbox.put(mail(subject="补盖章件", files=[("新件.pdf", scan("two-pages.pdf"))], at="2024-09-10 19:00:00"))
    intake.poll("2024-09-10 20:00:00")
    assert intake.only()["version"] == 2 and "waiting_version" not in rules(intake.only())


def test_a_demand_that_was_left_out_is_filled_in(intake, mailbox):
    mailbox.put(mail(files=[("需求表.docx", form(demand_name="")), SCAN]))
    intake.poll(NOON)
    assert "missing:demand_name" in rules(intake.only())
    mailbox.put(mail(files=[FORM, SCAN], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    assert (intake.only()["status"], intake.only()["version"]) == ("complete", 2)


def test_the_receipt_in_the_subject_says_where_a_scan_belongs(intake, mailbox):
    """Our answers ask for it."""
    other = ("需求表二.docx", form(demand_name="另一项永磁电机技术"))
    mailbox.put(mail(files=[FORM]), mail(files=[other], at="2024-09-10 10:00:00"))
    intake.poll(NOON)
    mailbox.put(mail(subject="补盖章扫描件 XT2024-0002", files=[SCAN], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    assert {receipt: entry["status"] for receipt, entry in intake.submissions().items()} == {
        "XT2024-0001": "incomplete", "XT2024-0002": "complete"}


def test_a_scan_of_nobody_knows_which_is_not_answered_as_if_the_form_were_missing(intake, mailbox, smtp):
    other = ("需求表二.docx", form(demand_name="另一项永磁电机技术"))
    mailbox.put(mail(files=[FORM]), mail(files=[other], at="2024-09-10 10:00:00"))
    intake.poll(NOON)
    mailbox.put(mail(subject="补盖章扫描件", files=[SCAN], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    entry = intake.submissions()["XT2024-0003"]
    assert entry["status"] == "review" and {"attribution", "form_missing"} <= rules(entry)
    assert entry["replies"][0]["kind"] == "received-checking"


def test_the_template_beside_the_filled_form(intake, mailbox):
    mailbox.put(mail(files=[("空白表.docx", sample("blank")), FORM, SCAN]))
    intake.poll(NOON)
    assert intake.only()["status"] == "complete", intake.only()["findings"]


def test_a_stamped_page_pasted_into_the_text(intake, mailbox):
    """A logo is none."""
    page = scan("photo.jpg")
    raw = mail(files=[FORM, ("page.jpg", page), ("logo.jpg", page[:4000])]).raw
    for name, cid in (("page.jpg", "p1"), ("logo.jpg", "l1")):
        raw = raw.replace(f'Content-Disposition: attachment; filename="{name}"'.encode(),
                          f"Content-Disposition: inline\r\nContent-ID: <{cid}>".encode())
    raw = raw.replace(b"multipart/mixed", b"multipart/related")
    html = b"<p><img src=3D\"cid:p1\"><img src=3D\"cid:l1\"></p>"
    start = raw.index(b"Content-Type: text/html")
    end = raw.index(b"\r\n--", start)
    raw = raw[:start] + b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" \
        + html + raw[end:]
    mailbox.append(raw, moment("2024-09-10 09:12:33"))
    intake.poll(NOON)
    entry = intake.only()
    assert entry["status"] == "complete", entry["findings"]
    assert [file["role"] for file in entry["files"]].count("scan") == 1


def test_an_address_in_other_letters_is_the_same(intake, mailbox):
    mailbox.put(mail("Wang@qq.com", files=[FORM]))
    intake.poll(NOON)
    mailbox.put(mail("wang@QQ.com", subject="补扫描件", files=[SCAN], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    assert intake.only()["status"] == "complete"


def test_a_lock_file_of_word_is_no_document(intake, mailbox):
    mailbox.put(mail(files=[FORM, SCAN, ("~$需求表.docx", b"\x06Wang" + b"\0" * 157)]))
    intake.poll(NOON)
    assert intake.only()["status"] == "complete", intake.only()["findings"]


@pytest.mark.parametrize("postcode, right", [("411202", True), ("４１１２０２", True), ("010000", True), ("41120", False),
                                             ("-41120", False), ("41120A", False)])
def test_postcodes(intake, mailbox, postcode, right):
    mailbox.put(mail(files=[("需求表.docx", form(postcode=postcode)), SCAN]))
    intake.poll(NOON)
    assert ("postcode_bad_format" not in rules(intake.only())) is right
