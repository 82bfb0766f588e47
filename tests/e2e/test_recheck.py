"""Judging again under today's campaign file."""

import json
import shutil

import chain
import installation
import killed
import pytest
from answers import answers
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


BOTH = [("需求表.docx", form()), ("盖章件.pdf", scan())]
SMALL = [("需求表.docx", form(of="photo.jpg", budget_total="120", budget_self="100", budget_apply="20")),
         ("件.jpg", scan("photo.jpg"))]
NEWER = [("需求表（更正）.docx", form(budget_total="400", budget_self="370"))]


@pytest.fixture
def two(intake, mailbox):
    """Two complete submissions; the rule of today is true of the second alone."""
    mailbox.put(mail(files=BOTH, at="2024-09-10 09:00:00"), mail("li@qq.com", files=SMALL, at="2024-09-10 09:10:00"))
    intake.poll()
    assert [entry["status"] for entry in intake.log()] == ["complete", "complete"]
    intake.campaign_add(RULE.replace("1000", "200"))
    return intake.log()


def test_exactly_those_that_change_and_nothing_else_of_them(intake, two):
    said = intake.ok("recheck").out
    assert "XT2024-0002 齐全 → 待补正" in said and "XT2024-0001" not in said
    assert intake.ok("recheck", "--apply").out == said
    first, second = intake.log()
    assert first == two[0]
    assert {key for key in second if second[key] != two[1][key]} == {"status", "findings"}


@pytest.mark.parametrize("old, new, was, now", [
    ("之和，不等于计划研发投入", "之和不是计划研发投入", "不等于计划研发投入 310", "不是计划研发投入 310"),
    ('"should"\n  require = "near', '"must"\n  require = "near', "原为：[建议修改]", "改为：[须补正]"),
    ('"should"\n  require = "near', '"should" person = true\n  require = "near', "原为：[建议修改]", "改为：[建议修改·须人工核对]"),
    ("请核对三项金额，使", "请使", "补正：请核对三项金额，使计划研发投入等于", "补正：请使计划研发投入等于"),
    ("near(budget_self + budget_apply, budget_total)", "1", "待补正 → 待补正", "消除：[建议修改] 自筹"),
    ('{"邮编", "邮政编码"}', '{"邮政编码"}', "原为：[须补正] “邮编”未填写", "改为：[须补正] “邮政编码”未填写"),
    ("max_chars = 500", "max_chars = 20", "待补正 → 待补正", "新增：[建议修改] “1.项目需求的背景与意义”共"),
    ('rule budget_sum_mismatch {', 'rule sum {', "消除：[建议修改] 自筹", "新增：[建议修改] 自筹"),
], ids=["words", "level", "person", "fix", "expression", "label", "max_chars", "name"])
def test_from_what_to_what(intake, mailbox, old, new, was, now):
    mailbox.put(mail(files=[("需求表.docx", form(budget_total="310", postcode="")), ("盖章件.pdf", scan())]))
    intake.poll()
    intake.campaign_edit(old, new)
    before = intake.dump()
    said = intake.ok("recheck").out
    assert was in said and now in said
    assert intake.dump() == before
    assert intake.ok("recheck", "--apply").out == said
    assert intake.ok("recheck").out == ""


def test_only_the_order_of_the_rules(intake, mailbox):
    mailbox.put(mail(files=[("需求表.docx", form(contact_email="无", contact_mobile="12"))]))
    intake.poll()
    text = intake.campaign.read_text(encoding="utf-8")
    start, end = text.index("rule mobile_bad_format"), text.index("rule phone_bad_format")
    intake.campaign.write_text(text[:start] + text[end:] + text[start:end], encoding="utf-8")
    assert "先后次序有变" in intake.ok("recheck", "--apply").out
    assert intake.ok("recheck").out == ""


def test_a_field_that_need_not_be_filled_in_any_more(intake, mailbox):
    mailbox.put(mail(files=[("需求表.docx", form(postcode="")), ("盖章件.pdf", scan())]))
    intake.poll()
    assert intake.only()["status"] == "incomplete"
    intake.campaign_edit('label = {"邮编", "邮政编码"}                              required = true',
                         'label = {"邮编", "邮政编码"}')
    said = intake.ok("recheck", "--apply").out
    assert "待补正 → 齐全" in said and "消除：[须补正] “邮编”未填写  (missing:postcode)" in said
    assert intake.only()["status"] == "complete"


