"""filters/docx: what people do to the form that nobody told them to, read as a careful clerk would."""

import copy

import pytest
from forms import Either, cases, truth
from wordprocessing import (CELLS, Form, alternatives, body, cell, control, field, package, paragraph, pieces, row, run, shape,
                            table, text_box, vml_shape, w, xml_of)

FIELDS = truth("v01_plain")["fields"]
STAMP = ('<w:r><w:drawing><wp:anchor behindDoc="1"><wp:docPr id="1" name="公章" descr="单位名称：甲公司公章"/><a:graphic>'
         '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"/></a:graphic></wp:anchor>'
         "</w:drawing></w:r>")


def append(form, key, xml):
    form.answer(key).findall(w("p"))[-1].extend(pieces(xml))
    return form


@pytest.mark.parametrize("key", ["unit_name", "level", "background", "budget"])
def test_a_stamp_floating_over_the_table(read_form, key):
    read_form(append(Form(), key, STAMP)).says_only()
    read_form(append(Form(), key, STAMP.replace("<w:drawing>", "<w:pict><v:shape><v:imagedata/></v:shape></w:pict>"
                                                               "<w:drawing>"))).says_only()


@pytest.mark.parametrize("text", ["（盖章）", "湖南甲有限公司", "2024年9月10日"])
def test_a_text_box_floating_elsewhere_on_the_page(read_form, text):
    """Anchored before and after the table."""
    read_form(Form().before(paragraph(text_box(paragraph(text))))).says_only()
    read_form(Form().after(paragraph(text_box(paragraph(text))))).says_only()


@pytest.mark.parametrize("key", [key for key in CELLS if isinstance(FIELDS.get(key), str) and CELLS[key][1] > 0])
def test_every_answer_in_a_text_box_of_its_own(read_form, key):
    read_form(Form().write(key, text_box(paragraph(FIELDS[key])))).says_only()


def test_an_answer_set_into_the_printed_spaces(read_form):
    form = Form().write("unit_name", run("      "), run(FIELDS["unit_name"], '<w:u w:val="single"/>'), run("         "))
    form.write("staff_total", run("    "), run("824"), run("  "), run("人"))
    read_form(form.write("profit_tax", run("1941"), run("        万元"))).says_only()


@pytest.mark.parametrize("key, blocks, text", [
    ("contact_name", paragraph("彭思远、李四"), "彭思远、李四"), ("contact_name", paragraph("彭思远") + paragraph("李四"), "彭思远\n李四"),
    ("contact_mobile", paragraph("15800001674", "<w:r><w:br/></w:r>", "13900000000"), "15800001674\n13900000000"),
    ("contact_mobile", paragraph("15800001674（彭）/13900000000（李）"), "15800001674（彭）/13900000000（李）"),
    ("address", paragraph("湘潭市雨湖区", "<w:r><w:br/></w:r>", "鹤岭镇6栋"), "湘潭市雨湖区\n鹤岭镇6栋"),
    ("contact_email", paragraph("a@b.com；", "<w:r><w:br/></w:r>", "c@d.com"), "a@b.com；\nc@d.com"),
    ("contact_title", paragraph("研发部经理/高级工程师"), "研发部经理/高级工程师"), ("legal_rep_phone", paragraph("电话：0731-1"), None),
    ("contact_email", paragraph('<w:hyperlink r:id="rId7"><w:r><w:rPr><w:rStyle w:val="a3"/></w:rPr><w:t>xmb4@lcna.'
                                "example.com</w:t></w:r></w:hyperlink>"), FIELDS["contact_email"]),
    ("contact_email", paragraph(field('HYPERLINK "mailto:xmb4@lcna.example.com"', run("xmb4@lcna"), run(".example.com"))),
     FIELDS["contact_email"]),
    ("legal_rep_name", paragraph("陈思远", STAMP), "陈思远"), ("legal_rep_name", paragraph("（签字）"), Either(["（签字）", ""])),
])
def test_answers_of_several_parts(read_form, key, blocks, text):
    """None: the label was typed again, which some keep and some cut."""
    said = read_form(Form().put(key, blocks))
    said.says_only(**{key: Either(["电话：0731-1", "0731-1"]) if text is None else text})


