"""Whose form, whose scan: what a mail may change by itself, and what only a person may join."""

import hashlib
import json

import pytest
from answers import answers
from mails import applicant, form, forwarded, gbk_zip, mail, sample, scan

FORM, SCAN = ("需求表.docx", form()), ("盖章件.pdf", scan())
NEWER = ("需求表（修改）.docx", form(budget_total="500", budget_self="460", budget_apply="40"))
NEWER_SCAN = ("新盖章件.pdf", scan("two-pages.pdf"))
OTHER_UNIT = ("另一单位.docx", form(of="photo.jpg"))
OTHER_DEMAND = ("另一需求.docx", form(demand_name="另一项完全不同的永磁电机轴承可靠性技术"))
FIRST = "XT2024-0001"
AFTERNOON, EVENING = "2024-09-10 15:00:00", "2024-09-10 18:00:00"
DEADLINE_MORNING, AFTER_DEADLINE = "2024-09-15 10:00:00", "2024-09-15 12:00:00"


def rules(entry, person=None):
    return {f["rule"] for f in entry["findings"] if person is None or f["person"] == person}


def names(entry):
    return {file["name"] for file in entry["files"]}


def standing(entry):
    """What no stranger may change."""
    return {key: entry[key] for key in ("status", "version", "fields", "files", "complete_at", "findings", "in_time")}


@pytest.fixture
def complete(intake, mailbox):
    """One complete submission of wang@qq.com, who is proved."""
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll()
    return intake.only()


@pytest.fixture
def unproved(intake, mailbox):
    """The same, but the provider said nothing about its sender."""
    mailbox.put(mail(files=[FORM, SCAN], proved=None))
    intake.poll()
    return intake.only()


def after(intake, mailbox, *mails, at=EVENING):
    """The submissions after these mails have come."""
    mailbox.put(*mails)
    intake.poll(at)
    return intake.submissions(at=at)


def the_candidate(entries):
    """The one other submission, which a person is asked about."""
    other, = [entry for receipt, entry in entries.items() if receipt != FIRST]
    assert "attribution" in rules(other, person=True), other["findings"]
    return other


# ---- Strangers ----


@pytest.mark.parametrize("proved", [True, None, "fail"])
def test_a_strangers_form_about_a_competitors_demand(intake, mailbox, smtp, complete, proved):
    entries = after(intake, mailbox, mail("rival@foxmail.com", files=[NEWER, SCAN], at=AFTERNOON, proved=proved))
    assert standing(entries[FIRST]) == standing(complete)
    assert len(entries[FIRST]["mails"]) == 1
    the_candidate(entries)
    assert not any(FIRST in answer.text for answer in answers(smtp)[1:])


def test_a_stranger_who_sends_a_scan_alone(intake, mailbox):
    mailbox.put(mail(files=[FORM]))
    intake.poll()
    before = intake.only()
    entries = after(intake, mailbox, mail("rival@foxmail.com", files=[SCAN], at=AFTERNOON))
    assert standing(entries[FIRST]) == standing(before)
    other, = [entry for receipt, entry in entries.items() if receipt != FIRST]
    assert other["status"] == "incomplete" and "form_missing" in rules(other)


def test_a_mail_without_from_changes_nothing(intake, mailbox, smtp, complete):
    letter = mail(files=[NEWER, SCAN], at=AFTERNOON)
    letter.raw = b"\r\n".join(line for line in letter.raw.split(b"\r\n") if not line.startswith(b"From:"))
    entries = after(intake, mailbox, letter)
    assert standing(entries[FIRST]) == standing(complete)
    the_candidate(entries)
    assert len(smtp.kept) == 1


# ---- The same address, but is it the same sender? ----


def test_the_same_address_not_proved_after_one_that_was(intake, mailbox, complete):
    entries = after(intake, mailbox, mail(files=[NEWER, NEWER_SCAN], at=AFTERNOON, proved=None))
    assert standing(entries[FIRST]) == standing(complete)
    the_candidate(entries)


def test_not_proved_but_it_came_the_same_way(intake, mailbox, unproved):
    entries = after(intake, mailbox, mail(files=[NEWER, NEWER_SCAN], at=AFTERNOON, proved=None))
    assert entries.keys() == {FIRST} and entries[FIRST]["fields"]["budget_total"] == "500"


def test_not_proved_and_another_way(intake, mailbox, unproved):
    entries = after(intake, mailbox, by_another_way(mail(files=[NEWER, NEWER_SCAN], at=AFTERNOON, proved=None)))
    assert standing(entries[FIRST]) == standing(unproved)
    the_candidate(entries)


