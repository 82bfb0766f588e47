"""The filters by themselves, as black boxes: a file in, JSON lines and files out (docs/shoujian-filter.7)."""

import base64
import bz2
import ctypes
import gzip
import io
import json
import struct
import subprocess
import tarfile
import zipfile
import zlib
from dataclasses import dataclass

import installation
import pytest
from mails import DOCX, bounce, form, forwarded, gbk_zip, mail, moment, qq_vacation, sample, scan


@dataclass
class Reading:
    status: int
    facts: dict  # name -> value; of several the list
    notes: list  # (note, detail)
    files: list  # (name, bytes)
    inline: list  # names
    err: str


@pytest.fixture
def read(tmp_path):
    """read(FILTER, bytes): what it says, and what it leaves."""
    count = 0

    def run(name, content, stdin=False):
        nonlocal count
        count += 1
        file, outdir = tmp_path / f"in{count}", tmp_path / f"out{count}"
        file.write_bytes(content)
        outdir.mkdir()
        with file.open("rb") as opened:
            done = subprocess.run([installation.BUILD / "filters" / name, "-" if stdin else file, outdir],
                                  stdin=opened if stdin else subprocess.DEVNULL, capture_output=True, timeout=60)
        reading = Reading(done.returncode, {}, [], [], [], done.stderr.decode("utf-8", "replace"))
        assert reading.status in (0, 65), reading
        for line in done.stdout.decode("utf-8").splitlines():
            entry = json.loads(line)
            if "fact" in entry:
                assert entry["value"] is not None
                reading.facts.setdefault(entry["fact"], []).append(entry["value"])
            elif "note" in entry:
                reading.notes.append((entry["note"], entry.get("detail")))
            else:
                reading.files.append((entry["name"], (outdir / entry["file"]).read_bytes()))
                if entry.get("inline"):
                    reading.inline.append(entry["name"])
        reading.facts = {key: values if key == "scan.page" else values[0] for key, values in reading.facts.items()}
        if reading.status == 65:
            reasons = {note.split(".")[1] for note, _ in reading.notes}
            assert reasons & {"encrypted", "corrupt_file", "too_large", "too_deep", "zip_bomb", "unsupported"}, reading
        return reading
    return run


# --- kind

def zip_of_types(xml):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", xml)
    return out.getvalue()


@pytest.mark.parametrize("content, kind", [
    (form(), DOCX),
    (sample("v66_encrypted"), "application/x-ole-encrypted-ooxml"),
    (scan(), "application/pdf"),
    (scan("photo.jpg"), "image/jpeg"),
    (scan("black-white.tif"), "image/tiff"),
    (gbk_zip([("a.txt", b"a")]), "application/zip"),
    (b"", "inode/x-empty"),
    (mail().raw, "message/rfc822"),
    (b"From: \xd5\xc5 <x@y.cn>\nSubject: \xbd\xd2\xb0\xf1\n\n\xc4\xe3\xba\xc3\n", "message/rfc822"),
    (b"X-Mailer: x\nFrom: a\n folded\nTo: b\n\n<html></html>", "message/rfc822"),
    (b"Subject: nobody wrote this\n\ntext\n", "text/plain"),
    (b"Tel: 1\nFrom: x\n\nTo: no header\n", "text/plain"),
    (zip_of_types(b"<!DOCTYPE t [<!ENTITY a '%s'>]><t><Override ContentType='%s'/></t>" % (b"a" * 100000, b"&a;" * 9000)),
     "application/zip"),
], ids=range(13))
def test_kind(read, content, kind):
    assert read("kind", content).facts["file.kind"] == kind


@pytest.mark.parametrize("name", ["kind", "mime", "archive", "scan"])
def test_the_contract(read, name):
    program = installation.BUILD / "filters" / name
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert version.splitlines() == [version.strip()] and version.startswith(name + " ")
    assert subprocess.run([program], capture_output=True).returncode == 64
    assert subprocess.run([program, "/dev/null", "/nowhere"], capture_output=True).returncode not in (0, 64, 65)
    content = {"mime": mail().raw, "archive": gbk_zip([("甲.txt", b"1")])}.get(name, scan())
    by_name, by_descriptor = read(name, content), read(name, content, stdin=True)
    assert by_name.facts == by_descriptor.facts and by_name.files == by_descriptor.files
    assert read(name, b"").notes == read(name, b"", stdin=True).notes


# --- mime: headers

