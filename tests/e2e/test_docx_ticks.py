"""filters/docx: which options of a choice are ticked, however somebody ticked them."""

import pytest
from forms import Either
from wordprocessing import Form, control, field, paragraph, run, substitute, text_box

OPTIONS = {
    "field": ["高端医疗器械、生物医药、生物制造", "先进材料", "电机电控", "高端装备及智能制造", "新能源汽车及配套", "新一代信息技术", "其他"],
    "level": ["国际领先", "国内领先", "省内领先", "国际先进", "国内先进", "其他"],
    "tech_type": ["卡脖子技术", "填补国内空白技术", "前沿颠覆性技术", "自主可控技术", "行业共性技术", "其他"],
}


def choice(form, key, chosen, ticked, empty="□{}", apart="   "):
    """Every option as TICKED or EMPTY has it ({} is the option: in text, or in XML a run), three in a line."""
    shown = []
    for option in OPTIONS[key]:
        pattern = ticked if option in chosen else empty
        shown.append(pattern.replace("{}", run(option)) if "<" in pattern else run(pattern.replace("{}", option)))
    lines = [shown[i:i + 3] for i in range(0, len(shown), 3)]
    return form.put(key, "".join(paragraph(run(apart).join(line)) for line in lines))


def assert_ticked(read_form, ticked, empty="□{}", **remarks):
    """The same in the first line, within it and at the end of one."""
    for key, option in (("level", "国际领先"), ("level", "国内领先"), ("tech_type", "前沿颠覆性技术"), ("field", "先进材料")):
        said = read_form(choice(Form(), key, [option], ticked, empty))
        said.says_only(**{key: [option]}, **remarks)


@pytest.mark.parametrize("ticked, empty", [
    *[(mark + "{}", "□{}") for mark in "☑☒■●√✓✔🗹🗷✅⊠▣V"],
    ("□√{}", "□{}"), ("√□{}", "□{}"), ("□ √ {}", "□ {}"), ("■ {}", "□ {}"), ("√{}", "{}"), ("√ {}", "  {}"),
    ("□✔{}", "□{}"), ("□✓{}", "□{}"), ("□V{}", "□{}"), ("□v {}", "□ {}"), ("√\u3000□{}", "□{}"), ("□(√){}", "□{}"),
    ("●{}", "○{}"), ("◉{}", "○{}"), ("■{}", "▢{}"), ("☑{}", "☐{}"), ("☒{}", "☐{}"), ("☑\ufe0e{}", "☐\ufe0e{}"),
    ("☑\ufe0f{}", "☐{}"), ("（√）{}", "（ ）{}"), ("(√){}", "( ){}"), ("[√]{}", "[ ]{}"), ("【√】{}", "【 】{}"),
    ("[V]{}", "[ ]{}"), ("（√）{}", "{}"), ("{}√", "{}"), ("{}（√）", "{}"), ("{}(√)", "{}（ ）"), ("{} √", "{}"),
    ("{}☑", "{}□"), ("{}■", "{}□"), ("{} ☑", "{} □"), ("{}□√", "{}□"), ("{}√□", "{}□"), ("□{}√", "□{}"),
    ("□{}（√）", "□{}"), ("□{}✔", "□{}"), ("□ {} √", "□ {}"), ("√ □{}", "□{}"), ("1.{}√", "1.{}"), ("☑{}；", "□{}；"),
    ("☑ {}、", "□ {}、"), ("☑A.{}", "□A.{}"), ("☑（1）{}", "□（1）{}"), ("\uf052{}", "\uf0a3{}"), ("\uf0fe{}", "\uf0a8{}"),
    ("\uf0fe{}", "□{}"), ("\uf052{}", "□{}"), ("\uf050{}", "□{}"), ("\uf0fc{}", "□{}"), ("\uf06e{}", "\uf06f{}"),
    ("\uf0fd{}", "\uf0a8{}"), ("√\u20de{}", "□{}"), ("☑\u200b{}", "☐\u200b{}"), ("□\u00a0√\u00a0{}", "□\u00a0{}"),
    ("√\n{}", "□\n{}"), ("□{}\t√", "□{}\t"), ("■\t{}", "□\t{}"), ("〔√〕{}", "〔 〕{}"), ("_√_{}", "__{}"),
    ("☑ 1.{}", "□ 1.{}"), ("{}【√】", "{}【】"), ("（ √ ）{}", "（   ）{}"), ("(V){}", "( ){}"), ("（■）{}", "（□）{}"),
    ("√、{}", "{}"), ("选{}√；", "{}；"), ("{}：√", "{}："), ("{}—√", "{}—"),
    ("{}V", "{}"), ("{} V", "□{}"), ("□{}V", "□{}"), ("□{}v", "□{}"), ("◆{}", "◇{}"), ("★{}", "☆{}"), ("⊙{}", "○{}"),
    ("√√{}", "{}"), ("☑☑{}", "□□{}"), ("□√□{}", "□□{}"), ("☑️{}", "☐{}"), ("\uf053{}", "\uf0a3{}"), ("□\uf0fc{}", "□{}"), ("□\uf050{}", "□{}"),
])
def test_ticks_as_characters(read_form, ticked, empty):
    assert_ticked(read_form, ticked, empty)


