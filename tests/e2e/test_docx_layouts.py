"""filters/docx: the form rearranged: cells joined into one, groups taken apart, markers and properties in between."""

import pytest
from forms import Either, cases, comparable, truth
from wordprocessing import CELLS, Form, alternatives, cell, control, field, paragraph, pieces, row, run, substitute, w

FIELDS = truth("v01_plain")["fields"]
SECTIONS = ["background", "research_status", "demand_content", "expected_results", "requirements"]
SHORT = [key for key in CELLS if key in FIELDS and CELLS[key][1] > 0 and isinstance(FIELDS[key], str)]


def text_of(node):
    return "".join(t.text or "" for t in node.iter(w("t")))


def drop(node):
    node.getparent().remove(node)


def test_the_sections_merged_into_one_cell(read_form):
    """As the program does it: the paragraphs of all cells, one below the other."""
    form = Form()
    first = form.answer("background")
    for key in SECTIONS[1:]:
        first.extend(form.answer(key).findall(w("p")))
        drop(form.row(key))
    read_form(form).says_only()


def test_every_label_and_answer_in_one_cell(read_form):
    form = Form()
    for key in [*SHORT, "field", "level", "tech_type"]:
        label, answer = form.label(key), form.answer(key)
        label.findall(w("p"))[-1].extend(pieces(run("：")))
        label.extend(answer.findall(w("p")))
        drop(answer)
    read_form(form).says_only()


@pytest.mark.parametrize("between", ["\n", "    ", "\u3000\u3000", "；", "\t"])
def test_a_row_in_one_cell(read_form, between):
    form = Form()
    for number in (1, 2):
        line = form.cells[number]
        pairs = [f"{text_of(line[i])}：{text_of(line[i + 1])}" for i in (0, 2)]
        joined = paragraph(pairs[0]) + paragraph(pairs[1]) if between == "\n" else paragraph(between.join(pairs))
        for node in line[1:]:
            drop(node)
        substitute(line[0], cell(joined))
    read_form(form).says_only()


@pytest.mark.parametrize("between", ["", " ", "：", "\n"])
def test_a_label_with_its_group_before_it(read_form, between):
    """法定代表人姓名 in one cell, and no cell for the group."""
    form = Form()
    for number, group in ((3, "法定代表人"), (4, "联系人"), (5, "联系人")):
        for label in (form.cells[number][1], form.cells[number][3]):
            first = label.find(f".//{w('r')}")
            mark = "<w:r><w:br/></w:r>" if between == "\n" else run(between)
            substitute(first, run(group) + mark + "{}")
        drop(form.cells[number][0])
    read_form(form).says_only()


def test_a_group_beside_its_label_in_one_cell_only(read_form):
    """The first label of the group took it along; the others have it to the left no more."""
    form = Form()
    first = form.cells[3][1].find(f".//{w('r')}")
    substitute(first, run("法定代表人") + "{}")
    drop(form.cells[3][0])
    read_form(form).says_only(legal_rep_phone=Either([FIELDS["legal_rep_phone"], "", None]))


MARKERS = ('<w:bookmarkStart w:id="3" w:name="b"/>', '<w:bookmarkEnd w:id="3"/>', '<w:proofErr w:type="gramStart"/>',
           '<w:permStart w:id="4"/>', '<w:permEnd w:id="4"/>', '<w:commentRangeStart w:id="5"/>', "<!-- a -->",
           '<w:moveFromRangeStart w:id="6" w:name="m"/>', '<w:customXmlDelRangeEnd w:id="7"/>', "<new:mark/>")


@pytest.mark.parametrize("level", ["tbl", "tr", "tc", "p"])
def test_markers_between_the_elements(read_form, level):
    form = Form()
    for number, node in enumerate(form.root.findall(f".//w:{level}", form.root.nsmap)):
        node.addprevious(pieces(MARKERS[number % len(MARKERS)])[0])
        node.addnext(pieces(MARKERS[(number + 1) % len(MARKERS)])[0])
    read_form(form).says_only()


@cases("xml", ['<w:tblPrEx><w:tblBorders/></w:tblPrEx>', "<w:trPr><w:tblHeader/><w:cantSplit/><w:hidden/></w:trPr>",
               '<w:trPr><w:wBefore w:w="100"/><w:cnfStyle w:val="100000000000"/></w:trPr>'])
def test_properties_of_rows(read_form, xml):
    form = Form()
    for line in form.rows:
        line.insert(0, pieces(xml)[0])
    read_form(form).says_only()


@pytest.mark.parametrize("requires, seen", [("w14", "甲"), ("wps w15", "甲"), ("new", "乙"), ("w14 new", "乙")])
def test_alternatives_of_blocks(read_form, requires, seen):
    """Paragraphs, and a table in a section."""
    block = alternatives(paragraph("甲"), paragraph("乙"), requires)
    read_form(Form().put("address", block)).says_only(address=seen)
    read_form(Form().put("background", paragraph("见") + block)).says_only(background=f"见\n{seen}")


def test_the_table_as_an_alternative(read_form):
    form = Form()
    substitute(form.table, "<mc:AlternateContent><mc:Choice Requires='w14'>{}</mc:Choice><mc:Fallback/></mc:AlternateContent>")
    read_form(form).says_only()


def test_amounts_in_fields_and_controls_within_the_sentence(read_form):
    form = Form()
    for amount, wrap in (("300", lambda r: field("FORMTEXT", r)), ("270", control), ("30", lambda r: field("= 300 - 270", r))):
        form.replace(amount, wrap(run(amount)))
    read_form(form).says_only()


def test_a_row_of_units_below_the_numbers(read_form):
    form = Form()
    form.rows[8].addnext(pieces(row("", "（单位：万元）", "", "", ""))[0])
    read_form(form).says_only()


