"""The answer as its receiver sees it."""

import hashlib
import re

import pytest
from answers import answers
from mails import applicant, form, mail, scan

FILES = [("需求表（最终）.docx", form()), ("盖章件.pdf", scan())]


@pytest.fixture
def sent(intake, mailbox, smtp):
    """(mail, answer, log entry) of one complete submission."""
    letter = mail(files=FILES)
    mailbox.put(letter)
    intake.poll()
    answer, = answers(smtp)
    return letter, answer, intake.only()


def test_headers(sent):
    letter, answer, entry = sent
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["X-Auto-Response-Suppress"] == "All"
    assert answer["In-Reply-To"] == letter.message_id
    assert letter.message_id in answer["References"]
    assert answer["Content-Language"] == "zh-CN"
    assert answer["Message-ID"] == entry["replies"][0]["message_id"]
    assert answer["To"] == "wang@qq.com"
    assert "xtkjjcgk@163.com" in answer["From"] and "湘潭市科技局" in answer["From"]
    assert "XT2024-0001" in answer["Subject"]
    assert answer["Date"].endswith("+0800")


def test_plain_text_that_every_server_takes(sent):
    _, answer, _ = sent
    assert answer.message.get_content_type() == "text/plain"
    assert answer.message.get_content_charset() == "utf-8"
    assert answer["Content-Transfer-Encoding"] in ("base64", "quoted-printable")
    assert answer.raw.isascii()
    assert max(map(len, answer.raw.split(b"\r\n"))) <= 998 and b"\n" not in answer.raw.replace(b"\r\n", b"")


def test_it_says_what_came_and_when(sent):
    _, answer, entry = sent
    assert "XT2024-0001" in answer.text
    assert "2024年9月10日 09:12:33" in answer.text
    for name, content in FILES:
        assert name in answer.text
        assert hashlib.sha256(content).hexdigest() in answer.text
        assert f"{len(content)} 字节" in answer.text
    assert applicant()["unit_name"] in answer.text
    assert "58570302" in answer.text
    assert not re.search(r"\{[a-z_]+\}", answer.text), "a name that nobody filled in"


def test_the_proof_is_in_the_chain(sent, intake):
    _, answer, _ = sent
    number, digest = answer.proof
    assert intake.rows("select hash from event where number = ?", number) == [{"hash": digest}]


def test_findings_come_numbered_with_their_mend(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form(budget_total="80", budget_self="60", budget_apply="20",
                                             postcode="41120"))]))
    intake.poll()
    answer, = answers(smtp)
    told = [f for f in intake.only()["findings"] if f["level"] in ("must", "should") and not f["person"]]
    assert {"scan_missing", "budget_below_100", "postcode_bad_format"} <= {f["rule"] for f in told}
    for finding in told:
        assert finding["message"] in answer.text
        if finding["fix"]:
            assert finding["fix"] in answer.text


def test_staff_findings_stay_with_staff(intake, mailbox, smtp):
    mailbox.put(mail(files=FILES, at="2024-09-14 09:00:00"))
    intake.poll("2024-09-14 10:00:00")
    staff = [f for f in intake.only(at="2024-09-14 10:00:00")["findings"] if f["level"] == "staff"]
    assert staff
    answer, = answers(smtp)
    assert not any(finding["message"] in answer.text for finding in staff)


@pytest.mark.parametrize("proved", [None, False, "fail"])
def test_to_one_who_is_not_proved_nothing_that_stands_in_the_form(intake, mailbox, smtp, proved):
    mailbox.put(mail(files=FILES, proved=proved))
    intake.poll()
    assert intake.only()["sender"]["proved"] is not True
    answer, = answers(smtp)
    assert "XT2024-0001" in answer.text
    assert not any(words in answer.text for words in applicant().values())


def test_review_says_it_is_being_checked(intake, mailbox, smtp):
    mailbox.put(mail(files=[("需求表.docx", form(budget_total="约300")), FILES[1]]))
    intake.poll()
    entry = intake.only()
    assert entry["status"] == "review"
    assert "number_not_plain:budget_total" in {f["rule"] for f in entry["findings"]}
    assert [r["kind"] for r in entry["replies"]] == ["received-checking"]


def test_a_subject_and_a_name_cannot_add_headers(intake, mailbox, smtp):
    mailbox.put(mail(name="王\r\n工", subject="揭榜挂帅\r\nBcc: everyone@qq.com", files=FILES))
    intake.poll()
    answer, = answers(smtp)
    assert answer["Bcc"] is None and smtp.kept[0].recipients == ["wang@qq.com"]


def test_the_code_that_was_probably_meant_is_offered(intake, mailbox, smtp):
    right = applicant()["credit_code"]
    wrong = right.replace("0", "O").replace("1", "I")
    assert wrong != right
    mailbox.put(mail(files=[("需求表.docx", form(credit_code=wrong)), ("盖章件.pdf", scan())]))
    intake.poll()
    answer, = answers(smtp)
    assert f"“{wrong}”" in answer.text and f"是否应为“{right}”？" in answer.text
    assert intake.only()["fields"]["credit_code"] == wrong
