"""filters/docx: the form's table, merged, split, cut, reordered and added to."""

import copy

import pytest
from forms import Either, truth
from wordprocessing import CELLS, Form, cell, paragraph, pieces, row, run, substitute, w

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


@pytest.mark.parametrize("key", [key for key in CELLS if key != "budget"])
def test_a_deleted_answer_is_missing_and_nothing_else(read_form, key):
    read_form(Form().write(key)).says_only(**{key: [] if isinstance(FIELDS[key], list) else ""})


@pytest.mark.parametrize("cells", [["", "{}", ""], ["", "{}", "（盖章）"], ["______", "{}"], ["\u200b", "{}"], ["{}", "____"]])
def test_an_answer_in_one_of_several_cells(read_form, cells):
    form = Form()
    substitute(form.answer("unit_name"), "".join(cell(text.replace("{}", FIELDS["unit_name"])) for text in cells))
    read_form(form).says_only()
