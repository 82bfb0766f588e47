"""What the filter tnef takes out of winmail.dat, and what the program makes of mails that have one."""

import pytest
import tnef
from filters import reader
from mails import form, gbk_zip, mail, scan
from tnef import attachment, message


@pytest.fixture
def read(tmp_path):
    return reader(tmp_path)


@pytest.mark.parametrize("given, codepage, name", [
    ({"title": "湘潭謀略公司需求表.docx".encode("gbk")}, 936, "湘潭謀略公司需求表.docx"),
    ({"title": "湘潭謀略公司需求表.docx".encode("gbk")}, None, "湘潭謀略公司需求表.docx"),
    ({"title": "湘潭㐂公司.docx".encode("gb18030")}, 936, "湘潭㐂公司.docx"),
    ({"title": "需求表.docx".encode("utf-8")}, 936, "需求表.docx"),
    ({"title": "技術需求表.docx".encode("big5")}, 950, "技術需求表.docx"),
    ({"title": "需求表.docx".encode("gbk")}, 12345, "需求表.docx"),
    ({"title": b"XUQIUB~1.DOC", "long": "湘潭😀需求表（盖章）.docx"}, 936, "湘潭😀需求表（盖章）.docx"),
    ({"title": b"XUQIUB~1.DOC", "long": "湘潭謀略需求表.docx".encode("gbk")}, 936, "湘潭謀略需求表.docx"),
    ({"title": b"FORM.DOC", "long": ""}, 936, "FORM.DOC"),
    ({"title": ("需求" * 80 + ".docx").encode("gbk")}, 936, "需求" * 80 + ".docx"),
    ({}, 936, ""),
], ids=["gbk", "no-code-page", "gb18030", "utf-8", "big5", "no-such-code-page", "unicode", "long-gbk", "empty", "long", "none"])
def test_names(read, given, codepage, name):
    reading = read("tnef", tnef.tnef(attachment(b"content", **given), codepage=codepage))
    assert (reading.status, reading.notes, reading.files) == (0, [], [(name, b"content")])


def test_a_name_of_megabytes_is_cut(read):
    name, _ = read("tnef", tnef.tnef(attachment(b"1", long="需" * 2_000_000))).files[0]
    assert 250 < len(name) < 2000


FILES = [("需求表.docx", form()), ("盖章件.pdf", scan()), ("空.txt", b""), ("需求表.docx", b"2")]


def test_several_files(read):
    """Behind a text of any length; one is empty, two have one name."""
    reading = read("tnef", tnef.tnef(*(attachment(content, long=name) for name, content in FILES), body="好" * 100_000))
    assert (reading.status, reading.notes, reading.files) == (0, [], FILES)
    assert reading.kinds[:3] == [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/pdf", "inode/x-empty"]


def test_a_mail_without_files(read):
    reading = read("tnef", tnef.tnef())
    assert (reading.status, reading.notes, reading.files) == (0, [], [])


def test_a_forwarded_mail_is_winmail_dat_again(read):
    inner = tnef.tnef(attachment(form(), long="需求表.docx"))
    reading = read("tnef", tnef.tnef(message(inner, "转发：需求表"), attachment(b"2", long="乙.txt")))
    assert reading.files == [("转发：需求表", inner), ("乙.txt", b"2")] and reading.notes == []
    assert reading.kinds[0] == "application/vnd.ms-tnef"


def test_objects_and_pictures_of_the_text(read):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)
    hidden = [tnef.one(tnef.HIDDEN, tnef.BOOLEAN, b"\1\0")]
    logo, page = scan("photo.jpg")[:2000], scan("photo.jpg") + bytes(100_000)
    reading = read("tnef", tnef.tnef(
        attachment(inside=tnef.I_STORAGE + ole, long="表格"), attachment(logo, long="logo.jpg", more=hidden),
        attachment(page, long="page.jpg", more=hidden), attachment(logo, long="small.jpg")))
    assert [content for _, content in reading.files] == [ole, logo, page, logo]
    assert reading.inline == ["logo.jpg"] and reading.notes == []


def test_a_link_to_a_file_is_said_to_be_no_file(read):
    linked = attachment(long="盖章件.pdf", more=[tnef.one(tnef.ATTACH_METHOD, tnef.LONG, b"\7\0\0\0")])
    reading = read("tnef", tnef.tnef(attachment(b"1", long="甲.txt"), linked))
    assert reading.status == 0 and reading.files == [("甲.txt", b"1")]
    assert reading.notes == [("tnef.unsupported", "盖章件.pdf")]
    assert read("tnef", tnef.tnef(linked)).status == 65


def test_a_damaged_file_costs_only_itself(read):
    damaged = attachment(b"1", long="甲.txt", wrong=tnef.DATA)
    reading = read("tnef", tnef.tnef(damaged, attachment(b"2", long="乙.txt")))
    assert reading.status == 0 and reading.files == [("乙.txt", b"2")]
    assert reading.notes == [("tnef.corrupt_file", "甲.txt")]
    assert read("tnef", tnef.tnef(damaged)).status == 65
    reading = read("tnef", tnef.tnef(attachment(b"1", title=b"1.txt", long="甲.txt", wrong=tnef.PROPERTIES)))
    assert reading.status == 0 and reading.files == [("1.txt", b"1")]