def test_headers(read):
    m = mail("Wang@QQ.com", "湘潭揭榜科技有限公司综合管理部王工程师",
             subject="湘潭市2024年科技创新“揭榜挂帅”项目技术需求表（第一批）", date="2024-09-10 09:00:00",
             headers=["In-Reply-To: <a@b>", "References: <z@b>\r\n\t<a@b>", "Return-Path: <bounce@qq.com>",
                      "Received: from [10.0.0.1] (unknown)\r\n\tby smtp.qq.com with SMTP id 1; "
                      "Mon, 09 Sep 2024 22:00:00 +0800 (CST)"])
    facts = read("mime", m.raw).facts
    assert facts["mail.from"] == {"address": "Wang@qq.com", "name": "湘潭揭榜科技有限公司综合管理部王工程师"}
    assert facts["mail.subject"] == "湘潭市2024年科技创新“揭榜挂帅”项目技术需求表（第一批）"
    assert facts["mail.message_id"] == m.message_id
    assert facts["mail.in_reply_to"] == "<a@b>" and facts["mail.references"] == ["<z@b>", "<a@b>"]
    assert facts["mail.date"] == int(moment("2024-09-10 09:00:00").timestamp())
    assert facts["mail.return_path"] == "bounce@qq.com"
    received = facts["mail.received"]
    assert received["top"] == int(m.at.timestamp()) and received["from"] == "out.mail.QQ.com"
    assert received["first"] == int(moment("2024-09-09 22:00:00").timestamp())
    assert received["by"].startswith("zwqz-mx-mta-g")
    assert facts["mail.body"] == "您好，附件是我公司的需求表，请查收。"
    assert not {"mail.automatic", "mail.bounce", "mail.receipt", "mail.list", "mail.links"} & facts.keys()


@pytest.mark.parametrize("header, facts", [
    (b"Subject: =?gb2312?B?zunPzA==?=\t=?GB2312?B?1Q==?=\r\n =?gb2312?B?xg==?=", {"mail.subject": "轩咸掌"}),
    (b"Subject: \xbd\xd2\xb0\xf1\xb9\xd2\xcb\xa7", {"mail.subject": "揭榜挂帅"}),
    (b"Subject: \xe6\x8f\xad\xe6\xa6\x9c", {"mail.subject": "揭榜"}),
    (b"Subject: =?gbk?Q?=BD=D2=B0=F1?= OK", {"mail.subject": "揭榜 OK"}),
    (b"Subject: =?nonsense?B?YWJj?=", {}),
    (b"Date: Tue, 10 Sep 2024 09:12:33 CST", {"mail.date": None}),
    (b"Date: Tue, 10 Sep 2024 01:12:33 GMT", {"mail.date": 1725930753}),
    (b"Return-Path: <>", {"mail.return_path": ""}),
    (b"Message-ID: no brackets", {"mail.message_id": None}),
])
def test_a_header(read, header, facts):
    found = read("mime", b"From: a@b.cn\r\n" + header + b"\r\n\r\nx\r\n").facts
    if header.startswith(b"Subject: =?gb2312"):
        facts = {"mail.subject": bytes.fromhex("cee9cfccd5c6").decode("gb18030")}
    for name, value in facts.items():
        assert found.get(name) == value, name


@pytest.mark.parametrize("lines, address", [
    (["From: 张三"], None),
    (["From: a@b.cn, c@d.cn"], None),
    (["From: a@b.cn", "From: c@d.cn"], None),
    ([], None),
    (['From: "boss@bank.cn" <x@EVIL.cn>'], "x@evil.cn"),
    (["From: 湘潭, 有限公司 <a@b.cn>"], "a@b.cn"),
    (["From: =?utf-8?q?=3Cboss=40bank.cn=3E?= <x@evil.cn>"], "x@evil.cn"),
])
def test_from(read, lines, address):
    facts = read("mime", "\r\n".join(lines + ["Subject: x", "", "x"]).encode()).facts
    assert facts.get("mail.from", {}).get("address") == address
    assert facts["mail.against"] is (address is None)


# --- mime: authenticity

def proof(read, m, change=lambda raw: raw):
    facts = read("mime", change(m.raw)).facts
    return facts.get("mail.proved"), facts["mail.against"]