def test_another_version_that_stands(intake, mailbox):
    """Without the rule that asks for a scan, the newer form need not wait for one."""
    mailbox.put(mail(files=BOTH, at="2024-09-10 09:00:00"), mail(files=NEWER, at="2024-09-10 10:00:00"))
    intake.poll()
    before = intake.only()
    assert before["version"] == 1
    text = intake.campaign.read_text(encoding="utf-8")
    start = text.index("rule scan_missing")
    intake.campaign.write_text(text[:start] + text[text.index("# Seals are not looked for"):], encoding="utf-8")
    said = intake.ok("recheck").out
    assert "采用版本：第1版 → 第2版" in said and "材料到齐：2024-09-10 09:00:00 → 2024-09-10 10:00:00" in said
    assert intake.only() == before
    intake.ok("recheck", "--apply")
    assert (intake.only()["version"], intake.only()["fields"]["budget_total"]) == (2, "400")


def test_a_unit_put_on_the_list_of_unfinished_projects(intake, two):
    code = two[1]["fields"]["credit_code"]
    (intake.directory / "unfinished.csv").write_text(f'# 名单\n"某公司, 已更名",{code.lower()},2022年项目\n', encoding="utf-8")
    said = intake.ok("recheck", "--apply").out
    assert f"新增：[内部提示·须人工核对] {two[1]['fields']['unit_name']}（{code}）在未结题项目单位名单中" in said
    assert "XT2024-0001" not in said and "unfinished_project" in {f["rule"] for f in intake.log()[1]["findings"]}


def test_what_a_person_decided_stays(intake, two):
    intake.ok("decide", "XT2024-0002", "accept", "--by", "李处", "--why", "电话核实")
    intake.campaign_edit("不足一千万元", "少于一千万元")
    said = intake.ok("recheck", "--apply").out
    assert "XT2024-0002 已受理 → 已受理" in said and "改为：[须补正] 计划研发投入 120 万元，少于一千万元" in said
    assert intake.log()[1]["status"] == "accepted"


def test_it_is_written_to_the_events(intake, two):
    number = chain.check(intake)
    intake.ok("recheck")
    assert chain.check(intake) == number
    intake.ok("recheck", "--apply")
    assert chain.check(intake) == number + 1
    event = intake.rows("select what, rows from event order by number desc limit 1")[0]
    assert event["what"] == "recheck" and {row["table"] for row in json.loads(event["rows"])} == {"submission", "finding"}


def test_killed_before_any_call_that_writes(intake, two):
    """All of it or nothing."""
    before, start = intake.log(), intake.spool.with_name("start")
    shutil.copytree(intake.spool, start)
    calls = killed.run(intake, 0, "recheck", "--apply", at=installation.NOON)
    after = intake.log()
    assert after != before and any("intake.db" in call for call in calls)
    seen = set()
    for number in range(1, len(calls) + 1):
        shutil.rmtree(intake.spool)
        shutil.copytree(start, intake.spool)
        killed.run(intake, number, "recheck", "--apply", at=installation.NOON)
        entries = intake.log()
        assert entries in (before, after), number
        seen.add(entries == after)
        intake.ok("recheck", "--apply")
        assert intake.log() == after
        chain.check(intake)
    assert False in seen


def test_notify_tells_those_that_changed_and_no_other(intake, two, smtp):
    assert intake.run("recheck", "--notify").status == 64
    intake.poll("2024-09-10 13:00:00")
    assert len(smtp.kept) == 2
    intake.ok("recheck", "--apply", "--notify", at="2024-09-11 09:00:00")
    intake.poll("2024-09-11 09:01:00")
    told = answers(smtp)[2:]
    assert [answer["To"] for answer in told] == ["li@qq.com"]
    assert "XT2024-0002" in told[0].text and "不足一千万元" in told[0].text
    assert intake.ok("recheck", "--apply", "--notify", at="2024-09-11 09:02:00").out == ""
    intake.poll("2024-09-11 10:00:00")
    assert len(smtp.kept) == 3


def test_notify_tells_nobody_what_only_staff_see(intake, judged, smtp):
    intake.campaign_add('rule for_staff {\n  level = "staff"\n  require = "budget_total >= 1000"\n  message = "不足一千万元"\n}')
    intake.poll("2024-09-10 18:00:00")
    assert len(smtp.kept) == 1
    assert "for_staff" in intake.ok("recheck", "--apply", "--notify", at="2024-09-10 18:01:00").out
    intake.poll("2024-09-10 20:00:00")
    assert len(smtp.kept) == 1


def test_an_answer_that_waits_says_what_holds_now(intake, mailbox, smtp):
    """Made while answers were switched off, sent when the campaign file is right."""
    intake.set(reply={"enabled": False})
    mailbox.put(mail(files=BOTH))
    intake.poll()
    intake.campaign_add(RULE)
    intake.ok("recheck", "--apply")
    assert [reply["state"] for reply in intake.only()["replies"]] == ["held"]
    intake.set(reply={"enabled": True})
    intake.poll("2024-09-10 13:00:00")
    assert smtp.kept == []
    intake.ok("send", "--held", at="2024-09-10 14:00:00")
    answer, = answers(smtp)
    assert "不足一千万元" in answer.text
    chain.check(intake)
