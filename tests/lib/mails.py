"""Mails as they lie in a 163 mailbox: what QQ Mail, Foxmail, Outlook and 163's own pages make, with
the headers that 163 adds on receipt."""

import base64
import hashlib
import io
import itertools
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
BEIJING = timezone(timedelta(hours=8))
OURS = "xtkjjcgk@163.com"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_numbers = itertools.count(1)


def moment(text):
    """"2024-09-10 09:12:33" in Beijing."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)


def fields(name):
    """What stands in the form NAME."""
    return json.loads((FIXTURES / "forms" / f"{name}.json").read_text())["fields"]


def form(name="v01_plain", of="colour.pdf", **changes):
    """A form plainly filled in, by the applicant that the scan OF shows; CHANGES replace more answers."""
    content = (FIXTURES / "forms" / f"{name}.docx").read_bytes()
    answers = applicant(of) | changes
    standing = fields(name)
    return replace_texts(content, {standing[key]: value for key, value in answers.items()})


def applicant(of="colour.pdf"):
    """Unit, code and demand on the scan OF."""
    truth = json.loads((FIXTURES / "scans" / "truth.json").read_text())
    shown = next(entry for entry in truth if entry["file"] == of)
    return {key: shown[key] for key in ("unit_name", "credit_code", "demand_name")}


def sample(name):
    """A form of the samples, byte for byte."""
    return (FIXTURES / "forms" / f"{name}.docx").read_bytes()


def replace_texts(docx, texts):
    """The document with each first run that says just OLD saying NEW."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "word/document.xml":
                xml = data.decode("utf-8")
                for before, after in texts.items():
                    if f">{before}</w:t>" not in xml:
                        raise ValueError(f"no run says {before!r}")
                    xml = xml.replace(f">{before}</w:t>", f">{after}</w:t>", 1)
                data = xml.encode("utf-8")
            new.writestr(item, data)
    return out.getvalue()


def scan(name="colour.pdf"):
    return (FIXTURES / "scans" / name).read_bytes()