def sym(font, code):
    return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'


def fonted(text, font, attributes=("ascii", "hAnsi")):
    return run(text, "<w:rFonts " + " ".join(f'w:{name}="{font}"' for name in attributes) + "/>")


SYMBOLS = [
    *[(sym("Wingdings", code), sym("Wingdings", "F0A8")) for code in ("F0FE", "00FE", "FE", "f0fe", "F0FD", "F0FC",
                                                                      "F06E", "F078")],
    *[(sym("Wingdings 2", code), sym("Wingdings 2", "F0A3")) for code in ("F052", "0052", "52", "F050", "F051", "F053",
                                                                          "F054", "F0A2")],
    (sym("wingdings 2", "F052"), "<w:r><w:t>□</w:t></w:r>"), (sym("Wingdings", "F0FE"), "<w:r><w:t>□</w:t></w:r>"),
    ("<w:r><w:t>□</w:t></w:r>" + sym("Wingdings", "F0FC"), "<w:r><w:t>□</w:t></w:r>"),
    ("<w:r><w:t>□</w:t></w:r>" + sym("Wingdings 2", "F050"), "<w:r><w:t>□</w:t></w:r>"),
    (sym("Segoe UI Symbol", "2611"), sym("Segoe UI Symbol", "2610")), (sym("MS Gothic", "2612"), sym("MS Gothic", "2610")),
    (sym("Webdings", "F061"), sym("Webdings", "F063")), (sym("Wingdings", "F0FE"), sym("Wingdings", "F06F")),
    (fonted("\uf0fe", "Wingdings"), fonted("\uf0a8", "Wingdings")), (fonted("þ", "Wingdings"), fonted("¨", "Wingdings")),
    (fonted("R", "Wingdings 2"), fonted("£", "Wingdings 2")), (fonted("\uf052", "Wingdings 2"), run("□")),
    (fonted("\uf050", "Wingdings 2"), run("□")), (fonted("n", "Wingdings"), fonted("o", "Wingdings")),
    (fonted("\uf0fe", "Wingdings", ("cs",)), run("□")), (fonted("\uf0fe", "Wingdings", ("eastAsia",)), run("□")),
    (fonted("P", "Wingdings 2"), run("□")), (run("□") + fonted("P", "Wingdings 2"), run("□")),
    (run("□") + fonted("ü", "Wingdings"), run("□")),
]


@pytest.mark.parametrize("number", range(len(SYMBOLS)))
def test_ticks_in_symbol_fonts(read_form, number):
    ticked, empty = SYMBOLS[number]
    assert_ticked(read_form, ticked + "{}", empty + "{}")


def test_the_symbol_font_of_a_style(read_form):
    styles = ('<w:style w:type="character" w:styleId="Tick"><w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'
              "</w:rPr></w:style>")
    form = choice(Form(), "level", ["国内领先"], run("þ", '<w:rStyle w:val="Tick"/>') + "{}")
    read_form(form, related={"styles": styles}).says_only(level=["国内领先"])


