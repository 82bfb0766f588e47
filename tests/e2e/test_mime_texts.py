"""What the filter mime reads in the texts of a mail: their words, what they quote, and files that they only link to."""


import base64

import pytest
from filters import reader
from mails import mail


@pytest.fixture
def read(tmp_path):
    return reader(tmp_path)


@pytest.mark.parametrize("charset, encoding", [
    ("gb2312", "gb18030"), ("GBK", "gbk"), ("x-gbk", "gbk"), ("iso-8859-1", "gbk"), ("windows-1252", "utf-8"), ("us-ascii", "gbk"),
    (None, "utf-8"), (None, "gbk"), ("x-unknown-thing", "gbk"), ("utf-8/TRANSLIT", "gbk"), ("gb2312", "utf-8"), ("utf-8", "gbk"),
    ("utf-16", "utf-16"), (None, "utf-16"), ("utf-16", "utf-8"), ("utf-16be", "utf-16-be"), ("big5", "big5"), ("shift_jis", "shift_jis"),
    ("utf-7", "utf-7"), ("gb2312", "utf-8-sig"), ("utf-8", "utf-8-sig"),
])
def test_charsets_of_texts(read, charset, encoding):
    text = {"big5": "技術需求表", "shift_jis": "技術需要"}.get(encoding, "揭榜挂帅技术需求") + "，ABC"
    label = f"; charset={charset}" if charset else ""
    head = f"From: a@b.cn\r\nContent-Type: text/plain{label}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert read("mime", head.encode() + base64.encodebytes(text.encode(encoding))).facts["mail.body"] == text


@pytest.mark.parametrize("meta", ['<meta charset="big5">', '<meta http-equiv="Content-Type" content="text/html; charset=big5">'])
def test_html_that_says_its_charset_itself(read, meta):
    head = b"From: a@b.cn\r\nContent-Type: text/html\r\n\r\n"
    page = f"<html><head><title>表</title>{meta}</head><body>技術需求表</body></html>"
    assert read("mime", head + page.encode("big5")).facts["mail.body"] == "技術需求表"


def test_html_body(read):
    page = ("<html><head><title>t</title><style>p{}</style></head><body><p>第一&nbsp;行</p><script>x</script>"
            "<div>第二<br>第三 &lt;b&gt;</div><table><tr><td>甲</td><td>乙</td></tr></table></body></html>")
    assert read("mime", mail(text="", html=page).raw).facts["mail.body"] == "第一 行\n第二\n第三 <b>\n甲 乙"


def test_quoted_history_is_cut_off_but_not_a_forward(read):
    text = "补交。\n\n------------------ 原始邮件 ------------------\n发件人: x\n"
    assert read("mime", mail(text=text, style="utf8").raw).facts["mail.body"] == "补交。"
    assert "发件人" in read("mime", mail(text=text, style="utf8", subject="转发：需求表").raw).facts["mail.body"]
    text = "我写 ---- 不是历史 ----\n日期: 9月14日前"
    assert read("mime", mail(text=text, style="utf8").raw).facts["mail.body"] == text


HISTORY = [
    "------------------ 原始邮件 ------------------\n发件人: x\n旧",
    "------------------&nbsp;原始邮件&nbsp;------------------\n旧".replace("&nbsp;", "\u00a0"),
    "-----Original Message-----\nFrom: a\n旧",
    "在 2024-09-10 09:12:33，\"王工\" <a@b.cn> 写道：\n旧的一段\n\n旧的又一段",
    'At 2024-09-10 09:12:33, "x" <a@b.cn> wrote:\n> 旧\n> 旧',
    "On Tue, Sep 10, 2024 at 9:12 AM xtkjjcgk <xtkjjcgk@163.com>\nwrote:\n\n> 旧",
    "王工 <a@b.cn> 于2024年9月10日周二 09:12写道：\n> 旧",
    "发件人：王工\n发送时间：2024年9月10日 9:12\n收件人：a@b.cn\n主题：旧\n\n旧",
    "From: a@b.cn\nSent: Tuesday\nTo: c@d.cn\nSubject: 旧\n\n旧",
    "> 旧\n> 旧",
]


