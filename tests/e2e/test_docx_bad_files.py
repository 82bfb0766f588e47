"""filters/docx: files that cannot be read, or had better not be: a note with the reason, status 65, and no facts; and
hostile ones that hold a form all the same."""

import functools
import io
import struct
import zipfile

import pytest
from forms import cases
from wordprocessing import (DOCX, FORMS, RELS, Form, alternatives, body, cell, control, flat, flat_parts, package, paragraph,
                            relationships, row, run, shape, table, vml_shape)

PLAIN = (FORMS / "v01_plain.docx").read_bytes()
MEGABYTE = 1 << 20


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("kept-from-strangers", encoding="ascii")
    return path


# ---- protected ----

def test_a_file_with_a_password(read_form):
    read_form((FORMS / "v66_encrypted.docx").read_bytes()).refuses("docx.encrypted")


def flagged(data, names=None):
    """The members (or those) with the bit that says they are encrypted, in both of their headers."""
    data = bytearray(data)
    for sign, flags, name in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = data.find(sign)
        while at >= 0:
            length = struct.unpack_from("<H", data, at + (26 if name == 30 else 28))[0]
            if names is None or data[at + name:at + name + length].decode() in names:
                data[at + flags] |= 1
            at = data.find(sign, at + 4)
    return bytes(data)


def test_a_zip_with_a_password(read_form):
    read_form(flagged(PLAIN)).refuses("docx.encrypted")
    read_form(flagged(PLAIN, ["word/document.xml"])).refuses("docx.encrypted")


def test_a_password_on_a_part_that_is_not_needed(read_form):
    read_form(flagged(PLAIN, ["docProps/core.xml", "docProps/app.xml"])).says_only()


# ---- damaged ----

@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_file_cut_short(read_form, part):
    for data in (PLAIN, package(Form().xml(), compression=zipfile.ZIP_STORED)):
        read_form(data[:int(len(data) * part)]).refuses("docx.corrupt_file")


def overwritten(old, new):
    assert old in PLAIN
    return PLAIN.replace(old, new)


INSIDE = zipfile.ZipFile(FORMS / "v01_plain.docx").getinfo("word/document.xml").header_offset + 1000


@cases("made", [
    lambda: b"", lambda: b"PK", lambda: b"PK\x03\x04", lambda: b"PK\x05\x06" + bytes(18), lambda: b"%PDF-1.7\n%%EOF",
    lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), lambda: b"<html><body>form</body></html>", lambda: bytes(5000),
    lambda: PLAIN[:INSIDE] + bytes(100) + PLAIN[INSIDE + 100:], lambda: PLAIN[:-30] + bytes(30),
    lambda: package(b""), lambda: package(b"<"), lambda: package(b"\x00" * 500), lambda: package(Form().xml()[:-20]),
    lambda: package(Form().xml() + b"<more/>"), lambda: package(Form().xml().replace(b"</w:tbl>", b"", 1)),
    lambda: package(Form().xml().replace("先进".encode(), b"\xff\xfe", 1)),
    lambda: package(Form().xml().replace("先进".encode(), b"\x01", 1)),
    lambda: package(Form().xml().replace(b"<w:p>", b"<undeclared:p>", 1)),
    lambda: package(Form().xml(), main="word/gone.xml", members={"word/gone.xml": None}),
    lambda: overwritten(b"word/document.xml", b"word/dokument.xml"), lambda: package(b"<a/>", "xl/workbook.xml", target="x"),
    lambda: package('<?xml version="1.0" encoding="EBCDIC-XX"?>' + Form().xml().decode().split("?>")[1]),
])
def test_damaged_files(read_form, made):
    read_form(made()).refuses("docx.corrupt_file")


def test_a_checksum_that_is_wrong(read_form):
    data = bytearray(package(Form().xml(), compression=zipfile.ZIP_STORED))
    at = data.find("陈思远".encode())
    data[at:at + 9] = "张三丰".encode()
    read_form(bytes(data)).refuses("docx.corrupt_file")


# ---- bombs ----

BLANK = b" " * MEGABYTE


def bomb(name, size=100, start=b"<a>", end=b"</a>"):
    """A good form with one more member of that many megabytes, which packs a thousand to one."""
    made = io.BytesIO(package(Form().xml(), members={name: None}))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        member.write(start)
        for _ in range(size):
            member.write(BLANK)
        member.write(end)
    return made.getvalue()


@pytest.mark.parametrize("name", ["word/media/x.bin", "word/theme/theme1.xml", "customXml/item1.xml", "docProps/core.xml",
                                  "word/vbaProject.bin", "word/embeddings/x.zip"])
