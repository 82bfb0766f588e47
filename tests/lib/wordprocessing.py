"""Word documents for tests (ECMA-376): the filled-in form as a tree that a test changes in one place, the pieces to
change it with, and the package around it. Pieces are strings of XML with the usual prefixes."""

import io
import zipfile
from xml.sax.saxutils import escape

from installation import ROOT
from lxml import etree

FORMS = ROOT / "tests" / "fixtures" / "forms"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
NAMESPACES = {
    "w": WORD, "r": f"{OFFICE}/relationships", "m": f"{OFFICE}/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml", "w10": "urn:schemas-microsoft-com:office:word",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml", "new": "urn:example:of-another-program",
}
DECLARATIONS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
STRICT = {
    WORD: "http://purl.oclc.org/ooxml/wordprocessingml/main",
    OFFICE: "http://purl.oclc.org/ooxml/officeDocument",
    "http://schemas.openxmlformats.org/drawingml/2006/": "http://purl.oclc.org/ooxml/drawingml/",
}
# Row and cell of each answer, as a reader counts them.
CELLS = {
    "unit_name": (1, 1), "credit_code": (1, 3), "address": (2, 1), "postcode": (2, 3), "legal_rep_name": (3, 2),
    "legal_rep_phone": (3, 4), "contact_name": (4, 2), "contact_title": (4, 4), "contact_mobile": (5, 2),
    "contact_email": (5, 4), "staff_total": (6, 1), "staff_rnd": (6, 3), "sales_revenue": (7, 2),
    "profit_tax": (7, 4), "rnd_expense": (8, 2), "rnd_ratio": (8, 4), "demand_name": (10, 1), "field": (11, 1),
    "level": (12, 1), "tech_type": (13, 1), "budget": (14, 1), "background": (15, 0), "research_status": (16, 0),
    "demand_content": (17, 0), "expected_results": (18, 0), "requirements": (19, 0),
}


def w(name):
    return f"{{{WORD}}}{name}"


def pieces(xml):
    """XML, one or several elements, as a list of nodes."""
    return list(etree.fromstring(f"<all {DECLARATIONS}>{xml}</all>".encode()))


# ---- pieces ----

def run(text, properties=""):
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def is_xml(piece):
    """Of arguments: what does not begin with a tag, or with the place of something, is text."""
    return piece[:1] == "<" or piece[:2] == "{}"


def paragraph(*content, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(c if is_xml(c) else run(c) for c in content)}</w:p>"


def cell(*blocks, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(b if is_xml(b) else paragraph(b) for b in blocks)}</w:tc>"


def row(*cells, properties=""):
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(c if is_xml(c) else cell(c) for c in cells)}</w:tr>"


def table(*rows):
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def control(content, properties="", ending=""):
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr>{ending}<w:sdtContent>{content}</w:sdtContent></w:sdt>"


def field(instruction, *result):
    """A complex field; without RESULT there is no separator."""
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    code = f'<w:r><w:instrText xml:space="preserve">{escape(instruction)}</w:instrText></w:r>'
    code = instruction if instruction[:1] == "<" else code
    shown = mark.format("separate") + "".join(result) if result else ""
    return mark.format("begin") + code + shown + mark.format("end")


def shape(*blocks):
    """A text box as DrawingML, floating."""
    return ('<w:drawing><wp:anchor><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/'
            f'wordprocessingShape"><wps:wsp><wps:txbx><w:txbxContent>{"".join(blocks)}</w:txbxContent></wps:txbx>'
            "</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>")


def vml_shape(*blocks):
    return f'<w:pict><v:shape><v:textbox><w:txbxContent>{"".join(blocks)}</w:txbxContent></v:textbox></v:shape></w:pict>'