@pytest.mark.parametrize("key, written", [("staff_total", "职⼯总数"), ("level", "技术⽔平"), ("contact_mobile", "⼿机"),
                                          ("credit_code", "统⼀社会信⽤代码"), ("unit_name", "单位名稱"), ("contact_email", "E-mail")])
def test_labels_in_characters_that_only_look_the_same(read_form, key, written):
    """As text from a PDF has them (Kangxi radicals); words that are not on the form are no label."""
    form = Form()
    label = form.label(key).find(w("p"))
    for former in label.findall(w("r")):
        label.remove(former)
    label.extend(pieces(run(written)))
    other = {"单位名稱", "E-mail"}
    read_form(form).says_only(**({key: Either([None, ""])} if written in other else {}))


@pytest.mark.parametrize("heading", ["⒈项目需求的背景与意义", "Ⅰ.项目需求的背景与意义", "1 项目需求的背景与意义",
                                     "一．项目需求的背景与意义", "（1）、项目需求的背景与意义", "1.项目需求的背景和意义"])
def test_headings_numbered_in_other_ways(read_form, heading):
    """A heading in other words is none; its answer is then missing, and the others stand."""
    changed = heading.endswith("背景和意义")
    read_form(Form().replace("1.项目需求的背景与意义", heading)).says_only(
        **({"background": Either([None, "", FIELDS["background"]])} if changed else {}))


def test_answers_below_in_a_form_with_a_column_for_remarks(read_form):
    form = Form()
    for line in list(form.rows):
        line.append(pieces(cell(paragraph()))[0])
    for key in SECTIONS:
        below = pieces(row("<w:tc/>", ""))[0]
        below.find(w("tc")).extend(form.answer(key).findall(w("p"))[1:])
        form.row(key).addnext(below)
    read_form(form).says_only()


def test_two_forms_side_by_side(read_form):
    """In two cells of a table that is there for the layout."""
    form = Form()
    second = Form()
    [t for t in second.root.iter(w("t")) if t.text == "陈思远"][0].text = "欧阳敏"
    holder = pieces("<w:tbl><w:tr><w:tc/><w:tc/></w:tr></w:tbl>")[0]
    form.table.addprevious(holder)
    for place, table in zip(holder.iter(w("tc")), (form.table, second.table), strict=True):
        place.append(table)
        place.append(pieces("<w:p/>")[0])
    said = read_form(form)
    said.says()
    said.says(2, legal_rep_name="欧阳敏")
    assert said.forms() == [1, 2]


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


# ---- the sections among themselves ----

@pytest.mark.parametrize("joined", [("background", "research_status"), ("expected_results", "requirements"),
                                    ("demand_content", "expected_results", "requirements")])
def test_some_sections_in_one_cell(read_form, joined):
    """Where the border between two was deleted."""
    form = Form()
    first, *others = joined
    for key in others:
        form.answer(first).extend(form.answer(key).findall(w("p")))
        drop(form.row(key))
    read_form(form).says_only()


@pytest.mark.parametrize("key", SECTIONS)
def test_the_heading_copied_into_the_answer(read_form, key):
    """It is said twice: the second time it may be kept or left out, and nothing else moves."""
    form = Form()
    heading = text_of(form.answer(key).find(w("p")).find(w("r")))
    form.answer(key).findall(w("p"))[1].addprevious(pieces(paragraph(heading))[0])
    read_form(form).says_only(**{key: Either([FIELDS[key], f"{heading}\n{FIELDS[key]}"])})


def test_sections_in_another_order(read_form):
    form = Form()
    for key in reversed(SECTIONS):
        form.table.append(form.row(key))
    read_form(form).says_only()


@pytest.mark.parametrize("key", SECTIONS)
def test_an_answer_over_several_rows(read_form, key):
    """Somebody pressed the key for a new row within the section."""
    form = Form()
    form.row(key).addnext(pieces(row(cell("续：另有三点。")))[0])
    read_form(form).says_only(**{key: Either([f"{FIELDS[key]}\n续：另有三点。", f"{FIELDS[key]}\n\n续：另有三点。", FIELDS[key]])})


def test_an_attachment_below_the_sections(read_form):
    """A row that belongs to nothing."""
    form = Form()
    form.table.append(pieces(row(cell("附：1.营业执照复印件 2.财务审计报告")))[0])
    read_form(form).says_only(requirements=Either([FIELDS["requirements"], FIELDS["requirements"]
                                                   + "\n附：1.营业执照复印件 2.财务审计报告"]))


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000", "\u2003", "\t", "\u200b"])
def test_blanks_of_any_kind_around_an_answer(read_form, blank):
    form = Form()
    for key in SHORT:
        form.answer(key).find(f".//{w('r')}").addprevious(pieces(run(blank * 3))[0])
        form.answer(key).findall(w("p"))[-1].extend(pieces(run(blank * 2)))
    read_form(form).says_only()


@pytest.mark.parametrize("key", ["unit_name", "contact_name", "demand_name"])
@pytest.mark.parametrize("text", ["甲 乙 公司", "甲（乙）公司", "A&B <公司>", "甲\u00b7乙", "陈　思远", "“甲”公司", "甲—乙", "1.甲公司", "（甲）乙", "*甲",
                                  "无", "/", "/甲/", "-", "待定", "甲：乙", "：甲", "甲公司（盖章）", "𠮷野家", "Ａ１甲"])
def test_odd_answers_to_the_letter(read_form, key, text):
    """As written, but for the colon that belongs to the label."""
    read_form(Form().write(key, text)).says_only(**{key: Either([text, text.removeprefix("：")])})