def test_a_bomb_in_a_part_that_is_not_needed(read_form, name):
    read_form(bomb(name)).says_only()


def test_a_bomb_in_the_relationships(read_form):
    read_form(bomb("_rels/.rels")).refuses("docx.zip_bomb")


@cases("inside", [
    lambda: b"<w:p><w:r><w:t>" + b"a" * (30 * MEGABYTE) + b"</w:t></w:r></w:p>", lambda: b"<w:r/>" * 1200000,
    lambda: b"<w:p/>" * 3000000, lambda: b"<!--" + b"a" * (70 * MEGABYTE) + b"-->", lambda: b" " * (70 * MEGABYTE),
    lambda: b'<w:p w:rsidR="' + b"a" * (30 * MEGABYTE) + b'"/>', lambda: b"<w:tbl><w:tr>" + b"<w:tc/>" * 2000000
    + b"</w:tr></w:tbl>", lambda: b"<?a " + b"b" * (70 * MEGABYTE) + b"?>", lambda: b"<w:t><![CDATA[" + b"a" * (30 * MEGABYTE)
    + b"]]></w:t>", lambda: b"<w:" + b"a" * (30 * MEGABYTE) + b"/>",
])
def test_a_bomb_in_the_document(read_form, inside):
    said = read_form(package(body("<w:p/>").replace(b"<w:p/>", inside())))
    assert (said.status, said.facts) == (65, {})
    assert said.notes in (["docx.zip_bomb"], ["docx.corrupt_file"])


def test_a_size_that_is_a_lie(read_form):
    """The headers say little, the data is much."""
    data = bytearray(package(body(paragraph("a" * 1000) * 3, "<w:p/>" * 3000000)))
    for sign, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(sign)
        while at >= 0:
            if b"word/document.xml" in data[at:at + 70]:
                struct.pack_into("<I", data, at + offset, 500)
            at = data.find(sign, at + 4)
    said = read_form(bytes(data))
    assert (said.status, said.facts) == (65, {}) and said.notes[0] in ("docx.zip_bomb", "docx.corrupt_file")


# ---- entities ----

LAUGHS = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))
DTDS = [
    '<!DOCTYPE d [<!ENTITY e "expanded">]>', f'<!DOCTYPE d [<!ENTITY a0 "ha">{LAUGHS}<!ENTITY e "&a9;">]>',
    '<!DOCTYPE d [<!ENTITY e SYSTEM "file://{}">]>', '<!DOCTYPE d [<!ENTITY % p SYSTEM "file://{}"> %p;]>',
    '<!DOCTYPE d SYSTEM "file://{}">', '<!DOCTYPE d PUBLIC "-//x//y" "http://127.0.0.1:9/d.dtd">', "<!DOCTYPE d>",
    '<!DOCTYPE d [<!ATTLIST d a CDATA "b">]>',
]


@cases("declared", DTDS)
@pytest.mark.parametrize("place", ["word/document.xml", "_rels/.rels"])
def test_a_document_type_is_refused(read_form, secret, declared, place):
    declared = declared.replace("{}", str(secret))
    if place == "_rels/.rels":
        members = {place: declared + relationships(("officeDocument", "word/document.xml"))}
        return read_form(Form(), members=members).refuses("docx.xml_dtd")
    entity = "&e;" if "ENTITY e" in declared else ""
    xml = Form().xml().decode().split("?>", 1)[1].replace("陈思远", f"陈思远{entity}")
    return read_form(package(declared + xml)).refuses("docx.xml_dtd")


@cases("declared", DTDS)
@pytest.mark.parametrize("place", ["[Content_Types].xml", "word/_rels/document.xml.rels", "word/styles.xml",
                                   "docProps/core.xml"])
def test_a_document_type_elsewhere(read_form, secret, declared, place):
    """Either the part is not read, and the form is; or it is the reason why not."""
    said = read_form(Form(), related={"styles": ""}, members={place: declared.replace("{}", str(secret)) + "<d>&e;</d>"})
    if said.status == 0:
        said.says_only()
    else:
        said.refuses("docx.xml_dtd")


@cases("xml", [
    '<w:altChunk r:id="rId1"/>', '<w:subDoc r:id="rId1"/>', '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
    'href="{}" parse="text"/>', '<w:p><w:fldSimple w:instr="INCLUDETEXT &quot;{}&quot;"/></w:p>',
])
def test_nothing_outside_of_the_file_is_read(read_form, secret, xml):
    form = Form().before(xml.replace("{}", str(secret)))
    links = relationships(("aFChunk", f"file://{secret}"), ("attachedTemplate", f"file://{secret}")).replace(
        "/>", ' TargetMode="External"/>')
    said = read_form(form, members={"word/_rels/document.xml.rels": links})
    said.says_only()
    assert "kept-from-strangers" not in str(said.facts)
    outside = relationships(("officeDocument", f"../../../../../..{secret}"))
    assert "kept-from-strangers" not in str(read_form(Form(), members={"_rels/.rels": outside}).facts)


