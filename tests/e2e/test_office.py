"""filters/office and what becomes of its work: forms in .doc, .rtf, .odt and HTML, made here by LibreOffice from
the samples, read as if they had come as docx; and what people see is the file that was sent."""

import io
import json
import re
import socket
import subprocess
import zipfile
import zlib

import forms
import pytest
from forms import truth
from installation import BUILD, ROOT, clock
from mails import DOCX, fields, mail, scan
from office import FORMATS, as_word_page, convert, word_page
from truths import FORMS, comparable, differences, truths

TRUE_FORMS = [name for name, said in truths().items() if said["is_form"]]
SAMPLES = [*TRUE_FORMS, "v54_other_year"]
# LibreOffice 7.4 loses the content controls of a docx when it opens it: a paragraph that is one, or holds one, comes
# several times, and a placeholder is text. So it stands in the .doc that it makes; no reader can know better.
IN_CONTROLS = {"v22_content_controls": {"address", "postcode", "contact_title", "background", "demand_content"}}


@pytest.fixture(scope="session")
def documents(tmp_path_factory):
    """By sample and ending, the bytes."""
    directory = tmp_path_factory.mktemp("documents")
    made = {(path.stem, ending): path.read_bytes() for ending in FORMATS
            for path in convert([FORMS / f"{name}.docx" for name in SAMPLES], ending, directory)}
    return {key: as_word_page(content) if key[1] == "html" else content for key, content in made.items()}


class Office:
    """The filter by hand."""

    def __init__(self, directory, params):
        self.directory, self.params, self.number = directory, params, 0

    def __call__(self, content, program=BUILD / "filters" / "office", **more):
        self.number += 1
        self.outdir = self.directory / f"out{self.number}"
        self.outdir.mkdir()
        path = self.directory / f"file{self.number}"
        path.write_bytes(content)
        run = subprocess.run([program, path, self.outdir], capture_output=True, **more)
        self.status = run.returncode
        self.lines = [json.loads(line) for line in run.stdout.decode().splitlines()]
        return self

    @property
    def notes(self):
        return [line["note"] for line in self.lines if "note" in line]

    def rendition(self):
        assert (self.status, self.lines) == (0, [{"file": "1", "name": "", "kind": DOCX, "rendition": True}])
        return (self.outdir / "1").read_bytes()

    def form(self):
        self.rendition()
        run = subprocess.run([BUILD / "filters" / "docx", "--params", self.params, self.outdir / "1", self.outdir],
                             capture_output=True, check=True)
        facts = [json.loads(line) for line in run.stdout.decode().splitlines()]
        return {fact["fact"].removeprefix("form."): fact["value"] for fact in facts if fact.get("form") == 1}


@pytest.fixture(scope="module")
def params(tmp_path_factory):
    path = tmp_path_factory.mktemp("params") / "params.json"
    path.write_bytes(forms.params())
    return path


@pytest.fixture
def office(tmp_path, params):
    return Office(tmp_path, params)


# And as HTML it writes what was deleted under tracking as if it stood, and half a tag into a content control.
@pytest.mark.parametrize("name, ending", [(name, ending) for name in TRUE_FORMS for ending in FORMATS if ending != "html" or
                                          name not in ("v20_tracked_changes", "v22_content_controls")])
def test_all_fields_of_a_form(office, documents, name, ending):
    read, expected = office(documents[name, ending]).form(), truth(name)
    wrong = differences(read, expected["fields"], expected.get("fields_alt", {}))
    assert wrong.keys() <= IN_CONTROLS.get(name, set()), wrong
    for key in IN_CONTROLS.get(name, ()):
        assert comparable(expected["fields"][key]) in comparable(read[key]), key
    assert read["blank"] is ("template_untouched" in expected["expect_findings"])
    for remark in forms.REMARKS:
        assert read[remark] == (remark in expected["expect_findings"]), remark


@pytest.mark.parametrize("ending", FORMATS)
def test_the_form_of_another_year(office, documents, ending):
    assert office(documents["v54_other_year", ending]).form() == {"other": "湘潭市2023年科技创新“揭榜挂帅”项目技术需求表"}


def test_the_same_document_becomes_the_same_bytes(office, documents):
    """So that it is one file in the spool, whenever it is read."""
    content = documents["v01_plain", "doc"]
    made = [office(content, env=clock(at)).rendition() for at in ("2024-09-10 12:00:00", "2025-01-01 08:30:00")]
    assert made[0] == made[1]


# ---- what cannot be read ----

def with_password(doc):
    """fEncrypted of its FIB ([MS-DOC] 2.5.2)."""
    at = doc.index(b"\xec\xa5", 512)
    return doc[:at + 11] + bytes([doc[at + 11] | 1]) + doc[at + 12:]


