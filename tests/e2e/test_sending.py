"""What becomes of an answer: sent once, later, never, or nobody knows."""

import pytest
from answers import answers
from mails import form, mail, moment, scan
from smtpd import CLOSE, CLOSE_KEPT, STALL

FILES = [("需求表.docx", form()), ("盖章件.pdf", scan())]
NEXT_DAY = "2024-09-11 12:00:00"


def states(intake, at="2024-09-10 12:00:00"):
    return [reply["state"] for reply in intake.only(at=at)["replies"]]


@pytest.fixture
def one(mailbox):
    mailbox.put(mail(files=FILES))


def test_it_waits_until_the_sender_has_settled(intake, mailbox, smtp):
    mailbox.put(mail(files=FILES[:1], at="2024-09-10 11:58:00"))
    intake.poll("2024-09-10 12:00:00")
    assert states(intake) == ["queued"] and smtp.kept == []
    mailbox.put(mail(text="补扫描件", files=FILES[1:], at="2024-09-10 12:01:00"))
    intake.poll("2024-09-10 12:08:30")
    assert smtp.kept == [], "ten minutes count from the last mail"
    intake.poll("2024-09-10 12:11:30")
    answer, = answers(smtp)
    entry = intake.only()
    assert [r["kind"] for r in entry["replies"] if r["state"] == "sent"] == ["received"]
    assert all(file["sha256"] in answer.text for file in entry["files"])
    assert "queued" not in states(intake)


@pytest.mark.parametrize("place", ["connect", "mail", "rcpt", "data", "dot"])
def test_a_temporary_refusal_is_tried_again_later(intake, smtp, one, place):
    smtp.fault(place, "451 Requested mail action not taken: local error in processing" if place != "connect"
               else "421 HL:ICC 163 smtp5, too many connections")
    intake.poll()
    assert states(intake) == ["queued"] and smtp.kept == []
    tries = smtp.connections
    intake.poll("2024-09-10 12:00:20")
    assert smtp.connections == tries, "not at once"
    intake.poll(NEXT_DAY)
    assert states(intake) == ["sent"] and len(smtp.kept) == 1


def test_the_message_id_is_the_same_at_every_try(intake, smtp, one):
    smtp.fault("dot", "450 RP:CEL")
    intake.poll()
    planned = intake.only()["replies"][0]["message_id"]
    intake.poll(NEXT_DAY)
    assert answers(smtp)[0]["Message-ID"] == planned == intake.only()["replies"][0]["message_id"]


def test_a_rate_refusal_stops_all_sending_for_a_while(intake, mailbox, smtp, one):
    mailbox.put(mail("li@qq.com", files=[("表.docx", form(of="photo.jpg")), ("件.jpg", scan("photo.jpg"))]))
    smtp.fault("mail", "451 MI:SFQ 163 smtp5, sender's count in 15 minutes exceeded", times=1)
    intake.poll()
    assert smtp.kept == []
    assert [r["state"] for e in intake.log() for r in e["replies"]] == ["queued", "queued"]
    intake.poll(NEXT_DAY)
    assert len(smtp.kept) == 2


@pytest.mark.parametrize("limit, within, after", [
    ("per_minute", "2024-09-10 12:00:50", "2024-09-10 12:01:20"),
    ("per_hour", "2024-09-10 12:59:30", "2024-09-10 13:00:20"),
    ("per_day", "2024-09-11 11:59:30", "2024-09-11 12:00:20"),
])
def test_limits_of_our_own(intake, mailbox, smtp, limit, within, after):
    """What is beyond them waits, oldest first; a refusal counts as well, since the provider saw it."""
    intake.set(smtp={limit: 2}, reply={"max_age_hours": 0})
    for number in range(1, 6):
        mailbox.put(mail(f"u{number}@qq.com", subject="请问揭榜挂帅怎么报", text="请问？", at=f"2024-09-10 09:0{number}:00"))
    smtp.fault("rcpt", "550 Invalid User", times=1)
    intake.run("poll")
    assert [answer["To"] for answer in answers(smtp)] == ["u2@qq.com"]
    intake.poll(within)
    assert len(smtp.kept) == 1
    intake.poll(after)
    assert [answer["To"] for answer in answers(smtp)] == ["u2@qq.com", "u3@qq.com", "u4@qq.com"]


def test_refusals_in_a_row_stop_all_sending_longer_and_longer(intake, smtp, one):
    smtp.fault("mail", "451 MI:SFQ 163 smtp5", times=2)
    intake.poll("2024-09-10 12:00:00")
    intake.poll("2024-09-10 12:14:00")
    assert smtp.connections == 1, "a quarter of an hour"
    intake.poll("2024-09-10 12:16:00")
    intake.poll("2024-09-10 12:44:00")
    assert smtp.connections == 2, "half an hour"
    intake.poll("2024-09-10 12:47:00")
    assert states(intake) == ["sent"]


def test_a_quota_of_the_day_stops_all_sending_until_midnight(intake, mailbox, smtp, one):
    mailbox.put(mail("li@qq.com", subject="请问揭榜挂帅怎么报", text="请问？"))
    smtp.fault("mail", "550 RP:TRC 163 smtp5", times=1)
    intake.run("poll")
    intake.run("poll", at="2024-09-10 23:59:00")
    assert smtp.connections == 1 and smtp.kept == []
    intake.poll("2024-09-11 00:01:00")
    assert len(smtp.kept) == 2


