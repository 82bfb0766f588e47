"""From the mailbox to the log and the answer: what ordinary days bring."""

from answers import answers
from mails import applicant, bounce, form, mail, qq_vacation, sample, scan

FORM, SCAN = ("需求表.docx", form()), ("需求表（盖章）.pdf", scan())


def rules(entry, **wanted):
    return {finding["rule"] for finding in entry["findings"]
            if all(finding[key] == value for key, value in wanted.items())}


def test_complete_submission(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll()
    entry = intake.only()
    assert entry["receipt"] == "XT2024-0001"
    assert entry["status"] == "complete", entry["findings"]
    assert entry["in_time"] is True
    assert entry["first_received_at"] == "2024-09-10T09:12:33+08:00" == entry["complete_at"]
    assert entry["sender"] == {"address": "wang@qq.com", "name": "王工", "proved": True}
    assert entry["fields"]["unit_name"] == applicant()["unit_name"]
    assert entry["fields"]["field"] == ["先进材料"]
    assert {file["name"]: file["role"] for file in entry["files"]} == {
        "需求表.docx": "form", "需求表（盖章）.pdf": "scan"}
    assert [(r["kind"], r["state"], r["to"]) for r in entry["replies"]] == [("received", "sent", "wang@qq.com")]
    assert [kept.recipients for kept in smtp.kept] == [["wang@qq.com"]]


def test_a_poll_without_anything_to_do_prints_nothing(intake, mailbox):
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll()
    quiet = intake.poll("2024-09-10 12:10:00")
    assert quiet.out == "" and quiet.err == ""


def test_without_scan(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM]))
    intake.poll()
    entry = intake.only()
    assert entry["status"] == "incomplete"
    assert entry["complete_at"] is None and entry["in_time"] is None
    assert rules(entry, level="must") == {"scan_missing"}
    assert [r["kind"] for r in entry["replies"]] == ["received-incomplete"]
    fix = next(f["fix"] for f in entry["findings"] if f["rule"] == "scan_missing")
    assert fix in answers(smtp)[0].text
    assert intake.only(at="2024-09-15 00:00:01")["in_time"] is False


def test_without_form(intake, mailbox):
    mailbox.put(mail(files=[SCAN]))
    intake.poll()
    entry = intake.only()
    assert entry["status"] == "incomplete"
    assert "form_missing" in rules(entry, level="must")
    assert "scan_missing" not in rules(entry)
    assert not [rule for rule in rules(entry) if rule.startswith("missing:")]


def test_late(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN], at="2024-09-15 00:00:00"))
    intake.poll("2024-09-15 09:00:00")
    entry = intake.only(at="2024-09-15 09:00:00")
    assert (entry["status"], entry["in_time"]) == ("late", False)
    assert "deadline" in rules(entry, level="late")
    assert [r["kind"] for r in entry["replies"]] == ["late"]
    answer = answers(smtp)[0].text
    assert "2024年9月15日 00:00:00" in answer
    assert "拒绝" not in answer and "不予受理" not in answer


def test_the_last_second_is_in_time(intake, mailbox):
    mailbox.put(mail(files=[FORM, SCAN], at="2024-09-14 23:59:59"))
    intake.poll("2024-09-15 09:00:00")
    entry = intake.only(at="2024-09-15 09:00:00")
    assert (entry["status"], entry["in_time"]) == ("complete", True)
    assert "on_last_day" in rules(entry, level="staff")


def test_delivered_late_but_handed_over_in_time(intake, mailbox):
    """A Received of before the deadline stands below one of after it: a person decides."""
    hop = ("Received: from mail.factory.cn (mail.factory.cn [61.187.1.2])\r\n\tby out.mail.factory.cn (Postfix) "
           "with ESMTP id 4X1;\r\n\tSat, 14 Sep 2024 23:50:00 +0800")
    mailbox.put(mail("liu@factory.cn", files=[FORM, SCAN], at="2024-09-15 00:40:00", headers=[hop], style="utf8"))
    intake.poll("2024-09-15 09:00:00")
    entry = intake.only(at="2024-09-15 09:00:00")
    assert "delayed_delivery" in rules(entry, person=True)
    assert entry["status"] == "review"


def test_received_before_the_window(intake, mailbox, smtp):
    early = mail(files=[FORM, SCAN], at="2024-08-25 23:59:59")
    mailbox.put(early)
    intake.poll()
    assert intake.log() == []
    assert [entry["class"] for entry in intake.log("--all")] == ["before"]
    assert early.sha256 not in intake.mails_kept()
    assert smtp.kept == []


def test_mail_after_the_window_is_taken_but_not_answered(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN], at="2024-09-17 08:00:00"))
    intake.poll("2024-09-17 09:00:00")
    entry = intake.only(at="2024-09-17 09:00:00")
    assert entry["status"] == "late" and entry["replies"] == []
    intake.poll("2024-09-17 10:00:00")
    assert smtp.kept == []


