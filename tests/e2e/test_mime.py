"""What the filter mime reads in a mail: headers, who sent it, files. Its texts: test_mime_texts.py."""

import base64

import pytest
from filters import reader
from mails import bounce, form, forwarded, mail, moment, qq_vacation, scan


@pytest.fixture
def read(tmp_path):
    return reader(tmp_path)


# --- headers

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
    (b"Subject: =?nonsense?B?YWJj?=", {"mail.subject": "abc"}),
    (b"Subject: =?nonsense?B?vdKw8Q==?=", {"mail.subject": "揭榜"}),
    (b"Subject: =?iso-8859-1?B?vdKw8bnSy6c=?=", {"mail.subject": "揭榜挂帅"}),
    (b"Subject: =?iso-8859-1?Q?M=FCller_caf=E9?=", {"mail.subject": "Müller café"}),
    (b"Subject: =?us-ascii?Q?=E6=8F=AD=E6=A6=9C?=", {"mail.subject": "揭榜"}),
    (b"Subject: =?gb2312?B?" + base64.b64encode("揭榜挂帅需求".encode()) + b"?=", {"mail.subject": "揭榜挂帅需求"}),
    ("Subject: a\u202eb\u2066c\u200ed\u061ce\u2028f\ufeff\u200b".encode(), {"mail.subject": "abcde f"}),
    (b"Subject: =?utf-8?Q?a=0D=0ABcc:_x=00=E2=80=AE?=", {"mail.subject": "a Bcc: x"}),
    (b"In-Reply-To: <a\xe2\x80\xae@b>", {"mail.in_reply_to": None}),
    (b"Date: Tue, 10 Sep 2024 09:12:33 CST", {"mail.date": None}),
    (b"Date: Tue, 10 Sep 2024 01:12:33 GMT", {"mail.date": 1725930753}),
    (b"Return-Path: <>", {"mail.return_path": ""}),
    (b"Message-ID: no brackets", {"mail.message_id": None}),
])
def test_a_header(read, header, facts):
    found = read("mime", b"From: a@b.cn\r\n" + header + b"\r\n\r\nx\r\n").facts
    if header.startswith(b"Subject: =?gb2312?B?zun"):
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
    (["From: a\u202e@b.cn"], None),
    (["From: =?utf-8?q?=3Cboss=40bank.cn=3E?= <x@evil.cn>"], "x@evil.cn"),
])
def test_from(read, lines, address):
    facts = read("mime", "\r\n".join(lines + ["Subject: x", "", "x"]).encode()).facts
    assert facts.get("mail.from", {}).get("address") == address
    assert facts["mail.against"] is (address is None)


def test_unseen_characters_in_a_name(read):
    facts = read("mime", 'From: "王\u202e工\u200b" <a@b.cn>\r\n\r\nx'.encode()).facts
    assert facts["mail.from"] == {"address": "a@b.cn", "name": "王工"}


# --- authenticity

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


# --- who must not be answered

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


@pytest.mark.parametrize("options, mark", [
    ({"envelope": "1+auto_=xtkjjcgk=163.com@qq.com", "subject": "我在休假"}, "+auto_="),
    ({"headers": ["Sender: 1+auto_=xtkjjcgk=163.com@qq.com"], "text": "这是来自QQ邮箱的假期自动回复邮件。"}, "+auto_="),
    ({"text": "这是来自QQ邮箱的假期自动回复邮件。"}, None),
    ({"subject": "【自动回复】您好"}, "subject 【自动回复】"),
])
def test_automatic_by_words(read, options, mark):
    assert read("mime", mail(**options).raw).facts.get("mail.automatic") == mark


@pytest.mark.parametrize("options, receipt", [
    ({"subject": "已读：通知", "text": "您的邮件已被阅读。"}, True),
    ({"subject": "Read: 通知", "text": ""}, True),
    ({"subject": "已读回执", "text": "已读"}, True),
    ({"subject": "已读：通知", "files": [("需求表.docx", b"x")]}, None),
    ({"subject": "已读：通知", "text": "附件：https://pan.baidu.com/s/1"}, None),
    ({"subject": "已读：通知", "text": "问题很多。" * 300}, None),
    ({"subject": "已读通知，有一个问题"}, None),
])
def test_receipts_as_text(read, options, receipt):
    assert read("mime", mail(**options).raw).facts.get("mail.receipt") is receipt


