"""Several mails about one thing: what completes, what replaces, and what only a person may join."""

from answers import answers
from mails import applicant, form, forwarded, gbk_zip, mail, scan

FORM, SCAN = ("需求表.docx", form()), ("盖章件.pdf", scan())
NEWER = ("需求表（修改）.docx", form(budget_total="500", budget_self="460", budget_apply="40"))
MORNING, NOON, EVENING = "2024-09-10 09:12:33", "2024-09-10 12:00:00", "2024-09-10 18:00:00"


def hashes(entry):
    return {file["name"]: file["sha256"] for file in entry["files"]}


def test_a_complete_newer_version_replaces(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll(NOON)
    first = intake.only()
    mailbox.put(mail(files=[NEWER, SCAN], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    entry = intake.only()
    assert (entry["receipt"], entry["version"], entry["status"]) == (first["receipt"], 2, "complete")
    assert entry["fields"]["budget_total"] == "500"
    assert entry["first_received_at"] == first["first_received_at"]
    assert "需求表（修改）.docx" in hashes(entry) and "需求表.docx" not in hashes(entry)
    assert len(entry["mails"]) == 2 and len(smtp.kept) == 2


def test_both_versions_in_one_poll(intake, mailbox):
    mailbox.put(mail(files=[NEWER, SCAN], at="2024-09-10 11:00:00"), mail(files=[FORM, SCAN]))
    intake.poll(NOON)
    entry = intake.only()
    assert (entry["version"], entry["fields"]["budget_total"]) == (2, "500")


def test_a_newer_form_without_scan_waits_for_it(intake, mailbox):
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll(NOON)
    mailbox.put(mail(files=[NEWER], at="2024-09-10 15:00:00"))
    intake.poll("2024-09-10 16:00:00")
    entry = intake.only()
    assert (entry["version"], entry["fields"]["budget_total"]) == (1, "300")
    mailbox.put(mail(text="补盖章件", files=[("新盖章件.pdf", scan("two-pages.pdf"))], at="2024-09-10 17:00:00"))
    intake.poll(EVENING)
    entry = intake.only()
    assert (entry["version"], entry["fields"]["budget_total"]) == (2, "500")
    assert "新盖章件.pdf" in hashes(entry)


def test_the_scan_in_a_second_mail(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM]))
    intake.poll(NOON)
    mailbox.put(mail(subject="补扫描件", text="刚才忘了扫描件。", files=[SCAN], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    entry = intake.only()
    assert entry["status"] == "complete", entry["findings"]
    assert entry["complete_at"] == "2024-09-10T15:00:00+08:00"
    assert set(hashes(entry)) == {"需求表.docx", "盖章件.pdf"}
    assert [mail["subject"] for mail in entry["mails"]] == ["揭榜挂帅项目技术需求表", "补扫描件"]
    assert [kept.recipients for kept in smtp.kept] == [["wang@qq.com"]] * 2
    assert "需求表.docx（2024年9月10日 09:12:33 收到）" in answers(smtp)[1].text
    assert "盖章件.pdf（" not in answers(smtp)[1].text


def test_the_form_after_the_scan(intake, mailbox):
    mailbox.put(mail(files=[SCAN]))
    intake.poll(NOON)
    mailbox.put(mail(files=[FORM], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    entry = intake.only()
    assert entry["status"] == "complete" and entry["complete_at"] == "2024-09-10T15:00:00+08:00"


def test_a_scan_after_the_deadline_does_not_make_it_in_time(intake, mailbox):
    mailbox.put(mail(files=[FORM], at="2024-09-14 10:00:00"))
    intake.poll("2024-09-14 12:00:00")
    mailbox.put(mail(files=[SCAN], at="2024-09-15 10:00:00"))
    intake.poll("2024-09-15 12:00:00")
    entry = intake.only(at="2024-09-15 12:00:00")
    assert entry["in_time"] is False and entry["status"] == "late"


def test_two_demands_of_one_unit_are_two_submissions(intake, mailbox, smtp):
    other = ("需求表二.docx", form(demand_name="另一项完全不同的永磁电机轴承可靠性技术", budget_total="400", budget_self="360",
                               budget_apply="40"))
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll(NOON)
    mailbox.put(mail(files=[other, ("盖章件二.pdf", scan("two-pages.pdf"))], at="2024-09-10 15:00:00"))
    intake.poll(EVENING)
    demands = [entry["fields"]["demand_name"] for entry in intake.log()]
    assert demands == [applicant()["demand_name"], "另一项完全不同的永磁电机轴承可靠性技术"]


def test_a_bureau_forwards_two_units_in_one_mail(intake, mailbox, smtp):
    """One answer with two receipts."""
    files = [("甲公司.docx", form()), ("乙公司.docx", form(of="photo.jpg"))]
    mailbox.put(mail("xian@hunan.gov.cn", "县科工局", "报送揭榜挂帅需求表", files=files, style="utf8"))
    intake.poll(NOON)
    entries = intake.log()
    assert [e["fields"]["unit_name"] for e in entries] == [
        applicant()["unit_name"], applicant("photo.jpg")["unit_name"]]
    answer, = answers(smtp)
    assert all(entry["receipt"] in answer.text for entry in entries)
    assert len({entry["replies"][0]["message_id"] for entry in entries}) == 1


def test_a_mail_in_a_mail_with_a_zip(intake, mailbox):
    inner = mail("zhang@foxmail.com", files=[("材料.zip", gbk_zip([("湘潭需求表.docx", FORM[1]), ("盖章扫描.pdf", SCAN[1])]))])
    mailbox.put(forwarded(inner))
    intake.poll("2024-09-11 12:00:00")
    entry = intake.only()
    roles = {file["name"]: file["role"] for file in entry["files"]}
    assert roles["湘潭需求表.docx"] == "form" and roles["盖章扫描.pdf"] == "scan"
    assert entry["sender"]["address"] == "xian@hunan.gov.cn"
    assert entry["status"] == "complete", entry["findings"]
