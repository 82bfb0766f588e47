"""Attachments of some size in each encoding (RFC 2045, and uuencode) come out byte for byte."""

import base64
import binascii
import quopri
import random

import pytest
from filters import reader

# Line ends are nobody's to keep in what is encoded as lines.
CONTENT = random.Random(1).randbytes(300_001).translate(None, b"\r\n")


def one_line(content):
    return base64.b64encode(content) + b"\n"


def uuencoded(content):
    lines = [binascii.b2a_uu(content[at:at + 45]) for at in range(0, len(content), 45)]
    return b"begin 644 a.bin\n" + b"".join(lines) + b"`\nend\n"


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"], ids=["crlf", "lf"])
@pytest.mark.parametrize("encoding, encode", [
    (b"base64", base64.encodebytes),
    (b"base64", one_line),
    (b"quoted-printable", quopri.encodestring),
    (b"x-uuencode", uuencoded),
    (b"8bit", bytes),
])
def test_a_large_file_is_whole(tmp_path, encoding, encode, line_end):
    head = (b"From: a@b.cn\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
            b"Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: " + encoding + b"\n\n")
    mail = (head + encode(CONTENT) + b"\n--b--\n").replace(b"\n", line_end)
    (name, content), = reader(tmp_path)("mime", mail).files
    assert name == "a.bin" and content.rstrip(b"\r\n") == CONTENT


def test_behind_a_megabyte_of_headers(tmp_path):
    mail = (b"From: a@b.cn\n" + b"X-Padding: x\n" * 80_000 + b"Content-Type: application/octet-stream; name=a.bin\n"
            b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(CONTENT)).replace(b"\n", b"\r\n")
    assert reader(tmp_path)("mime", mail).files == [("a.bin", CONTENT)]