def repacked(odt, change):
    """The zip with each part, by its name, as CHANGE(name, content) says."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(odt)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def odt_with_password(odt):
    """As its manifest says of an encrypted part (OpenDocument 1.2, part 3)."""
    def change(name, content):
        if name != "META-INF/manifest.xml":
            return content
        return re.sub(rb'(<manifest:file-entry )([^>]*"content.xml"[^>]*)/>', rb"""\1manifest:size="5000" \2>
            <manifest:encryption-data manifest:checksum-type="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k"
                manifest:checksum="FAOD1xVdIbGcFmDWzs0NeKd1nSxUYMzbBNwVQjyGjM4=">
            <manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc"
                manifest:initialisation-vector="FAOD1xVdIbGcFmDWzs0NeA=="/>
            <manifest:key-derivation manifest:key-derivation-name="PBKDF2" manifest:key-size="32"
                manifest:iteration-count="1000" manifest:salt="FAOD1xVdIbGcFmDWzs0NeA=="/>
            <manifest:start-key-generation manifest:key-size="32"
                manifest:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>
            </manifest:encryption-data></manifest:file-entry>""", content)
    return repacked(odt, change)


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 0xff]) + content[at + 1:]


BAD = {
    "password of a doc": ("doc", with_password, "office.encrypted"),
    "password of an odt": ("odt", odt_with_password, "office.encrypted"),
    "doc cut off": ("doc", lambda doc: doc[:12000], "office.corrupt_file"),
    "doc with a hole": ("doc", lambda doc: doc[:4096] + bytes(4000) + doc[8096:], "office.refused"),
    "rtf cut off": ("rtf", lambda rtf: rtf[:len(rtf) // 2], "office.corrupt_file"),
    "odt cut off": ("odt", lambda odt: odt[:len(odt) // 2], "office.corrupt_file"),
    "odt with a wrong byte": ("odt", lambda odt: flipped(odt, odt.index(b"content.xml") + 1000), "office.corrupt_file"),
    "page with a deletion": ("html", lambda page: page.replace("湘潭市".encode(), "<del>旧</del>湘潭市".encode(), 1),
                             "office.unsupported"),
    "odt that is a bomb": ("odt", lambda odt: repacked(odt, lambda name, content: content + b" " * (50 << 20)
                                                       if name.endswith(".xml") else content), "office.zip_bomb"),
}


@pytest.mark.parametrize("what", BAD)
def test_documents_that_are_not_read(office, documents, what):
    ending, change, note = BAD[what]
    read = office(change(documents["v01_plain", ending]))
    assert (read.status, read.lines) == (65, [{"note": note}])


def kind(tmp_path, content):
    path = tmp_path / "what"
    path.write_bytes(content)
    run = subprocess.run([BUILD / "filters" / "kind", path, tmp_path], capture_output=True, check=True)
    return json.loads(run.stdout)["value"]


def test_kinds(tmp_path, documents):
    plain = {ending: documents["v01_plain", ending] for ending in FORMATS}
    assert {ending: kind(tmp_path, content) for ending, content in plain.items()} == {
        "doc": "application/msword", "rtf": "application/rtf", "odt": "application/vnd.oasis.opendocument.text",
        "html": "application/x-word-html"}
    # Nothing but the stream says what it is, as in files by WPS.
    assert kind(tmp_path, plain["doc"].replace(b"Microsoft Word", b"Unknown Writer")) == "application/msword"
    assert kind(tmp_path, plain["doc"].replace("WordDocument".encode("utf-16-le"), "Workbookxxxx".encode("utf-16-le"))) != \
        "application/msword"
    assert kind(tmp_path, b'<?xml version="1.0"?>\n<?mso-application progid="Word.Document"?>\n<w:wordDocument '
                b'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"/>') == "application/x-word-2003-xml"
    assert kind(tmp_path, b"<html><body>x</body></html>") == "text/html"
    assert kind(tmp_path, b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n") == \
        "application/x-mimearchive"


# ---- in a mail ----

NAMES = {"doc": "需求表.wps", "rtf": "需求表.doc", "odt": "需求表.docx", "html": "需求表.doc"}


@pytest.mark.parametrize("ending", FORMATS)
def test_the_form_is_the_file_that_was_sent(intake, mailbox, smtp, documents, ending):
    content = documents["v01_plain", ending]
    mailbox.put(mail(files=[(NAMES[ending], content), ("盖章件.jpg", scan("photo.jpg"))]))
    intake.poll()
    entry = intake.only()
    assert {key: comparable(value) for key, value in entry["fields"].items()} == {
        key: comparable(value) for key, value in fields("v01_plain").items()}
    assert sorted((f["name"], f["role"], f["size"]) for f in entry["files"]) == sorted(
        [(NAMES[ending], "form", len(content)), ("盖章件.jpg", "scan", len(scan("photo.jpg")))])
    assert ("wrong_extension" in {f["rule"] for f in entry["findings"]}) is (ending != "doc")
    assert not {f["rule"].split(":")[0] for f in entry["findings"]} & {"unread_file", "form_missing"}
    out = intake.directory / "copies"
    intake.ok("files", entry["receipt"], out)
    assert {path.read_bytes() for path in out.iterdir()} == {content, scan("photo.jpg")}
    assert NAMES[ending] in intake.ok("show", entry["receipt"]).out
    assert {row["name"] for row in intake.rows("select name from part")} == {"", NAMES[ending], "盖章件.jpg"}


def test_a_document_in_a_zip_and_again(intake, mailbox, documents):
    """A second mail with the same file is not converted again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("材料/需求表.wps", documents["v01_plain", "doc"])
    mailbox.put(mail(files=[("材料.zip", packed.getvalue()), ("件.jpg", scan("photo.jpg"))]))
    intake.poll()
    read = intake.rows("select id, filter from reading where filter in ('office', 'docx')")
    assert [row["filter"] for row in read] == ["office", "docx"]
    assert intake.only()["status"] == "complete" or "form_missing" not in {f["rule"] for f in intake.only()["findings"]}
    mailbox.put(mail(files=[("需求表.doc", documents["v01_plain", "doc"])], at="2024-09-10 13:00:00"))
    intake.poll("2024-09-10 14:00:00")
    assert intake.rows("select id, filter from reading where filter in ('office', 'docx')") == read
    assert intake.rows("select count(*) as n from part_reading where reading = ?", read[1]["id"]) == [{"n": 2}]


