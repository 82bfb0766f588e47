"""Past the day's limit one sender's answers come together, once an hour; what is held does not pile up."""

import re
from datetime import timedelta

from answers import answers
from bureau import BUREAU, SCAN as SCANNED, passed_on
from mails import form, mail, moment, scan
from smtpd import CLOSE

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


def text(at):
    return f"{at:%Y-%m-%d %H:%M:%S}"


def is_bounded(intake):
    """At most six answers, and one an hour behind them."""
    times = [row["sent_at"] for row in intake.rows("select sent_at from reply where state = 'sent' order by sent_at")]
    waits = [after - before for before, after in zip(times[5:], times[6:])]
    assert all(wait >= 3600 for wait in waits), waits


def receipts(answer):
    """Those that the answer says something about."""
    return set(re.findall(r"XT2024-\d{4}", answer.text))


def test_a_bureau_forwards_forty_forms_in_an_afternoon(intake, mailbox, smtp):
    at, sent = moment("2024-09-10 14:00:00"), 0
    while sent < 40:
        for number in range(sent + 1, min(sent + 2, 40) + 1):
            mailbox.put(passed_on(number, text(at), scanned=number % 5 != 0))
        sent += 2
        at += timedelta(minutes=5)
        intake.poll(text(at))
    for _ in range(12):  # nothing comes any more
        at += timedelta(minutes=10)
        intake.poll(text(at))
    assert set().union(*map(receipts, answers(smtp))) == {f"XT2024-{n:04}" for n in range(1, 41)}
    assert intake.rows("select * from reply where state <> 'sent'") == []
    is_bounded(intake)
    assert len(smtp.kept) <= 6 + 3
    units = {entry["receipt"]: entry for entry in intake.log(at=text(at))}
    for answer in answers(smtp)[6:]:
        assert len(answer["Subject"]) < 100 and len(answer.raw) < 100_000
        for receipt in receipts(answer):
            entry = units[receipt]
            state = "材料齐全" if entry["status"] == "complete" else "需要补正"
            assert re.search(rf"^\d+\. {receipt} {entry['fields']['unit_name']}：{state}（2024年9月10日 \d+:\d+:\d+ 收到）$",
                             answer.text.replace("\r", ""), re.MULTILINE)
            assert all(file["sha256"] in answer.text for file in entry["files"])


def test_the_scans_of_many_come_in_mails_of_their_own(intake, mailbox, smtp):
    """What is about the same submission is one answer, and counts once."""
    for number in range(1, 7):
        at = f"2024-09-10 14:0{number}"
        mailbox.put(passed_on(number, f"{at}:00", scanned=False),
                    mail(BUREAU, "县工信局", f"补报湘潭第{number}轴承有限公司盖章扫描件", "补报",
                         [(f"湘潭第{number}轴承有限公司.jpg", SCANNED + b"%d" % number)], f"{at}:30", style="utf8"))
    intake.poll("2024-09-10 14:08:00")
    intake.poll("2024-09-10 14:20:00")
    assert [(entry["status"], [r["kind"] for r in entry["replies"]]) for entry in intake.log()] == [
        ("complete", ["received"])] * 6


def test_the_digest_is_not_put_off_by_what_still_comes(intake, mailbox, smtp):
    """He never settles."""
    intake.set(reply={"per_sender_per_day": 1})
    at = moment("2024-09-10 09:00:00")
    for number in range(1, 25):
        mailbox.put(passed_on(number, text(at), scanned=False))
        at += timedelta(minutes=6)
        intake.poll(text(at))
    assert len(smtp.kept) == 3


def test_the_server_was_away_all_afternoon(intake, mailbox, smtp):
    """Nothing could be sent: what waits is collected all the same."""
    smtp.fault("connect", CLOSE, times=99)
    at = moment("2024-09-10 14:00:00")
    for number in range(1, 21):
        mailbox.put(passed_on(number, text(at), scanned=False))
        at += timedelta(minutes=12)
        intake.run("poll", at=text(at))
    smtp.clear()
    for _ in range(10):
        at += timedelta(minutes=30)
        intake.poll(text(at))
    assert set().union(*map(receipts, answers(smtp))) == {f"XT2024-{n:04}" for n in range(1, 21)}
    assert len(smtp.kept) <= 7


def test_five_hundred_mails_of_one_sender(intake, mailbox, smtp):
    """An afternoon of questions and forms, and polls every ten minutes."""
    at, letters = moment("2024-09-10 13:00:00"), []
    for number in range(250):
        letters.append(passed_on(number, text(at), scanned=False))
        letters.append(mail(BUREAU, "县工信局", f"请问第{number}家的揭榜挂帅需求表收到没有", "请问？", at=text(at), style="utf8"))
        at += timedelta(minutes=1)
        if number % 10 == 9:
            mailbox.put(*letters)
            letters.clear()
            intake.poll(text(at))
    assert len(smtp.kept) <= 6 + 5
    waiting = intake.rows("select length(message) as size from reply where state = 'queued'")
    assert len(waiting) <= 250 / 50 and all(row["size"] < 100_000 for row in waiting)
    while intake.rows("select id from reply where state = 'queued'"):
        at += timedelta(minutes=30)
        intake.poll(text(at))
    assert set().union(*map(receipts, answers(smtp))) == {f"XT2024-{n:04}" for n in range(1, 251)}
    assert max(len(receipts(answer)) for answer in answers(smtp)) <= 50, "more is not read"
    is_bounded(intake)


def test_what_is_held_for_many_is_collected_too(intake, mailbox, smtp):
    intake.set(reply={"enabled": False})
    mailbox.put(*[passed_on(number, f"2024-09-10 09:{number:02}:00", scanned=False) for number in range(1, 21)])
    intake.poll()
    assert len(intake.rows("select id from reply where state = 'held'")) == 7
    intake.set(reply={"enabled": True})
    intake.ok("send", "--held")
    assert set().union(*map(receipts, answers(smtp))) == {f"XT2024-{n:04}" for n in range(1, 21)}