@pytest.mark.parametrize("options, expected", [
    ({}, (True, False)),
    ({"proved": False}, (False, False)),
    ({"proved": None}, (None, False)),
    ({"proved": "neutral"}, (False, False)),
    ({"proved": "softfail"}, (False, True)),
    ({"proved": "fail"}, (False, True)),
    ({"envelope": "mallory@evil.cn"}, (False, False)),
    ({"envelope": "x@notqq.com"}, (False, False)),
    ({"envelope": "x@bounce.qq.com"}, (True, False)),
    ({"envelope": "x@qq.com;dkim=fail@evil.cn"}, (True, True)),
])
def test_proved(read, options, expected):
    assert proof(read, mail(**options)) == expected


def test_a_forged_result_is_not_believed(read):
    """Its author knows the host perhaps, never the transaction."""
    m = mail(proved=None)
    top = m.raw.split(b"by ", 1)[1].split(b" ", 1)[0]
    transaction = m.raw.split(b"SMTP id ", 1)[1].split(b";", 1)[0]
    forged = b"Authentication-Results: " + top + b"; spf=pass smtp.mail=wang@qq.com;\r\n"
    before = lambda raw: raw.replace(b"MIME-Version", forged + b"MIME-Version", 1)
    assert proof(read, m, before) == (None, False)
    assert proof(read, m, lambda raw: before(raw).replace(b"X-CM-TRANSID:" + transaction, b"X-CM-TRANSID:x")) == (None, False)
    assert proof(read, mail(proved="fail"), before) == (False, True)
    behind = lambda raw: raw.replace(b"X-Coremail", forged + b"X-Coremail", 1)
    assert proof(read, m, behind) == (True, False)
    assert proof(read, m, lambda raw: behind(raw).replace(top, b"other", 1)) == (None, False)


@pytest.mark.parametrize("results, expected", [
    ("dkim=pass header.i=@qq.com", (True, False)),
    ("spf=neutral smtp.mail=x@y.cn; dkim=pass header.i=@q\r\n\tq.com", (True, False)),
    ("dkim=pass header.i=@evil.cn", (False, False)),
    ("spf=pass wang@qq.com; dkim=pass wang@qq.com", (True, False)),
    ("spf=pass smtp.mail=x@evil.cn; dkim=fail header.i=@qq.com", (False, True)),
    ("dkim=pass header.i=@com", (False, False)),
    ('spf=pass smtp.mail="x;dkim=pass header.i=@qq.com;"@evil.cn', (False, False)),
    ("spf=pass smtp.mail=x@qq.com(@evil.cn", (False, False)),
])
def test_results(read, results, expected):
    m = mail(proved="RESULTS")
    start = m.raw.index(b"spf=RESULTS")
    raw = m.raw[:start] + results.encode() + m.raw[m.raw.index(b"\r\nX-Coremail"):]
    assert proof(read, m, lambda _: raw) == expected


# --- mime: who must not be answered

@pytest.mark.parametrize("options, mark", [
    ({"headers": ["Auto-Submitted: auto-generated (vacation)"]}, "Auto-Submitted: auto-generated"),
    ({"headers": ["Auto-Submitted: no"]}, None),
    ({"headers": ["X-Autoreply: yes"]}, "X-Autoreply: yes"),
    ({"headers": ["X-Autoreply: false", "X-QQ-HolidayReply: 0", "Precedence: normal"]}, None),
    ({"headers": ["X-QQ-AUTO-FWD: xtkjjcgk@163.com"], "envelope": "1+auto_=xtkjjcgk=163.com@qq.com"}, None),
    ({"subject": "自动回复：您好"}, "subject 自动回复"),
    ({"subject": "Automatic Reply: hello"}, "subject automatic reply"),
    ({"subject": "自动回复系统的技术需求"}, None),
    ({"subject": "回复：自动回复：已收到"}, None),
    ({"subject": "Out-of-office automation"}, None),
    ({"subject": "Out of Office: hello"}, "subject out of office"),
    ({"headers": ["X-Auto-Response-Suppress: All", "Disposition-Notification-To: wang@qq.com"]}, None),
])
def test_automatic(read, options, mark):
    assert read("mime", mail(**options).raw).facts.get("mail.automatic") == mark


def test_vacation_and_lists(read):
    assert read("mime", qq_vacation().raw).facts["mail.automatic"] == "X-QQ-AUTO-REPLY: true"
    assert read("mime", qq_vacation(older=True).raw).facts["mail.automatic"] == "X-QQ-HolidayReply: true"
    for header in ("List-Unsubscribe: <mailto:x@y>", "Precedence: Bulk", "X-Mailing-List: x"):
        assert read("mime", mail(headers=[header]).raw).facts["mail.list"] is True


