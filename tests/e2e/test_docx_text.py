"""filters/docx: what of a document's XML is text that a reader sees, and what is not."""

import re

import pytest
from forms import Either, truth
from lxml import etree
from wordprocessing import (Form, alternatives, control, field, package, paragraph, run, runs_of, shape, substitute,
                            text_box, vml_shape)

UNIT, EMAIL, ADDRESS = (truth("v01_plain")["fields"][key] for key in ("unit_name", "contact_email", "address"))
NOISE = ('<w:proofErr w:type="spellStart"/><w:bookmarkStart w:id="7" w:name="_GoBack"/>', '<w:bookmarkEnd w:id="7"/>',
         '<w:r><w:lastRenderedPageBreak/></w:r>', '<w:permStart w:id="9" w:edGrp="everyone"/><w:permEnd w:id="9"/>',
         '<w:commentRangeStart w:id="3"/><w:commentRangeEnd w:id="3"/>', "<!-- kept by somebody -->", "<?editor here?>")


@pytest.mark.parametrize("length", [1, 2, 5])
def test_text_split_over_any_number_of_runs(read_form, length):
    form = Form()
    for number, node in enumerate(runs_of(form.root)):
        text = node.find("{*}t").text
        parts = [text[i:i + length] for i in range(0, len(text), length)]
        substitute(node, NOISE[number % len(NOISE)].join(run(part) for part in parts))
    read_form(form).says_only()


@pytest.mark.parametrize("xml", [
    "<w:t>湖南<!-- - -->莲城钠储新材料有限公司</w:t>", "<w:t><![CDATA[湖南莲城]]>钠储新材料有限公司</w:t>",
    "<w:t>&#x6E56;南&#33714;城钠储新材料有限公司</w:t>", "<w:t>湖南<?x y?>莲城钠储新材料有限公司</w:t>",
    "<w:t>湖南莲城</w:t><w:t>钠储新材料有限公司</w:t>", "<w:t/><w:t>\n   湖南莲城钠储新材料有限公司\n  </w:t>",
    "<w:t>湖南莲城</w:t><w:lastRenderedPageBreak/><w:t>钠储新材料有限公司</w:t>",
])
def test_one_run_as_xml_may_spell_it(read_form, xml):
    read_form(Form().write("unit_name", f"<w:r>{xml}</w:r>")).says_only()


def test_xml_set_out_with_white_space(read_form):
    form = Form()
    etree.indent(form.root)
    read_form(form).says_only()


@pytest.mark.parametrize("xml, text", [
    ("<w:tab/>", "甲\t乙"), ('<w:ptab w:alignment="right"/>', "甲\t乙"), ("<w:br/>", "甲\n乙"), ("<w:cr/>", "甲\n乙"),
    ('<w:br w:type="textWrapping" w:clear="all"/>', "甲\n乙"), ('<w:br w:type="page"/>', "甲\n乙"),
    ("<w:noBreakHyphen/>", Either(["甲-乙", "甲\u2011乙"])), ("<w:softHyphen/>", Either(["甲乙", "甲\u00ad乙"])),
    ('<w:sym w:font="Symbol" w:char="F0B3"/>', "甲≥乙"), ('<w:sym w:font="Symbol" w:char="F06D"/>', "甲μ乙"),
    ('<w:sym w:font="Symbol" w:char="B1"/>', "甲±乙"), ('<w:sym w:font="Symbol" w:char="f0b0"/>', "甲°乙"),
    ('<w:sym w:font="宋体" w:char="2265"/>', "甲≥乙"), ('<w:sym w:font="Times New Roman" w:char="00B3"/>', "甲³乙"),
    ("<w:t>\t</w:t>", "甲乙"), ('<w:t xml:space="preserve">\t</w:t>', "甲 乙"), ("<w:footnoteRef/>", "甲乙"),
])
def test_characters_that_are_elements(read_form, xml, text):
    read_form(Form().write("address", "甲", f"<w:r>{xml}</w:r>", "乙")).says_only(address=text)