@pytest.mark.parametrize("headers, text, returned", [
    (["In-Reply-To: <ours.1@163.com>", "References: <z@b> <ours.2@163.com>"], "Message-ID: <ours.3@163.com>", "<ours.1@163.com>"),
    (["References: <z@b> <ours.2@163.com>"], "Message-ID: <ours.3@163.com>", "<ours.2@163.com>"),
    ([], "退回的邮件：\n> Message-Id: <ours.3@163.com>\n", "<ours.3@163.com>"),
    ([], "无法送达 <someone@163.com>", None),
])
def test_what_came_back(read, headers, text, returned):
    m = mail("Postmaster@163.com", "", "系统退信", text=text, headers=headers, style="utf8")
    assert read("mime", m.raw).facts.get("mail.bounce_of") == returned


# --- files

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
    (b"Content-Disposition: attachment; filename=\"a.pdf\"; filename*=utf-8''%E7%94%B2", "a.pdf"),
    (b"Content-Type: application/x; name=n.docx\r\nContent-Disposition: attachment; filename=n", "n.docx"),
    (b"Content-Disposition: attachment; filename*=''%E5%9F%BA.txt", "基.txt"),
    (b"Content-Disposition: attachment; filename*=''%B2%E2.txt", "测.txt"),
    (b"Content-Disposition: attachment; filename*=utf-8''%B2%E2.txt", "测.txt"),
    (b"Content-Disposition: attachment; filename*=gbk''%81%40%80%9F.txt", b"\x81\x40".decode("gbk") + "\ufffd\ufffd.txt"),
    (b"Content-Disposition: attachment; filename*=big5''%A7%DE.txt", "技.txt"),
    (b"Content-Disposition: attachment; filename*0*=''%B2; filename*1*=%E2.txt", "测.txt"),
    (b"Content-Disposition: attachment; filename*=nonsense''%B2%E2.txt", "测.txt"),
    (b"Content-Disposition: attachment; filename=\"=?x-nonsense?B?suI=?=.txt\"", "测.txt"),
    ('Content-Disposition: attachment; filename="甲\u202excod.exe\u200b.pdf"'.encode(), "甲xcod.exe.pdf"),
    (b"Content-Disposition: attachment; filename*=utf-8''a%0D%0Ab%00%E2%81%A6.txt", None),
    (b"Content-Type: text/plain; name=notes.txt", "notes.txt"),
    (b"Content-Type: application/octet-stream", ""),
])
def test_file_names(read, head, name):
    (found, content), = read("mime", part(head)).files
    assert content == b"content" and (found == name or name is None and found.isprintable()), found


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


PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def test_pictures_of_the_text(read):
    def picture(name, cid, disposition, kind="image/png", content=PNG):
        return (f"--r\r\nContent-Type: {kind}; name={name}\r\nContent-ID: <{cid}>\r\nContent-Transfer-Encoding: base64\r\n"
                f"{disposition}\r\n{base64.encodebytes(content).decode()}\r\n")
    raw = ("From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
           "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n"
           "<p>x</p><img src='cid:logo@x'><img src=cid:qq%24x@x><img src='cid:shown@x'><a href='cid:form@x'>y</a>\r\n" + picture("logo.png", "logo@x", "") +
           picture("qq.png", "qq$x@x", "Content-Disposition: inline; filename=qq.png\r\n", "application/octet-stream") +
           picture("form.docx", "form@x", "", content=form()) + picture("photo.png", "logo@x", "", content=PNG + b"x" * 200000) +
           picture("loose.png", "loose@x", "") +
           picture("shown.png", "shown@x", "Content-Disposition: attachment; filename=shown.png\r\n") +
           "--r--\r\n" + picture("outside.png", "logo@x", "").replace("--r", "--m") + "--m--\r\n")
    reading = read("mime", raw.encode())
    assert [name for name, _ in reading.files] == ["logo.png", "qq.png", "form.docx", "photo.png", "loose.png", "shown.png", "outside.png"]
    assert reading.inline == ["logo.png", "qq.png", "outside.png"]


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
], ids=["empty", "only-crlf", "no-header", "no-header-body", "nul", "no-address", "no-ascii", "cut-multipart", "bad-base64",
        "open-tags", "deep-html", "comments", "colons", "stray-line-and-colons", "many-line-ends",
        "encoded-words", "parameters"])
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
        b"--b\r\nContent-Type: x/y; name=%d\r\n\r\n\r\n" % i for i in range(1200))
    reading = read("mime", many)
    assert len(reading.files) == 1000 and reading.notes == [("mail.too_large", "s")]
    long = read("mime", mail(subject="长" * 5000, text="文" * 100000, style="utf8").raw).facts
    assert len(long["mail.subject"].encode()) <= 1024 and len(long["mail.body"].encode()) <= 65536
    assert set(long["mail.subject"]) == {"长"} and set(long["mail.body"]) == {"文"}


HUGE = 5_000_000


@pytest.mark.parametrize("field", [
    b"X-Big: " + b"x" * HUGE + b"\r\n", b"X-Big: x\r\n" + b" x\r\n" * (HUGE // 4), b"X-Many: x\r\n" * (HUGE // 11),
    b"X-Parameters: text/plain" + b"; a=b" * (HUGE // 5) + b"\r\n",
], ids=["one", "folded", "many", "parameters"])
def test_headers_beyond_all_measure(read, field):
    """What stands before and behind them is read: 163 writes its results at the end."""
    m = mail(files=[("需求表.docx", form())])
    reading = read("mime", m.raw.replace(b"MIME-Version", field + b"MIME-Version", 1))
    assert reading.notes == [("mail.too_large", "揭榜挂帅项目技术需求表")] and reading.facts["mail.proved"] is True
    assert reading.facts["mail.from"]["address"] == "wang@qq.com" and reading.files == [("需求表.docx", form())]


@pytest.mark.parametrize("body", [
    b"--b\r\nContent-Type: x/y; name=a\r\n\r\n\r\n" + b"--b\r\n\r\n\r\n" * 1_000_000,
    b"--b\r\nContent-Type: x/y; name=a\r\n\r\n\r\n--b\r\nContent-Type: x/y" + b"; a=b" * 4_000_000 + b"\r\n\r\n\r\n",
    b"--b\r\nContent-Type: x/y; name=a\r\n\r\n\r\n" + b"".join(
        b"--b\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(5000)) + b"--x\r\n" * 2_000_000,
], ids=["parts", "parameters", "levels"])
def test_parts_beyond_all_measure(read, body):
    reading = read("mime", b"From: a@b.cn\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + body)
    assert ("mail.too_large", "s") in reading.notes and reading.files[0] == ("a", b"")


def test_sixty_multiparts_in_each_other(read):
    raw = b"From: a@b.cn\r\nSubject: s\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\nContent-Type: x/y; name=%d\r\n\r\n\r\n--b%d\r\n" % (i, i, i, i)
        for i in range(60)) + b"\r\nx\r\n"
    reading = read("mime", raw)
    assert [name for name, _ in reading.files] == [str(i) for i in range(20)] and reading.notes == [("mail.too_deep", "s")]


def test_broken_base64_and_a_file_of_68_mb(read):
    broken = part(b"Content-Disposition: attachment; filename=a.pdf").replace(b"Y29udGVudA==", b"Y29u!dGVu\r\n\0dA==")
    assert read("mime", broken).files == [("a.pdf", b"content")]
    content = b"0123456789abcdef" * (50 * 65536)
    assert read("mime", part(b"Content-Disposition: attachment; filename=a.pdf", content)).files == [("a.pdf", content)]