def report(kind, second, third):
    return (f'From: MAILER-DAEMON@qq.com\r\nSubject: report\r\nContent-Type: multipart/report; report-type={kind};\r\n'
            f' boundary="b"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: {second}\r\n\r\nFinal-Recipient: x\r\n'
            f'--b\r\nContent-Type: {third}\r\n\r\nSubject: ours\r\nMessage-ID: <ours.1@163.com>\r\n\r\nbody\r\n--b--\r\n').encode()


def test_bounces_and_receipts(read):
    for third in ("message/rfc822", "text/rfc822-headers"):
        facts = read("mime", report("delivery-status", "message/delivery-status", third)).facts
        assert facts["mail.bounce"] is True and facts["mail.bounce_of"] == "<ours.1@163.com>"
        assert "mail.receipt" not in facts
    facts = read("mime", report("disposition-notification", "message/disposition-notification", "message/rfc822")).facts
    assert facts["mail.receipt"] is True and "mail.bounce" not in facts
    assert read("mime", bounce().raw).facts["mail.bounce"] is True
    assert "mail.bounce" not in read("mime", mail(subject="退信问题").raw).facts
    assert read("mime", mail("postmaster@y.cn", subject="无法送达").raw).facts["mail.bounce"] is True


# --- mime: body and links

def test_html_body(read):
    page = ("<html><head><title>t</title><style>p{}</style></head><body><p>第一&nbsp;行</p><script>x</script>"
            "<div>第二<br>第三 &lt;b&gt;</div><table><tr><td>甲</td><td>乙</td></tr></table></body></html>")
    assert read("mime", mail(text="", html=page).raw).facts["mail.body"] == "第一 行\n第二\n第三 <b>\n甲 乙"


def test_quoted_history_is_cut_off_but_not_a_forward(read):
    text = "补交。\n\n------------------ 原始邮件 ------------------\n发件人: x\n"
    assert read("mime", mail(text=text, style="utf8").raw).facts["mail.body"] == "补交。"
    assert "发件人" in read("mime", mail(text=text, style="utf8", subject="转发：需求表").raw).facts["mail.body"]
    text = "我写 ---- 不是历史 ----\n> 引用"
    assert read("mime", mail(text=text, style="utf8").raw).facts["mail.body"] == text


BIG = "https://mail.163.com/large-attachment-download/index.html?p=abc&q=1"
QQ_LINES = ("从QQ邮箱发来的超大附件\n\n"
            "需求表(盖章).pdf (128.03M, 2024年10月10日 21:59 到期)进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=1\n"
            "b.docx (1.5M, 无限期)进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=2\n")


@pytest.mark.parametrize("options, links", [
    ({"style": "utf8", "text": QQ_LINES},
     [{"name": "需求表(盖章).pdf", "size": "128.03M", "expires": "2024年10月10日 21:59",
       "url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=1"},
      {"name": "b.docx", "size": "1.5M", "expires": "无限期", "url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=2"}]),
    ({"text": "", "html": f'<div id="divNeteaseBigAttach"><a href="https://u.163.com/x?spm=bigattachMasterDownLoad">推荐客户端极速下载</a>'
      f'<a href="{BIG.replace("&", "&amp;")}"><img></a><a download href="{BIG.replace("&", "&amp;")}">表.pdf</a>'
      "<span> (80.96M,&nbsp;2026年8月17日 0:49 到期)</span></div>"},
     [{"name": "表.pdf", "size": "80.96M", "expires": "2026年8月17日 0:49", "url": BIG}]),
    ({"text": "", "html": '<span class="qqmailbgattach" downloadlink="https://wx.mail.qq.com/ftn/download?key=1">x</span>'},
     [{"url": "https://wx.mail.qq.com/ftn/download?key=1"}]),
    ({"text": "链接：https://pan.baidu.com/s/1abc，提取码 1234", "style": "utf8"}, [{"url": "https://pan.baidu.com/s/1abc"}]),
    ({"text": "", "html": "<style>#divNeteaseBigAttach{display:none} a{x:url(" + BIG + ")}</style><p>x</p>"}, None),
    ({"text": "", "html": f"<p>新</p><div>------------------&nbsp;原始邮件&nbsp;------------------</div><a href='{BIG}'>x</a>"}, None),
    ({"text": "见 https://www.qq.com/x 和 http://mail.qq.com.evil.cn/cgi-bin/ftnExs_download?k=1", "style": "utf8"}, None),
])
def test_links(read, options, links):
    assert read("mime", mail(**options).raw).facts.get("mail.links") == links