def alternatives(choice, fallback, requires="wps"):
    return (f'<mc:AlternateContent><mc:Choice Requires="{requires}">{choice}</mc:Choice>'
            f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>")


def text_box(*blocks):
    """As Word writes it: for new programs and, again, for old ones."""
    return f"<w:r>{alternatives(shape(*blocks), vml_shape(*blocks))}</w:r>"


# ---- the form ----

class Form:
    """A sample's main part, to be changed."""

    def __init__(self, name="v01_plain"):
        self.root = etree.fromstring(zipfile.ZipFile(FORMS / f"{name}.docx").read("word/document.xml"))
        self.body = self.root[0]
        self.table = self.body.find(w("tbl"))
        self.rows = self.table.findall(w("tr"))
        self.cells = [line.findall(w("tc")) for line in self.rows]

    def answer(self, key):
        line, number = CELLS[key]
        return self.cells[line][number]

    def label(self, key):
        line, number = CELLS[key]
        return self.cells[line][max(number - 1, 0)]

    def row(self, key):
        return self.rows[CELLS[key][0]]

    def write(self, key, *content):
        """Instead of the answer one paragraph; of a section the prompt stays."""
        return self.put(key, paragraph(*content))

    def put(self, key, blocks):
        """The same with blocks."""
        where = self.answer(key)
        keep = 1 if CELLS[key][1] == 0 else 0
        for block in [b for b in where if b.tag != w("tcPr")][keep:]:
            where.remove(block)
        where.extend(pieces(blocks))
        return self

    def replace(self, old, new):
        """In the one place where OLD is the whole text of a run (or its part, when NEW is text); NEW: text or runs."""
        found = [t for t in self.root.iter(w("t")) if t.text == old] or \
            [t for t in self.root.iter(w("t")) if old in (t.text or "")]
        assert len(found) == 1 or found and found[0].text == old, old
        if new[:1] != "<":
            found[0].text = found[0].text.replace(old, new)
            return self
        assert found[0].text == old
        substitute(found[0].getparent(), new)
        return self

    def before(self, *blocks):
        for block in reversed(pieces("".join(blocks))):
            self.body.insert(0, block)
        return self

    def after(self, *blocks):
        """At the end, before the section's properties."""
        for block in pieces("".join(blocks)):
            self.body.insert(len(self.body) - 1, block)
        return self

    def xml(self, encoding="UTF-8"):
        return etree.tostring(self.root, xml_declaration=True, encoding=encoding, standalone=True)


def substitute(node, xml):
    """XML in the place of NODE; `{}` in it, if it is there, is NODE itself."""
    parent, place = node.getparent(), node.getparent().index(node)
    new = pieces(xml.replace("{}", "<here/>"))
    parent.remove(node)
    for slot in [s for n in new for s in n.iter("here")]:
        if slot in new:
            new[new.index(slot)] = node
        else:
            slot.getparent().replace(slot, node)
    for offset, each in enumerate(new):
        parent.insert(place + offset, each)


def xml_of(node):
    return etree.tostring(node, encoding="unicode", with_tail=False)


def runs_of(node):
    return [r for r in node.iter(w("r")) if r.find(w("t")) is not None]


def body(*blocks):
    """A document of its own."""
    return f"<w:document {DECLARATIONS}><w:body>{''.join(blocks)}</w:body></w:document>".encode()


# ---- the package ----

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
RELATED = {"styles": "styles", "numbering": "numbering", "footnotes": "footnotes", "endnotes": "endnotes",
           "comments": "comments", "header1": "header"}


def part(name, content):
    """The XML of word/NAME.xml, with the root that it has there."""
    root = {"footnotes": "footnotes", "header1": "hdr"}.get(name, name)
    return f"<w:{root} {DECLARATIONS}>{content}</w:{root}>"


def relationships(*targets, office=OFFICE):
    """Of (type, target)."""
    items = "".join(f'<Relationship Id="rId{i}" Type="{office}/relationships/{kind}" Target="{target}"/>'
                    for i, (kind, target) in enumerate(targets, 1))
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{items}</Relationships>'


def package(document, main="word/document.xml", *, target=None, office=OFFICE, content_type=DOCX, related=None,
            members=None, compression=zipfile.ZIP_DEFLATED):
    """The bytes of a docx. RELATED: name -> XML of parts beside the main one; MEMBERS: name -> bytes of whatever else,
    or of those that are usually made here (None: left out)."""
    folder, _, name = main.rpartition("/")
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
                               'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                               '<Default Extension="xml" ContentType="application/xml"/>'
                               f'<Override PartName="/{main}" ContentType="{content_type}"/></Types>',
        "_rels/.rels": relationships(("officeDocument", target or main), office=office),
        main: document,
        f"{folder}/_rels/{name}.rels": relationships(*[(RELATED[n], f"{n}.xml") for n in related or {}], office=office),
        **{f"{folder}/{n}.xml": part(n, xml) for n, xml in (related or {}).items()},
        **(members or {}),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for member, content in files.items():
            if content is not None:
                archive.writestr(member, content)
    return made.getvalue()


def flat(parts, encoding="utf-8", start='<?xml version="1.0" encoding="{}" standalone="yes"?><?mso-application '
                                        'progid="Word.Document"?>'):
    """Flat OPC: each part of the package an element."""
    uri = "http://schemas.microsoft.com/office/2006/xmlPackage"
    inside = "".join(f'<pkg:part pkg:name="{name}" pkg:contentType="{kind}"><pkg:xmlData>{xml}</pkg:xmlData></pkg:part>'
                     for name, kind, xml in parts)
    return f'{start.format(encoding)}<pkg:package xmlns:pkg="{uri}">{inside}</pkg:package>'.encode(encoding)


RELS = "application/vnd.openxmlformats-package.relationships+xml"


def flat_parts(main="/word/document.xml", kind=DOCX):
    return [("/_rels/.rels", RELS, relationships(("officeDocument", main.lstrip("/")))),
            (main, kind, Form().xml().decode().split("?>", 1)[1])]