def test_nobody_gains_trust_by_adding_a_scan(intake, mailbox):
    """Whoever says that he is the sender may add the missing scan, but by that no form of his becomes the sender's."""
    mailbox.put(mail(files=[FORM]))
    intake.poll()
    forged = [by_another_way(mail(files=[SCAN], text="补扫描件", at="2024-09-10 14:00:00", proved=None)),
              by_another_way(mail(files=[NEWER, NEWER_SCAN], at=AFTERNOON, proved=None))]
    entries = after(intake, mailbox, *forged)
    assert entries[FIRST]["status"] == "complete" and entries[FIRST]["fields"]["budget_total"] == "300"
    the_candidate(entries)


def test_a_forged_mail_adds_not_even_what_is_missing(intake, mailbox):
    mailbox.put(mail(files=[FORM]))
    intake.poll()
    entries = after(intake, mailbox, mail(files=[SCAN], text="补扫描件", at=AFTERNOON, proved="fail"))
    assert entries[FIRST]["status"] == "incomplete" and names(entries[FIRST]) == {"需求表.docx"}
    the_candidate(entries)


def test_a_scan_that_is_not_missing_needs_proof(intake, mailbox, complete):
    entries = after(intake, mailbox, mail(files=[NEWER_SCAN], text="补扫描件", at=AFTERNOON, proved=None))
    assert standing(entries[FIRST]) == standing(complete)
    the_candidate(entries)


def test_a_forged_mail_diverts_nothing(intake, mailbox, complete):
    """What came with it has a receipt of its own; the sender's next version does not end up there."""
    forged = mail(files=[("伪造.docx", form(budget_total="900", budget_self="860", budget_apply="40"))],
                  at="2024-09-10 14:00:00", proved="fail")
    genuine = mail(files=[NEWER, NEWER_SCAN], at=AFTERNOON)
    entries = after(intake, mailbox, forged, genuine)
    assert entries[FIRST]["fields"]["budget_total"] == "500" and entries[FIRST]["version"] == 2
    assert the_candidate(entries)["fields"]["budget_total"] == "900"


def test_a_scan_does_not_complete_what_was_forged(intake, mailbox, complete):
    forged = mail(files=[("伪造.docx", form(budget_total="900", budget_self="860", budget_apply="40"))],
                  at="2024-09-10 14:00:00", proved="fail")
    entries = after(intake, mailbox, forged, mail(files=[NEWER_SCAN], text="补扫描件", at=AFTERNOON))
    bearers = [entry for entry in entries.values() if "新盖章件.pdf" in names(entry)]
    assert [entry["fields"] for entry in bearers] == [{}], entries


# ---- One sender, several submissions ----


def test_the_senders_second_unit(intake, mailbox, complete):
    entries = after(intake, mailbox, mail(files=[OTHER_UNIT, NEWER_SCAN], at=AFTERNOON))
    assert standing(entries[FIRST]) == standing(complete)
    other = entries["XT2024-0002"]
    assert other["fields"]["unit_name"] == applicant("photo.jpg")["unit_name"]
    assert "attribution" not in rules(other) and other["status"] == "complete"


def test_two_submissions_lack_their_scans(intake, mailbox):
    mailbox.put(mail(files=[FORM]), mail(files=[OTHER_DEMAND], at="2024-09-10 10:00:00"))
    intake.poll()
    entries = after(intake, mailbox, mail(files=[SCAN], text="补扫描件", at=AFTERNOON))
    assert len(entries) == 3
    assert all("scan_missing" in rules(entries[f"XT2024-000{n}"]) for n in (1, 2))
    assert "attribution" in rules(entries["XT2024-0003"], person=True)


def test_one_of_two_lacks_its_scan(intake, mailbox):
    mailbox.put(mail(files=[FORM, SCAN]), mail(files=[OTHER_DEMAND], at="2024-09-10 10:00:00"))
    intake.poll()
    entries = after(intake, mailbox, mail(files=[NEWER_SCAN], text="补扫描件", at=AFTERNOON))
    assert len(entries) == 2
    assert names(entries[FIRST]) == {"需求表.docx", "盖章件.pdf"}
    assert names(entries["XT2024-0002"]) == {"另一需求.docx", "新盖章件.pdf"}


# ---- Several forms in one mail ----


