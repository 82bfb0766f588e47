"""What the filters kind and scan say of a file, and the contract of all."""

import io
import json
import os
import platform
import signal
import socket
import struct
import subprocess
import time
import zipfile
import zlib
from pathlib import Path

import installation
import pytest
import tnef
from filters import Server, reader
from mails import DOCX, FIXTURES, form, gbk_zip, mail, sample, scan
from wordprocessing import Form, flat, flat_parts, package

SCANS = json.loads((FIXTURES / "scans" / "truth.json").read_text())


@pytest.fixture
def read(tmp_path):
    return reader(tmp_path)


def zip_of_types(xml):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", xml)
    return out.getvalue()


def renamed(change, data=form()):
    """With other names of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(change(name), old.read(name))
    return out.getvalue()


FLOOD = b"<Types " + b" ".join(b'a%d=""' % n for n in range(80000)) + b"/>"
KINDS = [
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
    (flat(flat_parts()), DOCX),
    (flat(flat_parts(), "utf-16"), DOCX),
    (b"<?xml version='1.0'?><a>%s</a>" % flat(flat_parts())[:200].replace(b"<", b"&lt;"), "text/xml"),
    (zip_of_types(b"<!DOCTYPE t [<!ENTITY a '%s'>]><t><Override ContentType='%s'/></t>" % (b"a" * 100000, b"&a;" * 9000)),
     "application/zip"),
    (renamed("/{}".format), DOCX),
    (renamed(lambda name: name.replace("/", "\\")), DOCX),
    (renamed(str.upper), DOCX),
    (package(Form().xml(), members={"[Content_Types].xml": None}), DOCX),
    (package(Form().xml(), members={"[Content_Types].xml": "<Types"}), DOCX),
    (renamed("folder/{}".format), "application/zip"),
    (zip_of_types(FLOOD), "application/zip"),
]


@pytest.mark.parametrize("content, kind", KINDS, ids=[
    "docx", "docx-with-password", "pdf", "jpeg", "tiff", "zip", "empty", "mail", "mail-in-gbk", "mail-with-html",
    "subject-alone", "no-mail", "flat-opc", "flat-opc-in-utf-16", "words-of-flat-opc", "zip-with-entities",
    "leading-slashes", "backslashes", "capitals", "no-types", "damaged-types", "docx-unpacked-in-a-folder",
    "zip-with-a-flood-of-attributes"])
def test_kind(read, content, kind):
    assert read("kind", content).facts["file.kind"] == kind


@pytest.mark.parametrize("name, pack", [
    ("mime", lambda files: mail(files=files).raw),
    ("archive", gbk_zip),
    ("tnef", lambda files: tnef.tnef(*(tnef.attachment(content, long=name) for name, content in files))),
], ids=["mail", "zip", "tnef"])
def test_files_come_with_their_kind(read, name, pack):
    """As the filter kind would say it."""
    reading = read(name, pack([(f"{number}.bin", content) for number, (content, _) in enumerate(KINDS)]))
    assert [content for _, content in reading.files] == [content for content, _ in KINDS]
    assert reading.kinds == [kind for _, kind in KINDS]


@pytest.mark.parametrize("name", ["kind", "mime", "archive", "scan", "tnef"])
def test_the_contract(read, name):
    program = installation.BUILD / "filters" / name
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert version.splitlines() == [version.strip()] and version.startswith(name + " ")
    assert subprocess.run([program], capture_output=True).returncode == 64
    assert subprocess.run([program, "/dev/null", "/nowhere"], capture_output=True).returncode not in (0, 64, 65)
    content = {"mime": mail().raw, "archive": gbk_zip([("甲.txt", b"1")]),
               "tnef": tnef.tnef(tnef.attachment(b"1"))}.get(name, scan())
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


# --- --server: one process for many files

FILES = {
    "kind": [form(), scan(), b"", scan("photo.jpg"), mail().raw],
    "mime": [mail(files=[("需求表.docx", form()), ("盖章件.pdf", scan())]).raw, mail("a@qq.com", style="utf8").raw, b"",
             mail(text="一" * 40000).raw],
    "archive": [gbk_zip([("甲.txt", b"1"), ("乙.txt", b"2")]), gbk_zip([("丙.txt", b"3")]), b"nothing"],
    "docx": [form(), sample("v20_tracked_changes"), sample("v66_encrypted"), form()[:9000], sample("v51_cover_letter")],
    "scan": [scan(), scan("photo.jpg"), scan()[:20000], scan("black-white.tif"), scan("two-pages.pdf")],
}


@pytest.fixture
def server(tmp_path):
    """server(FILTER, …): it serves until the test ends, and must end well then."""
    running = []

    def start(name, **more):
        outdir = tmp_path / f"served{len(running)}"
        outdir.mkdir()
        running.append(Server(name, outdir, **more))
        return running[-1]
    yield start
    for one in running:
        if one.process.returncode is None:
            assert one.close() == (0, b"")


@pytest.fixture
def written(tmp_path):
    """written(bytes): a file with them."""
    def write(content):
        path = tmp_path / f"written{len(list(tmp_path.iterdir()))}"
        path.write_bytes(content)
        return path
    return write


def emptied(outdir):
    """What was left there, which is no more."""
    left = {path.name: path.read_bytes() for path in outdir.iterdir()}
    for name in left:
        (outdir / name).unlink()
    return left


@pytest.mark.parametrize("name", FILES)
def test_a_server_says_what_a_run_says(tmp_path, server, written, name):
    """Each file twice, and others between: nothing of one is left for the next."""
    params = tmp_path / "params.json"
    params.write_text(json.dumps({"title": "需求表", "fields": [{"key": "unit_name", "label": ["单位名称"]}]}))
    serving = server(name, params=params)
    outdir = tmp_path / "out"
    outdir.mkdir()
    for content in FILES[name] * 2:
        path = written(content)
        run = subprocess.run([installation.BUILD / "filters" / name, "--params", params, path, outdir], capture_output=True)
        status, out, err = serving.read(path)
        assert (os.waitstatus_to_exitcode(status), out, err) == (run.returncode, run.stdout, run.stderr)
        assert emptied(serving.outdir) == emptied(outdir)
        assert out


def no_files():
    """A seccomp program: who writes to another descriptor than stdout or stderr is killed."""
    write = {"x86_64": 1, "aarch64": 64}[platform.machine()]
    load, if_equal, if_greater, end = 0x20, 0x15, 0x25, 0x06
    return b"".join(struct.pack("=HBBI", *line) for line in [
        (load, 0, 0, 0), (if_equal, 0, 3, write), (load, 0, 0, 16), (if_greater, 0, 1, 2), (end, 0, 0, 0x80000000),
        (end, 0, 0, 0x7fff0000)])


def test_a_server_outlives_what_kills_a_reader(server, written):
    """Each child puts on the seccomp program; the one that is killed for what it does is one of many."""
    serving = server("mime", cage=no_files())
    harmless, deadly = written(mail().raw), written(mail(files=[("a.pdf", scan())]).raw)
    for _ in range(2):
        assert serving.read(deadly)[0] & 0x7f == signal.SIGSYS
        emptied(serving.outdir)
        assert serving.read(harmless)[0] == 0


def children(process):
    try:
        return Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except FileNotFoundError:
        return []


def until(happens):
    """What it returns when that is true; the test's own time limit is the longest wait."""
    end = time.monotonic() + 60
    while not (value := happens()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return value


@pytest.fixture
def stuck(server, written):
    """A server, and the child that hangs because nobody reads what it prints."""
    serving = server("mime")
    reads, writes = os.pipe()
    with open(os.devnull, "wb") as err, written(mail(text="一" * 20000).raw).open("rb") as file:
        os.set_blocking(writes, False)
        os.write(writes, b" " * (1 << 20))
        os.set_blocking(writes, True)
        socket.send_fds(serving.socket, [b"1"], [file.fileno(), writes, err.fileno()])
    yield serving, until(lambda: children(serving.process.pid))[0]
    os.close(reads)
    os.close(writes)


def test_a_reader_that_is_killed(stuck, written):
    serving, child = stuck
    os.kill(int(child), signal.SIGKILL)
    assert int.from_bytes(serving.socket.recv(64), "little") == signal.SIGKILL
    assert serving.read(written(mail().raw))[0] == 0


def test_readers_die_with_their_server(stuck):
    serving, child = stuck
    serving.process.kill()
    serving.process.wait()
    until(lambda: not Path(f"/proc/{child}").exists() or "\nState:\tZ" in Path(f"/proc/{child}/status").read_text())


@pytest.mark.parametrize("data, descriptors", [(b"1", 0), (b"1", 2), (b"1", 4), (b"12", 3)])
def test_requests_that_are_none(server, data, descriptors):
    serving = server("kind")
    with open(os.devnull) as null:
        socket.send_fds(serving.socket, [data], [null.fileno()] * descriptors)
        assert serving.socket.recv(64) == b""
    status, said = serving.close()
    assert status == 70 and said == b"a request is not one byte with 3 descriptors\n"