@pytest.mark.parametrize("place", ["rcpt", "dot"])
def test_a_permanent_refusal_is_final(intake, smtp, one, place):
    smtp.fault(place, "550 Invalid User" if place == "rcpt" else "554 DT:SPM 163 smtp12")
    done = intake.run("poll")
    assert states(intake) == ["failed"]
    assert "XT2024-0001" in done.err and ("Invalid User" in done.err or "DT:SPM" in done.err), done
    intake.poll(NEXT_DAY)
    assert states(intake) == ["failed"] and smtp.kept == []


def test_lost_before_the_data_is_tried_again(intake, smtp, one):
    smtp.fault("data", CLOSE)
    intake.poll()
    assert states(intake) == ["queued"]
    intake.poll(NEXT_DAY)
    assert states(intake) == ["sent"] and len(smtp.kept) == 1


@pytest.mark.parametrize("what", [CLOSE_KEPT, CLOSE, STALL])
def test_lost_after_the_final_dot_is_never_sent_twice(intake, smtp, one, what):
    intake.set(smtp={"timeout": 1})
    smtp.fault("dot", what)
    intake.run("poll")
    assert states(intake) == ["unknown"]
    offered = smtp.commands.count("DATA")
    for at in ("2024-09-10 12:30:00", "2024-09-10 20:00:00", NEXT_DAY):
        intake.run("poll", at=at)
    assert smtp.commands.count("DATA") == offered == 1
    assert states(intake) == ["unknown"]


def test_unknown_and_found_in_the_sent_folder_is_sent(intake, mailbox, smtp, one):
    smtp.fault("dot", CLOSE_KEPT)
    intake.run("poll")
    mailbox.append(smtp.kept[0].data, moment("2024-09-10 12:00:05"), "已发送")
    intake.poll("2024-09-10 12:30:00")
    assert states(intake) == ["sent"] and len(smtp.kept) == 1


def test_unknown_and_missing_where_others_are_is_sent_again(intake, mailbox, smtp, one):
    """Only when the folder has had its time, and is seen to keep what was sent then."""
    smtp.fault("dot", CLOSE, times=1)
    intake.run("poll")
    mailbox.put(mail("li@qq.com", subject="请问揭榜挂帅怎么报", text="请问？", at="2024-09-10 11:30:00"))
    intake.poll("2024-09-10 12:06:00")
    mailbox.append(smtp.kept[0].data, moment("2024-09-10 12:06:00"), "已发送")
    intake.poll("2024-09-10 12:14:00")
    assert states(intake) == ["unknown"]
    intake.poll("2024-09-10 12:16:00")
    assert states(intake) == ["sent"] and [answer["To"] for answer in answers(smtp)] == ["li@qq.com", "wang@qq.com"]


def test_a_person_decides_about_the_unknown(intake, smtp, one):
    smtp.fault("dot", CLOSE)
    intake.run("poll")
    intake.ok("decide", "XT2024-0001", "resend", "--by", "李处", "--why", "电话确认没有收到", at="2024-09-10 13:00:00")
    intake.poll("2024-09-10 13:05:00")
    assert states(intake) == ["sent"] and len(smtp.kept) == 1


def test_login_refused_by_smtp_keeps_the_answer(intake, smtp, one):
    smtp.fault("auth", "535 Error: authentication failed, system busy")
    done = intake.run("poll")
    assert done.status == 69 and states(intake) == ["queued"], done
    intake.poll(NEXT_DAY)
    assert states(intake) == ["sent"]


def test_old_mail_is_held_until_a_person_says_so(intake, mailbox, smtp):
    mailbox.put(mail(files=FILES, at="2024-08-28 09:00:00"))
    intake.poll()
    assert states(intake) == ["held"] and smtp.kept == []
    intake.ok("send", at="2024-09-10 12:05:00")
    assert smtp.kept == []
    intake.ok("send", "--held", at="2024-09-10 12:06:00")
    assert states(intake) == ["sent"] and len(smtp.kept) == 1


def test_no_mail_is_too_old_without_a_limit(intake, mailbox, smtp):
    intake.set(reply={"max_age_hours": 0})
    mailbox.put(mail(files=FILES, at="2024-08-28 09:00:00"))
    intake.poll()
    assert states(intake) == ["sent"]


def test_what_was_held_goes_out_once(intake, mailbox, smtp):
    mailbox.put(mail(files=FILES, at="2024-08-28 09:00:00"))
    intake.poll()
    intake.ok("send", "--held")
    intake.ok("send", "--held", at="2024-09-10 12:06:00")
    assert len(smtp.kept) == 1


def test_answers_switched_off(intake, smtp, one):
    intake.set(reply={"enabled": False})
    intake.poll()
    assert smtp.connections == 0
    assert states(intake) == ["held"]


def test_a_server_that_hangs_up_at_once_keeps_no_mail_from_being_taken(intake, smtp, one):
    smtp.fault("connect", CLOSE, times=9)
    done = intake.run("poll")
    assert done.status == 0, done
    assert intake.only()["status"] == "complete" and states(intake) == ["queued"]