@pytest.mark.parametrize("what, rule", [("password of a doc", "encrypted"), ("doc cut off", "corrupt_file"),
                                        ("doc with a hole", "unread_file")])
def test_a_document_that_cannot_be_read_is_told(intake, mailbox, documents, what, rule):
    content = BAD[what][1](documents["v01_plain", "doc"])
    mailbox.put(mail(files=[("需求表.doc", content), ("件.jpg", scan("photo.jpg"))]))
    intake.poll()
    found = [f for f in intake.only()["findings"] if f["rule"].startswith(rule)]
    assert ["需求表.doc" in f["message"] for f in found] == [True], intake.only()["findings"]


def test_what_is_wrong_in_the_rendition_is_told_of_the_document(intake, mailbox, documents):
    """A filter of one's own that says in another form what docx then cannot read."""
    own = intake.directory / "own"
    own.write_text("#!/bin/sh\n[ \"$1\" = --version ] && { echo own 1; exit; }\n"
                   "echo no zip >out/1\necho '{\"file\":\"1\",\"name\":\"\",\"kind\":\"" + DOCX + "\",\"rendition\":true}'\n")
    own.chmod(0o755)
    intake.filters += f'filter own {{ command = "{own}" accepts = {{"text/csv"}} }}\n'
    intake.write()
    mailbox.put(mail(files=[("表.csv", b"a,b,c\n1,2,3\n4,5,6\n" * 9), ("件.jpg", scan("photo.jpg"))]))
    intake.poll()
    troubles = intake.rows("select p.name, n.name as note from note n join part_reading l using (reading) join part p on p.id = l.part")
    assert troubles == [{"name": "表.csv", "note": "docx.corrupt_file"}]
    assert [f["message"].count("表.csv") for f in intake.only()["findings"] if f["rule"].startswith("corrupt_file")] == [1]


def test_without_libreoffice_a_person_looks(intake, mailbox, documents, tmp_path):
    subprocess.run(["make", "-s", f"BUILD={tmp_path}/build", "LIBREOFFICE=/nowhere", f"{tmp_path}/build/filters/office"],
                   cwd=ROOT, check=True, capture_output=True)
    program = tmp_path / "build" / "filters" / "office"
    said = [subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            for path in (program, BUILD / "filters" / "office")]
    assert said[0] == "office 1, no LibreOffice\n" and re.fullmatch(r"office 1, LibreOffice \d.*\n", said[1])
    intake.filters = intake.filters.replace("filter office {", f'filter office {{ command = "{program}"\n')
    intake.write()
    mailbox.put(mail(files=[("需求表.doc", documents["v01_plain", "doc"]), ("件.jpg", scan("photo.jpg"))]))
    intake.poll()
    entry = intake.only()
    assert [f["person"] for f in entry["findings"] if f["rule"].startswith("unread_file")] == [True]
    assert "LibreOffice" in intake.ok("show", entry["receipt"]).out


