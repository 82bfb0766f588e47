"""filters/docx: one form in every package that a program may make of it (ECMA-376 part 2, and what is only usual)."""

import io
import struct
import zipfile

import pytest
from forms import cases, truth
from wordprocessing import (
    FORMS,
    OFFICE,
    STRICT,
    WORD,
    Form,
    body,
    flat,
    flat_parts,
    package,
    paragraph,
    relationships,
    row,
    table,
)

TYPE = "application/vnd.{}main+xml"
PLAIN = (FORMS / "v01_plain.docx").read_bytes()


def strict(xml):
    for old, new in STRICT.items():
        xml = xml.replace(old.encode(), new.encode())
    return xml


def prefixed(xml, prefix):
    """The word namespace under another prefix; "": as the default, which attributes never are in."""
    colon = f"{prefix}:" if prefix else ""
    xml = xml.decode().replace("<w:", f"<{colon}").replace("</w:", f"</{colon}")
    if prefix:
        return xml.replace(" w:", f" {prefix}:").replace("xmlns:w=", f"xmlns:{prefix}=").encode()
    return xml.replace("xmlns:w=", f'xmlns="{WORD}" xmlns:w=').encode()


@pytest.mark.parametrize("prefix", ["x", "ns0", "W", "文", "r2", ""])
def test_other_prefixes(read_form, prefix):
    read_form(package(prefixed(Form().xml(), prefix))).says_only()
    read_form(package(strict(prefixed(Form().xml(), prefix)), office=STRICT[OFFICE])).says_only()


def test_namespaces_declared_at_every_element(read_form):
    xml = Form().xml().decode().replace("<w:tc>", f'<q:tc xmlns:q="{WORD}">').replace("</w:tc>", "</q:tc>")
    read_form(package(xml)).says_only()


@pytest.mark.parametrize("name", ["v01_plain", "v02_split_runs", "v03_tick_sym_FE", "v12_nested_table",
                                  "v20_tracked_changes", "v22_content_controls"])
def test_strict_documents(read_form, name):
    true = truth(name)
    found = {key: value for key, value in read_form(Form(name)).fields().items() if key in true["fields"]}
    said = read_form(package(strict(Form(name).xml()), office=STRICT[OFFICE]))
    said.says_only(sample=name, **found)


@pytest.mark.parametrize("kind", ["openxmlformats-officedocument.wordprocessingml.template.",
                                  "ms-word.document.macroEnabled.", "ms-word.template.macroEnabledTemplate."])
def test_templates_and_documents_with_macros(read_form, kind):
    macros = {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)}
    read_form(package(Form().xml(), content_type=TYPE.format(kind), members=macros)).says_only()


@pytest.mark.parametrize("main, target", [
    ("word/document.xml", "/word/document.xml"), ("word/document2.xml", None), ("docs/main.xml", "./docs/main.xml"),
    ("document.xml", None), ("a/b/c/d.xml", "/a/b/c/d.xml"), ("word/Document.XML", "word/document.xml"),
    ("WORD/DOCUMENT.XML", "word/document.xml"), ("word/文档.xml", "word/文档.xml"),
    ("word/文档.xml", "word/%E6%96%87%E6%A1%A3.xml"), ("word/my doc.xml", "word/my%20doc.xml"),
    ("word/document%2.xml", "word/document%252.xml"), ("word/document.xml", "word/../word/document.xml"),
    ("word/document.xml", "word/./document.xml"), ("word/%E6%96%87.xml", "word/%E6%96%87.xml"),
    ("word\\document.xml", "word/document.xml"),
])
def test_where_the_main_part_is(read_form, main, target):
    read_form(Form(), main=main, target=target).says_only()


def test_another_document_beside_the_main_part(read_form):
    letter = body(paragraph("旧的文档"))
    read_form(Form(), main="word/document2.xml", members={"word/document.xml": letter}).says_only()