QUOTES = ["技术需求名称：钠离子电池正极材料", "单位名称：湖南大学，联系人：张三，电话：0731-1，手机：139", "与湖南大学（单位地址：长沙）合作，邮编410082。",
          "计划研发投入500万元，其中自筹400万元，申请专项100万元。", "技术水平 ☑国内领先 □国际领先", "2.国内外研究现状见下一节。", "项目技术需求表",
          "5.对揭榜方要求\n揭榜方应当有经验", "所属领域：□先进材料 ☑电机电控", "职工总数 9 人，研究开发人员 3 人"]


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("key", ["background", "demand_content", "requirements", "demand_name"])
def test_an_answer_that_quotes_the_words_of_labels(read_form, key, quote):
    """In one sentence, and in a paragraph of its own, after others and as the first."""
    for text in (f"背景如下。{quote}。", f"背景如下。\n{quote}\n以上。", quote):
        form = Form().put(key, "".join(paragraph(line) for line in text.split("\n")))
        read_form(form).says_only(**{key: text})


@pytest.mark.parametrize("key, text", [("unit_name", "单位名称"), ("address", "邮编"), ("contact_name", "手机"),
                                       ("contact_mobile", "手机"), ("demand_name", "技术需求名称"), ("address", "单位地址")])
def test_an_answer_that_is_the_word_of_a_label(read_form, key, text):
    """A careless one; it takes nothing away from the others."""
    read_form(Form().write(key, text)).says_only(**{key: Either([text, ""])})


def test_an_answer_typed_before_its_label(read_form):
    form = Form()
    for key in ("unit_name", "demand_name"):
        label, answer = form.label(key), form.answer(key)
        answer.addnext(label)
    fields = read_form(form).fields()
    others = {key: value for key, value in FIELDS.items() if key not in ("unit_name", "demand_name")}
    assert {key: fields[key] for key in others} == others


WRAPPERS = [lambda blocks: control(blocks), lambda blocks: paragraph(f"<w:r>{shape(blocks)}</w:r>"),
            lambda blocks: paragraph(f"<w:r>{alternatives(shape(blocks), vml_shape(blocks))}</w:r>"),
            lambda blocks: paragraph(f"<w:r>{vml_shape(blocks)}</w:r>"), lambda blocks: table(row(cell(blocks))),
            lambda blocks: table(row("", cell(blocks + paragraph()), "")), lambda blocks: blocks + paragraph() * 5]


@cases("wrapper", WRAPPERS)
def test_the_whole_form_in_something_else(read_form, wrapper):
    form = Form()
    inside = "".join(xml_of(block) for block in form.body[:-1])
    for block in list(form.body)[:-1]:
        form.body.remove(block)
    for block in reversed(pieces(wrapper(inside))):
        form.body.insert(0, block)
    read_form(form).says_only(title=Either(["项目技术需求表", ""]))


def test_two_contact_persons(read_form):
    """The second below the first, as rows copied."""
    form = Form()
    more = [copy.deepcopy(form.rows[number]) for number in (4, 5)]
    for line, name in zip(more, ("李四", "13900000000"), strict=True):
        line.findall(w("tc"))[2].find(f".//{w('t')}").text = name
    for line in reversed(more):
        form.rows[5].addnext(line)
    said = read_form(form)
    said.says(contact_name=Either(["彭思远", "彭思远\n李四"]), contact_mobile=Either(["15800001674", "15800001674\n13900000000"]))
    assert said.forms() == [1]


def test_a_row_that_is_not_on_the_form(read_form):
    for words in (("传真", "0731-2"), ("备注", "无"), ("单位网址", "www.example.com"), ("开户银行", "甲银行"), ("联系人QQ", "12345")):
        form = Form()
        form.rows[5].addnext(pieces(row(*words))[0])
        form.rows[2].addnext(pieces(row(*words, "注册资本", "500万元"))[0])
        read_form(form).says_only()