@pytest.mark.parametrize("tail, name", [
    (attachment(b"2" * 5000, title=b"2.txt")[:2000], "2.txt"),
    (attachment(b"2" * 5000, title=b"2.txt", size=0xffffffff), "2.txt"),
    (attachment(b"2" * 5000, title=b"2.txt", size=0x7fffffff), "2.txt"),
    (attachment(title=b"2.txt", inside=tnef.I_MESSAGE + b"x" * 500)[:-400], "2.txt"),
    (b"\2", None), (b"no attribute at all", None), (bytes(1000), None),
], ids=["cut", "4-gigabytes", "2-gigabytes", "object-cut", "one-byte", "words", "zeros"])
def test_what_is_cut_off_is_said(read, tail, name):
    reading = read("tnef", tnef.tnef(attachment(b"1", long="甲.txt")) + tail)
    assert reading.status == 0 and reading.files == [("甲.txt", b"1")]
    assert reading.notes == [("tnef.corrupt_file", name)] * (name is not None) + [("tnef.corrupt_file", None)]
    assert read("tnef", tnef.tnef() + tail).status == 65


@pytest.mark.parametrize("inside", [
    tnef.one(tnef.ATTACH_DATA, tnef.OBJECT, bytes(100))[:40],
    b"\x0d\0\x01\x37" + b"\1\0\0\0" + b"\xff" * 4 + bytes(16), b"\x0d\0\x01\x37" + b"\xff" * 8 + bytes(16),
    b"\x0d\0\x01\x37" + bytes(4) + b"\x77" * 4, b"\x77\x77\x01\x37" + bytes(100), tnef.one(0x8001, tnef.LONG, bytes(4))[:24] + b"\xff" * 30,
], ids=["cut", "size", "count", "no-value", "type", "named"])
def test_properties_that_make_no_sense(read, inside):
    reading = read("tnef", tnef.tnef(attachment(title=b"1.doc", more=[inside]), attachment(b"2", title=b"2.txt", more=[inside])))
    assert (reading.status, reading.files) == (0, [("2.txt", b"2")])
    assert reading.notes == [("tnef.corrupt_file", "1.doc")]


@pytest.mark.parametrize("content", [b"", b"\x78\x9f", b"\x78\x9f\x3e\x22\1\0" + b"\xff" * 100, scan("photo.jpg")],
                         ids=["empty", "short", "garbage", "jpeg"])
def test_garbage(read, content):
    reading = read("tnef", content)
    assert (reading.status, reading.files) == (65, []) and reading.notes == [("tnef.corrupt_file", None)]


def test_limits(read):
    reading = read("tnef", tnef.tnef(*(attachment(b"1") for _ in range(1001))))
    assert reading.status == 65 and len(reading.files) == 1000 and reading.notes == [("tnef.too_large", None)]


# The whole program.

def outlook(content, name="winmail.dat", kind="application/ms-tnef"):
    sent = mail("li@hndz.com.cn", files=[(name, content)])
    sent.raw = sent.raw.replace(b"application/octet-stream", kind.encode())
    return sent


BOTH = tnef.tnef(attachment(form(), long="湘潭謀略需求表.docx"), attachment(scan(), long="盖章件.pdf"))


@pytest.mark.parametrize("name, kind", [
    ("winmail.dat", "application/ms-tnef"), ("winmail.dat", "application/vnd.ms-tnef"),
    ("winmail.dat", "application/octet-stream"), ("ATT00001.dat", "text/plain")])
def test_form_and_scan_in_winmail_dat(intake, mailbox, name, kind):
    mailbox.put(outlook(BOTH, name, kind))
    intake.poll()
    entry = intake.only()
    assert entry["status"] == "complete", entry["findings"]
    assert {file["name"]: file["role"] for file in entry["files"]} == {
        name: "container", "湘潭謀略需求表.docx": "form", "盖章件.pdf": "scan"}


def test_a_forwarded_mail_and_an_archive_in_winmail_dat(intake, mailbox):
    inner = tnef.tnef(attachment(gbk_zip([("表/需求表.docx", form())]), title="表.zip".encode("gbk")))
    mailbox.put(outlook(tnef.tnef(message(inner, "转发：需求表"), attachment(scan(), long="盖章件.pdf"))))
    intake.poll()
    entry = intake.only()
    assert entry["status"] == "complete", entry["findings"]
    assert {file["name"]: file["role"] for file in entry["files"]} == {
        "winmail.dat": "container", "转发：需求表": "container", "表.zip": "container", "表/需求表.docx": "form",
        "盖章件.pdf": "scan"}


def test_mails_in_mails_without_end(intake, mailbox):
    inner = BOTH
    for number in range(20):
        inner = tnef.tnef(message(inner, f"转发{number}"))
    mailbox.put(outlook(inner))
    intake.poll()
    assert "form" not in {row["role"] for row in intake.rows("select role from part")}
    assert {row["taken"] for row in intake.rows("select taken from part where taken is not null")} == {"too-deep"}


@pytest.mark.parametrize("content, accepts", [
    (BOTH[:-300], True), (b"\x78\x9f\x3e\x22\1\0" + b"\2" * 500, True), (BOTH[2:], True), (b"", True),
    (BOTH, False),
], ids=["cut", "garbage", "no-mark", "empty", "switched-off"])
def test_winmail_dat_that_cannot_be_read_is_said(intake, mailbox, content, accepts):
    if not accepts:
        intake.filters = intake.filters.replace('{"application/vnd.ms-tnef"}', "{}")
        intake.write()
    mailbox.put(mail("li@hndz.com.cn", files=[("winmail.dat", content), ("需求表.docx", form())]))
    intake.poll()
    entry = intake.only()
    assert entry["status"] != "complete"
    assert any("winmail.dat" in finding["message"] for finding in entry["findings"]), entry["findings"]