def box(checked, shown, state="", level=run):
    said = f'<w14:checked w14:val="{checked}"/>' if checked is not None else ""
    return control(level(shown) if shown[:1] != "<" else shown, f"<w14:checkbox>{said}{state}</w14:checkbox>")


STATE = '<w14:checkedState w14:val="00FE" w14:font="Wingdings"/><w14:uncheckedState w14:val="00A8" w14:font="Wingdings"/>'
CONTROLS = [
    (box(1, "☒"), box(0, "☐")), (box("true", "☑", STATE), box("false", "□")), (box("on", "■"), box("off", "☐")),
    (box(1, sym("Wingdings", "00FE"), STATE), box(0, sym("Wingdings", "00A8"), STATE)), (box(1, "√"), box(None, "☐")),
    (box(1, "\uf052"), box(0, "□")), (box(1, "☐"), box(0, "☒")), (box(0, "☐") + run("√"), box(0, "☐")),
    (control(box(1, "☒")), control(box(0, "☐"))),
    (box(1, "☒").replace("<w14:checkbox>", '<w15:appearance w15:val="hidden"/><w:showingPlcHdr/><w14:checkbox>'),
     box(0, "☐").replace("<w14:checkbox>", "<w:showingPlcHdr/><w14:checkbox>")),
    (f"<w:ins>{run('☑')}</w:ins><w:del><w:r><w:delText>□</w:delText></w:r></w:del>", run("□")),
]


@pytest.mark.parametrize("number", range(len(CONTROLS)))
def test_check_boxes_as_content_controls(read_form, number):
    ticked, empty = CONTROLS[number]
    assert_ticked(read_form, ticked + "{}", empty + "{}", tracked_changes=int("w:ins" in ticked))


def test_a_check_box_and_its_option_in_one_control(read_form):
    assert_ticked(read_form, control(box(1, "☒") + "{}"), control(box(0, "☐") + "{}"))


def test_check_boxes_as_blocks(read_form):
    blocks = "".join(box(int(option == "国内领先"), paragraph("☒" if option == "国内领先" else "☐")) + paragraph(option)
                     for option in OPTIONS["level"])
    read_form(Form().put("level", blocks)).says_only(level=["国内领先"])


def old_box(properties, result=""):
    return field("FORMCHECKBOX", *result).replace(
        '"begin"/>', f'"begin"><w:ffData><w:checkBox><w:sizeAuto/>{properties}</w:checkBox></w:ffData></w:fldChar>', 1)


@pytest.mark.parametrize("ticked, empty", [
    ('<w:default w:val="0"/><w:checked/>', '<w:default w:val="0"/>'), ('<w:default w:val="1"/>', '<w:default w:val="0"/>'),
    ("<w:default/>", ""), ('<w:checked w:val="1"/>', '<w:default w:val="1"/><w:checked w:val="0"/>'),
    ('<w:default w:val="false"/><w:checked w:val="true"/>', '<w:checked w:val="false"/>'),
])
def test_check_boxes_as_old_form_fields(read_form, ticked, empty):
    assert_ticked(read_form, old_box(ticked) + "{}", old_box(empty) + "{}")
    assert_ticked(read_form, old_box(ticked, [run("")]) + "{}", old_box(empty) + "{}")


def code(*parts):
    return field("".join(f'<w:r><w:instrText xml:space="preserve">{part}</w:instrText></w:r>' for part in parts))


OVERSTRUCK = [
    code(r" eq \o\ac(□,√) "), code(r"EQ \o\ac(□,√)"), code(r"eq \o(□,√)"), code(r"EQ \o\ac(√,□)"), code(r" eq \o\al(□,√)"),
    code("eq ", r"\o\ac(□", ",", "√", ")"), code("e", "q", r" \o", r"\ac(", "□", ",√)"), code(r"eq \o\ac(□；√)"),
    r'<w:fldSimple w:instr=" EQ \o\ac(□,√) "/>', r'<w:fldSimple w:instr="eq \o\ac(□,√)"><w:r><w:t/></w:r></w:fldSimple>',
    field(r"eq \o\ac(□,√)", run("")), field(r"eq \o\ac(○,√)"), code(r"eq \o\ac(□,V)"), code(r"eq \o\ac(□,", "✓)"),
    field('<w:r><w:instrText>eq \\o\\ac(□,</w:instrText></w:r>' + sym("Wingdings", "F0FC")
          + "<w:r><w:instrText>)</w:instrText></w:r>"),
    field('<w:r><w:instrText>eq \\o\\ac(</w:instrText></w:r><w:r><w:instrText>□</w:instrText></w:r><w:r><w:rPr><w:position '
          'w:val="2"/></w:rPr><w:instrText>,√</w:instrText></w:r><w:r><w:instrText>)</w:instrText></w:r>'),
]