@pytest.mark.parametrize("quoted", HISTORY, ids=range(len(HISTORY)))
def test_what_clients_quote_in_text(read, quoted):
    link = "\n从QQ邮箱发来的超大附件\n旧.pdf (1.5M, 无限期)进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=1\n"
    if quoted.rsplit("\n", 1)[1].startswith(">"):
        link = link.replace("\n", "\n> ")
    facts = read("mime", mail(text="补交盖章件。\n\n" + quoted + link, style="utf8", subject="回复：旧").raw).facts
    assert facts["mail.body"] == "补交盖章件。" and "mail.links" not in facts
    facts = read("mime", mail(text="请收。\n\n" + quoted + link, style="utf8", subject="Fw: 旧").raw).facts
    assert "旧" in facts["mail.body"] and [link["name"] for link in facts["mail.links"]] == ["旧.pdf"]


def test_what_stands_between_quotes_is_kept(read):
    text = "见下。\n在 2024-09-10 09:12:33，\"x\" <a@b.cn> 写道：\n> 单位？\n湘潭公司。\n> 电话？\n58570302"
    assert read("mime", mail(text=text, style="utf8").raw).facts["mail.body"] == "见下。\n湘潭公司。\n58570302"
    page = ('<div>见下。</div><div>在 2024-09-10 09:12:33，x &lt;a@b.cn&gt; 写道：</div><blockquote type="cite">单位？</blockquote>'
            '<div>湘潭公司。</div>')
    assert read("mime", mail(text="", html=page).raw).facts["mail.body"] == "见下。\n湘潭公司。"


@pytest.mark.parametrize("quoted", [
    '<blockquote type="cite"><div>旧{}</div></blockquote>',
    '<blockquote id="isReplyContent" style="padding-left:1em">旧{}</blockquote>',
    '<div class="gmail_quote gmail_quote_container"><div class="gmail_attr">On Tue, a@b.cn wrote:<br></div><blockquote>旧{}</blockquote></div>',
    '<blockquote><div><b>发件人：</b>&nbsp;<a href="mailto:a@b.cn">王工</a></div><div><b>发送时间：</b>&nbsp;2024-09-10</div>'
    '<div><b>收件人：</b>x</div><div><b>主题：</b>旧</div><div>旧{}</div></blockquote>',
    '<div>------------------&nbsp;原始邮件&nbsp;------------------</div><div>旧{}</div>',
])
def test_what_clients_quote_in_html(read, quoted):
    page = "<p>补交盖章件。</p>" + quoted.format('<a href="https://pan.baidu.com/s/1old">x</a>')
    facts = read("mime", mail(text="", html=page, subject="回复: 旧").raw).facts
    assert facts["mail.body"] == "补交盖章件。" and "mail.links" not in facts
    facts = read("mime", mail(text="", html=page, subject="转发: 旧").raw).facts
    assert "旧" in facts["mail.body"] and facts["mail.links"] == [{"url": "https://pan.baidu.com/s/1old"}]


@pytest.mark.parametrize("options", [
    {"text": "请收。\n-------- 转发邮件信息 --------\n发件人：a\n发送日期：b\n收件人：c\n主题：需求表\n> 甲公司材料"},
    {"text": "请收。\n---------- Forwarded message ---------\nFrom: a\nDate: b\nTo: c\nSubject: d\n\n甲公司材料"},
    {"text": "", "html": '<p>请收。</p><div id="isForwardContent"><div>发件人：a</div><div>发送日期：b</div><div>收件人：c</div>甲公司材料</div>'},
    {"text": "", "html": '<p>请收。</p><div class="gmail_quote"><div>---------- Forwarded message ---------<br>From: a</div>甲公司材料</div>'},
])
def test_a_forward_whose_subject_does_not_say_so(read, options):
    assert "甲公司材料" in read("mime", mail(style="utf8", subject="材料", **options).raw).facts["mail.body"]


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


QQ_PAGE = ('<div id="QQMailBigAttach"><span class="qqmailbgattach" expiretime="1728568740" downloadlink="http://mail.qq.com/cgi-bin/ftnExs_download?k=1&amp;code=2">'
           '<a href="http://mail.qq.com/cgi-bin/ftnExs_download?k=1&amp;code=2">甲.pdf</a><span>&nbsp;(1.5M,&nbsp;2024年10月10日 21:59 到期)</span></span>'
           '<span class="qqmailbgattach" expiretime="-1" downloadlink="http://mail.qq.com/cgi-bin/ftnExs_download?k=2"><a>乙.docx</a></span></div>')
NETEASE = "https://mail.163.com/large-attachment-download/index.html?file="
SIRIUS = "https://edisk.qiye.163.com/api/biz/attachment/download?identity="


