"""filters/docx: of a document with tracked changes what stands there when all are accepted."""

import copy

import pytest
from forms import Either, truth
from wordprocessing import Form, cell, control, field, paragraph, pieces, row, run, substitute, table, text_box, w

BY = 'w:id="90" w:author="王工" w:date="2024-09-01T10:00:00Z"'
UNIT = truth("v01_plain")["fields"]["unit_name"]
MAYBE = Either([0, 1])  # a change of looks alone may be remarked upon


def inserted(*content):
    return f"<w:ins {BY}>{''.join(content)}</w:ins>"


def deleted(*content):
    """Runs, whose text is then deleted text."""
    return f"<w:del {BY}>{''.join(content)}</w:del>".replace("<w:t ", "<w:delText ").replace("</w:t>", "</w:delText>") \
        .replace("instrText", "delInstrText")


def moved(*content):
    there = f'<w:moveToRangeStart w:id="5" w:name="move1"/><w:moveTo {BY}>{"".join(content)}</w:moveTo>'
    return there + '<w:moveToRangeEnd w:id="5"/>'


def moved_away(*content):
    away = f'<w:moveFromRangeStart w:id="6" w:name="move1"/><w:moveFrom {BY}>{"".join(content)}</w:moveFrom>'
    return away + '<w:moveFromRangeEnd w:id="6"/>'


OLD = run("旧名称")
TRACKED = [
    deleted(OLD) + inserted(run(UNIT)), run("湖南") + inserted(run("莲城钠储新")) + run("材料有限公司"),
    run(UNIT) + inserted(deleted(OLD)), inserted(run(UNIT), deleted(OLD)), deleted(run("湖"), run("北")) + run(UNIT),
    moved_away(OLD) + moved(run(UNIT)), run("湖南") + moved(run("莲城钠储新材料有限公司")) + moved_away(run("莲城")),
    moved(run("湖南")) + inserted(moved(run("莲城钠储新材料有限公司"))), moved(run(UNIT), deleted(OLD)), moved(run(UNIT)),
    run(UNIT) + moved_away(deleted(OLD)), f'<w:hyperlink w:anchor="a">{deleted(OLD)}{inserted(run(UNIT))}</w:hyperlink>',
    inserted(f'<w:hyperlink w:anchor="a">{run(UNIT)}</w:hyperlink>'), inserted(control(run(UNIT))) + deleted(control(OLD)),
    control(deleted(OLD) + inserted(run(UNIT))), deleted(field("QUOTE 甲", OLD)) + inserted(field("QUOTE 乙", run(UNIT))),
    inserted(f'<w:smartTag w:element="x">{run(UNIT)}</w:smartTag>'), inserted(inserted(run(UNIT))),
    run(UNIT) + deleted("<w:r><w:tab/><w:br/><w:noBreakHyphen/></w:r>", '<w:r><w:sym w:font="宋体" w:char="25A0"/></w:r>'),
    f'<w:customXmlInsRangeStart {BY}/>{control(inserted(run(UNIT)))}<w:customXmlInsRangeEnd w:id="90"/>',
    f"<w:r><w:rPr><w:ins {BY}/></w:rPr><w:t>{UNIT}</w:t></w:r>" + deleted(OLD),
    # By another program: as text that is no deleted text, in a deletion.
    f"<w:del {BY}>{OLD}</w:del>" + inserted(run(UNIT)),
]


@pytest.mark.parametrize("number", range(len(TRACKED)))
def test_inserted_counts_and_deleted_does_not(read_form, number):
    read_form(Form().write("unit_name", TRACKED[number])).says_only(tracked_changes=1)


DELETED_MARK, INSERTED_MARK = f"<w:rPr><w:del {BY}/></w:rPr>", f"<w:rPr><w:ins {BY}/></w:rPr>"
MOVED_MARK = f"<w:rPr><w:moveFrom {BY}/></w:rPr>"


