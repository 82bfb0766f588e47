"""Each answer in full, as its receiver reads it: tests/fixtures/replies/ is to be read by people. After a change of
wording, WRITE_GOLDEN=1 writes them anew."""

import os
import re
from pathlib import Path

from answers import answers
from bureau import passed_on
from mails import form, mail, scan

GOLDEN = Path(__file__).resolve().parent.parent / "fixtures" / "replies"
SCAN = ("需求表（盖章）.pdf", scan())
BIG = ("从QQ邮箱发来的超大附件\n\n"
       "需求表（盖章）.pdf (128.03M, 2024年10月10日 21:59 到期)进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=1\n"
       "需求表.docx (1.5M, 无限期)进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=2\n")


def reads(answer, name):
    """The whole of ANSWER is what the golden file NAME says; digests and sizes are those of the day's zlib."""
    text = re.sub(r"No\. \d+ · [0-9a-f]{64}", "No. N · HASH", answer.text.replace("\r\n", "\n"))
    text = re.sub(r"\d+ 字节，SHA-256：[0-9a-f]{64}", "N 字节，SHA-256：HASH", text)
    text = f"Subject: {answer['Subject']}\n\n{text}"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert not re.search(r"\{|\}|。。|，，|：：|；。|\n\n\n|(?<!您好)：\n\n(?!1\.)|（无）", text)


def test_received(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form()), SCAN]))
    intake.poll()
    reads(answers(smtp)[0], "received")


def test_received_with_advice(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form(postcode="41120", contact_mobile="1390732")), SCAN]))
    intake.poll()
    reads(answers(smtp)[0], "received-with-advice")


def test_received_incomplete(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form(budget_total="80", budget_self="60", budget_apply="20",
                                             contact_email="", postcode="41120"))]))
    intake.poll()
    reads(answers(smtp)[0], "received-incomplete")


def test_a_newer_form_without_its_scan(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form()), SCAN]))
    intake.poll()
    mailbox.put(mail(subject="更正需求表", files=[("需求表（更正）.docx", form(postcode="411201"))], at="2024-09-10 15:00:00"))
    intake.poll("2024-09-10 16:00:00")
    reads(answers(smtp)[1], "received-incomplete-waiting")


def test_received_checking(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form(budget_total="约300")), SCAN]))
    intake.poll()
    reads(answers(smtp)[0], "received-checking")


def test_cloud_attachment(intake, mailbox, smtp):
    mailbox.put(mail(text=BIG))
    intake.poll()
    reads(answers(smtp)[0], "cloud-attachment")


def test_late(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form()), SCAN], at="2024-09-15 10:00:05"))
    intake.poll("2024-09-15 11:00:00")
    reads(answers(smtp)[0], "late")


def test_guide(intake, mailbox, smtp):
    mailbox.put(mail(subject="请问揭榜挂帅需要哪些材料", text="您好，请问需要哪些材料？"))
    intake.poll()
    reads(answers(smtp)[0], "guide")


def test_to_one_who_is_not_proved(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form(postcode="41120"))], proved=None))
    intake.poll()
    reads(answers(smtp)[0], "received-incomplete-not-proved")


def test_a_digest(intake, mailbox, smtp):
    """What is said of all must be true of each: complete, to be mended, being checked."""
    intake.set(reply={"per_sender_per_day": 1, "settle_minutes": 0})
    for number, more in enumerate(({}, {}, {"scanned": False}, {"budget_total": "约300"},
                                   {"scanned": False, "postcode": "41120", "contact_email": ""}), 1):
        at = f"2024-09-10 14:1{number}:05"
        mailbox.put(passed_on(number, at, **more))
        intake.poll(at)
    intake.poll("2024-09-10 15:00:00")
    assert len(smtp.kept) == 1
    intake.poll("2024-09-10 15:20:00")
    reads(answers(smtp)[1], "digest")


def test_a_digest_with_what_came_late(intake, mailbox, smtp):
    intake.set(reply={"per_sender_per_day": 1, "settle_minutes": 0})
    for number, at in enumerate(("2024-09-14 23:40:05", "2024-09-14 23:50:05", "2024-09-15 00:10:05"), 1):
        mailbox.put(passed_on(number, at))
        intake.poll(at)
    intake.poll("2024-09-15 01:00:00")
    reads(answers(smtp)[1], "digest-late")
