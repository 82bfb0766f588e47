"""filters/docx: what people do to the form that nobody told them to, read as a careful clerk would."""

import copy

import pytest
from forms import Either, cases, comparable, truth
from lxml import etree
from wordprocessing import (CELLS, FORMS, Form, alternatives, body, cell, control, field, package, paragraph, pieces,
                            row, run, shape, substitute, table, text_box, vml_shape, w)

FIELDS = truth("v01_plain")["fields"]
STAMP = ('<w:r><w:drawing><wp:anchor behindDoc="1"><wp:docPr id="1" name="公章" descr="单位名称：甲公司公章"/><a:graphic>'
         '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"/></a:graphic></wp:anchor>'
         "</w:drawing></w:r>")
LETTER = ["湘潭市科学技术局：", "现将我单位技术需求表报上，请审阅。", "联系人：王五    电话：13900000000", "单位名称（盖章）：湖南甲有限公司", "2024年9月10日"]


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


# ---- where the form is ----

NOTICE = """关于征集2024年度科技创新“揭榜挂帅”项目技术需求的通知
各县市区科技和工业信息化局，有关企事业单位：
一、征集时间：2024年8月26日-9月16日
三、征集要求
1.材料规范。各有关单位认真凝练高质量的“揭榜挂帅”技术需求，并填写《湘潭市2024年科技创新“揭榜挂帅”项目技术需求表》。
3.各有关单位将填写好的《湘潭市2024年科技创新“揭榜挂帅”项目技术需求表》电子版和扫描件（加盖单位公章）报送市科技局指定邮箱。
五、申报咨询及联系方式
报送邮箱：xtkjjcgk@163.com
附件：1.湘潭市2024年度科技创新“揭榜挂帅”项目实施方案
附件1
湘潭市2024年度科技创新“揭榜挂帅”
项目实施方案
详见附件3《湘潭市科技创新“揭榜挂帅”项目技术需求表》。
重点支持方向为：
1.高端医疗器械、生物医药、生物制造：高端医疗器械和关键零部件等。
2.先进材料：锂离子、钠离子动力电池等。
（4）应明确项目指标参数、时限要求、产权归属、资金投入及其他对揭榜方的条件要求等需求内容。
附件3""".split("\n")


def test_the_form_after_the_whole_notice(read_form):
    timetable = table(row("序号", "时间", "工作内容"), row("1", "8月下旬", "发布指南"), row("2", "9月下旬", "评估论证"))
    lines = [paragraph(line) for line in NOTICE]
    read_form(Form().before(*lines)).says_only()
    read_form(Form().before(*lines[:-1], timetable, lines[-1])).says_only()


def test_the_form_after_a_covering_letter(read_form):
    read_form(Form().before(*[paragraph(line) for line in LETTER])).says_only()
    page = paragraph('<w:r><w:br w:type="page"/></w:r>')
    read_form(Form().before(*[paragraph(line) for line in LETTER], page, paragraph("附件3"))).says_only()
    register = table(row("单位名称", "湖南乙有限公司", "联系人", "王五"), row("电话", "139", "材料份数", "3"))
    read_form(Form().before(paragraph("报送清单"), register, paragraph())).says_only()


def test_a_table_with_a_contact_before_the_form(read_form):
    sender = table(row("报送单位", "雨湖区科工局"), row("联系人", "王五"), row("联系电话", "0731-1"))
    read_form(Form().before(paragraph("报送单位信息"), sender, paragraph())).says_only()


def test_the_title_in_the_first_row(read_form):
    form = Form()
    form.body.remove(form.body[0])
    form.rows[0].addprevious(pieces(row(cell("湘潭市2024年科技创新“揭榜挂帅”项目技术需求表", properties='<w:gridSpan w:val="6"/>')))[0])
    read_form(form).says_only(title="湘潭市2024年科技创新“揭榜挂帅”项目技术需求表", other_year=0)


def test_no_title(read_form):
    form = Form()
    form.body.remove(form.body[0])
    read_form(form).says_only(title="")


