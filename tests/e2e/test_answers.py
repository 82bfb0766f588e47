"""The answer as its receiver sees it."""

import base64
import hashlib
import quopri
import re

import pytest
from answers import answers
from bureau import passed_on
from mails import applicant, form, gbk_zip, mail, sample, scan

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


# Line ends, NUL, and what turns the direction of a line: U+061C, U+200E/F, U+202A-202E, U+2028/9, U+2066-2069.
STEERING = "\r\n\0\x1b\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069"


def test_nothing_that_steers_reaches_an_answer(intake, mailbox, smtp):
    """Also where the office's own texts quote the sender: headers, names of files, values of the form, and names of
    what is only linked."""
    (intake.replies / "received-incomplete.txt").write_text(
        "Subject: {receipt} {subject}{sender_name}\n\n{sender_name}来信“{subject}”\n{findings}\n{files}\n{understood}",
        encoding="utf-8")
    name = f"需求表{STEERING}fdp.docx"
    mailbox.put(mail(name=f"王{STEERING}工", subject=f"揭榜挂帅{STEERING}Bcc: everyone@qq.com", style="utf8",
                     message_id="<a\u202eb\u2066c@qq.com>",
                     files=[(name, form(postcode="41\u202e120", contact_name="王\u2066工")),
                            (f"密{STEERING}件.docx", sample("v66_encrypted"))]))
    intake.poll()
    answer, = answers(smtp)
    assert answer["Bcc"] is None and smtp.kept[0].recipients == ["wang@qq.com"]
    said = f"{answer['Subject']}{answer['From']}{answer['In-Reply-To']}{answer['References']}{answer.text}"
    assert not set(STEERING) - {"\r", "\n"} & set(said)
    assert "需求表" in answer.text and "fdp.docx" in answer.text and "“41120”" in answer.text
    # A line of its own is what the office wrote.
    assert not re.search("^(Bcc|fdp|件)", answer.text, re.MULTILINE)


def words_of(header):
    """The encoded words of a raw HEADER, each decoded alone."""
    for charset, encoding, text in re.findall(rb"=\?([^?]+)\?([BQ])\?([^?]*)\?=", header, re.IGNORECASE):
        content = base64.b64decode(text) if encoding.upper() == b"B" else quopri.decodestring(text, header=True)
        yield content.decode(charset.decode())


def test_names_are_whole_in_each_word_of_a_header(intake, mailbox, smtp):
    """QQ shows RFC 2047 and nothing else, each word for itself (RFC 2047 section 5): no character is cut, no line and
    no word too long."""
    office = "湘潭市科学技术局成果转化与产学研合作科（揭榜挂帅项目技术需求征集工作专班）"
    intake.set(smtp={"from_name": office})
    (intake.replies / "received.txt").write_text("Subject: 【已收到】{receipt} {campaign}{campaign}\n\n{receipt}",
                                                 encoding="utf-8")
    mailbox.put(mail(files=FILES))
    intake.poll()
    raw = smtp.kept[0].data.split(b"\r\n\r\n")[0]
    assert raw.isascii() and b"*=" not in raw and b"*0" not in raw
    assert [line for line in raw.split(b"\r\n") if len(line) > 78] == []
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]+\?[BQbq]\?[^?]*\?=", raw))
    lines = raw.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines)
    assert "".join(words_of(headers[b"From"])).strip('"') == office
    assert headers[b"From"].endswith(b"<xtkjjcgk@163.com>")
    campaign = "湘潭市2024年度科技创新“揭榜挂帅”项目技术需求征集"
    assert answers(smtp)[0]["Subject"] == f"【已收到】XT2024-0001 {campaign}{campaign}"
    assert len(list(words_of(headers[b"Subject"]))) > 2


def test_an_oversize_file_is_named_with_size_and_expiry_while_it_is_missing(intake, mailbox, smtp):
    link = ("从163邮箱发来的超大附件\n\n盖章件.pdf (80.96M, 2024年10月10日 21:59 到期)\n"
            "https://mail.163.com/large-attachment-download/index.html?p=abc\n")
    mailbox.put(mail(text=link, files=FILES[:1], style="utf8"))
    intake.poll()
    answer, = answers(smtp)
    assert "“盖章件.pdf”（80.96M，2024年10月10日 21:59到期）" in answer.text and "作为普通附件重新发送" in answer.text
    mailbox.put(mail(text=link, files=FILES[1:], style="utf8", at="2024-09-10 13:00:00"))
    intake.poll("2024-09-10 14:00:00")
    assert intake.only()["status"] == "complete"
    assert "超大附件" not in answers(smtp)[1].text and "80.96M" not in answers(smtp)[1].text