@cases("change", [
    {"_rels/.rels": None, "_RELS/.RELS": relationships(("officeDocument", "word/document2.xml"))},
    {"_rels/.rels": None, "_rels/.Rels": relationships(("officeDocument", "word/document2.xml"))},
    {"_rels/.rels": relationships(("extended-properties", "docProps/app.xml"), ("officeDocument", "word/document2.xml"))},
    {"_rels/.rels": relationships(("officeDocument", "word/gone.xml"), ("officeDocument", "word/document2.xml"))},
    {"_rels/.rels": relationships(("officeDocument", "word/document2.xml")).replace("<Relationships xmlns=",
                                                                                    "<p:Relationships xmlns:p=")
     .replace("<Relationship ", "<p:Relationship ").replace("</Relationships", "</p:Relationships")},
    {"_rels/.rels": relationships(("officeDocument", "word/document2.xml")).replace(
        "<Relationship ", '<Relationship Id="e" Type="http://example.com/relationships/officeDocument" '
        'Target="http://example.com/d.docx" TargetMode="External"/><Relationship ')},
    {"_rels/.rels": '\ufeff<?xml version="1.0" encoding="utf-8"?>' + relationships(("officeDocument", "word/document2.xml"))},
    {"_rels/.rels": relationships(("officeDocument", "word/document2.xml")).encode("utf-16")},
    {"[Content_Types].xml": None},
])
def test_relationships(read_form, change):
    read_form(Form(), main="word/document2.xml", members=change).says_only()


@cases("damage", [None, b"", b"not XML", relationships(("officeDocument", "word/gone.xml"))])
def test_relationships_that_lead_nowhere(read_form, damage):
    """The document is where it usually is."""
    read_form(Form(), members={"_rels/.rels": damage}).says_only()


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE", "UTF-16BE", "GB18030", "GBK", "gb2312", "us-ascii", "utf-8-sig",
                                      "ISO-8859-1"])
def test_encodings_of_the_xml(read_form, encoding):
    text = Form().xml().decode().split("?>", 1)[1].replace("³", "&#179;")
    mark = "\ufeff" if encoding in ("UTF-16LE", "UTF-16BE") else ""
    declared = "UTF-16" if mark else encoding.replace("utf-8-sig", "UTF-8")
    xml = f'{mark}<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding, "xmlcharrefreplace")
    read_form(package(xml)).says_only()


@pytest.mark.parametrize("encoding", ["UTF-16LE", "UTF-16BE"])
def test_utf_16_without_a_mark(read_form, encoding):
    text = Form().xml().decode().split("?>", 1)[1]
    read_form(package(f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode(encoding))).says_only()


@pytest.mark.parametrize("start", ["", "\ufeff", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
                                   "<?mso-application progid='Word.Document'?>", "<!-- made by another program -->\n"])
def test_how_the_xml_begins(read_form, start):
    read_form(package(start + Form().xml().decode().split("?>", 1)[1].strip())).says_only()


@cases("attributes", [
    'w:hint="eastAsia" w:ascii="仿宋_GB2312" w:hAnsi="仿宋_GB2312"', 'w:hint="eastAsia" w:ascii="a\n b"',
    'w:eastAsia="&quot;仿宋&quot;" w:ascii="&#23435;体" w:hAnsi="A&amp;B" w:cs="&lt;&gt;"',
    'w:hint="&#9;" w:eastAsia="甲&#10;" w:hAnsi="&quot;"', 'w:cs="x" w:hAnsi="Arial&#x27;" w:ascii="&quot;" new:font="&amp;"',
])
def test_attributes_that_the_parser_keeps_for_itself(read_form, attributes):
    """Values with references, or not of ASCII, as WPS and LibreOffice write the names of fonts: wherever they stand."""
    form = Form().xml().decode().replace("<w:b/>", "").replace(
        "<w:rPr>", f'<w:rPr><w:rFonts xmlns:new="urn:x" {attributes}/>')
    read_form(package(form)).says_only()


# ---- the zip ----

class Stream(io.RawIOBase):
    """Takes bytes and cannot go back: sizes come behind the data."""

    def __init__(self):
        self.taken = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.taken += bytes(data)
        return len(data)