@pytest.mark.parametrize("number", range(len(OVERSTRUCK)))
def test_a_tick_set_over_the_box_by_a_field(read_form, number):
    assert_ticked(read_form, OVERSTRUCK[number] + "{}")
    assert_ticked(read_form, OVERSTRUCK[number] + "{}", code(r"eq \o\ac(□, )") + "{}")


def test_a_tick_above_the_box(read_form):
    """Set as the reading of a character is."""
    assert_ticked(read_form, "<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>√</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>□</w:t></w:r>"
                  "</w:rubyBase></w:ruby></w:r>{}")


def test_a_box_around_the_tick(read_form):
    assert_ticked(read_form, run("√", '<w:bdr w:val="single"/>') + "{}")


# ---- what is ticked is the option, and not what stands behind it ----

@pytest.mark.parametrize("line, level", [
    ("□国际领先 ☑国内领先 □其他：量子计算", ["国内领先"]), ("□国际领先 □国内领先 ☑其他：量子计算", ["其他"]),
    ("□国际领先 □国内领先 ☑其他（氢能）", ["其他"]), ("□国际领先 □国内领先 √其他 量子", ["其他"]),
    ("□国际领先 □国内领先 □其他：√量子计算", ["其他"]), ("□国际领先 □国内领先 □其他（√）量子", ["其他"]),
    ("□国际领先 ☑国内领先 □其他____", ["国内领先"]), ("□国际领先 ☑国内领先 □其他（请注明）：____", ["国内领先"]),
    ("□国际领先 □国内领先 ☑其他____", ["其他"]), ("□国际领先 ☑国内领先 □其他：VR技术", ["国内领先"]),
    ("□国际领先 □国内领先 □其他：V2G技术", []), ("□国际领先 □国内领先 □其他：量子计算", []), ("□国际领先 □国内领先 □其他（氢能）", []),
    ("□国际领先 □国内领先 □其他____", []), ("□国际领先 □国内领先 ☑其他：国内领先水平的补充", ["其他"]),
    ("☑国际领先（国内领先） □国内领先 □其他", ["国际领先"]), ("□国际领先 ☑国内领先（填补国内空白，达到国际领先）□其他", ["国内领先"]),
    ("☑国际领先 ☑国内领先 □省内领先 □国际先进 □国内先进 □其他", ["国际领先", "国内领先"]),
    ("☑国内领先 ☑国际领先 □省内领先 □国际先进 □国内先进 □其他", ["国际领先", "国内领先"]),
    ("□国际领先√国内领先□省内领先□国际先进", ["国内领先"]), ("□国际领先 □√国内领先 □省内领先 □国际先进", ["国内领先"]),
    ("□ 国际领先 □ 国内领先√ □ 省内领先 □ 国际先进", ["国内领先"]), ("□国际领先□国内领先□省内领先□国际先进□国内先进□其他", []),
    ("国际领先 国内领先 省内领先 国际先进 国内先进 其他", []), ("", []), ("√国内领先", ["国内领先"]), ("☑国内领先", ["国内领先"]),
])
def test_whose_the_tick_is(read_form, line, level):
    if "□" in line:
        line = " ".join(f"□{option}" for option in OPTIONS["level"] if option not in line) + " " + line
    read_form(Form().write("level", *[line] if line else [])).says_only(level=level)


@pytest.mark.parametrize("line", ["国内领先", "□国内领先", "国内领先。", "国内领先\u3000\u3000其他", "（国内领先）"])
def test_options_deleted_but_one(read_form, line):
    expected = Either([["国内领先"], ["国内领先", "其他"]]) if "其他" in line else ["国内领先"]
    read_form(Form().write("level", line)).says_only(level=expected, options_deleted=1)