def test_signatures_in_rows_at_the_end(read_form):
    form = Form()
    form.table.extend(pieces(row("单位意见", "同意申报。（盖章）2024年9月10日") + row(cell("填表人：李四    联系电话：139"))
                             + row(cell("单位名称（盖章）：湖南甲有限公司"))))
    read_form(form).says_only()
    read_form(form.write("requirements")).says_only(requirements="")
    blank = Form("blank")
    blank.table.extend(pieces(row(cell("填表人（签字）：       年   月   日"))))
    read_form(blank).says_only(sample="blank")


@pytest.mark.parametrize("properties", ['<w:i/><w:color w:val="FF0000"/>', "<w:b/>", '<w:highlight w:val="yellow"/>'])
def test_prompts_marked_in_colour(read_form, properties):
    form = Form()
    for key in ("background", "requirements"):
        second = form.answer(key).find(w("p")).findall(w("r"))[1]
        second.find(w("rPr")).extend(pieces(properties))
    read_form(form).says_only()


def test_a_sentence_of_help_in_red_under_the_label(read_form):
    form = Form()
    form.label("unit_name").extend(pieces(paragraph(run("（与公章一致）", '<w:color w:val="FF0000"/>'))))
    form.label("credit_code").extend(pieces(paragraph("18位")))
    read_form(form).says_only()


def test_a_landscape_section_around_the_form(read_form):
    section = '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/></w:sectPr>'
    read_form(Form().before(paragraph("封面", properties=section)).after(paragraph(properties=section))).says_only()


def test_answers_of_the_wrong_width(read_form):
    form = Form().write("credit_code", "９１４３０３０２ＭＡＴＣＤＫＱＱ４Ｍ").write("postcode", "４１１２０２")
    form.write("contact_email", "ｘｍｂ４＠ｌｃｎａ．ｅｘａｍｐｌｅ．ｃｏｍ")
    read_form(form).says_only(credit_code="９１４３０３０２ＭＡＴＣＤＫＱＱ４Ｍ", postcode="４１１２０２",
                              contact_email="ｘｍｂ４＠ｌｃｎａ．ｅｘａｍｐｌｅ．ｃｏｍ")


@pytest.mark.parametrize("key", ["unit_name", "contact_mobile", "demand_name", "sales_revenue"])
def test_struck_out_text_is_still_there(read_form, key):
    """By its looks alone nobody knows what it was meant for."""
    form = Form()
    for node in form.answer(key).iter(w("rPr")):
        node.extend(pieces("<w:strike/>"))
    read_form(form).says_only()


def test_a_protected_form(read_form):
    """Whoever protects it against changes may read it all the same."""
    settings = '<w:documentProtection w:edit="forms" w:enforcement="1" w:hash="x" w:salt="y"/><w:writeProtection w:hash="x"/>'
    read_form(Form(), members={"word/settings.xml": f'<w:settings xmlns:w="urn:x">{settings}</w:settings>'}).says_only()


PICTURE = "<w:r><w:drawing/></w:r>"


@pytest.mark.parametrize("drawn", [PICTURE, "<w:r><w:object/></w:r>", "<w:r><w:pict/></w:r>"])
@pytest.mark.parametrize("key", ["contact_name", "background", "level", "staff_total"])
def test_an_answer_that_is_a_picture_is_not_missing(read_form, key, drawn):
    """Nobody read it: there is no fact, and a person looks."""
    read_form(Form().write(key, drawn)).says_only(**{key: None})
    fields = read_form(Form("blank").write(key, drawn)).fields()
    assert key not in fields and fields["blank"] is False


def test_a_picture_beside_an_answer(read_form):
    form = Form()
    form.answer("background").extend(pieces(paragraph(PICTURE)))
    form.answer("unit_name").find(w("p")).extend(pieces(PICTURE))
    read_form(form).says_only()


@pytest.mark.parametrize("block", ['<w:altChunk r:id="rId9"/>', paragraph("请查收附件", "<w:r><w:object/></w:r>")])
def test_another_document_within_this_one(read_form, block):
    """It may be the form."""
    said = read_form(package(body(paragraph("说明"), block)))
    assert (said.status, said.notes) == (0, ["docx.unsupported"])