def test_a_title_over_two_lines(read_form):
    form = Form().replace("项目技术需求表", run("湘潭市2024年科技创新“揭榜挂帅”") + "<w:r><w:br/></w:r>" + run("项目技术需求表"))
    read_form(form).says_only(title="湘潭市2024年科技创新“揭榜挂帅” 项目技术需求表", other_year=0)


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


def xml_of(block):
    return etree.tostring(block, encoding="unicode", with_tail=False)


# ---- rows and columns that people add ----

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


def test_the_form_of_another_year(read_form):
    said = read_form((FORMS / "v54_other_year.docx").read_bytes())
    assert said.status == 0
    assert said.fields() == {"other": "湘潭市2023年科技创新“揭榜挂帅”项目技术需求表"}


def test_this_form_and_another(read_form):
    """Each by itself, whichever is first."""
    other = "".join(xml_of(block) for block in list(Form("v54_other_year").body)[:-1])
    said = read_form(Form().after(other))
    said.says()
    assert said.fields(2) == {"other": "湘潭市2023年科技创新“揭榜挂帅”项目技术需求表"}
    said = read_form(Form().before(other))
    said.says(2)
    assert said.fields(1) == {"other": "湘潭市2023年科技创新“揭榜挂帅”项目技术需求表"}


def test_answers_of_the_wrong_width(read_form):
    form = Form().write("credit_code", "９１４３０３０２ＭＡＴＣＤＫＱＱ４Ｍ").write("postcode", "４１１２０２")
    form.write("contact_email", "ｘｍｂ４＠ｌｃｎａ．ｅｘａｍｐｌｅ．ｃｏｍ")
    read_form(form).says_only(credit_code="９１４３０３０２ＭＡＴＣＤＫＱＱ４Ｍ", postcode="４１１２０２",
                              contact_email="ｘｍｂ４＠ｌｃｎａ．ｅｘａｍｐｌｅ．ｃｏｍ")


def test_the_form_retyped_without_a_table(read_form):
    """The table turned into text with tabs, or each cell into a paragraph."""
    form = Form()
    lines = []
    for line in form.cells:
        cells = [[p for p in tc.iter(w("p"))] for tc in line]
        lines.append(paragraph("<w:r><w:tab/></w:r>".join(run("".join(t.text for t in cell[0].iter(w("t")))) for cell in cells)))
        lines += [paragraph("".join(t.text for t in p.iter(w("t")))) for cell in cells for p in cell[1:]]
    substitute(form.table, "".join(lines))
    read_form(form).says_only()


# ---- forms that are not this one ----

COMMON = [("单位名称", "甲公司"), ("统一社会信用代码", "9143"), ("单位地址", "湘潭"), ("邮编", "411202"), ("职工总数", "9人"),
          ("研究开发人员", "3人"), ("销售收入总额", "9万元"), ("利税总额", "1万元"), ("技术需求名称", "电池")]


@pytest.mark.parametrize("title", ["2024年度科技计划项目申报书", "湖南省企业技术需求征集表", "项目合同书", "", "合作单位情况表"])
def test_another_form_with_some_of_the_labels(read_form, title):
    """Not judged as this one: nothing is said of its fields."""
    rows = [row(*pair) for pair in COMMON] + [row("项目负责人", "张三"), row("立项依据", "…"), row("考核指标", "…")]
    said = read_form(package(body(paragraph(title), table(*rows))))
    assert (said.status, said.notes) == (0, [])
    assert [name for number, name in said.facts if number and name != "form.other"] == []


def test_a_table_of_partners_after_the_form(read_form):
    partners = table(row("单位名称", "联系人", "电话"), row("甲大学", "张三", "0731-1"), row("乙研究所", "李四", "0731-2"))
    read_form(Form().after(paragraph("合作单位情况表"), partners)).says_only()
    read_form(Form().after(partners)).says_only()
    read_form(Form().before(paragraph("合作单位情况表"), partners, paragraph())).says_only()