class _GbkName(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.encode("gbk"), 0


def gbk_zip(files):
    """A zip as Windows makes it in China: names in GBK, without the UTF-8 flag."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            info = _GbkName(name, date_time=(2024, 9, 9, 16, 30, 0))
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@dataclass
class Mail:
    raw: bytes
    at: datetime  # received
    message_id: str
    sender: str

    @property
    def sha256(self):
        return hashlib.sha256(self.raw).hexdigest()


def mail(sender="wang@qq.com", name="王工", subject="揭榜挂帅项目技术需求表", text="您好，附件是我公司的需求表，请查收。",
         files=(), at="2024-09-10 09:12:33", date=None, html=None, style="qq", headers=(), proved=True,
         message_id=None, envelope=None, to=OURS, inside=()):
    """A mail with FILES [(name, bytes)] and INSIDE [(name or None, bytes)] (mails as attachments).
    STYLE: qq, utf8 (newer QQ, 163), outlook (RFC 2231). PROVED: SPF passes for the sender's domain;
    False: there is no SPF; a word: SPF says that; None: 163 says nothing."""
    received = moment(at)
    number = next(_numbers)
    message_id = message_id or f"<tencent_{number:010d}{received:%Y%m%d%H%M%S}@{sender.split('@')[1]}>"
    charset = "gb18030" if style == "qq" else "utf-8"
    head = [
        f'From: "{word(name, charset)}" <{sender}>' if name else f"From: {sender}",
        f"To: {to}",
        f"Subject: {word(subject, charset)}",
        "MIME-Version: 1.0",
        f"Date: {format_datetime(moment(date) if date else received - timedelta(seconds=4))}",
        f"Message-ID: {message_id}",
    ]
    if style == "qq":
        head += ["X-QQ-MIME: TCMime 1.0 by Tencent", "X-Mailer: QQMail 2.x", "X-QQ-Mailer: QQMail 2.x"]
    head += list(headers)
    body = _body(text, html, files, inside, charset, style, number)
    host = f"zwqz-mx-mta-g{number % 4 + 1}-2"
    transaction = f"_____wDnOM8EKe1k{number:06d}--.{7156 + number}S3"
    on_top, at_end = _transit(received, host, transaction, envelope or sender, proved)
    lines = on_top + head + body[0] + at_end
    raw = "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body[1]
    return Mail(raw, received, message_id, sender)


def delivered(raw, sender, at):
    """A message that SENDER's program made, as it lies in the mailbox it was sent to."""
    head, body = raw.split(b"\r\n\r\n", 1)
    number, received = next(_numbers), moment(at)
    on_top, at_end = _transit(received, "zwqz-mx-mta-g1-2", f"_____wDnOM8EKe1k{number:06d}--.S3", sender, True)
    lines = ["\r\n".join(on_top).encode(), head, "\r\n".join(at_end).encode()]
    return Mail(b"\r\n".join(lines) + b"\r\n\r\n" + body, received, "", sender)


def qq_vacation(sender="li@qq.com", at="2024-09-10 09:30:00", subject="揭榜挂帅通知", older=False):
    """QQ Mail's answer while its owner is on holiday: no Auto-Submitted."""
    mark = "X-QQ-HolidayReply: true" if older else "X-QQ-AUTO-REPLY: true"
    local, domain = OURS.split("@")
    return mail(sender, "李工", ("自动回复:" if older else "自动回复: ") + subject,
                text="", html="<div>这是来自QQ邮箱的假期自动回复邮件。您好，我最近正在休假中，无法亲自回复您的邮件。</div>", at=at,
                headers=[mark, "In-Reply-To: <notice@163.com>"],
                envelope=f"123456789+auto_={local}={domain}@qq.com")


def bounce(at="2024-09-10 09:31:00"):
    return mail("Postmaster@163.com", "", "系统退信", text="您的邮件被退回。", at=at, style="utf8",
                headers=["Auto-Submitted: auto-replied", "Return-Path: <>"])


def forwarded(inner, sender="xian@hunan.gov.cn", name="县工信局", at="2024-09-11 10:00:00", **more):
    """INNER (a Mail) as an attachment without a name, as Outlook forwards it."""
    return mail(sender, name, more.pop("subject", "转发：需求表"), at=at, style="outlook",
                text="转发企业报送材料。", inside=[(None, inner.raw)], **more)


def word(text, charset):
    """RFC 2047, B, in words that are short enough; plain ASCII stays."""
    if text.isascii():
        return text
    words, piece = [], ""
    for character in text:
        if len((piece + character).encode(charset)) > 36:
            words.append(piece)
            piece = ""
        piece += character
    words.append(piece)
    return "\r\n ".join(f"=?{charset}?B?{_b64(w.encode(charset))}?=" for w in words)


def _b64(data):
    return base64.b64encode(data).decode("ascii")


def _base64_lines(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _text_part(text, kind, charset):
    return ([f'Content-Type: text/{kind};\r\n\tcharset="{charset}"', "Content-Transfer-Encoding: base64"],
            _base64_lines(text.encode(charset)))


def _join(parts, boundary):
    out = b"This is a multi-part message in MIME format.\r\n\r\n"
    for head, content in parts:
        out += f"--{boundary}\r\n".encode() + "\r\n".join(head).encode() + b"\r\n\r\n" + content + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


def _body(text, html, files, inside, charset, style, number):
    """The headers and the bytes of the body."""
    texts = [_text_part(text or "", "plain", charset)]
    if html is not None or style == "qq":
        page = html if html is not None else f"<div>{text}</div>"
        boundary = f"----=_NextPart_{number:08X}_alternative"
        both = texts + [_text_part(page, "html", charset)]
        texts = [([f'Content-Type: multipart/alternative;\r\n\tboundary="{boundary}"'], _join(both, boundary))]
    if not files and not inside:
        return texts[0]
    parts = texts + [_file_part(name, content, charset, style) for name, content in files]
    for name, content in inside:
        head = ["Content-Type: message/rfc822", "Content-Disposition: attachment"]
        if name:
            head[1] += f'; filename="{word(name, charset)}"'
        parts.append((head, content))
    boundary = f"----=_NextPart_{number:08X}_mixed"
    return [f'Content-Type: multipart/mixed;\r\n\tboundary="{boundary}"'], _join(parts, boundary)


def _file_part(name, content, charset, style):
    if style == "outlook":
        percent = "".join(f"%{byte:02X}" for byte in name.encode("utf-8"))
        head = ["Content-Type: application/octet-stream",
                f"Content-Disposition: attachment;\r\n filename*=utf-8''{percent}"]
    else:
        encoded = word(name, charset)
        head = [f'Content-Type: application/octet-stream;\r\n\tcharset="{charset}";\r\n\tname="{encoded}"',
                f'Content-Disposition: attachment; filename="{encoded}"']
    return head + ["Content-Transfer-Encoding: base64"], _base64_lines(content)


def _transit(received, host, transaction, envelope, proved):
    """163 puts Received on top and its other headers at the end of the block, folded wherever it likes."""
    stamp = received.strftime("%a, %d %b %Y %H:%M:%S +0800 (CST)")
    domain = envelope.split("@")[1]
    on_top = [f"Received: from out.mail.{domain} (unknown [121.14.77.108])\r\n"
              f"\tby {host} (Coremail) with SMTP id {transaction};\r\n\t{stamp}"]
    at_end = [f"X-CM-TRANSID:{transaction}"]
    if proved is not None:
        result = proved if isinstance(proved, str) else "pass" if proved else "none"
        half = len(envelope) // 2
        at_end.append(f"Authentication-Results: {host}; spf={result} smtp.mail={envelope[:half]}"
                      f"\r\n\t{envelope[half:]};")
    at_end.append("X-Coremail-Antispam: 1Uf129KBjvdXoW7Jw4UJFWkWF4UAwb_yoW8Xw13pr")
    return on_top, at_end
