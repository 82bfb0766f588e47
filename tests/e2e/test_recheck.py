"""Judging again under today's campaign file."""

import pytest
from mails import form, mail, scan

RULE = ('rule of_today {\n  level = "must"\n  require = "budget_total >= 1000"\n'
        '  message = "计划研发投入 {budget_total} 万元，不足一千万元"\n}')


@pytest.fixture
def judged(intake, mailbox):
    mailbox.put(mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())]))
    intake.poll()
    return intake.only()


def test_nothing_changed_nothing_said(intake, judged):
    before = intake.dump()
    assert intake.ok("recheck").out == ""
    assert intake.ok("recheck", "--apply").out == ""
    assert intake.dump() == before


def test_it_prints_what_would_change_and_changes_nothing(intake, judged):
    before = intake.dump()
    intake.campaign_add(RULE)
    said = intake.ok("recheck").out
    assert "XT2024-0001" in said and "of_today" in said
    assert intake.dump() == before and intake.only() == judged


def test_apply_changes_it(intake, judged, smtp):
    intake.campaign_add(RULE)
    intake.ok("recheck", "--apply")
    entry = intake.only()
    assert entry["status"] == "incomplete"
    assert "计划研发投入 300 万元，不足一千万元" in [f["message"] for f in entry["findings"]]
    assert entry["files"] == judged["files"] and entry["fields"] == judged["fields"]
    intake.poll("2024-09-10 18:00:00")
    assert len(smtp.kept) == 1, "nobody hears of it unless --notify says so"
    assert intake.ok("recheck").out == ""


def test_a_deadline_moved_by_the_division(intake, mailbox):
    mailbox.put(mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())], at="2024-09-14 10:00:00"))
    intake.poll("2024-09-14 12:00:00")
    assert intake.only(at="2024-09-14 12:00:00")["status"] == "complete"
    intake.campaign_set(deadline="2024-09-14 00:00")
    assert "XT2024-0001" in intake.ok("recheck", at="2024-09-14 12:00:00").out
    intake.ok("recheck", "--apply", at="2024-09-14 12:00:00")
    assert intake.only(at="2024-09-14 12:00:00")["status"] == "late"
