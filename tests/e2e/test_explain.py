"""`check --explain` over submissions as they came, and what `show` remarks about a unit."""

import pytest
from mails import form, mail, sample, scan

SCAN = ("件.pdf", scan())
SUMS = ("需求表.docx", form(budget_apply="50"))


def explain(intake, *words):
    return intake.ok("check", "--explain", *words).out


@pytest.fixture
def taken(intake, mailbox):
    mailbox.put(mail(files=[SUMS, SCAN], at="2024-09-10 09:00:00"),
                mail("li@qq.com", files=[("表.docx", form(of="photo.jpg", budget_total="约300"))], at="2024-09-10 09:01:00"),
                mail("wu@qq.com", files=[("空.docx", sample("blank"))], at="2024-09-10 09:02:00"))
    intake.poll()
    return intake


@pytest.mark.parametrize("rule, number, said", [
    ("budget_sum_mismatch", 1, ["near(budget_self + budget_apply, budget_total)", "near(270.0 + 50.0, 300.0)", "false",
                                "自筹 270 万元与申请专项 50 万元之和"]),
    ("budget_sum_mismatch", 2, ["near(270.0 + 30.0, NULL)", "NULL (not read: budget_total)", "number_not_plain:budget_total"]),
    ("budget_sum_mismatch", 3, ["near(NULL + NULL, NULL)", "nothing is said of it", "there is no form"]),
    ("budget_below_100", 1, ["300.0 >= 100", "true: nothing is said"]),
    ("scan_missing", 2, ["0 > 0 or nullif(0 > 0, 1)", "未收到加盖单位公章的需求表扫描件"]),
    ("deadline", 1, ["/* 2024年9月10日 09:00:00 */ < 1726329600 /* 2024年9月15日 00:00:00 */", "true"]),
    ("number_not_plain:budget_total", 2, ["number('约300')", "“计划研发投入”填写为“约300”"]),
])
def test_an_expression_with_the_values_put_in(taken, rule, number, said):
    before = taken.dump()
    out = explain(taken, rule, f"XT2024-000{number}")
    assert out.startswith(f"{rule}  XT2024-000{number}\n")
    assert [words for words in said if words not in out] == []
    assert taken.dump() == before


def test_under_the_campaign_file_of_today(taken):
    taken.campaign_edit("budget_total >= 100", "budget_total >= 500")
    assert "300.0 >= 500" in explain(taken, "budget_below_100", "XT2024-0001")


def test_what_cannot_be_explained(taken):
    wrong = taken.run("check", "--explain", "budget", "XT2024-0001")
    assert wrong.status == 65 and "budget_sum_mismatch" in wrong.err and "campaign.conf" in wrong.err
    wrong = taken.run("check", "--explain", "deadline", "XT2024-0009")
    assert wrong.status == 65 and "XT2024-0009" in wrong.err
    for words in (["--explain", "deadline"], ["XT2024-0001"], ["--explain"], ["--explain", "deadline", "XT2024-0001", "b"]):
        assert taken.run("check", *words).status == 64, words


def test_nothing_was_taken_in_yet(intake):
    assert intake.run("check", "--explain", "deadline", "XT2024-0001").status == 65
    intake.ok("check")


# ---- What is only for staff to know ----


def remarks(intake, number):
    return [line for line in intake.ok("show", f"XT2024-000{number}").out.splitlines() if line.startswith("[备注]")]


def test_a_unit_with_a_second_demand(intake, mailbox, smtp):
    mailbox.put(mail(files=[("甲.docx", form()), SCAN], at="2024-09-10 09:00:00"))
    intake.poll("2024-09-10 09:30:00")
    assert remarks(intake, 1) == []
    mailbox.put(mail("li@qq.com", files=[("乙.docx", form(demand_name="另一项技术需求")), SCAN], at="2024-09-10 10:00:00"))
    intake.poll()
    assert [entry["status"] for entry in intake.log()] == ["complete", "complete"]
    assert [entry["findings"] for entry in intake.log()] == [[], []]
    (first,), (second,) = remarks(intake, 1), remarks(intake, 2)
    assert "同一单位另有申报（XT2024-0002）" in first and "同一单位另有申报（XT2024-0001）" in second
    assert not any("另有申报" in kept.data.decode("utf-8", "replace") for kept in smtp.kept)
    assert intake.ok("recheck").out == ""
    intake.ok("decide", "XT2024-0002", "class", "unrelated", "--by", "李处", "--why", "误发")
    assert remarks(intake, 1) == []


def test_another_name_under_the_same_code(intake, mailbox):
    mailbox.put(mail(files=[("甲.docx", form(unit_name="湘潭（九华）甲公司")), SCAN], at="2024-09-10 09:00:00"),
                mail(files=[("甲.docx", form(unit_name="湘潭乙公司", contact_title="副总")), SCAN], at="2024-09-10 10:00:00"))
    intake.poll()
    entry = intake.only()
    assert entry["version"] == 2 and entry["findings"] == []
    line, = remarks(intake, 1)
    assert "湘潭（九华）甲公司" in line and "本件填写为“湘潭乙公司”" in line and "unit_name_differs" in line


def test_a_name_written_another_way_is_the_same(intake, mailbox):
    mailbox.put(mail(files=[("甲.docx", form(unit_name="湘潭（九华）甲公司")), SCAN], at="2024-09-10 09:00:00"),
                mail(files=[("甲.docx", form(unit_name="湘潭(九华) 甲公司", contact_title="副总")), SCAN], at="2024-09-10 10:00:00"))
    intake.poll()
    assert intake.only()["version"] == 2 and remarks(intake, 1) == []
