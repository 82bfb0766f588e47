"""filters/docx: where in a document the form is, what it is called, and which forms are not this one."""

import pytest
from forms import Either, truth
from wordprocessing import FORMS, Form, body, cell, package, paragraph, pieces, row, run, substitute, table, w, xml_of

LETTER = ["湘潭市科学技术局：", "现将我单位技术需求表报上，请审阅。", "联系人：王五    电话：13900000000", "单位名称（盖章）：湖南甲有限公司", "2024年9月10日"]
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


def cell_lines(form):
    """Of each row its cells, as lists of lines."""
    return [[["".join(t.text for t in p.iter(w("t"))) for p in tc.iter(w("p"))] for tc in line] for line in form.cells]


def test_the_form_retyped_without_a_table(read_form):
    """The table turned into text with tabs: what is more than a line of a cell stands below."""
    form = Form()
    lines = []
    for cells in cell_lines(form):
        lines.append(paragraph("<w:r><w:tab/></w:r>".join(run(first) for first, *_ in cells)))
        lines += [paragraph(more) for _, *others in cells for more in others]
    substitute(form.table, "".join(lines))
    read_form(form).says_only()


def test_each_cell_of_the_table_a_paragraph(read_form):
    """The table turned into text without tabs: of an answer that is not there the next label is none."""
    for missing in ([], ["unit_name"], ["contact_email", "postcode"]):
        form = Form()
        for key in missing:
            form.write(key)
        substitute(form.table, "".join(paragraph(line) for cells in cell_lines(form) for cell in cells for line in cell))
        read_form(form).says_only(**dict.fromkeys(missing, ""))


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


HELP = ["填表说明：1.单位名称须与公章一致；2.技术水平为单选；3.金额单位为万元。", "填表说明：\n1.单位名称：须与公章一致\n2.邮编：必填\n3.技术水平：□国际领先等只选一项",
        "注：联系人须为项目负责人，电话、手机、电子邮箱必填", "单位名称、统一社会信用代码等信息须真实有效"]


@pytest.mark.parametrize("text", HELP)
def test_a_row_that_says_how_to_fill_it_in(read_form, text):
    """At the beginning of the table, between its two parts, and at its end."""
    for number in (0, 9, 19):
        form = Form()
        line = pieces(row(cell("".join(map(paragraph, text.split("\n"))), properties='<w:gridSpan w:val="6"/>')))[0]
        if number == 19:
            form.rows[number].addnext(line)
        else:
            form.rows[number].addprevious(line)
        said = read_form(form)
        said.says_only(requirements=Either([truth("v01_plain")["fields"]["requirements"], said.fields()["requirements"]])
                       if number == 19 else truth("v01_plain")["fields"]["requirements"])


def test_the_notice_and_the_letter_in_a_table(read_form):
    read_form(Form().before(table(row(cell("".join(map(paragraph, NOTICE))))), paragraph())).says_only()
    read_form(Form().before(table(row(cell("".join(map(paragraph, LETTER))))), paragraph())).says_only()
    read_form(Form().before(table(*[row(cell(line)) for line in LETTER]), paragraph())).says_only()
    read_form(Form().before(table(*[row(cell(line)) for line in HELP]), paragraph("项目技术需求表"))).says_only()


def test_a_cover_page_as_a_table(read_form):
    cover = table(row("项目名称", "电池"), row("申报单位", "甲公司（盖章）"), row("单位地址", "长沙"), row("联系人", "王五"),
                  row("手机", "13900000000"), row("电子邮箱", "w@example.com"), row("填报日期", "2024年9月1日"))
    read_form(Form().before(paragraph("技术需求申报材料"), cover, paragraph('<w:r><w:br w:type="page"/></w:r>'))).says_only()


@pytest.mark.parametrize("title, known", [
    ("湘潭市2024年科技创新“揭榜挂帅”项目申报书", True), ("湖南省企业技术需求征集表", True), ("“揭榜挂帅”项目任务书（2024年）", True),
    ("2024年度先进单位登记表", False), ("揭榜挂帅项目合作协议", False),
])
def test_a_form_of_another_notice_is_known_by_its_title(read_form, title, known):
    """One that shares no word with ours is any document with a table."""
    said = read_form(package(body(paragraph(title), table(*[row(name, "甲") for name in ("项目负责人", "立项依据", "考核指标")]))))
    assert said.fields() == ({"other": title} if known else {})
