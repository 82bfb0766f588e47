"""filters/docx: content controls and other wrappers of content are transparent, at every level, and a placeholder is
nothing."""

import pytest
from forms import truth
from wordprocessing import Form, control, paragraph, run, substitute, w

FIELDS = truth("v01_plain")["fields"]
PLACEHOLDER = '<w:placeholder><w:docPart w:val="DefaultPlaceholder_1"/></w:placeholder><w:showingPlcHdr/>'
ENDING = "<w:sdtEndPr><w:rPr><w:b/></w:rPr></w:sdtEndPr>"
BINDING = '<w:dataBinding w:xpath="/a:b[1]" w:storeItemID="{0}"/>'.replace("{0}", "(0)")
KINDS = [
    "", "<w:text/>", '<w:text w:multiLine="1"/>', "<w:richText/>", "<w:group/>", '<w:lock w:val="sdtContentLocked"/>',
    '<w:dropDownList w:lastValue="甲"><w:listItem w:displayText="甲" w:value="1"/></w:dropDownList>',
    '<w:comboBox><w:listItem w:displayText="甲" w:value="1"/></w:comboBox>',
    '<w:date w:fullDate="2024-09-01T00:00:00Z"><w:dateFormat w:val="yyyy-M-d"/></w:date>',
    '<w:alias w:val="甲"/><w:tag w:val="乙"/><w:id w:val="-1"/>' + BINDING, '<w15:color w:val="FF0000"/>',
    '<w15:repeatingSection/>', "<w15:repeatingSectionItem/>", '<w:showingPlcHdr w:val="0"/>',
    '<w:docPartObj><w:docPartGallery w:val="甲"/></w:docPartObj>', "<w:citation/>",
]
LEVELS = ["tbl", "tr", "tc", "tc/w:p", "p/w:r"]
CUSTOM = '<w:customXml w:uri="urn:x" w:element="e"><w:customXmlPr><w:placeholder w:val="甲"/></w:customXmlPr>{}</w:customXml>'


def wrapped(level, wrapper):
    form = Form()
    for node in form.root.findall(f".//w:{level}", form.root.nsmap):
        substitute(node, wrapper)
    return form


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("wrapper", [control("{}"), control("{}", KINDS[1], ENDING), control(control("{}")),
                                     control(CUSTOM), CUSTOM, CUSTOM.replace("{}", control("{}")),
                                     control("{}", '<w15:repeatingSection/>'),
                                     "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"])
def test_everything_of_a_level_wrapped(read_form, level, wrapper):
    read_form(wrapped(level, wrapper)).says_only()


def test_every_level_wrapped_at_once(read_form):
    form = Form()
    for level in reversed(LEVELS):
        for node in form.root.findall(f".//w:{level}", form.root.nsmap):
            substitute(node, control("{}"))
    read_form(form).says_only()


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_controls(read_form, kind):
    form = Form().write("unit_name", control(run(FIELDS["unit_name"]), kind))
    form.write("contact_title", control(run("研发部"), kind) + run("经理"))
    read_form(form.put("background", control(paragraph(FIELDS["background"]), kind))).says_only()


@pytest.mark.parametrize("key", ["unit_name", "contact_mobile", "demand_name", "background", "requirements"])
def test_a_placeholder_is_no_answer(read_form, key):
    said = "单击或点击此处输入文字。"
    read_form(Form().write(key, control(run(said), PLACEHOLDER))).says_only(**{key: ""})
    read_form(Form().put(key, control(paragraph(said), PLACEHOLDER))).says_only(**{key: ""})
    read_form(Form().put(key, control(paragraph(control(run(said), PLACEHOLDER))))).says_only(**{key: ""})


def test_a_placeholder_of_a_whole_cell(read_form):
    form = Form().write("unit_name", "请输入").write("staff_total", "请输入")
    for key in ("unit_name", "staff_total"):
        substitute(form.answer(key), control("{}", PLACEHOLDER))
    read_form(form).says_only(unit_name="", staff_total="")


def test_a_placeholder_beside_the_printed_unit(read_form):
    form = Form().write("staff_total", control(run("输入数字"), PLACEHOLDER), "人")
    form.write("sales_revenue", control(run("45502")), "万元")
    read_form(form.write("rnd_ratio", control(run(" "), PLACEHOLDER), run("%"))).says_only(staff_total="", rnd_ratio="")


def test_placeholders_in_the_sentence_of_the_budget(read_form):
    form = Form()
    for amount in ("300", "270", "30"):
        form.replace(amount, control(run("金额"), PLACEHOLDER))
    read_form(form).says_only(budget_total="", budget_self="", budget_apply="")


def test_choices_from_a_list(read_form):
    """Nothing chosen yet, and one chosen: the other options are not in the form any more."""
    form = Form().write("level", control(run("选择一项。"), PLACEHOLDER + "<w:dropDownList/>"))
    form.write("tech_type", control(run("前沿颠覆性技术"), "<w:dropDownList/>"))
    read_form(form).says_only(level=[], tech_type=["前沿颠覆性技术"], options_deleted=1)


def test_lines_in_a_plain_text_control(read_form):
    lines = control("<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t></w:r>", '<w:text w:multiLine="1"/>')
    read_form(Form().write("background", lines)).says_only(background="甲\n乙")
    read_form(Form().put("background", control(paragraph("甲") + paragraph("乙")))).says_only(background="甲\n乙")


def test_a_blank_form_of_placeholders(read_form):
    form = Form("blank")
    for key in ("unit_name", "address", "contact_name", "background"):
        form.write(key, control(run("单击此处输入文字。"), PLACEHOLDER))
    read_form(form).says_only(sample="blank", title="项目技术需求表")


def test_the_whole_document_in_one_control(read_form):
    form = Form()
    blocks = [block for block in form.body if block.tag != w("sectPr")]
    holder = control("<here/>", '<w:group/>')
    substitute(blocks[0], holder.replace("<here/>", "{}"))
    content = form.body[0].find(w("sdtContent"))
    content.extend(blocks[1:])
    read_form(form).says_only()


def test_a_row_repeated_by_its_control(read_form):
    """Of two contact persons the first is the contact; the second moves no answer."""
    form = Form()
    for line in (form.rows[4], form.rows[5]):
        substitute(line, control(control("{}", "<w15:repeatingSectionItem/>"), "<w15:repeatingSection/>"))
    read_form(form).says_only()


@pytest.mark.parametrize("words", ["单击或点击此处输入文字。", "Click or tap here to enter text.", "选择一项。"])
def test_the_words_of_a_placeholder_that_nobody_marked(read_form, words):
    """As LibreOffice saves a control again; within a sentence they are text."""
    read_form(Form().write("address", words)).says_only(address="")
    read_form(Form().write("background", f"点开后{words}")).says_only(background=f"点开后{words}")