def zipped(change=lambda info: None, comment=b"", order=lambda names: names, stream=False, compression=zipfile.ZIP_DEFLATED,
           zip64=False):
    whole = zipfile.ZipFile(io.BytesIO(package(Form().xml())))
    made = Stream() if stream else io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name in order(whole.namelist()):
            info = zipfile.ZipInfo(name, (2024, 9, 1, 0, 0, 0))
            info.compress_type = compression
            change(info)
            with archive.open(info, "w", force_zip64=zip64) as member:
                member.write(whole.read(name))
        archive.comment = comment
    return bytes(made.taken) if stream else made.getvalue()


def extra(info):
    info.extra = struct.pack("<HHBII", 0x7075, 9, 1, 0, 0) + struct.pack("<HH4x", 0xcafe, 4)


def of_unix(info):
    info.create_system, info.external_attr = 3, 0o100644 << 16


def backslashes(data):
    for name in (b"word/document.xml", b"_rels/.rels", b"word/_rels/document.xml.rels"):
        data = data.replace(name, name.replace(b"/", b"\\"))
    return data


@cases("made", [
    lambda: zipped(stream=True), lambda: zipped(compression=zipfile.ZIP_STORED), lambda: zipped(zip64=True),
    lambda: zipped(zip64=True, stream=True), lambda: zipped(comment="由WPS保存".encode()), lambda: zipped(extra),
    lambda: zipped(stream=True, compression=zipfile.ZIP_STORED), lambda: zipped(order=lambda names: names[::-1]),
    lambda: zipped(of_unix), lambda: zipped(comment=b"PK\x05\x06" + bytes(40)), lambda: PLAIN + b"\r\n",
    lambda: PLAIN + bytes(100), lambda: backslashes(zipped()),
])
def test_ways_to_write_the_zip(read_form, made):
    read_form(made()).says_only()


def test_a_folder_and_a_picture_in_the_zip(read_form):
    members = {"word/": b"", "word/media/": b"", "word/media/image1.png": b"\x89PNG" + bytes(999), "docProps/app.xml": "<a/>"}
    read_form(Form(), members=members).says_only()


@pytest.mark.parametrize("broken", ["word/styles.xml", "word/numbering.xml", "word/footnotes.xml", "docProps/core.xml",
                                    "word/settings.xml", "word/_rels/document.xml.rels", "customXml/item1.xml"])
def test_damage_in_a_part_that_is_not_needed(read_form, broken):
    form = Form()
    for damage in (b"", b"<w:styles", b"\x00\x01", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        read_form(form, related={"styles": "", "numbering": "", "footnotes": ""}, members={broken: damage}).says_only()


# ---- one file of XML ----

@cases("made", [
    lambda: flat(flat_parts()), lambda: flat(flat_parts()[::-1]), lambda: flat(flat_parts(), "utf-16"),
    lambda: flat(flat_parts("/word/document2.xml")), lambda: b"\xef\xbb\xbf" + flat(flat_parts()),
    lambda: flat(flat_parts(), start='<?xml version="1.0" encoding="{}"?>'), lambda: flat(flat_parts(), start=""),
    lambda: flat(flat_parts()).replace(b"pkg:", b"p:").replace(b":pkg=", b":p="),
    lambda: flat(flat_parts()).replace(b"<pkg:part", b'\n  <pkg:part pkg:padding="512"'),
    lambda: flat(flat_parts(kind=TYPE.format("ms-word.document.macroEnabled."))),
    lambda: flat([*flat_parts(), ("/word/media/image1.png", "image/png", "")]).replace(
        b"<pkg:xmlData></pkg:xmlData>", b"<pkg:binaryData>iVBORw0KGgo=</pkg:binaryData>"),
])
def test_flat_opc(read_form, made):
    read_form(made()).says_only()


def test_a_letter_is_no_form(read_form):
    said = read_form(package(body(paragraph("情况 说明"), table(row("甲", "乙")))))
    assert (said.status, said.notes) == (0, [])
    assert said.facts == {(0, "docx.title"): "情况 说明", (0, "docx.chars"): 6}