# --- mime: files

def part(head, content=b"content"):
    return (b"From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\n" + head +
            b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content) + b"\r\n--zz--\r\n")


@pytest.mark.parametrize("head, name", [
    (b'Content-Disposition: attachment; filename="=?GB18030?B?t6LGsQ==?=.pdf"', "发票.pdf"),
    (b'Content-Disposition: attachment; filename="=?utf-8?B?5Z+6KA==?=\r\n =?utf-8?Q?).xlsx?="', "基().xlsx"),
    (b'Content-Disposition: attachment; filename="=?gb2312?B?zunPzA==?=\r\n\t=?gb2312?B?1Q==?=\r\n\t=?gb2312?B?xi5wZGY=?="',
     b"\xce\xe9\xcf\xcc\xd5\xc6".decode("gb18030") + ".pdf"),
    (b"Content-Disposition: attachment; filename*=gb18030''%B2%E2%CA%D4%CE%C4%B1%BE.txt", "测试文本.txt"),
    (b"Content-Disposition: attachment; filename*=utf8''%E5%9F%BA.txt", "基.txt"),
    (b"Content-Disposition: attachment; filename*0*=utf-8''Sass%20%E5%9F;\r\n filename*1*=%BA.txt", "Sass 基.txt"),
    (b'Content-Disposition: attachment; filename*0="=?gbk?B?sqI=?="; filename*1="=?gbk?B?sqI=?=.doc"', "并并.doc"),
    (b"Content-Disposition: attachment; filename=\"a.txt\"; filename*=gb2312''%B2%E2.txt", "测.txt"),
    (b'Content-Type: application/x; name="n.txt"\r\nContent-Disposition: attachment; filename="f.txt"', "f.txt"),
    (b"Content-Type: application/x; name*=utf-8''%E5%9F%BA.txt; name=n.txt", "基.txt"),
    (b'Content-Type: application/x; name="=?gbk?B?sqI=?=.doc"\r\nContent-Disposition: attachment', "并.doc"),
    (b'Content-Disposition: attachment; filename="\xd6\x5c\xb2\xdf\r\n .doc"', "謀策 .doc"),
    (b"Content-Disposition: attachment; filename=\xe9\x9c\x80 \xe6\xb1\x82.docx", "需 求.docx"),
    (b"Content-Type: text/plain; name=notes.txt", "notes.txt"),
    (b"Content-Type: application/octet-stream", ""),
])
def test_file_names(read, head, name):
    assert read("mime", part(head)).files == [(name, b"content")]


@pytest.mark.parametrize("style", ["qq", "utf8", "outlook"])
def test_files_are_left_byte_for_byte(read, style):
    files = [("需求表.docx", form()), ("盖章件（骑缝）.pdf", scan()), ("空.txt", b""), ("编码.txt", "湘潭".encode("gbk"))]
    reading = read("mime", mail(files=files, style=style).raw)
    assert reading.files == files and reading.inline == []


def test_a_text_part_sent_as_a_file_keeps_its_bytes(read):
    content = "甲,乙\r\n".encode("gbk") + b"\0\x80"
    head = b"Content-Type: text/csv; charset=utf-8\r\nContent-Disposition: attachment; filename=x.csv"
    assert read("mime", part(head, content)).files == [("x.csv", content)]


def test_embedded_mails_are_left_raw(read):
    inner = mail(files=[("需求表.docx", form())], inside=[("更深.eml", mail(subject="最深").raw)])
    reading = read("mime", forwarded(inner).raw)
    assert [name for name, _ in reading.files] == ["揭榜挂帅项目技术需求表.eml"]
    assert reading.files[0][1].rstrip(b"\r\n") == inner.raw.rstrip(b"\r\n")
    inner_files = read("mime", reading.files[0][1]).files
    assert inner_files[0] == ("需求表.docx", form()) and inner_files[1][0] == "更深.eml"
    encoded = read("mime", part(b"Content-Type: message/rfc822", inner.raw))
    assert encoded.files == [("揭榜挂帅项目技术需求表.eml", inner.raw)]
    assert read("mime", part(b"Content-Type: message/rfc822", b"")).files == [("message.eml", b"")]