@pytest.mark.parametrize("properties", [
    '<w:u w:val="single"/>', '<w:u w:val="double"/>', '<w:u w:val="wave"/>', "<w:b/>", '<w:b w:val="1"/>',
    '<w:highlight w:val="yellow"/>', '<w:shd w:val="clear" w:fill="FFFF00"/>', '<w:bdr w:val="single" w:sz="4"/>',
    '<w:color w:val="FF0000"/>', '<w:em w:val="dot"/>',
])
def test_an_option_that_only_looks_different(read_form, properties):
    for empty in ("□", ""):
        form = choice(Form(), "level", ["国内领先"], run(empty) + run("国内领先", properties), empty + "{}")
        read_form(form).says_only(level=["国内领先"], tick_by_formatting=1)


def bold(text):
    return run(text, "<w:b/>")


@pytest.mark.parametrize("ticked, empty, level", [
    (bold("☑") + "{}", "□{}", ["国内领先"]), (run("☑") + bold("国内领先"), "□{}", ["国内领先"]),
    (run("□国内领先", '<w:u w:val="none"/>'), "□{}", []), (run("□国内领先", '<w:b w:val="0"/>'), "□{}", []),
    (run("□国内领先") + run("    ", '<w:u w:val="single"/>'), "□{}", []), (bold("□") + "{}", bold("□") + "{}", []),
    (run("□国内领先", '<w:color w:val="000000"/>'), "□{}", []),
])
def test_looks_that_tick_nothing(read_form, ticked, empty, level):
    read_form(choice(Form(), "level", ["国内领先"], ticked, empty)).says_only(level=level)


def test_all_options_in_bold(read_form):
    blocks = paragraph(*[bold(f"□{option} ") for option in OPTIONS["level"]])
    read_form(Form().put("level", blocks)).says_only(level=[])


def test_a_tick_drawn_over_the_box(read_form):
    """Where a floating text box stands is not known but for its anchor: no other option may have it."""
    form = choice(Form(), "level", ["国内领先"], text_box(paragraph("√")) + run("□") + "{}")
    read_form(form).says_only(level=Either([["国内领先"], []]))


@pytest.mark.parametrize("option", ["高端医疗器械，生物医药，生物制造", "高端医疗器械、 生物医药、\u3000生物制造", "高端医疗器械､生物医药､生物制造"])
def test_an_option_with_commas_of_its_own(read_form, option):
    line = f"☑{option}   □先进材料  □电机电控  □高端装备及智能制造  □新能源汽车及配套  □新一代信息技术  □其他"
    read_form(Form().write("field", line)).says_only(field=["高端医疗器械、生物医药、生物制造"])
    read_form(Form().write("field", line.replace("☑", "□").replace("□先", "☑先"))).says_only(field=["先进材料"])


def test_nothing_ticked_anywhere(read_form):
    form = Form()
    for key in OPTIONS:
        choice(form, key, [], "")
    read_form(form).says_only(field=[], level=[], tech_type=[])


BULLETS = "".join(f'<w:abstractNum w:abstractNumId="{n}"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="{glyph}"/>'
                  f'<w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr></w:lvl></w:abstractNum>'
                  for n, glyph in ((0, "\uf0a8"), (1, "\uf0fe"))) + \
    "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in (0, 1))


def test_boxes_that_are_the_bullets_of_a_list(read_form):
    lines = "".join(paragraph(option, properties=f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{1 + (option == "国内领先")}"/>'
                              "</w:numPr>") for option in OPTIONS["level"])
    read_form(Form().put("level", lines), related={"numbering": BULLETS}).says_only(level=["国内领先"])


@pytest.mark.parametrize("mark", ["☑", "√", "□√", "■"])
def test_several_options_of_a_choice(read_form, mark):
    """In the order of the form, whatever was ticked."""
    for key, chosen in (("field", ["先进材料", "高端装备及智能制造", "新一代信息技术"]), ("tech_type", ["卡脖子技术", "自主可控技术", "行业共性技术"]),
                        ("field", OPTIONS["field"]), ("field", ["高端医疗器械、生物医药、生物制造"]), ("field", ["其他"]),
                        ("tech_type", ["卡脖子技术", "其他"])):
        read_form(choice(Form(), key, chosen, mark + "{}")).says_only(**{key: chosen})


