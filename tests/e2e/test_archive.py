"""What the filter archive takes out of archives, and what it leaves."""

import bz2
import ctypes
import gzip
import io
import struct
import tarfile
import zipfile
import zlib

import pytest
from filters import reader
from mails import form, gbk_zip, scan


@pytest.fixture
def read(tmp_path):
    return reader(tmp_path)


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
