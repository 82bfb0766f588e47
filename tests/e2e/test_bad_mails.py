"""Mails and files that cannot be read: each says so, and the others go on."""

import base64
import hashlib
import io
import zipfile

import pytest
from mails import applicant, form, gbk_zip, mail, moment, sample, scan

GOOD = mail("good@qq.com", files=[("需求表.docx", form()), ("盖章件.pdf", scan())], at="2024-09-10 11:00:00")


def of(intake, sender):
    found = [e for e in intake.log() if e["sender"]["address"] == sender]
    assert len(found) == 1, intake.log("--all")
    return found[0]


def test_zip_with_gbk_names(intake, mailbox):
    names = ["湘潭謀略公司需求表.docx", "盖章（骑缝）.pdf"]
    packed = gbk_zip([(names[0], form()), (names[1], scan())])
    mailbox.put(mail(files=[("附件.zip", packed)]))
    intake.poll()
    entry = intake.only()
    assert entry["status"] == "complete", entry["findings"]
    roles = {file["name"]: file["role"] for file in entry["files"]}
    assert roles[names[0]] == "form" and roles[names[1]] == "scan"
    assert next(f for f in entry["files"] if f["name"] == names[1])["sha256"] == hashlib.sha256(scan()).hexdigest()


@pytest.mark.parametrize("content", [form()[:3000], b"", b"\0" * 5000, sample("v66_encrypted")],
                         ids=["truncated", "empty", "zeros", "encrypted"])
def test_an_unreadable_form_says_so(intake, mailbox, content):
    mailbox.put(mail(files=[("需求表.docx", content), ("盖章件.pdf", scan())]), GOOD)
    intake.poll()
    assert of(intake, "good@qq.com")["status"] == "complete"
    entry = of(intake, "wang@qq.com")
    assert entry["status"] != "complete"
    assert {"unread_file", "form_missing"} & {f["rule"] for f in entry["findings"]}
    assert any("需求表.docx" in f["message"] for f in entry["findings"]), entry["findings"]


@pytest.mark.parametrize("raw", [
    b"", b"\r\n", b"no header at all\r\n", b"\r\n\r\n\r\njust a body",
    b"From: x@y.cn\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\nContent-Type: text/plain\r\n",
    b"From: \xd5\xc5 <x@y.cn>\r\nSubject: \xbd\xd2\xb0\xf1\xb9\xd2\xcb\xa7\r\n\r\n\xc4\xe3\xba\xc3\r\n",
    b"From: x@y.cn\r\nSubject: \0\0\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\0!!!\r\n",
], ids=["empty", "only-crlf", "no-header", "no-header-body", "cut-multipart", "raw-gbk", "nul"])
def test_broken_mails_stop_nothing(netease, coremail, raw):
    class Raw:
        pass
    broken = Raw()
    broken.raw, broken.at = raw, moment("2024-09-10 10:00:00")
    coremail.put(broken, 1392611444)
    coremail.put(GOOD, 1392611450)
    netease.poll()
    assert of(netease, "good@qq.com")["status"] == "complete"
    assert len(netease.log("--all")) == 2
    before = netease.dump()
    netease.poll("2024-09-10 12:00:30")
    assert netease.dump() == before


def test_two_mails_with_the_same_message_id_are_two(intake, mailbox):
    first = mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())], message_id="<same@qq.com>")
    second = mail("li@foxmail.com", files=[("表.docx", form(of="photo.jpg")), ("件.jpg", scan("photo.jpg"))],
                  message_id="<same@qq.com>")
    mailbox.put(first, second)
    intake.poll()
    assert len(intake.log()) == 2


def test_a_file_typed_wrongly_is_known_by_its_bytes(intake, mailbox):
    mailbox.put(mail(files=[("需求表.dat", form()), ("扫描", scan("photo.jpg"))]))
    intake.poll()
    roles = {file["name"]: file["role"] for file in intake.only()["files"]}
    assert roles == {"需求表.dat": "form", "扫描": "scan"}


def test_names_split_inside_a_character(intake, mailbox):
    """RFC 2047 forbids it, Chinese clients do it."""
    raw = mail(files=[("附件.docx", form()), ("盖章件.pdf", scan())]).raw
    name = "湘潭技术需求表.docx".encode("gb18030")
    words = [base64.b64encode(name[:5]).decode(), base64.b64encode(name[5:]).decode()]
    split = "\r\n\t".join(f"=?gb18030?B?{w}?=" for w in words).encode()
    whole = base64.b64encode("附件.docx".encode("gb18030"))
    assert raw.count(b"=?gb18030?B?" + whole + b"?=") == 2
    mailbox.append(raw.replace(b"=?gb18030?B?" + whole + b"?=", split), moment("2024-09-10 09:12:33"))
    intake.poll()
    assert "湘潭技术需求表.docx" in {file["name"] for file in intake.only()["files"]}


def zip_of(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def test_files_without_end_are_left_and_a_person_is_told(intake, mailbox):
    """Archives in an archive: some thousand files are looked at, whatever there is, and the form beside them is read."""
    many = [(f"{number}.zip", zip_of((f"{number}-{file}.txt", str(number * 1000 + file)) for file in range(900)))
            for number in range(12)]
    mailbox.put(mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan()), ("全部.zip", zip_of(many))]))
    intake.poll()
    assert intake.only()["fields"]["unit_name"] == applicant()["unit_name"]
    assert 2500 < intake.rows("select count(*) as n from part")[0]["n"] <= 3000
    assert any(f["rule"].startswith("unread_file") and f["person"] and "zip" in f["message"]
               for f in intake.only()["findings"])


def test_bytes_without_end_are_left_and_a_person_is_told(intake, mailbox):
    """Each archive keeps its own limits; all of them in one mail would be a gigabyte."""
    bombs = [(f"{number}.zip", deflated(b"%04d" % number + bytes(10_000_000))) for number in range(60)]
    mailbox.put(mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan()), ("材料.zip", zip_of(bombs))]),
                mail("good@qq.com", files=[("表.docx", form(of="photo.jpg")), ("件.jpg", scan("photo.jpg"))]))
    intake.poll()
    assert sum(path.stat().st_size for path in (intake.spool / "parts").rglob("*") if path.is_file()) < 400 << 20
    assert of(intake, "good@qq.com")["status"] == "complete"
    entry = of(intake, "wang@qq.com")
    assert entry["fields"]["unit_name"] == applicant()["unit_name"]
    assert any(f["rule"].startswith("unread_file") and f["person"] for f in entry["findings"])


def deflated(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", content)
    return out.getvalue()