@pytest.mark.parametrize("blocks, text", [
    (paragraph("甲", properties=DELETED_MARK) + paragraph("乙"), "甲乙"),
    (paragraph("甲", properties=INSERTED_MARK) + paragraph("乙"), "甲\n乙"),
    (paragraph("甲") + paragraph(deleted(run("丙")), properties=DELETED_MARK) + paragraph("乙"), "甲\n乙"),
    (paragraph("甲") + paragraph(moved_away(run("丙")), properties=MOVED_MARK) + paragraph("乙"), "甲\n乙"),
    (paragraph("甲", properties=DELETED_MARK) + paragraph("乙", properties=DELETED_MARK) + paragraph("丙"), "甲乙丙"),
    (paragraph("甲") + paragraph("乙", properties=DELETED_MARK), "甲\n乙"),
    (paragraph(deleted(run("甲")), properties=DELETED_MARK) + paragraph("乙"), "乙"),
    (paragraph("甲") + paragraph(deleted(run("乙")), properties=DELETED_MARK), "甲"),
    (paragraph(inserted(run("甲")), properties=f"<w:rPr><w:ins {BY}/><w:del {BY}/></w:rPr>") + paragraph("乙"), "甲乙"),
])
def test_marks_of_paragraphs(read_form, blocks, text):
    for key in ("address", "background", "demand_name"):
        read_form(Form().put(key, blocks)).says_only(**{key: text}, tracked_changes=1)


def test_a_deleted_mark_before_a_table(read_form):
    form = Form().put("demand_content", paragraph("指标", properties=DELETED_MARK) + table(row("容量", "145")) + paragraph())
    read_form(form).says_only(demand_content="指标\n容量\t145", tracked_changes=1)


def old(kind, content=""):
    return f"<w:{kind}Change {BY}><w:{kind}>{content}</w:{kind}></w:{kind}Change>"


@pytest.mark.parametrize("place, change", [
    ("w:r/w:rPr", old("rPr", "<w:vanish/><w:b/>")), ("w:p/w:pPr", old("pPr", '<w:pStyle w:val="a"/>')),
    ("w:p/w:pPr", f'<w:rPr>{old("rPr", "<w:b/>")}</w:rPr>'), ("w:tc/w:tcPr", old("tcPr", '<w:gridSpan w:val="6"/><w:vMerge/>')),
    ("w:tr/w:trPr", old("trPr", f'<w:gridBefore w:val="3"/><w:del {BY}/>')), ("w:tbl/w:tblPr", old("tblPr")),
    ("w:tbl/w:tblGrid", '<w:tblGridChange w:id="1"><w:tblGrid><w:gridCol w:w="9"/></w:tblGrid></w:tblGridChange>'),
    ("w:sectPr", f"<w:sectPrChange {BY}><w:sectPr/></w:sectPrChange>"), ("w:tbl/w:tblPr", f"<w:tblPrExChange {BY}/>"),
    ("w:p/w:pPr", f'<w:numPr><w:numId w:val="1"/><w:numberingChange {BY} w:original="1."/></w:numPr>'),
])
def test_changes_of_looks(read_form, place, change):
    form = Form()
    found = form.root.findall(f".//{place}", form.root.nsmap)
    for node in found:
        node.extend(pieces(change))
    assert found
    read_form(form).says_only(tracked_changes=MAYBE)


def mark_row(line, change):
    line.find(w("trPr")).extend(pieces(f"<w:{change} {BY}/>"))


def test_a_deleted_row_and_an_inserted_one(read_form):
    form = Form()
    after = copy.deepcopy(form.row("demand_name"))
    mark_row(form.row("demand_name"), "del")
    for node in list(form.row("demand_name").iter(w("r"))):
        substitute(node, deleted("{}"))
    mark_row(after, "ins")
    [node for node in after.iter(w("t"))][-1].text = "新的名称"
    form.row("demand_name").addnext(after)
    read_form(form).says_only(demand_name="新的名称", tracked_changes=1)


@pytest.mark.parametrize("key", ["unit_name", "staff_total", "background"])
def test_a_row_that_was_deleted_has_no_answer(read_form, key):
    """The other answers of the row go with it; the rest stands."""
    form = Form()
    mark_row(form.row(key), "del")
    fields = read_form(form).fields()
    gone = {"unit_name": ["credit_code"], "staff_total": ["staff_rnd"]}.get(key, []) + [key]
    expected = {name: value for name, value in truth("v01_plain")["fields"].items() if name not in gone}
    assert not [name for name in gone if fields.get(name)]
    assert {name: fields[name] for name in expected} == expected and fields["tracked_changes"] == 1


def test_a_cell_that_was_inserted_and_one_that_was_deleted(read_form):
    form = Form()
    form.answer("unit_name").addprevious(pieces(cell("旧名称", properties=f"<w:cellDel {BY}/>"))[0])
    form.answer("postcode").find(w("tcPr")).extend(pieces(f"<w:cellIns {BY}/>"))
    form.row("demand_name").extend(pieces(cell("删去", properties=f"<w:cellDel {BY}/>")))
    read_form(form).says_only(tracked_changes=1)