def test_the_year_is_in_the_title_and_nowhere_else(read_form):
    for line in ("2023年9月10日", "湘科〔2023〕14号", "根据2023年揭榜挂帅工作安排，现报送如下："):
        read_form(Form().before(paragraph(line))).says_only(other_year=Either([0, None]))
    read_form(Form().after(paragraph("2023年9月10日"))).says_only(other_year=Either([0, None]))


def test_the_title_of_another_year_in_the_first_row(read_form):
    form = Form()
    form.body.remove(form.body[0])
    title = "湘潭市2023年科技创新“揭榜挂帅”项目技术需求表"
    form.rows[0].addprevious(pieces(row(cell(title, properties='<w:gridSpan w:val="6"/>')))[0])
    read_form(form).says_only(title=title, other_year=1)


def test_the_title_of_another_year_over_two_paragraphs(read_form):
    form = Form().before(paragraph("湘潭市2023年科技创新“揭榜挂帅”"))
    read_form(form).says_only(title=Either(["湘潭市2023年科技创新“揭榜挂帅”项目技术需求表",
                                            "湘潭市2023年科技创新“揭榜挂帅” 项目技术需求表"]), other_year=1)


def test_a_blank_form_before_the_filled_one(read_form):
    blank = "".join(xml_of(block) for block in list(Form("blank").body)[:-1])
    said = read_form(Form().before(blank))
    said.says(1, sample="blank")
    said.says(2)


def test_a_blank_form_whose_answers_were_deleted_under_tracking(read_form):
    gone = '<w:del w:id="1" w:author="a"><w:r><w:delText>甲公司</w:delText></w:r></w:del>'
    read_form(Form("blank").write("unit_name", gone)).says_only(sample="blank", tracked_changes=1)


# ---- cells and rows that were deleted ----

@pytest.mark.parametrize("key", ["unit_name", "credit_code", "postcode", "contact_name", "contact_email", "staff_total"])
def test_a_deleted_cell_leaves_no_answer(read_form, key):
    """The next label is none, nor is the next row."""
    form = Form()
    form.answer(key).getparent().remove(form.answer(key))
    read_form(form).says_only(**{key: ""})


@pytest.mark.parametrize("key", ["contact_title", "postcode", "staff_rnd"])
def test_a_deleted_label(read_form, key):
    form = Form()
    form.label(key).getparent().remove(form.label(key))
    said = read_form(form)
    before = {"contact_title": "contact_name", "postcode": "address", "staff_rnd": "staff_total"}[key]
    assert comparable(said.fields()[before]).startswith(FIELDS[before])
    said.says_only(**{key: Either(["", None]), before: said.fields()[before]})


@pytest.mark.parametrize("number", [0, 9])
def test_a_deleted_heading_between_the_rows(read_form, number):
    form = Form()
    form.table.remove(form.rows[number])
    read_form(form).says_only()


def test_only_the_second_page_of_the_form(read_form):
    """Half of the fields are not there; nothing is invented for them."""
    form = Form()
    for line in form.rows[:9]:
        form.table.remove(line)
    fields = read_form(form).fields()
    assert not [key for key in ("unit_name", "staff_total", "contact_name") if fields.get(key)]


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


def test_prompts_of_the_program_in_a_field(read_form):
    """MACROBUTTON shows what stands in its instruction: a prompt, and no answer."""
    read_form(Form().write("unit_name", field("MACROBUTTON NoMacro [单击此处输入]"))).says_only(unit_name="")
    blank = field("FORMTEXT", run("\u2002\u2002\u2002\u2002\u2002"))
    read_form(Form().write("unit_name", blank)).says_only(unit_name="")


@pytest.mark.parametrize("instruction, shown", [("TIME \\@ \"yyyy\"", "2024"), ("= 300 - 30", "270"), ("REF b \\h", "270"),
                                                ("SEQ 表 \\* ARABIC", "1"), ("DATE", "2024-9-1"), ("INCLUDEPICTURE \"x\"", "图")])
def test_results_of_fields_among_text(read_form, instruction, shown):
    read_form(Form().write("background", "共", field(instruction, run(shown)), "项")).says_only(background=f"共{shown}项")
