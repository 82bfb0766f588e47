"""Attachments of any size in each encoding (RFC 2045, and uuencode), byte for byte."""

import base64
import binascii
import quopri
import random

import pytest
from filters import reader

CONTENT = random.Random(1).randbytes(300_001)


def uuencoded(content):
    lines = [binascii.b2a_uu(content[at:at + 45]) for at in range(0, len(content), 45)]
    return b"begin 644 a.bin\n" + b"".join(lines) + b"`\nend\n"


def one_line(content):
    return base64.b64encode(content) + b"\n"


ENCODINGS = {
    "base64": base64.encodebytes,
    "Base64": one_line,
    "quoted-printable": lambda content: quopri.encodestring(content.replace(b"\n", b"\0"), quotetabs=True),
    "x-uuencode": uuencoded,
    "8bit": lambda content: content.replace(b"\n", b"\0").replace(b"\r", b"\0"),
}


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"], ids=["crlf", "lf"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_large_file_is_whole(tmp_path, encoding, line_end):
    content = CONTENT
    if encoding in ("quoted-printable", "8bit"):
        content = content.replace(b"\n", b"\0")
    if encoding == "8bit":
        content = content.replace(b"\r", b"\0")
    mail = (b"From: a@b.cn\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
            b"Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: " + encoding.encode()
            + b"\n\n").replace(b"\n", line_end)
    mail += ENCODINGS[encoding](content).replace(b"\n", line_end) + line_end + b"--b--" + line_end
    reading = reader(tmp_path)("mime", mail)
    assert [name for name, _ in reading.files] == ["a.bin"]
    assert reading.files[0][1].rstrip(b"\r\n") == content.rstrip(b"\r\n")