@pytest.mark.parametrize("page, links", [
    (QQ_PAGE, [{"url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=1&code=2", "name": "甲.pdf", "size": "1.5M", "expires": "2024年10月10日 21:59"},
               {"url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=2", "name": "乙.docx", "expires": "无限期"}]),
    ('<div id="QQMailBigAttach"><span class="qqmailbgattach">甲.pdf (3K, Expires on Oct 10, 2024 21:59)</span></div>',
     [{"name": "甲.pdf", "size": "3K", "expires": "Oct 10, 2024 21:59"}]),
    ('<div id="FoxmailClientBigAttach"><div class="FoxmailClientBigAttachEntry"><a style="x" href="http://mail.foxmail.com/cgi-bin/ftnExs_download?k=1">甲.pdf</a>'
     '<span style="y">(12M, 2024年10月10日 21:59 到期)</span></div></div>',
     [{"url": "http://mail.foxmail.com/cgi-bin/ftnExs_download?k=1", "name": "甲.pdf", "size": "12M", "expires": "2024年10月10日 21:59"}]),
    ('<div class="foxmail_hugeattachment_container"><div class="foxmail_hugeattachment_item"><span class="foxmail_hugeattachment_filename">无名</span>'
     '<a href="http://mail.qq.com/cgi-bin/ftnExs_download?k=1">下载</a></div><div class="foxmail_hugeattachment_item">'
     '<span class="foxmail_hugeattachment_filename">乙.zip</span></div></div>',
     [{"url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=1", "name": "无名"}, {"name": "乙.zip"}]),
    ('<div id="QQMailEditAttach"><span class="qqmaileditattach" qqmail_editattach_name="' + base64.b64encode("需求表.xlsx".encode("gb18030")).decode() +
     '" qqmail_editattach_size="20480" qqmail_editattach_dockey="k"><span>x</span></span></div>', [{"name": "需求表.xlsx", "size": "20.00K"}]),
    (f'<div><div><b>从网易163邮箱发来的超大附件</b><a class="bigattach-mailmaster-download" href="http://u.163.com/x?spm=1">推荐客户端极速下载</a></div>'
     f'<div><a href="{NETEASE}1"></a></div><div><a href="{NETEASE}1">甲.pdf</a><span> (80.96M, 2026年8月17日 0:49 到期)</span></div><div><a href="{NETEASE}1">下载</a></div>'
     f'<div><a href="{NETEASE}2">乙.pdf</a></div><div><a href="{NETEASE}2">下载</a></div>'
     f'<div><a href="{NETEASE}3">丙.pdf</a><span> (3M, 无限期)</span></div></div>',
     [{"url": NETEASE + "1", "name": "甲.pdf", "size": "80.96M", "expires": "2026年8月17日 0:49"}, {"url": NETEASE + "2", "name": "乙.pdf"},
      {"url": NETEASE + "3", "name": "丙.pdf", "size": "3M", "expires": "无限期"}]),
    ('<div style="x" id="divNeteaseBigAttach"><a href="http://files.example.cn/1" filename="甲.pdf" download="http://files.example.cn/1">甲.pdf</a></div>', [{"name": "甲.pdf"}]),
    ('<div id="divNeteaseBigAttach"><a href="#">甲.pdf</a><span>(3M, 无限期)</span></div>', [{"name": "甲.pdf", "size": "3M", "expires": "无限期"}]),
    ('<p>从QQ邮箱发来的超大附件 甲.pdf (3M, 无限期)</p>', [{"name": "甲.pdf", "size": "3M", "expires": "无限期"}]),
    ('<div id="divNeteaseBigAttach">文件已过期</div>', [{}]),
    ('<div id="divNeteaseBigAttach"> </div><div id="divNeteaseBigAttach_bak">x</div>', None),
    ('<style>#divNeteaseBigAttach, #divNeteaseBigAttach_bak{display:none;}</style><p>正文</p>', None),
    ('<blockquote type="cite"><div id="divNeteaseBigAttach">文件已过期</div>' + QQ_PAGE + "</blockquote>", None),
    (f'<div id="divNeteaseSiriusCloudAttach"><b>从网易企业邮箱发来的云附件</b><div><a href="{SIRIUS}1" download="{SIRIUS}1">甲.docx</a></div>'
     f'<div><div>20.49K&nbsp;|&nbsp;过期时间：2024年8月4日 23:48</div><a href="{SIRIUS}1"><img></a></div>'
     f'<a class="divNeteaseSiriusCloudAttachItem" href="{SIRIUS}1" file-name="甲.docx" file-size="20977" expired="1722786486117">下载</a></div>',
     [{"url": SIRIUS + "1", "name": "甲.docx", "size": "20.49K", "expires": "2024年8月4日 23:48"}]),
    ('<div class="gmail_chip gmail_drive_chip"><a href="https://docs.google.com/document/d/1/edit"><img><span dir="ltr">需求表.docx</span></a></div>',
     [{"url": "https://docs.google.com/document/d/1/edit", "name": "需求表.docx"}]),
    ('<div><span>甲.pdf (12.3M)</span><a href="https://mail.sina.com.cn/filecenter/download.php?id=1">下载</a></div>',
     [{"url": "https://mail.sina.com.cn/filecenter/download.php?id=1", "name": "甲.pdf", "size": "12.3M"}]),
    ('<div><a href="https://download.cloud.189.cn/file/downloadFile.action?dt=51&amp;expired=1728568740000&amp;sk=1" alt="甲.pdf (1572864)">甲.pdf</a></div>',
     [{"url": "https://download.cloud.189.cn/file/downloadFile.action?dt=51&expired=1728568740000&sk=1", "name": "甲.pdf", "size": "1.50M",
       "expires": "2024-10-10 21:59"}]),
    ('<p>见<a href="https://wwa.lanzoui.com/x">这里</a>、<a href="https://www.kdocs.cn/l/x">表</a>、<a href="https://pan.quark.cn/s/1">q</a></p>',
     [{"url": "https://wwa.lanzoui.com/x"}, {"url": "https://www.kdocs.cn/l/x"}, {"url": "https://pan.quark.cn/s/1"}]),
    ('<p><a href="https://mail.qq.com@evil.cn/cgi-bin/ftnExs_download">x</a><a href="https://lanzoui.com.evil.cn/x">x</a></p>', None),
], ids=["qq", "qq-english", "foxmail", "foxmail-new", "qq-document", "163-one-without-details", "163-unknown-host", "163-no-address", "one-line", "163-nothing-left", "163-empty",
        "style-sheet", "quoted", "netease-enterprise", "gmail", "sina", "189", "drives", "other-hosts"])
