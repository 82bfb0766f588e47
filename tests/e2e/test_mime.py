"""What the filter mime reads in a mail: headers, who sent it, text, links, files."""

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


# --- body and links

def test_html_body(read):
    page = ("<html><head><title>t</title><style>p{}</style></head><body><p>第一&nbsp;行</p><script>x</script>"
            "<div>第二<br>第三 &lt;b&gt;</div><table><tr><td>甲</td><td>乙</td></tr></table></body></html>")
    assert read("mime", mail(text="", html=page).raw).facts["mail.body"] == "第一 行\n第二\n第三 <b>\n甲 乙"


def test_quoted_history_is_cut_off_but_not_a_forward(read):
    text = "补交。\n\n------------------ 原始邮件 ------------------\n发件人: x\n"
    assert read("mime", mail(text=text, style="utf8").raw).facts["mail.body"] == "补交。"
    assert "发件人" in read("mime", mail(text=text, style="utf8", subject="转发：需求表").raw).facts["mail.body"]
    text = "我写 ---- 不是历史 ----\n> 引用"
    assert read("mime", mail(text=text, style="utf8").raw).facts["mail.body"] == "我写 ---- 不是历史 ----"


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
        return (f"--r\r\nContent-Type: image/png; name={name}\r\nContent-ID: <{cid}>\r\n{disposition}"
                "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==\r\n")
    raw = ("From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
           "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n"
           "<p>x</p><img src='cid:logo@x'><img src='cid:shown@x'>\r\n" + picture("logo.png", "logo@x", "") +
           picture("loose.png", "loose@x", "") +
           picture("shown.png", "shown@x", "Content-Disposition: attachment; filename=shown.png\r\n") +
           "--r--\r\n" + picture("outside.png", "logo@x", "").replace("--r", "--m") + "--m--\r\n")
    reading = read("mime", raw.encode())
    assert [name for name, _ in reading.files] == ["logo.png", "loose.png", "shown.png", "outside.png"]
    assert reading.inline == ["logo.png", "outside.png"]


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
        b"--b\r\nContent-Type: x/y; name=%d\r\n\r\n\r\n" % i for i in range(1100))
    reading = read("mime", many)
    assert len(reading.files) == 1000 and reading.notes == [("mail.too_large", "s")]
    long = read("mime", mail(subject="长" * 5000, text="文" * 100000, style="utf8").raw).facts
    assert len(long["mail.subject"].encode()) <= 1024 and len(long["mail.body"].encode()) <= 65536
    assert set(long["mail.subject"]) == {"长"} and set(long["mail.body"]) == {"文"}


# --- files that are not in the mail, by element; history; what does not survive ---

BLOCKS = {
    "163-element-alone": '<div id="divNeteaseBigAttach"><a href="#">表.pdf</a><span>(80.9M, 2026年8月17日 0:49 到期)</span></div>',
    "qq-element": '<div id="QQMailBigAttach"><span class="qqmailbgattach" downloadlink="http://mail.qq.com/cgi-bin/ftnExs_download?k=1">'
                  '<a href="#">表.pdf</a> (80.9M, 2026年8月17日 0:49 到期)</span></div>',
    "foxmail-element": '<div id="FoxmailClientBigAttach"><div class="FoxmailClientBigAttachEntry">表.pdf (80.9M, 2026年8月17日 0:49 到期)</div></div>',
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_linked_files_by_element(read, block):
    link, = read("mime", mail(text="", html="<p>见附件</p>" + block).raw).facts["mail.links"]
    assert (link["name"], link["size"], link["expires"]) == ("表.pdf", "80.9M", "2026年8月17日 0:49")


def test_a_document_that_is_only_online(read):
    name = base64.b64encode("需求表.docx".encode("gb18030")).decode()
    page = (f'<div id="QQMailEditAttach"><a class="qqmaileditattach" qqmail_editattach_name="{name}" '
            'qqmail_editattach_size="12345" href="https://docs.qq.com/x">y</a></div>')
    link, = read("mime", mail(text="", html=page).raw).facts["mail.links"]
    assert link["name"] == "需求表.docx"


def test_linked_files_by_words_alone(read):
    text = "从腾讯企业邮箱发来的超大附件\n\n表.pdf (65.38M, 2026年8月17日 0:49 到期)\n"
    link, = read("mime", mail(text=text, style="utf8").raw).facts["mail.links"]
    assert link == {"name": "表.pdf", "size": "65.38M", "expires": "2026年8月17日 0:49"}


@pytest.mark.parametrize("files, links", [((), 1), ([("表.pdf", b"1")], 0)], ids=["listed-only", "attached"])
def test_netease_lists_attachments_in_the_text(read, files, links):
    page = ('<div class="netease-attDown"><a href="http://preview.mail.126.com/xdownload?filename=%E8%A1%A8.pdf&amp;mid=1">'
            "表.pdf</a></div>")
    assert len(read("mime", mail(text="", html=page, files=files).raw).facts.get("mail.links", [])) == links


OLD = "<a href='https://pan.baidu.com/s/1old'>旧</a>"


@pytest.mark.parametrize("quoted", [
    f"<blockquote id='isReplyContent'>{OLD}</blockquote>", f"<div class='gmail_quote'>On … wrote:{OLD}</div>",
    f"<div>在 2024-09-10 09:12:33，\"王工\" &lt;a@b.cn&gt; 写道：</div><blockquote>{OLD}</blockquote>",
    f"<div>------------------ 原始邮件 ------------------</div><div>{OLD}</div>",
], ids=["163", "gmail", "wrote", "qq"])
def test_history_brings_neither_links_nor_text(read, quoted):
    facts = read("mime", mail(subject="回复：材料", text="", html=f"<p>新的</p>{quoted}").raw).facts
    assert facts["mail.body"] == "新的" and "mail.links" not in facts
    page = f"<p>请收</p><div id='isForwardContent'>{OLD}</div>"
    assert len(read("mime", mail(subject="转发：材料", text="", html=page).raw).facts["mail.links"]) == 1


def test_what_could_steer_a_reader_does_not_survive(read):
    odd = "\u202e\u2066\u200f\u061c"
    reading = read("mime", mail(name=f"王{odd}工", subject=f"需求{odd}表", files=[(f"表{odd}cod.exe", b"1")], style="utf8").raw)
    assert reading.facts["mail.subject"] == "需求表" and reading.facts["mail.from"]["name"] == "王工"
    assert reading.files[0][0] == "表cod.exe"


def test_a_receipt_for_reading_in_free_words(read):
    assert read("mime", mail(subject="已读: 揭榜挂帅通知", text="您的邮件已读").raw).facts["mail.receipt"] is True
    assert "mail.receipt" not in read("mime", mail(subject="已读: 通知", files=[("表.docx", form())]).raw).facts