def test_pictures_of_the_text(read):
    def picture(name, cid, disposition):
        return (f"--r\r\nContent-Type: image/png; name={name}\r\nContent-ID: <{cid}>\r\n{disposition}\r\npng\r\n")
    raw = ("From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
           "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n"
           "<p>x</p><img src='cid:logo@x'><img src='cid:shown@x'>\r\n" + picture("logo.png", "logo@x", "") +
           picture("loose.png", "loose@x", "") +
           picture("shown.png", "shown@x", "Content-Disposition: attachment; filename=shown.png\r\n") +
           "--r--\r\n" + picture("outside.png", "logo@x", "").replace("--r", "--m") + "--m--\r\n")
    reading = read("mime", raw.encode())
    assert [name for name, _ in reading.files] == ["logo.png", "loose.png", "shown.png", "outside.png"]
    assert reading.inline == ["logo.png"]


@pytest.mark.parametrize("raw", [
    b"", b"\r\n", b"no header at all\r\n", b"\r\n\r\n\r\njust a body", b"\0", b"From:", b"\xff" * 100,
    b"From: x@y.cn\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\nContent-Type: text/plain\r\n",
    b"From: x@y.cn\r\nSubject: \0\0\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\0!!!\r\n",
    b"From: x@y.cn\r\nContent-Type: text/html; charset=\"\0\"\r\n\r\n<a href=" + b"<" * 5000,
    b"From: x@y.cn\r\nContent-Type: text/html\r\n\r\n" + b"<div><a href='http://1drv.ms/x'>" * 20000,
    b"From: " + b"(" * 100000 + b"\r\n\r\n",
    b"From: " + b"a:" * 1000 + b"\r\nReceived: " + b"x " * 50000 + b"\r\n\r\n",
    b"stray\n\nTo: " + b"a:" * 1000000 + b"\r\n\r\n",
    b"From: a@b.cn\r\n\r\nhttp://1drv.ms/x" + b"\n" * 1000000 + b"(1" + b" " * 1000000,
    b"Subject: " + b"=?utf-8?B?" * 20000 + b"\r\n\r\n",
    b"Content-Disposition: attachment; " + b";filename*1*=utf-8''%" * 5000 + b"\r\n\r\n",
], ids=range(17))
def test_broken_mails_are_read(read, raw):
    assert read("mime", raw).status == 0


def test_a_line_before_the_headers(read):
    facts = read("mime", b"mail from the archive\r\nFrom: a@b.cn\r\nSubject: q\r\n\r\nbody").facts
    assert facts["mail.from"]["address"] == "a@b.cn" and facts["mail.body"] == "body"
    assert read("mime", b"no header\r\nat: all\r\n").facts["mail.body"] == "no header\nat: all"


def test_limits_of_mails(read):
    for item in (b"a:", b"a,"):
        assert read("mime", b"To: " + item * 50000 + b"\r\n\r\n").notes == [("mail.corrupt_file", None)]
    nested = b"From: a@b.cn\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(1500)) + b"\r\nx\r\n"
    reading = read("mime", nested)
    assert reading.status == 0 and [note for note, _ in reading.notes] == ["mail.too_deep"]
    many = b"From: a@b.cn\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(
        b"--b\r\nContent-Type: x/y; name=%d\r\n\r\n\r\n" % i for i in range(300))
    reading = read("mime", many)
    assert len(reading.files) == 200 and reading.notes == [("mail.too_large", "s")]
    long = read("mime", mail(subject="长" * 5000, text="文" * 100000, style="utf8").raw).facts
    assert len(long["mail.subject"].encode()) <= 1024 and len(long["mail.body"].encode()) <= 65536
    assert set(long["mail.subject"]) == {"长"} and set(long["mail.body"]) == {"文"}


# --- archive

FILES = [("湘潭謀略公司/需求表.docx", form()), ("盖章（骑缝）.pdf", scan())]


def utf8_zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def tar(files, mode="w:gz", **more):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **more) as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def seven_zip(path, files):
    """By libarchive."""
    library = ctypes.CDLL("libarchive.so.13")
    for function in ("archive_write_new", "archive_entry_new"):
        getattr(library, function).restype = ctypes.c_void_p
    archive = ctypes.c_void_p(library.archive_write_new())
    library.archive_write_set_format_7zip(archive)
    library.archive_write_open_filename(archive, str(path).encode())
    for name, content in files:
        entry = ctypes.c_void_p(library.archive_entry_new())
        library.archive_entry_update_pathname_utf8(entry, name.encode())
        library.archive_entry_set_size(entry, ctypes.c_int64(len(content)))
        library.archive_entry_set_filetype(entry, 0o100000)
        library.archive_entry_set_perm(entry, 0o644)
        library.archive_write_header(archive, entry)
        library.archive_write_data(archive, content, ctypes.c_size_t(len(content)))
        library.archive_entry_free(entry)
    library.archive_write_free(archive)
    return path.read_bytes()