def test_a_run_in_the_symbol_font(read_form):
    form = Form().write("demand_name", "长度", run("\uf0a3", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>'), "3",
                        run("m", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>'), "m")
    read_form(form).says_only(demand_name="长度≤3μm")


PARAGRAPHS = paragraph("第一行") + paragraph("第二行") + paragraph()


def test_paragraphs_and_breaks_are_lines(read_form):
    read_form(Form().put("address", PARAGRAPHS)).says_only(address="第一行\n第二行")
    read_form(Form().put("background", PARAGRAPHS)).says_only(background="第一行\n第二行")
    read_form(Form().write("background", "甲", "<w:r><w:br/></w:r>", "乙")).says_only(background="甲\n乙")


RESULT = run(UNIT)
FIELDS = [
    f'<w:fldSimple w:instr=" DOCPROPERTY Company ">{RESULT}</w:fldSimple>',
    f'<w:fldSimple w:instr="QUOTE 甲"><w:fldData>AAECAwQ=</w:fldData>{RESULT}</w:fldSimple>',
    f'<w:fldSimple w:instr="QUOTE"><w:fldSimple w:instr="AUTHOR">{RESULT}</w:fldSimple></w:fldSimple>',
    field(" MERGEFIELD 单位 \\* MERGEFORMAT ", RESULT),
    field(" IF " + "1 = 1 甲 乙", run("湖南"), run("莲城钠储新材料有限公司")),
    field("<w:r><w:instrText>DOCPR</w:instrText></w:r><w:r><w:instrText>OPERTY 甲</w:instrText></w:r>", RESULT),
    field("<w:r><w:instrText> IF </w:instrText></w:r>" + field("PAGE", run("3")) + "<w:r><w:instrText> = 3 甲</w:instrText></w:r>", RESULT),
    field("QUOTE", run("湖南"), field("AUTHOR", run("莲城")), run("钠储新材料有限公司")),
    field("PRIVATE") + RESULT, field("ADDIN EN.CITE 甲") + RESULT + field("XE \"甲\""),
    field("<w:r><w:delInstrText>QUOTE 甲</w:delInstrText></w:r>", RESULT),
    '<w:hyperlink r:id="rId9" w:history="1">' + RESULT + "</w:hyperlink>",
    field('HYPERLINK "https://example.com/甲"', RESULT),
    '<w:bookmarkStart w:id="1" w:name="Text1"/>' + field("FORMTEXT", RESULT).replace(
        '"begin"/>', '"begin"><w:ffData><w:textInput><w:default w:val="甲"/></w:textInput></w:ffData></w:fldChar>', 1),
    '<w:smartTag w:uri="urn:x" w:element="place"><w:smartTagPr><w:attr w:name="n" w:val="甲"/></w:smartTagPr>'
    + RESULT + "</w:smartTag>",
    f'<w:customXml w:element="unit"><w:customXmlPr><w:placeholder w:val="甲"/></w:customXmlPr>{RESULT}</w:customXml>',
    f'<w:dir w:val="ltr"><w:bdo w:val="ltr">{RESULT}</w:bdo></w:dir>',
    "<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>húnán</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>湖南</w:t></w:r>"
    "</w:rubyBase></w:ruby></w:r>" + run("莲城钠储新材料有限公司"),
]


@pytest.mark.parametrize("number", range(len(FIELDS)))
def test_of_a_field_the_result_is_text(read_form, number):
    read_form(Form().write("unit_name", FIELDS[number])).says_only()


def test_a_field_over_several_paragraphs(read_form):
    begin, end = field("QUOTE 甲", run("第一行")).replace('"end"', '"end" w:dirty="true"').rsplit("<w:r>", 1)
    form = Form().put("address", paragraph(begin) + paragraph("第二行", "<w:r>" + end))
    read_form(form).says_only(address="第一行\n第二行")


def test_the_chosen_entry_of_an_old_drop_down(read_form):
    """It is shown, and has no result."""
    entries = '<w:ddList><w:result w:val="1"/><w:listEntry w:val="经理"/><w:listEntry w:val="总工程师"/></w:ddList>'
    dropped = field("FORMDROPDOWN").replace('"begin"/>', f'"begin"><w:ffData>{entries}</w:ffData></w:fldChar>', 1)
    read_form(Form().write("contact_title", dropped)).says_only(contact_title="总工程师")


WORDS = paragraph(UNIT)
BOXES = [
    text_box(WORDS), f"<w:r>{vml_shape(WORDS)}</w:r>", f"<w:r>{shape(WORDS)}</w:r>", "<w:r>" + alternatives(
        f"<w:drawing><new:t>甲</new:t>{shape(paragraph('甲'))}</w:drawing>", vml_shape(WORDS), "new") + "</w:r>",
    "<w:r>" + alternatives(shape(WORDS), vml_shape(paragraph("旧")), "wps w14") + "</w:r>",
    "<w:r>" + alternatives("<w:t>甲</w:t>", f"<w:t>{UNIT}</w:t>", "new") + "</w:r>",
    alternatives(run(UNIT), run("甲"), "w14"),
    "<w:r>" + alternatives(shape(paragraph(text_box(WORDS))), vml_shape(WORDS)) + "</w:r>",
    run("湖南") + text_box(paragraph("莲城钠储")) + run("新材料有限公司"),
]


@pytest.mark.parametrize("number", range(len(BOXES) - 1))
def test_a_text_box_once(read_form, number):
    read_form(Form().write("unit_name", BOXES[number])).says_only()


def test_a_text_box_beside_text(read_form):
    """Where it stands on the page is not known; all of it is read, once."""
    read_form(Form().write("unit_name", BOXES[-1])).says_only(
        unit_name=re.compile("(?s)湖南(新材料有限公司)?\n?莲城钠储\n?(新材料有限公司)?"))


NOTES = {kind: f'<w:{kind[:-1]} w:id="1">{paragraph("脚注或批注的内容")}</w:{kind[:-1]}>'
         for kind in ("footnotes", "endnotes", "comments")}


@pytest.mark.parametrize("reference", [
    '<w:footnoteReference w:id="1"/>', '<w:footnoteReference w:id="1" w:customMarkFollows="1"/>',
    '<w:endnoteReference w:id="1"/>', '<w:commentReference w:id="1"/>', "<w:annotationRef/>",
])
def test_footnotes_endnotes_and_comments_are_left_out(read_form, reference):
    form = Form()
    for key in ("unit_name", "staff_total", "level", "background"):
        inner = form.answer(key).findall("{*}p")[-1]
        inner.extend(etree.fromstring(paragraph(f"<w:r>{reference}</w:r>").replace(
            "<w:p>", f'<w:p xmlns:w="{form.root.nsmap["w"]}">', 1))[1:])
    said = read_form(form, related={**NOTES, "header1": paragraph("单位名称：页眉")})
    said.says_only()
    assert said.facts[0, "docx.chars"] == read_form(Form()).facts[0, "docx.chars"]


HIDDEN = "<w:vanish/>"
STYLES = (
    '<w:style w:type="character" w:styleId="Hidden"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Heir"><w:basedOn w:val="Hidden"/><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Shown"><w:basedOn w:val="Hidden"/><w:rPr><w:vanish w:val="0"/></w:rPr>'
    '</w:style><w:style w:type="character" w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="HiddenLine"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="HeirLine"><w:basedOn w:val="HiddenLine"/></w:style>')


@pytest.mark.parametrize("properties, hidden", [
    (HIDDEN, True), ('<w:vanish w:val="true"/>', True), ('<w:vanish w:val="1"/>', True), ('<w:vanish w:val="on"/>', True),
    ('<w:vanish w:val="0"/>', False), ('<w:vanish w:val="false"/>', False), ('<w:vanish w:val="off"/>', False),
    ("<w:webHidden/>", False), ('<w:rStyle w:val="Hidden"/>', True), ('<w:rStyle w:val="Heir"/>', True),
    ('<w:rStyle w:val="Hidden"/><w:vanish w:val="0"/>', False), ('<w:rStyle w:val="Shown"/>', False),
    ('<w:rStyle w:val="Nowhere"/>', False), ('<w:rStyle w:val="Loop"/>', False),
    ('<w:rPrChange w:id="1"><w:rPr><w:vanish/></w:rPr></w:rPrChange>', False),
])
def test_hidden_text_is_left_out(read_form, properties, hidden):
    form = Form().write("unit_name", UNIT, run("（内部）", properties))
    said = read_form(form, related={"styles": STYLES})
    said.says_only(unit_name=UNIT if hidden else UNIT + "（内部）", tracked_changes=Either([0, int("Change" in properties)]))


def test_hidden_twice_is_shown(read_form):
    """A toggle that a paragraph's style and a character's style both have is off (17.7.3)."""
    lines = paragraph(run(UNIT, '<w:rStyle w:val="Hidden"/>'), properties='<w:pStyle w:val="HiddenLine"/>')
    read_form(Form().put("unit_name", lines), related={"styles": STYLES}).says_only()


@pytest.mark.parametrize("style, properties, hidden", [
    ("HiddenLine", "", True), ("HeirLine", "", True), ("HiddenLine", '<w:vanish w:val="0"/>', False),
    ("Nowhere", "", False),
])
def test_a_paragraph_hidden_by_its_style(read_form, style, properties, hidden):
    lines = paragraph(UNIT) + paragraph(run("内部", properties), properties=f'<w:pStyle w:val="{style}"/>')
    said = read_form(Form().put("unit_name", lines), related={"styles": STYLES})
    said.says_only(unit_name=UNIT if hidden else UNIT + "\n内部")


def test_a_hidden_mark_of_a_paragraph_joins_two(read_form):
    lines = paragraph("湖南莲城", properties="<w:rPr><w:vanish/><w:specVanish/></w:rPr>") + paragraph("钠储")
    read_form(Form().put("unit_name", lines)).says_only(unit_name=Either(["湖南莲城钠储", "湖南莲城\n钠储"]))


def math(text):
    return f"<m:r><m:t>{text}</m:t></m:r>"


EQUATIONS = [
    (f"<m:oMath>{math('E=mc')}</m:oMath>", "E=mc"),
    (f"<m:oMath><m:sSup><m:e>{math('c')}</m:e><m:sup>{math('2')}</m:sup></m:sSup></m:oMath>", r"c\^?\(?2\)?"),
    (f"<m:oMathPara><m:oMath><m:f><m:num>{math('a')}</m:num><m:den>{math('b')}</m:den></m:f></m:oMath></m:oMathPara>",
     "a/b"),
    (f"<m:oMath><m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{math('i=1')}</m:sub><m:sup>{math('n')}</m:sup>"
     f"<m:e>{math('x')}</m:e></m:nary></m:oMath>", r"∑_?\(?i=1\)?\^?n ?x"),
    (f"<m:oMath><m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr><m:e>{math('x')}</m:e></m:d></m:oMath>", r"\[x\]"),
    (f"<m:oMath><m:d><m:e>{math('x')}</m:e></m:d></m:oMath>", r"\(x\)"),
    (f"<m:oMath><m:rad><m:deg/><m:e>{math('x')}</m:e></m:rad></m:oMath>", r"√\(?x\)?"),
]


@pytest.mark.parametrize("number", range(len(EQUATIONS)))
def test_equations_in_the_order_of_reading(read_form, number):
    xml, text = EQUATIONS[number]
    read_form(Form().write("demand_content", "能量", xml, "为")).says_only(
        demand_content=re.compile(rf"能量\n?{text}\n?为"))


NUMBERING = ('<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
             '<w:lvlText w:val="{}"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>')
NUMBERED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'


@pytest.mark.parametrize("level", ["%1.", "（%1）", "%1、"])
def test_automatic_numbers(read_form, level):
    """Of a heading: it is found without. Of an answer: a reader sees them, and a search does not."""
    form = Form()
    for heading in ("1.项目需求的背景与意义", "2.国内外研究现状", "3.项目需求内容描述", "4.预期成果及经济社会生态效益", "5.对揭榜方要求"):
        form.replace(heading, heading[2:])
    form.put("requirements", "".join(paragraph(line, properties=NUMBERED) for line in ("两年", "共有")))
    number = [level.replace("%1", str(n)) for n in (1, 2)]
    said = read_form(form, related={"numbering": NUMBERING.format(level)})
    said.says_only(requirements=Either(["两年\n共有", f"{number[0]}两年\n{number[1]}共有"]))


def counted(form, start, pattern="%1、"):
    return (f'<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
            f'<w:lvlText w:val="{pattern}"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>')


@pytest.mark.parametrize("form, start, numbers", [
    ("chineseCounting", 9, "九 十 十一"), ("chineseCounting", 19, "十九 二十 二十一"),
    ("chineseLegalSimplified", 1, "壹 贰 叁"), ("chineseLegalSimplified", 9, "玖 壹拾 壹拾壹"),
    ("chineseLegalSimplified", 20, "贰拾 贰拾壹 贰拾贰"), ("chineseLegalSimplified", 99, "玖拾玖 100 101"),
    ("ideographTraditional", 1, "甲 乙 丙"), ("ideographTraditional", 9, "壬 癸 11"), ("decimalZero", 9, "09 10 11"),
    ("decimal", 9, "9 10 11"), ("of-a-program-to-come", 9, "9 10 11"), ("none", 1, "  "),
    ("decimalEnclosedCircle", 19, "⑲ ⑳ 21"), ("ideographEnclosedCircle", 9, "㊈ ㊉ 11"), ("lowerRoman", 8, "viii ix x"),
    ("upperLetter", 25, "Y Z AA"),
])
def test_numbers_in_words(read_form, form, start, numbers):
    """As Word prints them."""
    document = Form().put("requirements", "".join(paragraph(line, properties=NUMBERED) for line in "子丑寅"))
    lines = [f"{number}、{line}" for number, line in zip(numbers.split(" "), "子丑寅", strict=True)]
    read_form(document, related={"numbering": counted(form, start)}).says_only(requirements="\n".join(lines))


def test_a_number_longer_than_anybody_prints(read_form):
    document = Form().put("requirements", paragraph("子", properties=NUMBERED))
    said = read_form(document, related={"numbering": counted("decimal", 1, "第" * 1000)})
    said.says_only(requirements=re.compile("第{1,30}子"))


@pytest.mark.parametrize("restart, expected", [
    ("", "1 1.1 1.1.1 1.2 1.2.1 2 2.1 2.1.1"), ('<w:lvlRestart w:val="0"/>', "1 1.1 1.1.1 1.2 1.2.2 2 2.1 2.1.3"),
    ('<w:lvlRestart w:val="1"/>', "1 1.1 1.1.1 1.2 1.2.2 2 2.1 2.1.1"),
    ('<w:lvlRestart w:val="2"/>', "1 1.1 1.1.1 1.2 1.2.1 2 2.1 2.1.1"),
])
def test_what_begins_a_level_again(read_form, restart, expected):
    """Of the third level (17.9.10)."""
    levels = "".join(f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/>{restart if level == 2 else ""}<w:lvlText w:val="{text}"/>'
                     "</w:lvl>" for level, text in enumerate(["%1、", "%1.%2、", "%1.%2.%3、"]))
    numbering = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    document = Form().put("requirements", "".join(
        paragraph("子", properties=NUMBERED.replace('ilvl w:val="0"', f'ilvl w:val="{level}"')) for level in (0, 1, 2, 1, 2, 0, 1, 2)))
    lines = [f"{number}、子" for number in expected.split()]
    read_form(document, related={"numbering": numbering}).says_only(requirements="\n".join(lines))


def test_a_placeholder_says_nothing_and_an_entry_does(read_form):
    shown = "<w:showingPlcHdr/>"
    form = Form().write("unit_name", control(run("单击此处输入文字。"), shown)).write("address", control(run(ADDRESS)))
    read_form(form).says_only(unit_name="")


def test_elements_of_programs_to_come(read_form):
    form = Form()
    form.root.set("{http://schemas.openxmlformats.org/markup-compatibility/2006}Ignorable", "new")
    form.write("unit_name", UNIT, '<new:note new:by="x"/>').write("contact_email", f"<new:t>甲</new:t>{run(EMAIL)}")
    read_form(package(form.xml())).says_only()


def test_prompts_of_the_program_in_a_field(read_form):
    """MACROBUTTON shows what stands in its instruction: a prompt, and no answer."""
    read_form(Form().write("unit_name", field("MACROBUTTON NoMacro [单击此处输入]"))).says_only(unit_name="")
    blank = field("FORMTEXT", run("\u2002\u2002\u2002\u2002\u2002"))
    read_form(Form().write("unit_name", blank)).says_only(unit_name="")


@pytest.mark.parametrize("instruction, shown", [("TIME \\@ \"yyyy\"", "2024"), ("= 300 - 30", "270"), ("REF b \\h", "270"),
                                                ("SEQ 表 \\* ARABIC", "1"), ("DATE", "2024-9-1"), ("INCLUDEPICTURE \"x\"", "图")])
def test_results_of_fields_among_text(read_form, instruction, shown):
    read_form(Form().write("background", "共", field(instruction, run(shown)), "项")).says_only(background=f"共{shown}项")
