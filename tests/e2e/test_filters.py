"""What the filters kind and scan say of a file, and the contract of all."""

import io
import json
import struct
import subprocess
import zipfile
import zlib

import installation
import pytest
from filters import reader
from mails import DOCX, FIXTURES, form, gbk_zip, mail, sample, scan

SCANS = json.loads((FIXTURES / "scans" / "truth.json").read_text())


@pytest.fixture
def read(tmp_path):
    return reader(tmp_path)


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
], ids=["docx", "docx-with-password", "pdf", "jpeg", "tiff", "zip", "empty", "mail", "mail-in-gbk", "mail-with-html",
        "subject-alone", "no-mail", "zip-with-entities"])
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


@pytest.mark.parametrize("truth", SCANS, ids=lambda truth: truth["file"])
def test_scans(read, truth):
    """Pages, and their size where the file says it: a photo does not."""
    reading = read("scan", scan(truth["file"]))
    assert reading.status == 0 and reading.facts["scan.pages"] == len(truth["pages"])
    assert reading.facts["scan.page"] == [
        {"page": number} | ({"width_mm": page["width_mm"], "height_mm": page["height_mm"]} if page["dpi"] else {})
        for number, page in enumerate(truth["pages"], 1)]


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