def rar4(files, archive_flags=0, encrypted=()):
    """Stored, names as they are: WinRAR's old format."""
    def block(kind, flags, body, data=b""):
        head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(head) & 0xffff) + head + data
    out = b"Rar!\x1a\x07\x00" + block(0x73, archive_flags, bytes(6))
    for name, content in files:
        body = struct.pack("<IIBIIBBHI", len(content), len(content), 2, zlib.crc32(content), 0x592a4800, 20, 0x30,
                           len(name), 0x20) + name
        out += block(0x74, 0x8000 | (4 if name in encrypted else 0), body, content)
    return out + block(0x7b, 0x4000, b"")


def rar5(files, password=""):
    """PASSWORD: of the "member", or of its "names", too."""
    def vint(number):
        out = b""
        while number >= 0x80:
            out += bytes([number & 0x7f | 0x80])
            number >>= 7
        return out + bytes([number])

    def block(body, data=b""):
        sized = vint(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized + data
    out = b"Rar!\x1a\x07\x01\x00" + block(vint(1) + vint(0) + vint(0))
    if password == "names":
        return out[:8] + block(vint(4) + bytes(3) + b"\x0f" + bytes(16)) + bytes(range(100))
    record = vint(1) + bytes(2) + b"\x0f" + bytes(32) if password else b""
    extra = vint(len(record)) + record if password else b""
    for name, content in files:
        out += block(vint(2) + vint(3) + vint(len(extra)) + vint(len(content)) + vint(4) + vint(len(content)) +
                     vint(0o100644) + struct.pack("<I", zlib.crc32(content)) + vint(0) + vint(1) + vint(len(name)) + name +
                     extra, content)
    return out + block(vint(5) + vint(0) + vint(0))


@pytest.mark.parametrize("pack", [
    lambda path: gbk_zip(FILES),
    lambda path: utf8_zip(FILES),
    lambda path: seven_zip(path / "a.7z", FILES),
    lambda path: tar(FILES),
    lambda path: tar(FILES, "w", encoding="gbk", format=tarfile.GNU_FORMAT),
    lambda path: tar(FILES, "w:xz"),
    lambda path: rar4([(name.replace("/", "\\").encode("gbk"), content) for name, content in FILES]),
    lambda path: rar5([(name.encode(), content) for name, content in FILES]),
], ids=["zip-gbk", "zip-utf8", "7z", "tar.gz", "tar-gbk", "tar.xz", "rar4", "rar5"])
def test_archives(read, tmp_path, pack):
    reading = read("archive", pack(tmp_path))
    assert reading.files == FILES and reading.notes == [] and reading.status == 0


def test_single_compressed_files(read):
    out = io.BytesIO()
    with gzip.GzipFile("需求表.docx".encode("gbk").decode("latin-1"), "wb", fileobj=out) as file:
        file.write(b"content")
    assert read("archive", out.getvalue()).files == [("需求表.docx", b"content")]
    assert read("archive", bz2.compress(b"content")).files == [("", b"content")]


def test_names_are_never_paths(read):
    names = ["../../etc/passwd", "/etc/passwd", "C:\\a\\b.txt", "a/./b//../c.txt", "x\x01\ny.txt", "..", "folder/",
             "__MACOSX/._a.txt", "a/.DS_Store", "Thumbs.db"]
    names = [name for name, _ in read("archive", utf8_zip([(name, b"") for name in names])).files]
    assert names == ["etc/passwd", "etc/passwd", "a/b.txt", "a/b/c.txt", "xy.txt", ""]
    assert read("archive", utf8_zip([])).status == 0


def encrypted(archive, *names):
    """The zip with the flag of encryption set for NAMES."""
    for mark, flags, length in ((b"PK\3\4", 6, 26), (b"PK\1\2", 8, 28)):
        at = -1
        while (at := archive.find(mark, at + 1)) >= 0:
            start = at + (30 if mark == b"PK\3\4" else 46)
            name = archive[start:start + struct.unpack_from("<H", archive, at + length)[0]]
            if name.decode() in names:
                archive = archive[:at + flags] + bytes([archive[at + flags] | 1]) + archive[at + flags + 1:]
    return archive


def test_encrypted_members(read):
    archive = utf8_zip([("甲.txt", b"1" * 50), ("乙.txt", b"2" * 50)])
    reading = read("archive", encrypted(archive, "乙.txt"))
    assert reading.status == 0 and reading.notes == [("archive.encrypted", "乙.txt")]
    assert reading.files == [("甲.txt", b"1" * 50)]
    reading = read("archive", encrypted(archive, "甲.txt", "乙.txt"))
    assert reading.status == 65 and reading.notes == [("archive.encrypted", None)]
    files = [(b"1.txt", b"1"), (b"2.txt", b"2")]
    assert read("archive", rar4(files, encrypted=[b"2.txt"])).notes == [("archive.encrypted", "2.txt")]
    for archive in (rar4(files, encrypted=[b"1.txt", b"2.txt"]), rar4(files, 0x80), rar5(files, "member"),
                    rar5(files, "names")):
        reading = read("archive", archive)
        assert reading.status == 65 and reading.notes == [("archive.encrypted", None)]


def test_a_damaged_member_costs_only_itself(read):
    archive = bytearray(utf8_zip([("甲.docx", form()), ("乙.txt", b"2")]))
    archive[len(archive) // 2] ^= 0xff
    reading = read("archive", bytes(archive))
    assert reading.status == 0 and reading.notes == [("archive.corrupt_file", "甲.docx")]
    assert reading.files == [("乙.txt", b"2")]


@pytest.mark.parametrize("content", [
    b"", b"\0" * 1000, b"PK\3\4" + b"\0" * 100, gbk_zip(FILES)[:-200], tar(FILES)[:5000], b"7z\xbc\xaf\x27\x1c" + b"x" * 100,
    b"Rar!\x1a\x07\x00" + b"x" * 100, b"Rar!\x1a\x07\x01\x00" + b"x" * 100, b"\x1f\x8b\x08", scan("photo.jpg"),
], ids=["empty", "zeros", "zip", "zip-cut", "tar.gz-cut", "7z", "rar4", "rar5", "gz", "jpeg"])
def test_damaged_archives(read, content):
    reading = read("archive", content)
    assert reading.status == 65 and reading.files == []


def test_limits_of_archives(read):
    zeros = b"\0" * (64 << 20)
    for bomb in (utf8_zip([("0", zeros)]), gzip.compress(zeros.replace(b"\0", b"x")), tar([("0", zeros)], "w:xz")):
        assert read("archive", bomb).notes == [("archive.zip_bomb", None)]
    many = read("archive", utf8_zip([(str(i), b"") for i in range(1100)]))
    assert many.status == 65 and many.notes == [("archive.too_large", None)]
    harmless = read("archive", utf8_zip([("blank.txt", b" " * (2 << 20))]))
    assert harmless.status == 0


# --- scan

@pytest.mark.parametrize("name, pages, sized", [
    ("colour.pdf", 1, True), ("two-pages.pdf", 2, True), ("gray-skew.jpg", 1, True), ("black-white.tif", 1, True),
    ("photo.jpg", 1, False),
])
def test_scans(read, name, pages, sized):
    reading = read("scan", scan(name))
    assert reading.status == 0 and reading.facts["scan.pages"] == pages
    size = {"width_mm": 210, "height_mm": 297} if sized else {}
    assert reading.facts["scan.page"] == [{"page": number} | size for number in range(1, pages + 1)]


def png(width, height, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"pHYs", struct.pack(">IIB", 7874, 7874, 1)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def test_pictures(read):
    reading = read("scan", png(827, 1169, (b"\0" + b"\xff" * 827) * 1169))
    assert reading.facts["scan.page"] == [{"page": 1, "width_mm": 105, "height_mm": 148}]
    assert read("scan", png(100000, 100000, b"")).notes == [("scan.too_large", None)]
    assert read("scan", png(800, 800, b"\0" * 100)).notes == [("scan.corrupt_file", None)]


@pytest.mark.parametrize("content, note", [
    (b"", "scan.corrupt_file"),
    (scan("photo.jpg")[:20000], "scan.corrupt_file"),
    (scan("black-white.tif")[:20000], "scan.corrupt_file"),
    (scan()[:20000], "scan.corrupt_file"),
    (b"%PDF-1.4\n" + b"\0" * 5000 + b"%%EOF", "scan.corrupt_file"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500, "scan.unsupported"),
    (form(), "scan.unsupported"),
], ids=["empty", "jpeg", "tiff", "pdf", "pdf-junk", "heic", "docx"])
def test_damaged_scans(read, content, note):
    reading = read("scan", content)
    assert reading.status == 65 and reading.notes == [(note, None)]
