"""The filter mime over tests/fixtures/mail/: one mail for each habit and defect, and what must be read in it."""

import base64
import hashlib
import json
import unicodedata

import pytest
from filters import reader
from installation import ROOT
from mails import FIXTURES

MAILS = FIXTURES / "mail"
CORPUS = sorted(MAILS.glob("*.eml"))


@pytest.fixture
def read(tmp_path):
    return reader(tmp_path)


def golden(eml):
    return json.loads(eml.with_suffix(".json").read_text(encoding="utf-8"))


def printable(name):
    return not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in name)


def differences(wanted, found, where):
    """What FOUND has otherwise than WANTED, which names only what matters."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [line for key in wanted for line in differences(wanted[key], found.get(key), f"{where} {key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [line for n, (a, b) in enumerate(zip(wanted, found)) for line in differences(a, b, f"{where} [{n}]")]
    return [] if type(wanted) is type(found) and wanted == found else [f"{where}: {found!r}, not {wanted!r}"]


def file_differences(read, wanted, reading, number, where):
    name, content = reading.files[number]
    is_said = {"name": name, "kind": reading.kinds[number], "inline": name in reading.inline,
               "sha256": hashlib.sha256(content).hexdigest(), "text": content.decode("utf-8", "replace"),
               "printable": printable(name)}
    found = differences({key: value for key, value in wanted.items() if key != "inside"}, is_said, where)
    if "inside" in wanted:
        found += mail_differences(read, wanted["inside"], content, f"{where} inside")
    return found


def mail_differences(read, wanted, content, where="mail"):
    reading = read("mime", content)
    found = differences(wanted.get("facts", {}), reading.facts, where)
    if "notes" in wanted:
        found += differences(wanted["notes"], [note for note, _ in reading.notes], f"{where} notes")
    if "files" in wanted:
        if len(wanted["files"]) != len(reading.files):
            return found + [f"{where} files: {[name for name, _ in reading.files]}"]
        for number, file in enumerate(wanted["files"]):
            found += file_differences(read, file, reading, number, f"{where} file {number}")
    return found


@pytest.mark.parametrize("eml", CORPUS, ids=lambda eml: eml.stem)
def test_what_is_read(read, eml):
    assert mail_differences(read, golden(eml), eml.read_bytes()) == []


# ---- The corpus itself ----


def known_keys(wanted, documented):
    """A misspelt key would never be compared."""
    assert wanted and wanted.keys() <= {"facts", "files", "notes"}
    for fact in wanted.get("facts", {}):
        assert f".It Va {fact}\n" in documented or f", Va {fact}\n" in documented or f"Va {fact} ," in documented, fact
    for file in wanted.get("files", []):
        assert file.keys() <= {"name", "text", "sha256", "kind", "inline", "printable", "inside"}
        if "inside" in file:
            known_keys(file["inside"], documented)


def test_each_mail_has_its_golden_file():
    assert {path.stem for path in CORPUS} == {path.stem for path in MAILS.glob("*.json")} and len(CORPUS) > 300
    documented = (ROOT / "docs" / "shoujian-filter.7").read_text(encoding="utf-8")
    for eml in CORPUS:
        known_keys(golden(eml), documented)
        assert eml.stat().st_size <= 16384, eml
        if "line-ends" not in eml.stem:
            assert eml.read_bytes().replace(b"\r\n", b"").count(b"\n") == 0, eml


# ---- Families in which a word is all that differs ----


def only(*lines, text="您好。"):
    """A mail of these headers and this text, in the bytes given."""
    lines = [line if isinstance(line, bytes) else line.encode() for line in ("From: wang@gongsi.example", *lines)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (text if isinstance(text, bytes) else text.encode()) + b"\r\n"


def facts_differ(read, raw, **facts):
    return mail_differences(read, {"facts": {f"mail.{key}": value for key, value in facts.items()}}, raw)


GB_LABELS = ["gb2312", "GB2312", "gb_2312-80", "GBK", "cp936", "MS936", "x-gbk", "windows-936", "gb18030", "GB18030"]


@pytest.mark.parametrize("label", GB_LABELS)
def test_all_labels_of_gb_are_gb18030(read, label):
    text = "镕喆㐀需求表"
    raw = text.encode("gb18030")
    word = f"=?{label}?B?{base64.b64encode(raw).decode()}?="
    percent = "".join(f"%{byte:02X}" for byte in raw)
    assert facts_differ(read, only(f"Subject: {word}", f"Content-Type: text/plain; charset={label}",
                                   "Content-Transfer-Encoding: 8bit", text=raw), subject=text, body=text) == []
    for named in (f'name="{word}"', f"name*={label}''{percent}"):
        part_of = only(f"Content-Type: application/octet-stream; {named}")
        assert mail_differences(read, {"files": [{"name": text}]}, part_of) == []


@pytest.mark.parametrize("header, mark", [
    ("Auto-Submitted: auto-generated", "Auto-Submitted: auto-generated"), ("X-Autoreply: yes", "X-Autoreply: yes"),
    ("X-Autorespond: on", "X-Autorespond: on"), ("Precedence: auto_reply", "Precedence: auto_reply"),
    ("X-Precedence: auto_reply", "X-Precedence: auto_reply"), ("Delivered-To: Autoresponder", "Delivered-To: autoresponder"),
    ("Subject: 自动回复:您好", "subject 自动回复"), ("Subject: 自动回复：您好", "subject 自动回复"),
    ("Subject: 自动回复: 您好", "subject 自动回复"), ("Subject: Automatic reply: hello", "subject automatic reply"),
    ("Subject: Auto: hello", "subject auto"), ("Subject: Out of Office: hello", "subject out of office"),
])
def test_each_mark_of_an_automatic_answer(read, header, mark):
    assert facts_differ(read, only(header), automatic=mark, bounce=None, list=None) == []


@pytest.mark.parametrize("header", [
    "List-Post: <mailto:l@gongsi.example>", "List-Unsubscribe: <mailto:u@gongsi.example>",
    "List-Help: <mailto:h@gongsi.example>", "List-Owner: <mailto:o@gongsi.example>",
    "List-Archive: <http://gongsi.example/>", "X-Mailing-List: news", "Precedence: bulk", "Precedence: junk",
    "Precedence: list", "X-Precedence: bulk"])
def test_each_mark_of_a_list(read, header):
    assert facts_differ(read, only(header), list=True, automatic=None) == []


@pytest.mark.parametrize("daemon", ["MAILER-DAEMON@other.example", "postmaster@other.example"])
@pytest.mark.parametrize("subject", [
    "系统退信", "系统退信/The email is returned", "投递状态通知 (Failure Notice)", "退信", "邮件退回", "退件通知", "邮件投递失败",
    "发送失败", "无法送达：收件回执", "拒收通知", "Undelivered Mail Returned to Sender", "Returned mail: see transcript",
    "Delivery Status Notification (Failure)", "failure notice"])
def test_each_subject_of_a_bounce_counts_from_a_daemon_alone(read, subject, daemon):
    raw = only(f"Subject: {subject}").replace(b"wang@gongsi.example", daemon.encode())
    assert facts_differ(read, raw, bounce=True) == []
    assert facts_differ(read, only(f"Subject: {subject}技术需求"), bounce=None) == []


@pytest.mark.parametrize("subject", ["转发：需求表", "转发: 需求表", "Fw: 需求表", "FW：需求表", "Fwd:需求表", "Fw:转发：需求表"])
def test_what_a_forward_quotes_is_its_text(read, subject):
    text = "请查收。\n\n------------------ 原始邮件 ------------------\n我公司的需求见链接 https://1drv.ms/b/s!Ab"
    assert facts_differ(read, only(f"Subject: {subject}", text=text.replace("\n", "\r\n")), body=text,
                        links=[{"url": "https://1drv.ms/b/s!Ab"}]) == []


@pytest.mark.parametrize("subject", ["回复：需求表", "Re: Fw: 需求表", "回复：转发：需求表", "RE: 转发: 需求表", "需求表"])
def test_what_a_reply_quotes_is_not_its_text(read, subject):
    text = "请查收。\n\n------------------ 原始邮件 ------------------\n见链接 https://1drv.ms/b/s!Ab"
    assert facts_differ(read, only(f"Subject: {subject}", text=text.replace("\n", "\r\n")), body="请查收。", links=None) == []


# ---- Too large to be files ----


def headers(*lines):
    return b"".join(line.encode() + b"\r\n" for line in ("From: wang@gongsi.example", "Subject: large", *lines))


def part(name, content=b"content"):
    return b"\r\nContent-Type: application/octet-stream; name=" + name.encode() + b"\r\n\r\n" + content + b"\r\n"


def nested(depth):
    """A file in DEPTH multiparts."""
    content = part("deep.docx")
    for level in range(depth):
        content = (f"\r\nContent-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}".encode() + content +
                   f"--b{level}--\r\n".encode())
    return headers().rstrip(b"\r\n") + content


def test_ten_nested_multiparts_are_read_and_sixty_are_said_to_be_too_deep(read):
    assert mail_differences(read, {"files": [{"name": "deep.docx", "text": "content"}], "notes": []}, nested(10)) == []
    assert mail_differences(read, {"facts": {"mail.subject": "large"}, "files": [], "notes": ["mail.too_deep"]},
                            nested(60)) == []


def test_twenty_thousand_parts(read):
    parts = b"".join(b"--zz" + part(f"{n}.txt") for n in range(20000))
    reading = read("mime", headers("Content-Type: multipart/mixed; boundary=zz") + b"\r\n" + parts + b"--zz--\r\n")
    assert reading.facts["mail.subject"] == "large"
    assert reading.files[:3] == [(f"{n}.txt", b"content") for n in range(3)] and len(reading.files) <= 1000
    assert [note for note, _ in reading.notes] == ["mail.too_large"]


@pytest.mark.parametrize("line", ["X-Long: " + "x" * 300_000, "References: " + "<a@gongsi.example> " * 15_000,
                                  "To: " + ", ".join(f"u{n}@gongsi.example" for n in range(1_500)),
                                  "X-Folded: " + "\r\n x" * 100_000, "Received: " + "(" * 300_000],
                         ids=["plain", "references", "addresses", "folded", "comments"])
def test_a_header_line_of_300_kilobytes(read, line):
    raw = headers(line, "Content-Type: multipart/mixed; boundary=zz") + b"\r\n--zz" + part("a.docx") + b"--zz--\r\n"
    wanted = {"facts": {"mail.from": {"address": "wang@gongsi.example"}, "mail.subject": "large"},
              "files": [{"name": "a.docx", "text": "content"}], "notes": []}
    assert mail_differences(read, wanted, raw) == []


def test_a_subject_and_a_file_name_of_300_kilobytes(read):
    raw = (f"From: wang@gongsi.example\r\nSubject: {'长' * 100_000}\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n"
           "--zz").encode() + part("表" * 100_000 + ".docx") + b"--zz--\r\n"
    reading = read("mime", raw)
    assert set(reading.facts["mail.subject"]) == {"长"} and len(reading.facts["mail.subject"].encode()) <= 1024
    assert [content for _, content in reading.files] == [b"content"] or reading.notes == [("mail.too_large", reading.facts["mail.subject"])]


def test_a_photo_of_a_page_pasted_into_the_text_is_a_file(read):
    """Content-ID, disposition and size together: a logo is small, a photographed page is not."""
    photo = (FIXTURES / "scans" / "photo.jpg").read_bytes()
    assert len(photo) > 100_000
    raw = headers("Content-Type: multipart/related; boundary=rr") + (
        b'\r\n--rr\r\nContent-Type: text/html\r\n\r\n<img src="cid:page@x">\r\n--rr\r\n'
        b"Content-Type: image/jpeg; name=page.jpg\r\nContent-ID: <page@x>\r\nContent-Disposition: inline\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(photo) + b"\r\n--rr--\r\n")
    wanted = {"files": [{"name": "page.jpg", "sha256": hashlib.sha256(photo).hexdigest(), "inline": False}]}
    assert mail_differences(read, wanted, raw) == []
