"""What a mail is, and which of a sender's submissions its files belong to."""

import re

import pytest
from answers import answers
from mails import OURS, form, forwarded, gbk_zip, mail, scan

UNITS = ["湘潭甲申电机有限公司", "湘潭乙未新材料有限公司", "湘潭丙午机器人有限公司"]
SCANS = ["colour.pdf", "two-pages.pdf", "photo.jpg"]
DEMANDS = ["永磁电机轴承电腐蚀防护技术", "钠离子电池负极材料制备技术", "矿山巡检机器人防爆技术"]
BUREAU = "xian@hunan.gov.cn"
MORNING, NOON, AFTERNOON, EVENING = (f"2024-09-10 {time}" for time in ("09:12:33", "12:00:00", "15:00:00", "18:00:00"))


def demand(number, name="需求表.docx", unit=None):
    return name, form(unit_name=UNITS[number if unit is None else unit], demand_name=DEMANDS[number])


def stamped(number, name="盖章件.pdf"):
    return name, scan(SCANS[number])


def classes(intake, at=NOON):
    return [entry["class"] for entry in intake.log("--all", at=at)]


def files(entry, role="scan"):
    return [file["name"] for file in entry["files"] if file["role"] == role]


def complete(intake, at=EVENING):
    """Unit → scans, of the submissions that are complete."""
    return {entry["fields"]["unit_name"]: files(entry) for entry in intake.log(at=at) if entry["status"] == "complete"}


# ---- What a mail is ----