def test_what_another_sent_is_not_spoken_of(intake, mailbox, smtp):
    """Two senders of one submission, since a person said so: neither reads of the other's files."""
    secret = sample("v66_encrypted")
    mailbox.put(mail(files=[FILES[0], ("甲的密件.docx", secret)]),
                mail("li@qq.com", "李工", files=[("乙的密件.docx", secret)], at="2024-09-10 10:00:00"))
    intake.poll()
    intake.ok("decide", "XT2024-0002", "merge", "XT2024-0001", "--by", "李处", "--why", "电话确认", "--answer",
              at="2024-09-10 14:00:00")
    intake.poll("2024-09-10 14:10:00")
    mailbox.put(mail(subject="揭榜挂帅需求表 XT2024-0001", files=[("说明.txt", "说明".encode())], at="2024-09-10 15:00:00"))
    intake.poll("2024-09-10 16:00:00")
    told = "".join(finding["message"] for finding in intake.only()["findings"])
    assert "甲的密件" in told and "乙的密件" in told
    *_, to_li, to_wang = answers(smtp)
    assert (to_li["To"], to_wang["To"]) == ("li@qq.com", "wang@qq.com")
    assert "XT2024-0001" in to_li.text and "乙的密件" in to_li.text and "甲的密件" not in to_li.text
    assert FILES[0][0] not in to_li.text and hashlib.sha256(FILES[0][1]).hexdigest() not in to_li.text
    assert not any(words in to_li.text for words in applicant().values())
    assert "XT2024-0001" in to_wang.text and "甲的密件" in to_wang.text and "乙的密件" not in to_wang.text


def test_a_digest_to_one_who_is_not_proved(intake, mailbox, smtp):
    intake.set(reply={"per_sender_per_day": 1, "settle_minutes": 0})
    for number in range(1, 5):
        at = f"2024-09-10 14:0{number}:00"
        mailbox.put(passed_on(number, at, proved=number == 2, postcode="41120"))
        intake.poll(at)
    intake.poll("2024-09-10 16:00:00")
    answer = answers(smtp)[-1]
    assert all(f"XT2024-000{number}" in answer.text for number in (2, 3, 4))
    assert "轴承有限公司" not in answer.text and "41120" not in answer.text


def test_all_that_came_since_the_last_answer_is_in_it(intake, mailbox, smtp):
    """Two mails, one answer: also of a form that does not stand yet it says that it has come."""
    mailbox.put(mail(files=FILES))
    intake.poll()
    mailbox.put(mail(subject="更正需求表", files=[("更正.docx", form(postcode="411201"))], at="2024-09-10 14:00:00"),
                mail(subject="揭榜挂帅需求表补充", files=[("说明.txt", "说明".encode())], at="2024-09-10 14:03:00"))
    intake.poll("2024-09-10 15:00:00")
    assert len(smtp.kept) == 2
    assert all(name in answers(smtp)[1].text for name in ("更正.docx（2024年9月10日 14:00:00 收到）", "说明.txt"))


def test_an_answer_has_an_end(intake, mailbox, smtp):
    """Values of thousands of characters, and thousands of files."""
    packed = [(f"{number}.zip", gbk_zip([(f"{number}-{member}.txt", b"%d-%d" % (number, member)) for member in range(520)]))
              for number in range(2)]
    mailbox.put(mail(files=[("需求表.docx", form(credit_code="9" * 5000, postcode="4" * 5000)), *packed]))
    intake.poll()
    answer, = answers(smtp)
    assert "其余41个文件均已登记，此处不一一列出" in answer.text
    assert max(map(len, answer.text.splitlines())) < 1000 and "999……" in answer.text


def test_the_code_that_was_probably_meant_is_offered(intake, mailbox, smtp):
    right = applicant()["credit_code"]
    wrong = right.replace("0", "O").replace("1", "I")
    assert wrong != right
    mailbox.put(mail(files=[("需求表.docx", form(credit_code=wrong)), ("盖章件.pdf", scan())]))
    intake.poll()
    answer, = answers(smtp)
    assert f"“{wrong}”" in answer.text and f"是否应为“{right}”？" in answer.text
    assert intake.only()["fields"]["credit_code"] == wrong