def test_elements_of_files_that_are_not_in_the_mail(read, page, links):
    assert read("mime", mail(text="", html=page).raw).facts.get("mail.links") == links


@pytest.mark.parametrize("text, links", [
    ("从QQ邮箱发来的超大附件\n\n甲(盖章).pdf (128.03M, 2024年10月10日 21:59 到期)\n乙.docx (1.5M, 无限期)\n",
     [{"name": "甲(盖章).pdf", "size": "128.03M", "expires": "2024年10月10日 21:59"}, {"name": "乙.docx", "size": "1.5M", "expires": "无限期"}]),
    ("从腾讯企业邮箱发来的超大附件\n甲.pdf (2M, 无限期)\n进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=1\n"
     "进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=2\n丙.pdf (3M, 无限期)\n进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=3&amp;code=4",
     [{"url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=1", "name": "甲.pdf", "size": "2M", "expires": "无限期"},
      {"url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=2"},
      {"url": "http://mail.qq.com/cgi-bin/ftnExs_download?k=3&code=4", "name": "丙.pdf", "size": "3M", "expires": "无限期"}]),
    ("我从QQ邮箱发来的超大附件您收到了吗？", None),
])
def test_lines_of_files_that_are_not_in_the_mail(read, text, links):
    assert read("mime", mail(text=text, style="utf8").raw).facts.get("mail.links") == links


def test_attachments_that_netease_lists(read):
    """Into the HTML, so after a forward the list may be all that is left of a file."""
    address = "http://preview.mail.126.com/xdownload?filename={}&mid=1&part=1"
    page = ('<div class="netease-attDown"><div class="netease-attDown-tit"><strong>2</strong> attachments</div>' + "".join(
        f'<dl><dt title="{name}">{name}<span class="info">(4M)</span></dt><dd><a href="{address.format(escaped)}">download</a></dd></dl>'
        for name, escaped in (("需求表.docx", "%E9%9C%80%E6%B1%82%E8%A1%A8.docx"), ("b.jpg", "b.jpg"))) + "</div>")
    facts = read("mime", mail(text="", html=page, files=[("需求表.DOCX", b"x")]).raw).facts
    assert facts["mail.links"] == [{"url": address.format("b.jpg"), "name": "b.jpg", "size": "4M"}]
