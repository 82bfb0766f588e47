"""filters/docx: the form's table, merged, split, cut, reordered and added to."""

import copy

import pytest
from forms import Either, cases, truth
from wordprocessing import CELLS, Form, cell, paragraph, pieces, row, run, substitute, table, w

FIELDS = truth("v01_plain")["fields"]
EMPTY = "<w:tc><w:tcPr/><w:p/></w:tc>"


def properties(node):
    return node.find(w("tcPr"))


def set_property(node, name, value=None):
    for former in properties(node).findall(w(name)):
        properties(node).remove(former)
    if value != "":
        properties(node).extend(pieces(f'<w:{name} w:val="{value}"/>' if value else f"<w:{name}/>"))


# ---- merged cells ----

def test_the_old_way_to_merge_cells(read_form):
    """hMerge: cells that continue the one before are there, and empty (part 4)."""
    form = Form()
    for line in form.rows:
        for node in line.findall(w("tc")):
            span = properties(node).find(w("gridSpan"))
            if span is None:
                continue
            set_property(node, "gridSpan", "")
            set_property(node, "hMerge", "restart")
            for _ in range(int(span.get(w("val"))) - 1):
                node.addnext(pieces(cell(paragraph(), properties="<w:hMerge/>"))[0])
    read_form(form).says_only()


def test_no_cell_says_how_many_columns_it_has(read_form):
    form = Form()
    for line in form.cells:
        for node in line:
            set_property(node, "gridSpan", "")
    read_form(form).says_only()


@pytest.mark.parametrize("merge", ["", "0"])
def test_groups_that_nobody_merged(read_form, merge):
    form = Form()
    for line in form.cells:
        if properties(line[0]).find(w("vMerge")) is not None:
            set_property(line[0], "vMerge", merge and "restart")
    read_form(form).says_only()


def test_a_group_repeated_in_each_row(read_form):
    form = Form()
    for upper, lower in ((4, 5), (7, 8)):
        substitute(form.cells[lower][0], "<w:tc>" + "</w:tc>")
        new = copy.deepcopy(form.cells[upper][0])
        set_property(new, "vMerge", "")
        form.rows[lower].replace(form.rows[lower].find(w("tc")), new)
        set_property(form.cells[upper][0], "vMerge", "")
    read_form(form).says_only()


def test_text_left_in_a_cell_that_continues_a_merge(read_form):
    """Word shows what stands in the first of them only."""
    form = Form()
    form.cells[5][0].extend(pieces(paragraph("手机")))
    read_form(form).says_only()


def test_rows_that_begin_and_end_within_the_grid(read_form):
    form = Form()
    for number in (5, 8):
        form.rows[number].remove(form.cells[number][0])
        form.rows[number].find(w("trPr")).extend(pieces('<w:gridBefore w:val="1"/><w:gridAfter w:val="1"/>'))
    read_form(form).says_only()


# ---- split, added, deleted cells ----

@pytest.mark.parametrize("key", ["unit_name", "credit_code", "postcode", "contact_name", "demand_name", "staff_total",
                                 "sales_revenue", "level", "budget"])
def test_an_empty_cell_before_the_answer(read_form, key):
    form = Form()
    form.answer(key).addprevious(pieces(EMPTY)[0])
    read_form(form).says_only()


@pytest.mark.parametrize("place", [0, 1, 2, 99])
def test_an_empty_column(read_form, place):
    form = Form()
    for line in form.rows:
        line.insert(min(place + 1, len(line)), pieces(EMPTY)[0])
    read_form(form).says_only()


def test_a_column_for_remarks(read_form):
    form = Form()
    for number, line in enumerate(form.rows):
        line.extend(pieces(cell("备注" if number == 0 else "" if number % 2 else "已核")))
    read_form(form).says_only()


@pytest.mark.parametrize("number", [0, 1, 5, 9, 12, 15, 19])
def test_an_empty_row(read_form, number):
    form = Form()
    form.rows[number].addnext(pieces(row(EMPTY))[0])
    read_form(form).says_only()
    form.rows[number].addprevious(pieces(row(*[EMPTY] * 6))[0])
    read_form(form).says_only()


@pytest.mark.parametrize("key, first, second", [
    ("unit_name", "单位", "名称"), ("postcode", "邮", "编"), ("demand_name", "技术需求", "名称"), ("level", "技术", "水平"),
    ("staff_total", "职工", "总数"),
])
def test_a_label_split_in_two_cells(read_form, key, first, second):
    form = Form()
    substitute(form.label(key), cell(first) + cell(second))
    read_form(form).says_only()


@pytest.mark.parametrize("key, parts, text", [
    ("contact_mobile", ["1580000", "1674"], "15800001674"), ("address", ["湘潭市雨湖区鹤岭镇", "响水工业园C区6栋"], None),
    ("staff_total", ["824", "人"], None), ("sales_revenue", ["45502", "万元"], None), ("rnd_ratio", ["5.33", "%"], None),
])
def test_an_answer_split_in_two_cells(read_form, key, parts, text):
    """The printed unit in a cell of its own is none of the answer."""
    form = Form()
    substitute(form.answer(key), "".join(cell(part) for part in parts))
    said = [truth("v01_plain")["fields"][key], parts[0], "\t".join(parts), "\n".join(parts)]
    read_form(form).says_only(**{key: Either(said if text is None and key == "address" else said[:1] if text is None
                                             else said)})


