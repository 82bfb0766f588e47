"""What persons decide stays decided."""

import pytest
from mails import form, mail, scan

FILES = [("需求表.docx", form()), ("盖章件.pdf", scan())]
RIVAL = [("需求表.docx", form(budget_total="500", budget_self="460", budget_apply="40")), ("盖章件.pdf", scan())]
WHO = ("--by", "王科长", "--why", "电话核实")
LATER = "2024-09-10 18:00:00"


@pytest.fixture
def incomplete(intake, mailbox):
    mailbox.put(mail(files=FILES[:1]))
    intake.poll()
    return "XT2024-0001"


def test_accept_reopen_and_reject(intake, incomplete, smtp):
    for word, status in (("accept", "accepted"), ("reopen", "incomplete"), ("reject", "rejected")):
        intake.ok("decide", incomplete, word, *WHO)
        assert intake.only()["status"] == status
    assert "王科长" in intake.ok("show", incomplete).out and "电话核实" in intake.ok("show", incomplete).out
    intake.poll(LATER)
    assert len(smtp.kept) == 1, "decisions queue nothing"


def test_a_decision_stands_against_later_mail_and_recheck(intake, mailbox, incomplete):
    intake.ok("decide", incomplete, "reject", *WHO)
    mailbox.put(mail(files=FILES[1:], text="补扫描件", at="2024-09-10 15:00:00"))
    intake.poll(LATER)
    intake.ok("recheck", "--apply", at=LATER)
    assert intake.only()["status"] == "rejected"


def test_with_answer_the_sender_hears_of_it(intake, incomplete, smtp):
    intake.ok("decide", incomplete, "accept", *WHO, "--answer", at=LATER)
    intake.poll("2024-09-10 18:30:00")
    assert len(smtp.kept) == 2


def test_merge_makes_one_of_two(intake, mailbox):
    mailbox.put(mail(files=FILES), mail("rival@foxmail.com", files=RIVAL, at="2024-09-10 10:00:00"))
    intake.poll()
    assert len(intake.log()) == 2
    intake.ok("decide", "XT2024-0002", "merge", "XT2024-0001", *WHO)
    entry = intake.only()
    assert entry["receipt"] == "XT2024-0001" and len(entry["mails"]) == 2
    assert "attribution" not in {f["rule"] for f in entry["findings"]}


def test_class_takes_a_mail_out(intake, incomplete):
    intake.ok("decide", incomplete, "class", "unrelated", *WHO)
    assert intake.log() == []
    assert [entry["class"] for entry in intake.log("--all")] == ["unrelated"]


def test_who_and_why_are_asked_for(intake, incomplete):
    assert intake.run("decide", incomplete, "accept", "--why", "x").status == 64
    assert intake.run("decide", incomplete, "accept", "--by", "x").status == 64
    assert intake.only()["status"] == "incomplete"


def test_an_unknown_receipt(intake, incomplete):
    for command in (("decide", "XT2024-0009", "accept", *WHO), ("show", "XT2024-0009"),
                    ("files", "XT2024-0009", "out")):
        done = intake.run(*command)
        assert done.status == 65 and "XT2024-0009" in done.err, done