def test_bytes_of_a_rendition_have_an_end_with_its_document(intake, mailbox, documents):
    """Of mail that is no submission; those of a submission stay."""
    letter = documents["v54_other_year", "doc"]
    mailbox.put(mail("office@xiangtan.gov.cn", "办公室", "放假安排", "…", style="utf8", files=[("安排.doc", letter)]),
                mail(files=[("需求表.doc", documents["v01_plain", "doc"]), ("件.jpg", scan("photo.jpg"))]))
    intake.poll()
    kept = {row["sha256"] for row in intake.rows("select sha256 from member where is_rendition")}
    there = lambda: {path.name for path in (intake.spool / "parts").rglob("*") if path.is_file()}  # noqa: E731
    assert len(kept) == 2 and kept <= there()
    intake.poll("2024-10-12 09:00:00")
    assert len(kept & there()) == 1 and len(there()) == 3, "the form, its rendition and the scan"


# ---- hostile ones ----

def odt(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", """<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
            <manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>
            <manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>""")
        archive.writestr("content.xml", """<office:document-content office:version="1.2"
            xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"
            xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
            xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"><office:body><office:text>"""
                         f"{content}<text:p>here</text:p></office:text></office:body></office:document-content>")
    return out.getvalue()


def bait():
    """A picture that is told by its words."""
    def chunk(name, content):
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0") + chunk(b"tEXt", b"Comment\0BAIT")
            + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))


def linking(target, web):
    """Documents that want the file TARGET as a text or a picture, and a picture from WEB."""
    field = r"{{\field{{\*\fldinst {} }}{{\fldrslt old}}}}".format
    section = f"""<text:section text:name="s"><text:section-source xlink:href="file://{target}" xlink:type="simple"
        text:filter-name="Text"/><text:p>old</text:p></text:section>"""
    picture = """<text:p><draw:frame svg:width="2cm" svg:height="2cm" text:anchor-type="as-char">
        <draw:{} xlink:href="{}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>""".format
    return {
        "fields.doc": (r"{\rtf1 here " + field(rf'INCLUDETEXT "{target}"') + field(rf'INCLUDEPICTURE "{web}/a.png" \\d')
                       + field(rf'LINK Word.Document.8 "{target}" "" \\a \\r') + "}").encode(),
        "section.odt": odt(section + picture("image", f"{web}/b.png") + picture("object", f"file://{target}")),
        "page.doc": word_page(f'here<img src="{web}/c.png"><iframe src="file://{target}"></iframe>'
                                    f'<object data="file://{target}"></object><img src="file://{target}">'),
    }


def test_nothing_from_outside_comes_into_the_rendition(intake, mailbox, house):
    """Not from a file that anybody may read, not from the configuration or the spool, not from the network."""
    mailbox.put(mail("earlier@qq.com", files=[("图.png", bait())]))
    intake.poll()
    open_to_all = house / f"bait-{mailbox.user}"
    open_to_all.write_bytes(bait())
    open_to_all.chmod(0o666)
    stored = next(path for path in (intake.spool / "parts").rglob("*") if path.is_file() and b"BAIT" in path.read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        web = f"http://127.0.0.1:{server.getsockname()[1]}"
        files = [(f"{number}-{name}", content) for number, target in enumerate((open_to_all, stored, "/etc/passwd"))
                 for name, content in linking(target, web).items()]
        mailbox.put(mail(files=files))
        intake.ok("poll", timeout=170)
        with pytest.raises(BlockingIOError):
            server.accept()
    renditions = intake.rows("select sha256 from member where is_rendition")
    assert len(renditions) == len(files) == 9
    for row in renditions:
        with zipfile.ZipFile(intake.spool / "parts" / row["sha256"][:2] / row["sha256"]) as docx:
            content = b"".join(docx.read(name) for name in docx.namelist())
        assert b"here" in content and b"BAIT" not in content and b"root:" not in content


def test_a_document_that_takes_too_long_is_alone(intake, mailbox, documents):
    """A finding on that file; the others, also in the same mail, are read."""
    rows = rb"\trowd\cellx1000\cellx2000 a\cell b\cell\row " * 300000
    intake.filters = re.sub(r"(?ms)^(filter office .*?timeout = )\d+", r"\g<1>8", intake.filters)
    intake.write()
    mailbox.put(mail(files=[("长.rtf", rb"{\rtf1 " + rows + b"}"), ("需求表.doc", documents["v01_plain", "doc"]),
                            ("件.jpg", scan("photo.jpg"))]))
    intake.ok("poll", timeout=170)
    entry = intake.only()
    assert [f["message"].count("长.rtf") for f in entry["findings"] if f["rule"].startswith("unread_file")] == [1]
    assert comparable(entry["fields"]["unit_name"]) == comparable(fields("v01_plain")["unit_name"])
    assert list((intake.spool / "tmp").iterdir()) == []
