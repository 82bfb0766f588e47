"""filters/docx: the form cut into several tables, tables in tables, and several forms in one document."""

import copy

import pytest
from forms import Either, cases, truth
from wordprocessing import Form, cell, paragraph, pieces, row, substitute, table, w

FIELDS = truth("v01_plain")["fields"]

# ---- cut in pieces ----

BETWEEN = [paragraph(), paragraph("<w:r><w:br w:type='page'/></w:r>"), paragraph() * 3, "", paragraph("项目技术需求表"),
           paragraph("项目技术需求表（续）"), paragraph("二、技术需求信息"), paragraph("（接上页）"), paragraph(
               properties='<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/></w:sectPr>')]


def cut(form, number, between):
    """At that row of the last table."""
    first = form.body.findall(w("tbl"))[-1]
    second = copy.deepcopy(first)
    for part, gone in ((first, slice(number, None)), (second, slice(number))):
        for line in part.findall(w("tr"))[gone]:
            part.remove(line)
    first.addnext(second)
    for block in pieces(between):
        second.addprevious(block)
    return form


@cases("between", BETWEEN)
@pytest.mark.parametrize("number", [1, 2, 5, 9, 12, 15, 19])
def test_the_form_cut_into_two_tables(read_form, number, between):
    read_form(cut(Form(), number, between)).says_only()


def test_the_form_cut_into_three_tables(read_form):
    read_form(cut(cut(Form(), 7, paragraph()), 8, paragraph())).says_only()


@pytest.mark.parametrize("number", range(1, 20))
def test_each_row_a_table(read_form, number):
    """Only the rows from that one on."""
    form = Form()
    for line in form.rows[number:]:
        alone = copy.deepcopy(form.table)
        for former in alone.findall(w("tr")):
            alone.remove(former)
        alone.append(line)
        form.body.insert(len(form.body) - 1, alone)
        form.body.insert(len(form.body) - 1, pieces(paragraph())[0])
    read_form(form).says_only()


# ---- tables in tables ----

INDICATORS = table(row("指标", "现状", "目标"), row("比容量（mAh/g）", "130", "≥145"), row("残碱量", "1.2%", "≤0.6%"))
LINES = "指标\t现状\t目标\n比容量（mAh/g）\t130\t≥145\n残碱量\t1.2%\t≤0.6%"


@pytest.mark.parametrize("key", ["background", "demand_content", "requirements"])
def test_a_table_of_indicators_in_a_section(read_form, key):
    read_form(Form().put(key, INDICATORS + paragraph())).says_only(**{key: LINES})
    read_form(Form().put(key, paragraph("主要指标：") + INDICATORS + paragraph("以上。"))).says_only(
        **{key: f"主要指标：\n{LINES}\n以上。"})


def test_cells_of_a_nested_table(read_form):
    nested = table(row(cell("甲", properties='<w:gridSpan w:val="2"/>'), cell(paragraph("乙") + paragraph("丙"))),
                   row(cell("丁", properties='<w:vMerge w:val="restart"/>'), "", "戊"),
                   row(cell("", properties="<w:vMerge/>"), "己", "庚"))
    read_form(Form().put("demand_content", nested + paragraph())).says_only(demand_content=Either(
        ["甲\t乙\n丙\n丁\t\t戊\n\t己\t庚", "甲\t乙 丙\n丁\t\t戊\n\t己\t庚", "甲\t乙丙\n丁\t\t戊\n\t己\t庚"]))


def test_a_table_in_a_table_in_a_section(read_form):
    nested = table(row("甲", cell(table(row("乙", "丙")), paragraph())))
    read_form(Form().put("demand_content", nested + paragraph())).says_only(demand_content="甲\t乙\t丙")


def test_a_nested_table_with_the_words_of_labels(read_form):
    nested = table(row("单位名称", "联系人", "电话"), row("甲大学", "张三", "0731-1"), row("手机", "电子邮箱", "自筹"))
    read_form(Form().put("research_status", nested + paragraph())).says_only(
        research_status="单位名称\t联系人\t电话\n甲大学\t张三\t0731-1\n手机\t电子邮箱\t自筹")


def test_the_form_within_a_table_for_the_layout(read_form):
    form = Form()
    substitute(form.table, table(row(cell("{}" + paragraph()))))
    read_form(form).says_only()
    substitute(form.body.find(w("tbl")), table(row("", cell("{}" + paragraph()), ""), row("注")))
    read_form(form).says_only()


def test_other_tables_around_the_form(read_form):
    other = table(row("序号", "材料名称", "份数"), row("1", "营业执照", "1"))
    read_form(Form().before(paragraph("材料清单"), other, paragraph()).after(other)).says_only()


def test_two_forms_one_after_the_other(read_form):
    for between in (paragraph(), paragraph("项目技术需求表"), "", paragraph("<w:r><w:br w:type='page'/></w:r>")):
        form = Form()
        second = copy.deepcopy(form.table)
        [node for node in second.iter(w("t")) if node.text == "陈思远"][0].text = "欧阳敏"
        substitute(form.table, "{}" + between)
        form.body.insert(len(form.body) - 2, second)
        said = read_form(form)
        said.says()
        said.says(2, legal_rep_name="欧阳敏", title=Either(["项目技术需求表", ""]))
        assert said.forms() == [1, 2]


def test_two_forms_in_one_table(read_form):
    form = Form()
    for line in copy.deepcopy(form.table).findall(w("tr")):
        form.table.append(line)
    [node for node in form.table.iter(w("t")) if node.text == "陈思远"][1].text = "欧阳敏"
    said = read_form(form)
    said.says()
    said.says(2, legal_rep_name="欧阳敏")
    assert said.forms() == [1, 2]


def test_a_form_and_a_blank_one(read_form):
    form = Form()
    form.after(paragraph("项目技术需求表"))
    form.body.insert(len(form.body) - 1, Form("blank").table)
    said = read_form(form)
    said.says()
    said.says(2, sample="blank")
    assert said.forms() == [1, 2]


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
@pytest.mark.parametrize("number", [9, 18])
def test_a_table_between_the_halves_of_the_form(read_form, rows, number):
    between = table(*[row("指标", "现状", "目标")] * rows)
    read_form(cut(Form(), number, paragraph() + between + paragraph())).says_only()


def test_many_tables_before_the_form(read_form):
    read_form(Form().before((table(*[row("序号", "材料")] * 3) + paragraph()) * 150)).says_only()


@pytest.mark.parametrize("apart", [False, True])
def test_two_demands_of_one_unit(read_form, apart):
    """The second half copied below, or into a table of its own: two forms, and the unit says who it is once."""
    form = Form()
    again = [copy.deepcopy(line) for line in form.rows[9:]]
    [node for line in again for node in line.iter(w("t")) if node.text == FIELDS["demand_name"]][0].text = "另一项需求"
    if apart:
        second = copy.deepcopy(form.table)
        for line in second.findall(w("tr")):
            second.remove(line)
        second.extend(again)
        form.table.addnext(second)
        form.table.addnext(pieces(paragraph())[0])
    else:
        form.table.extend(again)
    said = read_form(form)
    said.says()
    said.says(2, demand_name="另一项需求")
    assert said.forms() == [1, 2]


def test_a_second_form_whose_first_label_is_the_only_right_one(read_form):
    form = Form()
    second = [copy.deepcopy(line) for line in form.rows]
    form.replace("单位名称", "单位名")
    form.table.extend(second)
    said = read_form(form)
    said.says(unit_name=Either([None]))
    said.says(2)