# ---- depth and shape ----

@pytest.mark.parametrize("name", ["w:ins", "w:sdt", "w:tbl", "w:p", "w:r", "any", "mc:AlternateContent", "w:txbxContent"])
def test_xml_nested_too_deep(read_form, name):
    content = f"<{name}>" * 5000 + f"</{name}>" * 5000
    read_form(package(body(paragraph(content) if name != "w:tbl" else content))).refuses("docx.xml_too_deep")


@pytest.mark.parametrize("levels", [2, 5, 10, 20])
def test_tables_nested_as_deep_as_people_do(read_form, levels):
    nested = paragraph("145")
    for _ in range(levels):
        nested = table(row(cell(nested + "<w:p/>")))
    read_form(Form().put("demand_content", paragraph("容量") + nested)).says_only(demand_content="容量\n145")


def test_elements_where_they_do_not_belong(read_form):
    odd = ("<w:tc/>", "<w:tr><w:p/></w:tr>", "<w:r><w:t>a</w:t></w:r>", "<w:p><w:p><w:tbl/></w:p></w:p>",
           "<w:p><w:r><w:tbl><w:tr/></w:tbl></w:r></w:p>", "<w:tbl/>", "<w:tbl><w:tc/></w:tbl>", "<w:tbl><w:p/></w:tbl>",
           '<w:p><w:r><w:fldChar w:fldCharType="separate"/><w:fldChar w:fldCharType="end"/></w:r></w:p>',
           '<w:tbl><w:tr><w:trPr><w:gridBefore w:val="99999999999"/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val="-5"/><w:vMerge/>'
           "</w:tcPr></w:tc></w:tr></w:tbl>", '<w:p><w:r><w:sym w:char="ZZZZ"/><w:sym/><w:sym w:font="Wingdings"/></w:r></w:p>')
    for xml in odd:
        read_form(Form().after(xml)).says_only()


def test_a_field_that_never_ends(read_form):
    """As Word: what follows is not hidden by it for good."""
    begin = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>'
    read_form(Form().before(begin)).says_only()


@cases("made", [
    lambda: table(*[row("单位名称", "甲")] * 20000), lambda: table(row(*["联系人", "姓名"] * 5000)),
    lambda: table(*[row(cell("", properties="<w:vMerge/>"), "姓名")] * 20000), lambda: paragraph("□国内领先" * 20000),
    lambda: paragraph("（" * 100000) + table(row("1.项目需求的背景与意义" + "（" * 100000)),
    lambda: table(row("技术水平", "□√" * 100000 + "国内领先 " * 20000)), lambda: table(row("计划研发投入" + "自筹，" * 60000)),
    lambda: paragraph(*[run("甲", "<w:b/>" * (i % 2)) for i in range(40000)]), lambda: table(row("项目投资", "计划研发投入" * 30000)),
    lambda: "<w:tbl><w:tr>" + "<w:tc/>" * 900000 + "</w:tr></w:tbl>", lambda: "<w:tbl>" + "<w:tr/>" * 900000 + "</w:tbl>",
    lambda: "<w:p/>" * 900000, lambda: paragraph("<w:r><w:t>a</w:t></w:r>" * 300000), lambda: "<w:tbl/>" * 900000,
    lambda: paragraph("<w:r><w:drawing/></w:r>" * 300000), lambda: table("<w:tr><w:tc/><w:tc/></w:tr>" * 250000),
])
def test_large_documents_are_read_within_the_limits(read_form, made):
    assert read_form(package(body(made()))).status in (0, 65)


@cases("table_of", [
    "<w:tbl><w:tr><w:tc><w:p/></w:tc><w:tr/><w:tc><w:tcPr><w:hMerge w:val='continue'/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>",
    "<w:tbl><w:tr><w:tc><w:tr/><w:tr><w:tc><w:tcPr><w:hMerge/></w:tcPr></w:tc></w:tr><w:p/></w:tc></w:tr></w:tbl>",
    "<w:tbl><w:tc><w:p/></w:tc><w:tr><w:tr><w:tc/></w:tr></w:tr></w:tbl>", "<w:tr><w:tc><w:p/></w:tc></w:tr>", "<w:tc/>",
])
def test_rows_and_cells_where_none_belong(read_form, table_of):
    read_form(Form().before(table_of)).says_only()