def test_a_bureau_with_a_folder_for_each_unit(intake, mailbox):
    files = [("甲/需求表.docx", FORM[1]), ("甲/盖章.pdf", scan()), ("甲/营业执照.txt", b"licence"),
             ("乙/需求表.docx", OTHER_UNIT[1]), ("乙/盖章.jpg", scan("photo.jpg"))]
    entries = after(intake, mailbox, mail("xian@hunan.gov.cn", files=[("材料.zip", gbk_zip(files))], at=AFTERNOON))
    assert [entry["status"] for entry in entries.values()] == ["complete"] * 2, entries
    assert hashlib.sha256(scan("photo.jpg")).hexdigest() in {f["sha256"] for f in entries["XT2024-0002"]["files"]}
    assert {"甲/盖章.pdf", "甲/营业执照.txt"} <= names(entries[FIRST])


def test_scans_that_nobody_can_tell_apart(intake, mailbox):
    files = [("甲.docx", FORM[1]), ("乙.docx", OTHER_UNIT[1]), ("1.pdf", scan()), ("2.jpg", scan("photo.jpg"))]
    entries = after(intake, mailbox, mail("xian@hunan.gov.cn", files=files, at=AFTERNOON))
    assert len(entries) == 2
    for entry in entries.values():
        assert entry["status"] == "review" and len(entry["files"]) == 1
        assert [f["rule"] for f in entry["findings"]].count("attribution") == 1


def test_scans_that_bear_the_units_names(intake, mailbox):
    units = [applicant(of)["unit_name"] for of in ("colour.pdf", "photo.jpg")]
    files = [("甲.docx", FORM[1]), ("乙.docx", OTHER_UNIT[1]), (f"{units[1]}盖章.jpg", scan("photo.jpg")),
             (f"{units[0]}盖章.pdf", scan())]
    entries = after(intake, mailbox, mail("xian@hunan.gov.cn", files=files, at=AFTERNOON, style="utf8"))
    assert [entry["status"] for entry in entries.values()] == ["complete"] * 2


def test_the_same_form_twice_in_one_mail(intake, mailbox):
    files = [FORM, ("需求表（副本）.docx", FORM[1]), SCAN]
    entries = after(intake, mailbox, mail(files=files, at=AFTERNOON))
    assert entries.keys() == {FIRST} and entries[FIRST]["status"] == "complete", entries[FIRST]["findings"]


def test_two_states_of_one_form_in_one_mail(intake, mailbox):
    """Nobody can say which of them is meant."""
    entries = after(intake, mailbox, mail(files=[FORM, NEWER, SCAN], at=AFTERNOON))
    assert entries.keys() == {FIRST} and entries[FIRST]["status"] == "review"
    assert "attribution" in rules(entries[FIRST], person=True)


def test_forms_that_may_be_for_a_waiting_scan(intake, mailbox):
    mailbox.put(mail(files=[SCAN]))
    intake.poll()
    entries = after(intake, mailbox, mail(files=[FORM, OTHER_UNIT], at=AFTERNOON))
    assert len(entries) == 3 and names(entries[FIRST]) == {"盖章件.pdf"}
    assert all("attribution" in rules(entries[f"XT2024-000{n}"], person=True) for n in (2, 3))
    shown = intake.ok("show", "XT2024-0002", at=EVENING).out
    assert "可能与 XT2024-0001 是同一申报：（未收到能够读取的需求表）" in shown


def test_a_mail_in_a_mail_in_a_mail(intake, mailbox):
    inner = mail("zhang@foxmail.com", files=[FORM, SCAN])
    entries = after(intake, mailbox, forwarded(forwarded(inner, "zhen@hunan.gov.cn"), at=AFTERNOON))
    assert entries[FIRST]["status"] == "complete" and names(entries[FIRST]) >= {"需求表.docx", "盖章件.pdf"}


# ---- Again, newer, later ----


def test_the_same_bytes_again(intake, mailbox, smtp):
    letter = mail(files=[FORM, SCAN])
    mailbox.put(letter)
    intake.poll()
    before = intake.only()
    entries = after(intake, mailbox, letter)
    assert standing(entries[FIRST]) == standing(before) and len(smtp.kept) == 1


def test_everything_again_changes_nothing_and_is_not_answered(intake, mailbox, smtp, complete):
    entries = after(intake, mailbox, mail(files=[FORM, SCAN], at=AFTERNOON))
    assert standing(entries[FIRST]) == standing(complete)
    assert len(entries[FIRST]["mails"]) == 2 and len(smtp.kept) == 1


def test_everything_again_with_the_forgotten_scan_is_answered(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM]))
    intake.poll()
    entries = after(intake, mailbox, mail(files=[FORM, SCAN], at=AFTERNOON))
    assert entries[FIRST]["status"] == "complete" and entries[FIRST]["version"] == 1
    assert [reply["kind"] for reply in entries[FIRST]["replies"]] == ["received-incomplete", "received"]


