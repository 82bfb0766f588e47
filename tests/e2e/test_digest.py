"""Past the day's limit one sender's answers come together, once an hour; what is held does not pile up."""

from answers import answers
from mails import form, mail, scan

SCAN = ("盖章件.pdf", scan())


def demand(number, at):
    return mail(files=[(f"需求表{number}.docx", form(demand_name=f"第{number}项永磁电机轴承可靠性技术")), SCAN], at=at)


def test_one_an_hour_whatever_still_comes(intake, mailbox, smtp):
    intake.set(reply={"per_sender_per_day": 2, "settle_minutes": 0})
    for number, minute in enumerate(("09:00", "09:05", "09:10", "09:50", "10:04"), 1):
        mailbox.put(demand(number, f"2024-09-10 {minute}:00"))
        intake.poll(f"2024-09-10 {minute}:30")
    assert len(smtp.kept) == 2
    intake.poll("2024-09-10 10:06:30")
    assert len(smtp.kept) == 3
    assert all(f"XT2024-000{number}" in answers(smtp)[2].text for number in (3, 4, 5))
    mailbox.put(demand(6, "2024-09-10 10:20:00"))
    intake.poll("2024-09-10 11:00:00")
    assert len(smtp.kept) == 3
    intake.poll("2024-09-10 11:07:30")
    assert len(smtp.kept) == 4 and "XT2024-0006" in answers(smtp)[3].text


def test_a_question_past_the_limit_is_not_answered(intake, mailbox, smtp):
    intake.set(reply={"per_sender_per_day": 1, "settle_minutes": 0})
    mailbox.put(demand(1, "2024-09-10 09:00:00"))
    intake.poll("2024-09-10 09:00:30")
    mailbox.put(mail(subject="请问揭榜挂帅什么时候出结果", text="请问？", at="2024-09-10 09:10:00"))
    intake.poll("2024-09-10 12:00:00")
    assert len(smtp.kept) == 1


def test_one_held_answer_for_one_submission(intake, mailbox, smtp):
    intake.set(reply={"enabled": False})
    mailbox.put(mail(files=[("需求表.docx", form())], at="2024-09-10 09:00:00"))
    intake.poll("2024-09-10 09:30:00")
    mailbox.put(mail(files=[SCAN], text="补扫描件", at="2024-09-10 10:00:00"))
    intake.poll("2024-09-10 10:30:00")
    assert [(r["kind"], r["state"]) for r in intake.only()["replies"]] == [("received", "held")]


def test_old_mail_does_not_hold_back_what_goes_out_by_itself(intake, mailbox, smtp):
    """The scan is older than max_age_hours and shows up late; the form's answer was queued before."""
    intake.set(reply={"max_age_hours": 24})
    mailbox.put(mail(files=[("需求表.docx", form())], at="2024-09-10 11:55:00"))
    intake.poll("2024-09-10 11:56:00")
    mailbox.put(mail(files=[SCAN], text="补扫描件", at="2024-09-08 10:00:00"))
    intake.poll("2024-09-10 12:30:00")
    assert sorted((r["kind"], r["state"]) for r in intake.only()["replies"]) == [
        ("received", "held"), ("received-incomplete", "sent")]


def test_an_answer_to_a_return_path_that_nobody_reads(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form()), SCAN], headers=["Return-Path: <MAILER-DAEMON@qq.com>"]))
    intake.poll()
    assert intake.only()["replies"] == []