LONG = "很长的话" * 25000


@cases("made", [
    lambda: table(row("说明" * 50000), row("", *["甲"] * 40000)),
    lambda: table(row(cell("甲" * 300000, properties='<w:vMerge w:val="restart"/>'), "乙"),
                  *[row(cell("", properties="<w:vMerge/>"), "姓名")] * 40000),
    lambda: table(row("1.项目需求的背景与意义" + "（甲乙丙丁戊己庚辛壬癸子丑）" * 200000)),
    lambda: table(*[row("邮编:1")] * 90000),
    lambda: table(*[row("单位名称", cell("", properties="<w:vMerge/>")) if i else
                    row("单位名称", cell(LONG, properties='<w:vMerge w:val="restart"/>')) for i in range(20000)]),
    lambda: functools.reduce(lambda inner, _: table(row(cell(inner, "甲"))), range(12), paragraph("计划研发投入" * 200000)),
])
def test_time_that_a_stranger_chooses(read_form, made):
    """Each took more than the 30 seconds, or grew as a square."""
    assert read_form(package(body(made()))).status in (0, 65)


def numbered(num):
    return paragraph("甲", properties=f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{num}"/></w:numPr>')


def lists(inside, uses=1, abstract=0):
    return (f'<w:abstractNum w:abstractNumId="0">{inside}</w:abstractNum>'
            + "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{abstract}"/></w:num>' for n in range(uses)))


LEVEL = '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:lvlText w:val="{}"/></w:lvl>'


@cases("content, related", [
    (lambda: numbered(1) * 15000, lambda: {"numbering": lists('<w:lvl w:ilvl="8"/>' * 70000 + LEVEL.format(0, "%1."))}),
    (lambda: numbered(1) * 15000, lambda: {"numbering": lists('<w:lvl w:ilvl="0">' + "<w:x/>" * 150000 + "</w:lvl>")}),
    (lambda: numbered(1) * 15000, lambda: {"numbering": lists(LEVEL.format(0, "%1." * 1000000) + LEVEL.format(1, "x"))}),
    (lambda: "".join(map(numbered, range(1, 15001))),
     lambda: {"numbering": lists("<w:x/>" * 200000 + LEVEL.format(0, "%1."), uses=15000)}),
    (lambda: numbered(1), lambda: {"numbering": "".join(f'<w:abstractNum w:abstractNumId="{n + 1}"><w:numStyleLink '
                                                        'w:val="none"/></w:abstractNum>' for n in range(40000))
                                   + lists("", uses=40000, abstract=1)}),
    (lambda: "".join(paragraph("甲", properties=f'<w:pStyle w:val="s{n}"/>') for n in range(15000)),
     lambda: {"styles": '<w:style w:styleId="base">' + "<w:x/>" * 150000 + "</w:style>" + "".join(
         f'<w:style w:styleId="s{n}"><w:basedOn w:val="base"/></w:style>' for n in range(15000))}),
])
def test_styles_and_lists_are_read_once(read_form, content, related):
    form = Form().after(content())
    read_form(form, related=related()).says_only()


def test_long_numbers_of_many_paragraphs(read_form):
    """They would be a gigabyte of text that no part of the file has."""
    form = Form().after(numbered(1) * 10000)
    read_form(form, related={"numbering": lists(LEVEL.format(0, "一" * 30000))}).says_only()


def test_styles_that_are_based_on_each_other(read_form):
    base = '<w:style w:styleId="{}"><w:basedOn w:val="{}"/><w:rPr>{}</w:rPr></w:style>'
    styles = base.format("a", "b", "") + base.format("b", "a", "<w:vanish/>") + base.format("c", "c", "")
    styles += "".join(base.format(n, n + 1, "") for n in range(50000))
    form = Form()
    for style in ("a", "c", "0"):
        form.before(paragraph("字", properties=f'<w:pStyle w:val="{style}"/>'))
    read_form(form, related={"styles": styles}).says_only()


def test_relationships_to_many_parts(read_form):
    links = relationships(("officeDocument", "word/document.xml"), *[("styles", "/none.xml")] * 20000)
    empty = {f"a/{n}": b"" for n in range(30000)}
    form = Form().after(paragraph(properties='<w:pStyle w:val="a"/>'))
    read_form(form, members={"word/_rels/document.xml.rels": links, **empty}).says_only()
    more = [(f"/{n}", "a/b", "<a/>") for n in range(50000)]
    start = relationships(*[("officeDocument", "none.xml")] * 50000, ("officeDocument", "word/document.xml"))
    parts = [("/_rels/.rels", RELS, start), *flat_parts()[1:], *more]
    read_form(flat(parts)).says_only()


def attributes(count, start="a"):
    return " ".join(f'{start}{n}="u"' for n in range(count))


@cases("inside", [
    lambda: f"<w:p {attributes(250000)}/>", lambda: f"<w:p {attributes(250000, 'xmlns:a')}/>",
    lambda: f"<w:p {attributes(2500)}/>" * 2000, lambda: f"<w:p {attributes(2500, 'w:a')}/>" * 1500,
    lambda: f"<w:p {attributes(500, 'xmlns:a')}>" * 50 + "<w:sz/>" * 1000000 + "</w:p>" * 50,
])
def test_more_attributes_than_anybody_has(read_form, inside):
    """The parser compares each with all others of its element, before anybody is told of it."""
    xml = inside()
    read_form(package(body(xml), compression=zipfile.ZIP_STORED)).refuses("docx.zip_bomb")
    start = relationships(("officeDocument", "word/document.xml"))
    read_form(flat([("/_rels/.rels", RELS, start), ("/word/document.xml", DOCX, body(xml).decode())])).refuses("docx.zip_bomb")


def test_long_pieces_of_xml_that_are_no_attack(read_form):
    """A comment, a picture within an attribute as Word writes it for its old versions, one as Flat OPC has it."""
    base64 = "QUJD" * 500000
    long = (f"<!--{'a = b ' * 100000}-->", f"<?a {'b = c ' * 100000}?>",
            f'<w:p><w:r><w:pict><v:shape o:gfxdata="{base64}" xmlns:o="urn:o"/></w:pict></w:r></w:p>')
    form = Form().before(*long)
    read_form(package(form.xml())).says_only()
    [relations, (name, kind, xml)] = flat_parts()
    data = flat([relations, (name, kind, form.xml().decode().split("?>", 1)[1])])
    picture = f'<pkg:part pkg:name="/word/media/a.png"><pkg:binaryData>{base64 * 5}</pkg:binaryData></pkg:part>'
    read_form(data.replace(b"</pkg:package>", picture.encode() + b"</pkg:package>")).says_only()


def test_characters_that_stand_for_phrases(read_form):
    """One of them is eighteen."""
    form = Form().write("demand_content", "\ufdfa" * 2500000)
    read_form(package(form.xml(), compression=zipfile.ZIP_STORED)).says_only(demand_content="\ufdfa" * 2500000)


def test_more_forms_than_anybody_has(read_form):
    rows = [row("单位名称", "甲"), row("邮编", "1")] * 101
    assert read_form(package(body(table(*rows)))).status == 0, "half of a form is none"
    form = Form()
    many = b"".join(form.xml().split(b"<w:body>")[1].split(b"<w:sectPr")[0] for _ in range(101))
    read_form(package(form.xml().replace(b"<w:body>", b"<w:body>" + many))).refuses("docx.too_large")


# ---- pictures ----

PICTURE = ('<w:r><w:drawing><wp:inline><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/'
           'picture"><pic:pic xmlns:pic="urn:x"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>')
TITLE = paragraph("项目技术需求表")


@cases("blocks", [
    [paragraph(PICTURE)], [paragraph(), paragraph(PICTURE), paragraph(" ")], [paragraph(PICTURE)] * 3,
    [paragraph("<w:r><w:pict><v:shape><v:imagedata/></v:shape></w:pict></w:r>")], [paragraph("<w:r><w:object/></w:r>")],
    [table(row(cell(paragraph(PICTURE))))], [control(paragraph(PICTURE))], [TITLE, paragraph(PICTURE)],
    [paragraph(f"<w:r>{alternatives(shape(paragraph(PICTURE)), vml_shape(paragraph(PICTURE)))}</w:r>")],
    [paragraph("附件3"), TITLE, paragraph(PICTURE), paragraph(PICTURE)],
])
def test_a_form_as_a_picture(read_form, blocks):
    read_form(package(body(*blocks))).refuses("docx.picture_only")


def test_a_letter_with_a_picture(read_form):
    letter = paragraph("贵局：现将我单位技术需求报上，请予受理。联系人：张三，电话：0731-55730000。特此致函，望批复。")
    said = read_form(package(body(letter, paragraph(PICTURE))))
    assert (said.status, said.notes, said.forms()) == (0, [], [])


def test_an_empty_document(read_form):
    said = read_form(package(body(paragraph())))
    assert (said.status, said.facts) == (0, {(0, "docx.title"): "", (0, "docx.chars"): 0})