@pytest.mark.parametrize("options, expected", [
    ({"subject": "关于召开安全生产会议的通知", "text": "请各单位参加。"}, "unrelated"),
    ({"subject": "8月工资条", "text": "见附件", "files": [stamped(0, "工资条.pdf")]}, "unrelated"),
    ({"subject": "请问揭榜挂帅如何申报", "text": "请问截止时间？"}, "question"),
    ({"files": [demand(0)]}, "submission"),
    ({"subject": "材料", "text": "", "files": [demand(0)]}, "submission"),
    ({"subject": "揭榜挂帅需求表扫描件", "files": [stamped(0)]}, "submission"),
    ({"subject": "揭榜挂帅", "files": [("说明.txt", b"text")]}, "submission"),
    ({"headers": ["Auto-Submitted: auto-generated"], "files": [demand(0), stamped(0)]}, "submission"),
    ({"headers": ["List-Unsubscribe: <mailto:x@y.cn>"], "files": [stamped(0)]}, "submission"),
    ({"subject": "企业培训", "headers": ["List-Unsubscribe: <mailto:x@y.cn>"], "files": [stamped(0)]}, "list"),
    ({"subject": "揭榜挂帅培训班招生", "headers": ["Precedence: bulk"]}, "list"),
    ({"subject": "自动回复：揭榜挂帅"}, "auto"),
    ({"subject": "公司材料", "text": "从QQ邮箱发来的超大附件\n\n揭榜挂帅需求表.docx (60.5M, 2024年10月10日 21:59 到期)进入下载页面："
      "http://mail.qq.com/cgi-bin/ftnExs_download?k=1\n"}, "submission"),
    ({"sender": OURS, "name": "市科技局", "subject": "揭榜挂帅需求征集通知"}, "own"),
    ({"sender": OURS, "name": "市科技局", "files": [demand(0), stamped(0)]}, "submission"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_classes(intake, mailbox, smtp, options, expected):
    mailbox.put(mail(**options))
    intake.poll(NOON)
    assert classes(intake) == [expected]
    listed = {entry["class"] for entry in intake.log()}
    assert listed == ({"submission"} if expected == "submission" else set())
    marked = "headers" in options
    assert bool(smtp.kept) == (expected in ("question", "submission") and not marked and options.get("sender") != OURS)


def report(about, kind, files=(), sender="MAILER-DAEMON@qq.com"):
    """A multipart/report about a mail of ours (its raw bytes), from elsewhere."""
    letter = mail(sender, "", "系统报告", text="x", at=AFTERNOON, files=files, inside=[("原邮件.eml", about)], style="utf8")
    letter.raw = letter.raw.replace(b"multipart/mixed;", f"multipart/report; report-type={kind};".encode())
    return letter


def test_a_receipt_for_reading_that_returns_the_blank_form_is_no_submission(intake, mailbox):
    notice = mail(OURS, "市科技局", "揭榜挂帅通知", files=[demand(0)])
    mailbox.put(report(notice.raw, "disposition-notification", sender="wang@qq.com"))
    intake.poll(EVENING)
    assert classes(intake, EVENING) == ["receipt"] and intake.log(at=EVENING) == []


# ---- A bounce of one of our answers ----


@pytest.fixture
def answered(intake, mailbox, smtp):
    mailbox.put(mail(files=[demand(0)]))
    intake.poll(NOON)
    return answers(smtp)[0]


def test_a_bounce_is_shown_at_the_answer_that_came_back(intake, mailbox, answered):
    mailbox.put(report(answered.raw, "delivery-status"))
    done = intake.run("poll", at=EVENING)
    assert done.status == 0 and "XT2024-0001" in done.err and "undelivered" in done.err
    assert "wang@qq.com" not in done.err
    reply, = intake.only(at=EVENING)["replies"]
    assert (reply["state"], reply["returned_at"]) == ("sent", "2024-09-10T15:00:00+08:00")
    assert re.search("被退回.*2024-09-10 15:00:00", intake.ok("show", "XT2024-0001", at=EVENING).out)
    assert "被退回" in intake.ok("log", at=EVENING).out
    assert classes(intake, EVENING) == ["submission", "bounce"]
    assert intake.run("poll", at="2024-09-10 19:00:00").err == ""


def test_a_bounce_of_something_else_is_at_no_answer(intake, mailbox, answered):
    mailbox.put(report(mail(subject="别的").raw, "delivery-status"))
    assert intake.run("poll", at=EVENING).err == ""
    assert intake.only(at=EVENING)["replies"][0]["returned_at"] is None


# ---- Form and scan in different mails ----


@pytest.mark.parametrize("polls", [[NOON], ["2024-09-10 09:15:00", NOON]], ids=["one-poll", "two-polls"])
@pytest.mark.parametrize("days", ["10", "12"])
@pytest.mark.parametrize("first", ["form", "scan"])
def test_form_and_scan_in_any_order(intake, mailbox, smtp, first, days, polls):
    later = f"2024-09-{days} 09:20:00"
    pair = [mail(files=[demand(0)], at=MORNING), mail(subject="揭榜挂帅盖章扫描件", files=[stamped(0)], at=later)]
    if first == "scan":
        pair = [mail(subject="揭榜挂帅盖章扫描件", files=[stamped(0)], at=MORNING), mail(files=[demand(0)], at=later)]
    if len(polls) == 2:
        mailbox.put(pair[0])
        intake.poll(polls[0])
        mailbox.put(pair[1])
    else:
        mailbox.put(*pair)
    end = f"2024-09-{days} 12:00:00"
    intake.poll(end)
    entry = intake.only(at=end)
    assert entry["status"] == "complete", entry["findings"]
    assert entry["complete_at"] == f"2024-09-{days}T09:20:00+08:00"
    assert entry["replies"][-1]["kind"] == "received"


def test_the_mail_of_the_second_day_shows_up_before_the_first(intake, mailbox):
    """The first lay in the junk folder, which the provider shows later."""
    mailbox.put(mail(subject="揭榜挂帅盖章扫描件", files=[stamped(0)], at=AFTERNOON))
    intake.poll("2024-09-10 16:00:00")
    mailbox.put(mail(files=[demand(0)], at=MORNING))
    intake.poll(EVENING)
    assert complete(intake) == {UNITS[0]: ["盖章件.pdf"]}
    assert intake.only(at=EVENING)["first_received_at"] == "2024-09-10T09:12:33+08:00"


def test_a_link_from_one_whose_scan_is_missing(intake, mailbox, smtp):
    """Its subject says nothing; who has sent a form is believed to mean it."""
    mailbox.put(mail(files=[demand(0)]))
    intake.poll(NOON)
    mailbox.put(mail(subject="材料", text="链接：https://pan.baidu.com/s/1abc 提取码 1234", at=AFTERNOON))
    intake.poll(EVENING)
    entry = intake.only(at=EVENING)
    assert {"scan_missing", "cloud_attachment"} <= {finding["rule"] for finding in entry["findings"]}
    assert len(entry["replies"]) == 2 and "链接" in answers(smtp)[-1].text


# ---- Several demands ----


def test_one_unit_with_two_demands_and_two_units_with_one(intake, mailbox):
    same = ("丙.docx", form(unit_name=UNITS[1], credit_code="91430300MA4L2T5X8K", demand_name=DEMANDS[0]))
    mailbox.put(mail(files=[demand(0), stamped(0)]), mail(files=[demand(1, unit=0), stamped(1)], at="2024-09-10 09:30:00"),
                mail("li@foxmail.com", files=[same, stamped(2, "件.jpg")], at="2024-09-10 10:00:00"))
    intake.poll(NOON)
    assert [(entry["fields"]["unit_name"], entry["fields"]["demand_name"]) for entry in intake.log()] == [
        (UNITS[0], DEMANDS[0]), (UNITS[0], DEMANDS[1]), (UNITS[1], DEMANDS[0])]
    assert not any(finding["rule"] == "attribution" for entry in intake.log() for finding in entry["findings"])


def test_two_demands_in_one_mail_with_scans_by_their_names(intake, mailbox):
    mailbox.put(mail(files=[demand(0, "一.docx"), demand(1, "二.docx", unit=0), stamped(0, f"{DEMANDS[0]}.pdf"),
                            stamped(1, f"{DEMANDS[1]}盖章.pdf")]))
    intake.poll(NOON)
    assert [(entry["fields"]["demand_name"], files(entry)) for entry in intake.log()] == [
        (DEMANDS[0], [f"{DEMANDS[0]}.pdf"]), (DEMANDS[1], [f"{DEMANDS[1]}盖章.pdf"])]


def test_a_longer_name_is_not_taken_for_the_shorter_one_in_it(intake, mailbox):
    short, long = "湘潭电机厂", "湘潭电机厂力神动力分公司"
    mailbox.put(mail(files=[("1.docx", form(unit_name=short, demand_name=DEMANDS[0])),
                            ("2.docx", form(unit_name=long, credit_code="91430300MA4L2T5X8K", demand_name=DEMANDS[1])),
                            stamped(0, f"{short}盖章.pdf"), stamped(1, f"{long}盖章.pdf")]))
    intake.poll(NOON)
    assert complete(intake) == {short: [f"{short}盖章.pdf"], long: [f"{long}盖章.pdf"]}


# ---- A bureau that forwards ----


def bureau_parts(number):
    return [(name, content) for name, content in (demand(number), stamped(number))]


@pytest.mark.parametrize("pack", [
    lambda: {"files": [("材料.zip", gbk_zip([(f"{n}/{name}", content) for n in range(3)
                                             for name, content in bureau_parts(n)]))]},
    lambda: {"files": [("材料.zip", gbk_zip([(f"{n}/电子版/{demand(n)[0]}", demand(n)[1]) for n in range(3)] +
                                            [(f"{n}/扫描件/{stamped(n)[0]}", stamped(n)[1]) for n in range(3)]))]},
    lambda: {"files": [(f"{n}.zip", gbk_zip(bureau_parts(n))) for n in range(3)]},
    lambda: {"files": [("全部.zip", gbk_zip([(f"{n}.zip", gbk_zip(bureau_parts(n))) for n in range(3)]))]},
    lambda: {"files": [(f"{UNITS[n]}.zip", gbk_zip([demand(n)])) for n in range(3)] +
             [(f"{UNITS[n]}（盖章）.pdf", stamped(n)[1]) for n in range(3)]},
    lambda: {"inside": [(None, mail(f"u{n}@qq.com", files=bureau_parts(n)).raw) for n in range(3)]},
    lambda: {"inside": [(None, mail(f"u{n}@qq.com", files=[("材料.zip", gbk_zip([demand(n)])), stamped(n)]).raw)
                        for n in range(3)]},
], ids=["folders", "folders-in-folders", "zips", "zips-in-a-zip", "named", "mails", "mails-with-zips"])
def test_three_units_in_one_mail(intake, mailbox, smtp, pack):
    mailbox.put(mail(BUREAU, "县工信局", "转报揭榜挂帅需求表", at=MORNING, style="utf8", **pack()))
    intake.poll(NOON)
    assert complete(intake, NOON).keys() == set(UNITS), [entry["findings"] for entry in intake.log()]
    for entry in intake.log():
        number = UNITS.index(entry["fields"]["unit_name"])
        scans = [file["size"] for file in entry["files"] if file["role"] == "scan"]
        assert scans == [len(scan(SCANS[number]))]
    answer, = answers(smtp)
    assert all(f"XT2024-000{n}" in answer.text for n in (1, 2, 3))


def test_a_scan_beside_a_form_that_was_not_read_is_not_given_to_the_neighbour(intake, mailbox):
    packed = [("市/甲/需求表.docx", demand(0)[1]), ("市/乙/需求表.docx", demand(1)[1][:3000]),
              ("市/乙/盖章.pdf", stamped(1)[1]), ("县/丙/需求表.docx", demand(2)[1])]
    mailbox.put(mail(BUREAU, "县工信局", files=[("材料.zip", gbk_zip(packed))]))
    intake.poll(NOON)
    assert [files(entry) for entry in intake.log()] == [[], []]


def test_the_bureaus_own_letter_is_no_question_where_all_have_their_scans(intake, mailbox):
    packed = [(f"{n}/{name}", content) for n in range(2) for name, content in bureau_parts(n)]
    mailbox.put(mail(BUREAU, "县工信局", files=[("推荐函.jpg", scan("photo.jpg")), ("材料.zip", gbk_zip(packed))]))
    intake.poll(NOON)
    assert complete(intake, NOON).keys() == set(UNITS[:2])


def test_the_scans_of_several_come_in_a_second_mail(intake, mailbox, smtp):
    mailbox.put(mail(BUREAU, "县工信局", "转报揭榜挂帅需求表", files=[demand(n, f"{n}.docx") for n in range(3)], at=MORNING))
    intake.poll(NOON)
    mailbox.put(mail(BUREAU, "县工信局", "补报盖章件", files=[stamped(n, f"{UNITS[n]}.pdf") for n in range(3)], at=AFTERNOON))
    intake.poll(EVENING)
    assert complete(intake) == {unit: [f"{unit}.pdf"] for unit in UNITS}


def test_of_two_that_wait_the_subject_says_which(intake, mailbox):
    mailbox.put(mail(BUREAU, "县工信局", files=[demand(n, f"{n}.docx") for n in range(2)], at=MORNING))
    intake.poll(NOON)
    mailbox.put(mail(BUREAU, "县工信局", f"补扫描件：{UNITS[1]}", files=[stamped(1)], at=AFTERNOON))
    intake.poll(EVENING)
    assert complete(intake) == {UNITS[1]: ["盖章件.pdf"]}


def test_a_name_gives_nothing_to_what_is_somebody_elses(intake, mailbox):
    """A file may bear any name: only among its own sender's submissions it says something."""
    mailbox.put(mail(files=[demand(0)]), mail("rival@foxmail.com", files=[demand(1), stamped(1)], at="2024-09-10 10:00:00"))
    intake.poll(NOON)
    mailbox.put(mail("rival@foxmail.com", "李", f"补扫描件：{UNITS[0]}", files=[stamped(2, f"{UNITS[0]}.jpg")], at=AFTERNOON))
    intake.poll(EVENING)
    assert files(intake.submissions(at=EVENING)["XT2024-0001"]) == []


# ---- What a person settles ----


def test_candidates_are_listed_and_a_merge_settles_and_is_remembered(intake, mailbox):
    mailbox.put(mail(BUREAU, "县工信局", files=[demand(n, f"{n}.docx") for n in range(2)], at=MORNING),
                mail(BUREAU, "县工信局", "补盖章件", files=[stamped(1, "扫描.pdf")], at="2024-09-10 10:00:00"))
    intake.poll(NOON)
    shown = intake.ok("show", "XT2024-0003").out
    for number in (0, 1):
        assert f"可能与 XT2024-000{number + 1} 是同一申报：{UNITS[number]}“{DEMANDS[number]}”" in shown
        assert f"shoujian decide XT2024-0003 merge XT2024-000{number + 1} --by 姓名 --why 理由" in shown
    import json
    listed = json.loads(intake.ok("show", "XT2024-0003", "--json").out)["candidates"]
    assert listed == [{"receipt": f"XT2024-000{n}", "reason": "which-submission"} for n in (1, 2)]
    intake.ok("decide", "XT2024-0003", "merge", "XT2024-0002", "--by", "李科长", "--why", "电话核实")
    assert complete(intake, NOON) == {UNITS[1]: ["扫描.pdf"]} and len(intake.log()) == 2
    assert "可能与" not in intake.ok("show", "XT2024-0002").out
    intake.poll("2024-09-10 12:10:00")
    intake.ok("recheck", "--apply", at="2024-09-10 12:20:00")
    assert complete(intake, NOON) == {UNITS[1]: ["扫描.pdf"]}


def test_who_was_merged_may_go_on(intake, mailbox):
    """The unit's second clerk: once a person has joined the two, his next version is one of the same submission."""
    mailbox.put(mail(files=[demand(0), stamped(0)]),
                mail("li@foxmail.com", files=[("改.docx", form(unit_name=UNITS[0], demand_name=DEMANDS[0], staff_total="77")),
                                              stamped(1)], at="2024-09-10 10:00:00"))
    intake.poll(NOON)
    assert len(intake.log()) == 2
    intake.ok("decide", "XT2024-0002", "merge", "XT2024-0001", "--by", "李科长", "--why", "电话核实")
    again = form(unit_name=UNITS[0], demand_name=DEMANDS[0], staff_total="88")
    mailbox.put(mail("li@foxmail.com", files=[("再改.docx", again), stamped(2, "新.jpg")], at=AFTERNOON))
    intake.poll(EVENING)
    entry = intake.only(at=EVENING)
    assert (entry["fields"]["staff_total"], entry["version"]) == ("88", 3)
    assert not any(finding["rule"] == "attribution" for finding in entry["findings"])


def test_scans_of_nobody_knows_which_form_are_listed(intake, mailbox):
    mailbox.put(mail(BUREAU, files=[demand(0, "甲.docx"), demand(1, "乙.docx"), stamped(0, "1.pdf"), stamped(1, "2.pdf")]))
    intake.poll(NOON)
    shown = intake.ok("show", "XT2024-0001").out
    assert "不能对应到需求表" in shown and "1.pdf" in shown and "2.pdf" in shown


def test_a_forwarded_mail_with_one_file_twice(intake, mailbox):
    inner = mail("u@qq.com", files=[demand(0), stamped(0)])
    outer = forwarded(inner, BUREAU, files=[demand(0), stamped(0)])
    mailbox.put(outer)
    intake.poll("2024-09-11 12:00:00")
    entry = intake.only(at="2024-09-11 12:00:00")
    assert entry["status"] == "complete" and files(entry) == ["盖章件.pdf"]