def test_cells_merged_under_tracking(read_form):
    form = Form()
    upper, lower = form.cells[4][0].find(w("tcPr")), form.cells[5][0].find(w("tcPr"))
    for properties, merge in ((upper, "rest"), (lower, "cont")):
        properties.remove(properties.find(w("vMerge")))
        properties.extend(pieces(f'<w:cellMerge {BY} w:vMerge="{merge}"/>'))
    read_form(form).says_only(tracked_changes=MAYBE)


def test_the_form_deleted_and_another_in_its_place(read_form):
    form = Form()
    new = copy.deepcopy(form.table)
    for line in form.rows:
        mark_row(line, "del")
    for node in new.iter(w("t")):
        node.text = "李四" if node.text == "陈思远" else node.text
    form.table.addnext(new)
    read_form(form).says_only(legal_rep_name="李四", tracked_changes=1)


def test_paragraphs_moved_between_answers(read_form):
    form = Form().put("background", paragraph("甲") + paragraph(moved_away(run("丙")), properties=MOVED_MARK))
    form.put("requirements", paragraph(moved(run("丙"))) + paragraph("乙"))
    read_form(form).says_only(background="甲", requirements="丙\n乙", tracked_changes=1)


def test_a_tick_moved_to_another_option(read_form):
    form = Form().write("level", run("□国际领先 ") + deleted(run("☑")) + inserted(run("□")) + run("国内领先 ")
                        + inserted(run("☑")) + deleted(run("□")) + run("省内领先 □国际先进 □国内先进 □其他"))
    read_form(form).says_only(level=["省内领先"], tracked_changes=1)


def test_digits_replaced_one_by_one(read_form):
    form = Form().write("sales_revenue", run("4") + deleted(run("55")) + inserted(run("66")) + run("02") + run("万元"))
    read_form(form).says_only(sales_revenue="46602", tracked_changes=1)


def test_a_label_that_somebody_corrected(read_form):
    form = Form().replace("邮编", run("邮") + deleted(run("编")) + inserted(run("政编码")))
    read_form(form).says_only(tracked_changes=1)


def test_the_printed_prompt_deleted_under_tracking(read_form):
    form = Form()
    for key in ("background", "research_status", "demand_content", "expected_results", "requirements"):
        heading = form.answer(key).find(w("p"))
        substitute(list(heading.iter(w("r")))[1], deleted("{}"))
    read_form(form).says_only(tracked_changes=1)


def test_a_title_written_under_tracking(read_form):
    """The year is part of the form's title."""
    form = Form().replace("项目技术需求表", inserted(run("湘潭市2024年")) + run("项目技术需求表"))
    read_form(form).says_only(title="湘潭市2024年项目技术需求表", other_year=0, tracked_changes=MAYBE)


def test_rows_of_a_nested_table(read_form):
    nested = table(row("指标", "目标"), row("旧指标", "1", properties=f"<w:del {BY}/>"), row("容量", "145", properties=f"<w:ins {BY}/>"))
    read_form(Form().put("demand_content", nested + paragraph())).says_only(demand_content="指标\t目标\n容量\t145", tracked_changes=1)
    gone = table(row("旧指标", "1", properties=f"<w:del {BY}/>"))
    read_form(Form().put("demand_content", paragraph("无") + gone + paragraph())).says_only(demand_content="无", tracked_changes=1)


def test_an_amount_of_the_sentence_replaced(read_form):
    form = Form().replace("300", deleted(run("250")) + inserted(run("300")))
    form.replace("270", run("2") + deleted(run("2")) + inserted(run("7")) + run("0"))
    read_form(form).says_only(tracked_changes=1)


@pytest.mark.parametrize("first, own", [(DELETED_MARK, ""), ("", DELETED_MARK)])
def test_a_text_box_at_a_paragraph_mark_that_was_deleted(read_form, first, own):
    """It joins nothing: what follows the paragraph does, if its own mark is gone."""
    box = text_box(paragraph("备注", properties=own))
    blocks = paragraph("湘潭", box, properties=first) + paragraph("某公司")
    read_form(Form().put("unit_name", blocks)).says_only(
        unit_name="湘潭某公司\n备注" if first else "湘潭\n备注\n某公司", tracked_changes=1)