def test_form_then_scan_then_a_newer_form(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM]), mail(files=[SCAN], text="补扫描件", at="2024-09-10 10:00:00"))
    intake.poll()
    entries = after(intake, mailbox, mail(files=[NEWER], at=AFTERNOON))
    assert entries.keys() == {FIRST} and entries[FIRST]["status"] == "complete"
    assert (entries[FIRST]["version"], entries[FIRST]["fields"]["budget_total"]) == (1, "300")


def test_a_question_from_a_known_sender(intake, mailbox, smtp, complete):
    entries = after(intake, mailbox, mail(subject="请问揭榜挂帅什么时候出结果", text="请问何时公布？", at=AFTERNOON))
    assert entries[FIRST] | {"replies": 0} == complete | {"replies": 0}
    assert [entry["class"] for entry in intake.log("--all", at=EVENING) if entry["receipt"] is None] == ["question"]
    assert len(smtp.kept) == 2


def test_an_encrypted_newer_form_takes_nothing_from_a_complete_one(intake, mailbox, smtp, complete):
    """A person looks, and the sender hears what to do."""
    locked = ("需求表（修改）.docx", sample("v66_encrypted"))
    entries = after(intake, mailbox, mail(files=[locked], at=AFTERNOON))
    entry = entries[FIRST]
    assert (entry["status"], entry["version"], entry["fields"]) == ("review", 1, complete["fields"])
    assert "encrypted" in rules(entry) and "设有密码" in answers(smtp)[-1].text
    entries = after(intake, mailbox, mail(files=[NEWER, NEWER_SCAN], at="2024-09-10 19:00:00"), at="2024-09-10 20:00:00")
    assert entries[FIRST]["status"] == "complete" and "encrypted" not in rules(entries[FIRST])


# ---- After the deadline ----


@pytest.fixture
def in_time(intake, mailbox):
    mailbox.put(mail(files=[FORM, SCAN], at="2024-09-13 09:00:00"))
    intake.poll("2024-09-13 10:00:00")
    return intake.only(at="2024-09-13 10:00:00")


LATE = {
    "a form and its scan": [NEWER, NEWER_SCAN],
    "the same form with another scan": [FORM, NEWER_SCAN],
    "a scan": [NEWER_SCAN],
    "a form": [NEWER],
    "a file that nobody can read": [("需求表（修改）.docx", sample("v66_encrypted"))],
    "two forms and scans": [FORM, NEWER, NEWER_SCAN],
}


@pytest.mark.parametrize("files", LATE.values(), ids=LATE)
def test_late_changes_nothing_that_was_complete(intake, mailbox, smtp, in_time, files):
    letter = mail(files=files, text="补扫描件", at=DEADLINE_MORNING)
    entry = after(intake, mailbox, letter, at=AFTER_DEADLINE)[FIRST]
    for key in ("version", "fields", "files", "complete_at"):
        assert entry[key] == in_time[key], key
    assert entry["in_time"] is True and entry["status"] == "complete"
    assert rules(entry) - rules(in_time) == {"late_version"}
    assert entry["replies"][-1]["kind"] == "late"


def test_the_same_again_after_the_deadline_is_nothing_new(intake, mailbox, smtp, in_time):
    entry = after(intake, mailbox, mail(files=[FORM, SCAN], at=DEADLINE_MORNING), at=AFTER_DEADLINE)[FIRST]
    assert standing(entry) == standing(in_time) and len(smtp.kept) == 1


def test_a_late_scan_for_a_form_that_waits_beside_a_complete_one(intake, mailbox, in_time):
    mailbox.put(mail(files=[NEWER], at="2024-09-14 09:00:00"))
    intake.poll("2024-09-14 10:00:00")
    entry = after(intake, mailbox, mail(files=[NEWER_SCAN], text="补扫描件", at=DEADLINE_MORNING), at=AFTER_DEADLINE)[FIRST]
    assert (entry["version"], entry["files"]) == (1, in_time["files"])
    versions = json.loads(intake.ok("show", FIRST, "--json", at=AFTER_DEADLINE).out)["versions"]
    assert "新盖章件.pdf" in {file["name"] for version in versions[1:] for file in version["files"]}


def test_a_late_scan_for_an_incomplete_one(intake, mailbox, smtp):
    mailbox.put(mail(files=[FORM], at="2024-09-13 09:00:00"))
    intake.poll("2024-09-13 10:00:00")
    entry = after(intake, mailbox, mail(files=[SCAN], text="补扫描件", at=DEADLINE_MORNING), at=AFTER_DEADLINE)[FIRST]
    assert (entry["status"], entry["in_time"]) == ("late", False)
    assert entry["complete_at"] == "2024-09-15T10:00:00+08:00"
    assert entry["replies"][-1]["kind"] == "late"