@pytest.mark.parametrize("mark", ["<w:r><w:t>☑</w:t></w:r>", "<w:r><w:t>√</w:t></w:r>", sym("Wingdings", "F0FE"),
                                  sym("Wingdings 2", "F052")])
@pytest.mark.parametrize("option", OPTIONS["field"])
def test_the_printed_box_of_the_blank_form_replaced(read_form, mark, option):
    """The form's own boxes are of two kinds: a character, and one of a symbol font."""
    form = Form("blank")
    runs = list(form.answer("field").iter("{*}r"))
    place = ["".join(node.itertext()) for node in runs].index(option)
    assert "".join(runs[place - 1].itertext()) in ("□", "")
    substitute(runs[place - 1], mark)
    read_form(form).says_only(sample="blank", field=[option], blank=False)


def test_the_words_of_the_label_typed_again(read_form):
    read_form(Form().write("level", "技术水平：☑国内领先 □国际领先 □省内领先 □国际先进 □国内先进 □其他")).says_only(level=["国内领先"])


@pytest.mark.parametrize("strike", ["<w:strike/>", "<w:dstrike/>"])
def test_all_options_struck_out_but_one(read_form, strike):
    line = "".join(run(f"□{option} ", "" if option == "国内领先" else strike) for option in OPTIONS["level"])
    read_form(Form().write("level", line)).says_only(level=["国内领先"], tick_by_formatting=1)


@pytest.mark.parametrize("ticked", ["✔\ufe0f{}", "√“{}”", "√\u3000{}", "√   {}", "✔ {}"])
def test_a_tick_that_replaced_the_box(read_form, ticked):
    """The next option has no box of its own; whatever stands between the options."""
    for apart in ("  ", "", "；", "\u3000"):
        line = apart.join((ticked if option == "国内领先" else "□{}").replace("{}", option) for option in OPTIONS["level"])
        read_form(Form().write("level", line)).says_only(level=["国内领先"])


@pytest.mark.parametrize("line, level", [
    ("（在□内打√）□国际领先 □国内领先 □省内领先 □其他", []), ("（请打√）□国际领先 ☑国内领先 □省内领先 □其他", ["国内领先"]),
    ("□国际领先 □国内领先 □省内领先 □其他（在相应□内打√）", []), ("□国际领先；V国内领先；□省内领先；□其他", ["国内领先"]),
])
def test_words_that_say_how_to_tick(read_form, line, level):
    read_form(Form("blank").write("level", line)).says_only(sample="blank", level=level, blank=not level)


@pytest.mark.parametrize("ticked", ["[x]{}", "（x）{}", "✘{}", "⚫{}", "×{}", "□×{}", "☉{}", "🔘{}"])
def test_a_mark_that_nobody_knows(read_form, ticked):
    """The odd one is meant, and a person looks."""
    empty = "[ ]{}" if ticked[0] == "[" else "（ ）{}" if ticked[0] == "（" else "□{}"
    form = choice(Form(), "level", ["国内领先"], ticked, empty)
    read_form(form).says_only(level=["国内领先"], tick_by_formatting=1)


def test_separators_and_notes_are_no_marks(read_form):
    for line in ("国际领先、国内领先、省内领先、其他", "国际领先 国内领先（省级认定） 省内领先 其他", "1.国际领先 2.国内领先 3.省内领先 4.其他"):
        read_form(Form().write("level", line)).says_only(level=[])


@pytest.mark.parametrize("apart", ["；", "、", "，", "/", ";", "；\u3000"])
@pytest.mark.parametrize("ticked, empty", [("√□{}", "□{}"), ("√ □{}", "□{}"), ("□{} √", "□{}"), ("□{}√", "□{}"), ("{} √", "{}"),
                                           ("√ {}", "{}"), ("■ {}", "{}")])
def test_a_mark_between_two_options_parts_them(read_form, apart, ticked, empty):
    line = apart.join((ticked if option == "国内领先" else empty).replace("{}", option) for option in OPTIONS["level"])
    read_form(Form().write("level", line)).says_only(level=["国内领先"])