def test_a_digit_of_the_code_in_each_cell(read_form):
    form = Form()
    substitute(form.answer("credit_code"), "".join(cell(digit) for digit in FIELDS["credit_code"]))
    read_form(form).says_only()


def test_options_in_cells_of_their_own(read_form):
    form = Form()
    options = ["□国际领先", "☑国内领先", "□省内领先", "□国际先进", "□国内先进", "□其他"]
    substitute(form.answer("level"), "".join(cell(option) for option in options))
    read_form(form).says_only(level=["国内领先"])


def test_options_in_rows_of_their_own(read_form):
    form = Form()
    form.write("level", "□国际领先 ☑国内领先 □省内领先")
    form.row("level").addnext(pieces(row(cell(paragraph(), properties="<w:vMerge/>"), "□国际先进 □国内先进 □其他"))[0])
    set_property(form.label("level"), "vMerge", "restart")
    read_form(form).says_only(level=["国内领先"])
    form.write("level", "□国际领先 □国内领先 □省内领先")
    [node for node in form.table.iter(w("t")) if node.text.startswith("□国际先进")][0].text = "□国际先进 ☑国内先进 □其他"
    read_form(form).says_only(level=["国内先进"])


@pytest.mark.parametrize("key", ["unit_name", "staff_total", "demand_name", "level"])
def test_a_label_and_its_answer_in_one_cell(read_form, key):
    for mark in ("：", ":", "\u3000", "\n"):
        form = Form()
        answer = form.answer(key)
        blocks = answer.findall(w("p"))
        label = form.label(key)
        if mark == "\n":
            label.extend(blocks)
        else:
            label.findall(w("p"))[-1].extend(pieces(run(mark)) + [node for block in blocks for node in block[1:]])
        answer.getparent().remove(answer)
        read_form(form).says_only()


@pytest.mark.parametrize("key", ["unit_name", "contact_mobile", "staff_total", "demand_name", "level"])
def test_a_label_with_nothing_behind_it_in_one_cell(read_form, key):
    form = Form().write(key)
    form.answer(key).getparent().remove(form.answer(key))
    read_form(form).says_only(**{key: [] if key == "level" else ""})


def test_answers_below_their_labels(read_form):
    form = Form()
    labels, answers = form.cells[1][::2], form.cells[1][1::2]
    for number in (10, 12, 13):
        form.rows[number].addnext(pieces(row("<w:tc/>"))[0])
        form.rows[number].getnext().replace(form.rows[number].getnext()[-1], form.cells[number][1])
    form.rows[1].addnext(pieces(row())[0])
    form.rows[1].getnext().extend(answers)
    assert len(labels) == 2
    read_form(form).says_only()


@pytest.mark.parametrize("keys", [("background",), ("background", "research_status", "demand_content",
                                                    "expected_results", "requirements")])
def test_the_answer_of_a_section_in_a_row_of_its_own(read_form, keys):
    form = Form()
    for key in keys:
        below = pieces(row(EMPTY))[0]
        below.find(w("tc")).extend(form.answer(key).findall(w("p"))[1:])
        form.row(key).addnext(below)
    read_form(form).says_only()


@pytest.mark.parametrize("key", ["background", "requirements"])
def test_the_heading_of_a_section_beside_its_answer(read_form, key):
    form = Form()
    beside = pieces(EMPTY)[0]
    beside.extend(form.answer(key).findall(w("p"))[1:])
    form.answer(key).addnext(beside)
    read_form(form).says_only()


def test_heading_prompt_and_answer_in_three_rows(read_form):
    form = Form()
    heading, *answer = form.answer("background").findall(w("p"))
    prompt = heading.findall(w("r"))[1]
    below = pieces(row(cell(paragraph())) + row("<w:tc/>"))
    below[0].find(f".//{w('p')}").append(prompt)
    below[1][-1].extend(answer)
    for line in reversed(below):
        form.row("background").addnext(line)
    read_form(form).says_only()


# ---- reordered ----

def test_rows_in_another_order(read_form):
    form = Form()
    first = form.rows[0]
    for numbers in ((4, 5), (14,), (12,), (1,), (19,), (7, 8)):
        for number in reversed(numbers):
            first.addnext(form.rows[number])
    read_form(form).says_only()


def test_columns_in_another_order(read_form):
    form = Form()
    for number in (1, 2, 6):
        for node in form.cells[number][:2]:
            form.rows[number].append(node)
    for number in (3, 4, 5, 7, 8):
        for node in form.cells[number][1:3]:
            form.rows[number].append(node)
    read_form(form).says_only()


def test_one_answer_to_a_row(read_form):
    form = Form()
    for number in (1, 2, 6):
        below = pieces(row())[0]
        below.extend(form.cells[number][2:])
        form.rows[number].addnext(below)
    read_form(form).says_only()


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


@pytest.mark.parametrize("key", [key for key in CELLS if key != "budget"])
def test_a_deleted_answer_is_missing_and_nothing_else(read_form, key):
    read_form(Form().write(key)).says_only(**{key: [] if isinstance(FIELDS[key], list) else ""})