def test_a_late_form_without_a_scan_is_told_so(intake, mailbox, smtp):
    entry = after(intake, mailbox, mail(files=[FORM], at=DEADLINE_MORNING), at=AFTER_DEADLINE)[FIRST]
    assert (entry["status"], entry["in_time"]) == ("incomplete", False)
    assert [reply["kind"] for reply in entry["replies"]] == ["late"]
    assert "未收到加盖单位公章的需求表扫描件" in answers(smtp)[0].text


# ---- What a person joins ----


WHO = ("--by", "王科长", "--why", "电话核实")


@pytest.mark.parametrize("into", [FIRST, "XT2024-0002"])
def test_a_scan_and_a_form_that_a_person_joins_are_one_version(intake, mailbox, into):
    mailbox.put(mail(files=[FORM]), mail("mobile@foxmail.com", files=[SCAN], at="2024-09-10 10:00:00"))
    intake.poll()
    other = "XT2024-0002" if into == FIRST else FIRST
    intake.ok("decide", other, "merge", into, *WHO, at=EVENING)
    entry = intake.only(at=EVENING)
    assert (entry["receipt"], entry["status"]) == (into, "complete"), entry["findings"]
    assert names(entry) == {"需求表.docx", "盖章件.pdf"}
    assert entry["complete_at"] == "2024-09-10T10:00:00+08:00"
    assert entry["first_received_at"] == "2024-09-10T09:12:33+08:00"


def test_what_was_joined_is_not_quoted_to_the_other(intake, mailbox, smtp):
    """Proved as he is, he did not send that form."""
    mailbox.put(mail(files=[FORM]), mail("mobile@foxmail.com", files=[SCAN], at="2024-09-10 10:00:00"))
    intake.poll()
    intake.ok("decide", "XT2024-0002", "merge", FIRST, *WHO, "--answer", at=EVENING)
    intake.poll("2024-09-10 19:00:00")
    answer = answers(smtp)[-1]
    assert answer["To"] == "mobile@foxmail.com" and FIRST in answer.text
    assert "盖章件.pdf" in answer.text and "需求表.docx" not in answer.text
    assert applicant()["unit_name"] not in answer.text and applicant()["demand_name"] not in answer.text


def test_a_decision_between_two_stages(intake, mailbox, smtp):
    """A poll that died after sorting, and a person who took the mail out meanwhile: nobody hears of it."""
    mailbox.put(mail(files=[FORM, SCAN]))
    intake.poll()
    write(intake, "update mail set state = 'sorted'")
    intake.ok("decide", FIRST, "class", "unrelated", *WHO)
    intake.poll(EVENING)
    assert intake.log() == [] and len(smtp.kept) == 1


# ---- The chain ----


def test_every_row_is_in_the_chain_as_it_is(intake, mailbox, smtp, in_time):
    """The newest event that names a row has its digest; a row that is gone is named so."""
    mailbox.put(mail("rival@foxmail.com", files=[NEWER, SCAN], at="2024-09-13 10:00:00"),
                mail(files=[NEWER], at="2024-09-13 11:00:00"), mail(files=[NEWER_SCAN], text="补扫描件", at=DEADLINE_MORNING))
    intake.poll(AFTER_DEADLINE, "--no-send")
    intake.ok("decide", "XT2024-0002", "merge", FIRST, *WHO, "--answer", at=AFTER_DEADLINE)
    intake.ok("decide", FIRST, "accept", "--by", "\udccd\udcf5", "--why", "在GBK终端上", at=AFTER_DEADLINE)
    digests = {}
    for event in intake.rows("select rows, salts from event order by number"):
        for row, salt in zip(json.loads(event["rows"]), json.loads(event["salts"]), strict=True):
            digests[row["table"], row["id"]] = salt, row["digest"]
    kept = set()
    for table in {row["name"] for row in intake.rows("select name from sqlite_schema where type = 'table'")} - {"event"}:
        for row in intake.rows(f'select * from "{table}"'):
            kept.add((table, row["id"]))
            salt, digest = digests[table, row["id"]]
            text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            assert hashlib.sha256((salt + text).encode()).hexdigest() == digest, (table, row)
    assert {key for key, (_, digest) in digests.items() if digest} == kept


def by_another_way(letter):
    """The same, handed over by another host."""
    letter.raw = letter.raw.replace(b"Received: from out.mail.", b"Received: from mx.elsewhere.", 1)
    return letter


def write(intake, sql):
    import sqlite3
    with sqlite3.connect(intake.database) as connection:
        connection.execute(sql)
    connection.close()