def test_machines_are_not_answered(intake, mailbox, smtp):
    mailbox.put(
        qq_vacation("li@qq.com"),
        qq_vacation("zhao@qq.com", older=True),
        mail("sun@factory.cn", subject="自动回复：揭榜挂帅", text="我在出差。", style="utf8"),
        mail("qian@factory.cn", subject="Re: 揭榜挂帅", text="Out.", style="utf8",
             headers=["Auto-Submitted: auto-generated"]),
        mail("news@list.cn", subject="揭榜挂帅 政策周报", text="…", style="utf8", headers=["List-Id: <news.list.cn>"]),
        bounce())
    intake.poll()
    entries = intake.log("--all")
    assert len(entries) == 6
    assert {entry["class"] for entry in entries} <= {"auto", "bounce", "list"}
    assert all(entry["receipt"] is None and entry["replies"] == [] for entry in entries)
    intake.poll("2024-09-10 15:00:00")
    assert smtp.kept == []


def test_a_submission_marked_auto_submitted_no_is_answered(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN], headers=["Auto-Submitted: no"]))
    intake.poll()
    assert len(smtp.kept) == 1


def test_a_form_sent_by_a_machine_is_taken_but_not_answered(intake, mailbox, smtp):
    mailbox.put(mail("oa@factory.cn", files=[FORM, SCAN], style="utf8", headers=["Auto-Submitted: auto-generated"]))
    intake.poll()
    intake.poll("2024-09-10 15:00:00")
    assert smtp.kept == []
    assert len(intake.log("--all")) == 1


def test_office_mail_is_left_alone(intake, mailbox, smtp):
    office = mail("office@xiangtan.gov.cn", "办公室", "关于国庆节放假安排的通知", "请各科室做好值班。", style="utf8")
    mailbox.put(office)
    intake.poll()
    assert intake.log() == []
    entry, = intake.log("--all")
    assert (entry["receipt"], entry["class"], entry["replies"]) == (None, "unrelated", [])
    assert entry["mails"][0]["subject"] == "关于国庆节放假安排的通知"
    assert smtp.kept == []


def test_a_question_gets_the_guide(intake, mailbox, smtp):
    mailbox.put(mail(subject="咨询揭榜挂帅项目申报", text="请问扫描件需要法人签字吗？"))
    intake.poll()
    assert intake.log() == []
    entry, = intake.log("--all")
    assert entry["class"] == "question"
    assert [(r["kind"], r["state"]) for r in entry["replies"]] == [("guide", "sent")]
    assert "58570302" in answers(smtp)[0].text


def test_the_second_poll_changes_nothing(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN]), mail("li@qq.com", files=[("表.docx", form(of="photo.jpg"))]),
                qq_vacation(), mail("office@xiangtan.gov.cn", subject="放假安排", text="…", style="utf8"),
                mail(at="2024-08-20 10:00:00"))
    intake.poll()
    before, sent, kept = intake.dump(), len(smtp.kept), intake.mails_kept()
    head = (intake.spool / "head").read_bytes()
    intake.poll("2024-09-10 12:00:30")
    assert intake.dump() == before
    assert len(smtp.kept) == sent == 2
    assert intake.mails_kept().keys() == kept.keys()
    assert (intake.spool / "head").read_bytes() == head


def test_the_mailbox_is_not_touched(intake, mailbox):
    mailbox.put(mail(files=[FORM, SCAN]))
    mailbox.append(mail("li@qq.com").raw, mail().at, "垃圾邮件", r"(\Seen \Flagged)")
    before = mailbox.snapshot()
    intake.poll()
    assert mailbox.snapshot() == before


def test_dry_run_says_what_would_change_and_changes_nothing(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN]))
    dry = intake.poll("2024-09-10 12:00:00", "--dry-run")
    assert "XT2024-0001" in dry.out
    assert intake.log() == [] and smtp.kept == []


def test_no_send_leaves_the_answer_in_the_queue(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll("2024-09-10 12:00:00", "--no-send")
    assert [(r["state"], r["at"]) for r in intake.only()["replies"]] == [("queued", None)]
    assert smtp.kept == [] and smtp.connections == 0
    intake.ok("send", at="2024-09-10 12:01:00")
    assert [r["state"] for r in intake.only()["replies"]] == ["sent"]
    assert len(smtp.kept) == 1


def test_two_polls_at_once(netease, coremail):
    coremail.fault("LOGIN", "stall")
    first = netease.start("poll")
    coremail.wait_for("LOGIN")
    second = netease.run("poll")
    assert second.status == 75 and "another" in second.err.lower(), second
    coremail.release()
    first.communicate(timeout=60)
    assert first.returncode == 75
    netease.poll()


def test_what_staff_forward_from_our_own_address(intake, mailbox, smtp):
    """A filled form is taken and not answered; the blank one that went around is left alone."""
    ours = "xtkjjcgk@163.com"
    mailbox.put(mail(ours, "科技局", "转：需求表", files=[FORM, SCAN]),
                mail(ours, "科技局", "揭榜挂帅通知", files=[("需求表.docx", sample("blank"))]))
    intake.poll()
    assert intake.only()["status"] == "complete" and intake.only()["replies"] == []
    assert [entry["class"] for entry in intake.log("--all")] == ["submission", "own"]
    intake.poll("2024-09-10 15:00:00")
    assert smtp.kept == []
