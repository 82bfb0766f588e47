"""filters/docx: labels as people write them, the printed prompts of the sections, and numbers with their units."""

import pytest
from forms import Either, cases, truth
from wordprocessing import Form, pieces, paragraph, run, w

FIELDS = truth("v01_plain")["fields"]
SECTIONS = {"background": "1.项目需求的背景与意义", "research_status": "2.国内外研究现状", "demand_content": "3.项目需求内容描述",
            "expected_results": "4.预期成果及经济社会生态效益", "requirements": "5.对揭榜方要求"}


@pytest.mark.parametrize("label, written", [
    ("邮编", "邮　　编"), ("邮编", "邮编："), ("邮编", "*邮 编:"), ("邮编", "邮编（必填）"), ("邮编", "邮政编码"), ("邮编", "＊邮编"),
    ("邮编", "邮\n编"), ("邮编", "★邮编"), ("邮编", "邮编*"), ("邮编", "邮编 ："), ("邮编", "5.邮编"), ("邮编", "（5）邮编"),
    ("统一社会信用代码", "统一社会 信用代码"), ("统一社会信用代码", "统一社会信用代码（18位）"), ("统一社会信用代码", "统一社会信用代码/组织机构代码"),
    ("单位名称", "单位名称（盖章）"), ("单位名称", "单 位 名 称"), ("单位名称", "单位名称(公章)："), ("单位名称", "单位名称\u200b"),
    ("单位名称", "单位名称（全称）："), ("电子邮箱", "电子\u00a0邮箱"), ("电子邮箱", "电子邮箱（E-mail）"), ("职务", "职务/职称"),
    ("职务", "职　务"), ("手机", "手 机："), ("职工总数", "职工总数（人）"), ("研究开发人员", "研究开发人员："), ("销售收入总额", "销售收入总额（万元）"),
    ("研发经费占年销售收入比重", "研发经费占年销售收入比重（%）"), ("技术需求名称", "技术需求名称*"), ("技术水平", "技术水平（单选）"),
    ("所属领域", "所属领域：（可多选）"), ("技术类型", "技 术 类 型"), ("计划研发投入", "计划研发投入："), ("法定代表人", "法 定\n代表人"),
    ("联系人", "联 系 人"), ("联系人", "联系人："), ("法定代表人", "法定代表人："), ("年度主要经济指标", "年度主要\n经济指标（2023年）"),
    ("1.项目需求的背景与意义", "1、项目需求的背景与意义："), ("1.项目需求的背景与意义", "１．项目需求的背景与意义"), ("1.项目需求的背景与意义", "一、项目需求的背景与意义"),
    ("1.项目需求的背景与意义", "1. 项目需求的背景与意义"), ("1.项目需求的背景与意义", "(1)项目需求的背景与意义"), ("1.项目需求的背景与意义", "①项目需求的背景与意义"),
    ("1.项目需求的背景与意义", "1）项目需求的背景与意义"), ("3.项目需求内容描述", "项目需求内容描述"),
    ("5.对揭榜方要求", "（五）对揭榜方要求"), ("5.对揭榜方要求", "*5.对揭榜方要求"), ("2.国内外研究现状", "2.\t国内外研究现状"),
])
def test_labels_are_written_in_many_ways(read_form, label, written):
    lines = written.split("\n")
    runs = "<w:r><w:br/></w:r>".join(run(line) for line in lines)
    read_form(Form().replace(label, runs)).says_only()


@pytest.mark.parametrize("written", ["邮編", "编邮", "邮编号码簿"])
def test_words_that_are_not_the_label(read_form, written):
    fields = read_form(Form().replace("邮编", written)).fields()
    assert not fields.get("postcode") and fields["address"] == FIELDS["address"]


# ---- the printed prompts ----

def heading(form, key):
    return form.answer(key).find(w("p"))


PROMPTS = [
    lambda prompt: prompt[:-1], lambda prompt: prompt.replace("（", "(").replace("）", ")"),
    lambda prompt: prompt.replace("（", "(", 1), lambda prompt: prompt[:20] + "…）", lambda prompt: "（限500字）",
    lambda prompt: "(限 500 字)", lambda prompt: "（500字以内）", lambda prompt: "：" + prompt, lambda prompt: prompt + "：",
    lambda prompt: " " + prompt + " ", lambda prompt: "\n" + prompt, lambda prompt: "", lambda prompt: "：",
    lambda prompt: prompt.replace("字）", "字，字体用仿宋）"),
    lambda prompt: prompt.replace("。限", "，限"), lambda prompt: prompt.replace("。限", "（限").replace("字）", "字））"),
    lambda prompt: prompt.replace("。限", "）（限"), lambda prompt: prompt[1:-1], lambda prompt: prompt[1:],
]


@cases("changed", PROMPTS)
@pytest.mark.parametrize("key", SECTIONS)
def test_the_prompt_is_no_answer(read_form, key, changed):
    """Kept, cut short, deleted: with the answer below it."""
    form = Form()
    prompt = heading(form, key).findall(w("r"))[1].find(w("t"))
    prompt.text = changed(prompt.text)
    read_form(form).says_only()


@cases("changed", PROMPTS[:6] + PROMPTS[11:13])
@pytest.mark.parametrize("key", SECTIONS)
def test_a_prompt_without_an_answer(read_form, key, changed):
    form = Form().write(key)
    prompt = heading(form, key).findall(w("r"))[1].find(w("t"))
    prompt.text = changed(prompt.text)
    read_form(form).says_only(**{key: ""})


@pytest.mark.parametrize("answer", [
    "（1）围绕产业发展。（2）补齐短板。", "“卡脖子”问题突出。", "限于500字以内难以说明。", "1.项目时限两年。2.产权共有。", "一、时限：两年",
    "（一）时限", "：两年", "200字以内说不清（详见附件）", "(a)two years", "无", "/", "—", "5.33万元", "①两年②共有",
    "（甲方）应当在两年内完成全部研究工作并提交报告。", "技术水平达到国际领先，单位名称：湖南大学", "电话：0731-1",
])
def test_what_an_answer_may_begin_with(read_form, answer):
    """Behind the prompt, below it, and where the prompt was deleted."""
    for key in ("background", "requirements"):
        form = Form().write(key)
        heading(form, key).extend(pieces(run(answer)))
        kept = answer.removeprefix("：") if answer != "：两年" else Either(["：两年", "两年"])
        read_form(form).says_only(**{key: kept})
        read_form(Form().write(key, answer)).says_only(**{key: kept})
        form = Form().write(key, answer)
        heading(form, key).remove(heading(form, key).findall(w("r"))[1])
        read_form(form).says_only(**{key: kept})


@pytest.mark.parametrize("key", SECTIONS)
def test_the_prompt_kept_below_the_answer(read_form, key):
    form = Form()
    prompt = heading(form, key).findall(w("r"))[1]
    below = pieces(paragraph())[0]
    below.append(prompt)
    form.answer(key).append(below)
    read_form(form).says_only()


def test_lines_after_the_table_belong_to_nothing(read_form):
    lines = ["填表人：李四   电话：0731-1", "单位名称（盖章）：甲公司", "2024年9月1日", "注：1.邮编必填；2.技术水平□国际领先 ☑国内领先",
             "计划研发投入 999 万元，其中自筹 9 万元，申请专项 9 万元。"]
    read_form(Form().after(*[paragraph(line) for line in lines])).says_only()
    read_form(Form().before(*[paragraph(line) for line in lines])).says_only()


# ---- numbers ----

@pytest.mark.parametrize("key, unit, label", [("sales_revenue", "万元", "45502"), ("staff_total", "人", "824"),
                                              ("rnd_ratio", "%", "5.33")])
@pytest.mark.parametrize("written, value, repeated", [
    ("1,200{}", "1,200", 0), ("１２００{}", "１２００", 0), ("约300{}", "约300", 0), ("一百五十{}", "一百五十", 0), ("300—500{}", "300—500", 0),
    ("300-500{}", "300-500", 0), ("300～500{}", "300～500", 0), ("1200{0}{0}", "1200", 1), ("1200{0} {0}", "1200", 1),
    ("1200", "1200", 0), (" 1200 {}", "1200", 0), ("__1200__{}", "1200", 0), ("1 200{}", "1 200", 0), ("{}1200", "1200", 0),
    ("{}", "", 0), ("____{}", "", 0), ("   {}", "", 0), ("", "", 0), ("/{}", "/", 0), ("无{}", "无", 0), ("0{}", "0", 0),
    ("1200.50{}", "1200.50", 0), ("-1200{}", "-1200", 0), ("≥1200{}", "≥1200", 0), ("300余{}", "300余", 0), ("1，200{}", "1，200", 0),
])
def test_a_number_as_written(read_form, key, unit, label, written, value, repeated):
    form = Form().write(key, *[run(part) for part in written.replace("{0}", "{}").format(*[unit] * 2).split("\n") if part])
    read_form(form).says_only(**{key: value}, unit_repeated=repeated)


@pytest.mark.parametrize("written, value", [
    ("1.2亿元", "1.2亿元"), ("1.2亿", "1.2亿"), ("12000000元", "12000000元"), ("4.55亿元", "4.55亿元"), ("200美元", "200美元"), ("45502万", "45502万"),
    ("人民币4.5亿元", "人民币4.5亿元"), ("45502千元", "45502千元"),
    ("2023年：45502", "2023年：45502"), ("45502（2023年）", "45502（2023年）"),
])
def test_another_unit_is_kept_as_written(read_form, written, value):
    read_form(Form().write("sales_revenue", written)).says_only(sales_revenue=value)
    form = Form().write("sales_revenue", run(written), run("万元"))
    read_form(form).says_only(sales_revenue=Either([value, value + "万元"]), unit_repeated=Either([0, 1]))


@pytest.mark.parametrize("unit", ["人", "（人）", "名", "人。", " 人 ", "人（含劳务派遣）"])
def test_words_behind_a_number_of_people(read_form, unit):
    fits = ["824"] if unit.strip("（） 。") == "人" else [f"824{unit}", "824" + unit.removeprefix("人"), "824"]
    read_form(Form().write("staff_total", f"824{unit}")).says_only(staff_total=Either(fits))


@pytest.mark.parametrize("written, value, repeated", [("5.33％", "5.33", 0), ("5.33 %", "5.33", 0), ("5.33％%", "5.33", 1),
                                                      ("5.33%（2023年）", None, None), ("百分之五", "百分之五", 0), ("5.33", "5.33", 0)])
def test_a_ratio_as_written(read_form, written, value, repeated):
    said = read_form(Form().write("rnd_ratio", written))
    value = value or Either(["5.33", written, written.replace("%", "")])
    said.says_only(rnd_ratio=value, unit_repeated=Either([0, 1]) if repeated is None else repeated)


LINE = "计划研发投入{}万元，其中自筹{}万元，申请专项{}万元。"


@pytest.mark.parametrize("line, amounts", [
    (LINE.format(300, 270, 30), "300 270 30"), (LINE.format(" 1,200 ", " 1,150 ", " 50 "), "1,200 1,150 50"),
    (LINE.format("300万元", 270, 30), "300 270 30 again"), (LINE.format("约300", "一百五十", "３０"), "约300 一百五十 ３０"),
    (LINE.format("__300__", "__270__", "__30__"), "300 270 30"), (LINE.format("300—500", "", ""), "300—500 - -"),
    (LINE.format("", "", ""), "- - -"), (LINE.format("   ", "____", "\u3000"), "- - -"), (LINE.format("：300", "：270", "：30"), "300 270 30"),
    (LINE.format(300, 270, 30).replace("，", "\n"), "300 270 30"), (LINE.format(300, 270, 30).replace("，", "；"), "300 270 30"),
    (LINE.format(300, 270, 30).replace("，", " "), "300 270 30"), (LINE.format(300, 270, 30).replace("，", ","), "300 270 30"),
    (LINE.format(300, 270, 30).replace("，", "、"), "300 270 30"), (LINE.format(300, 270, 30).replace("，", "").replace("。", ""), "300 270 30"),
    (LINE.format(300, 270, 30).replace("其中自筹", "其中：自筹"), "300 270 30"), (LINE.format(300, 270, 30).replace("自筹", "自筹资金"), "300 270 30"),
    (LINE.format(300, 270, 30).replace("申请专项", "申请专项经费"), "300 270 30"), (LINE.format(300, 270, 30).replace("申请专项", "申请专项资金"), "300 270 30"),
    (LINE.format("１，２００", "１，１５０", "５０"), "１，２００ １，１５０ ５０"), (LINE.format("1.2亿元（12000", "11950", "50"), None),
    ("计划研发投入300万元，其中申请专项30万元，自筹270万元。", "300 270 30"), ("自筹270万元，申请专项30万元，计划研发投入300万元", "300 270 30"),
    ("计划研发投入1.2亿元，其中自筹1.1亿元，申请专项50万元。", "1.2亿元 1.1亿元 50"), ("计划研发投入3000000元，其中自筹2700000元，申请专项300000元。",
                                                            "3000000元 2700000元 300000元"),
    ("计划研发投入（300）万元，其中自筹（270）万元，申请专项（30）万元。", None), ("计划研发投入￥300万元，其中自筹￥270万元，申请专项￥30万元。", "￥300 ￥270 ￥30"),
    ("计划研发投入300万元，其中自筹（申请专项限500字）270万元。", None),
    ("计划研发投入300万元，其中自筹270万元（含银行贷款100万元），申请专项30万元。", "300 270 30"),
    ("计划研发投入300万元，其中自筹270万元，申请专项30万元。资金自筹部分已落实999万元。", "300 270 30"),
    ("计划研发投入300万元（2024年100万元，2025年200万元），其中自筹270万元，申请专项30万元。", "300 270 30"),
    ("计划研发投入总额300万元，其中自筹资金270万元，申请专项资金30万元。", "300 270 30"),
])
def test_the_sentence_of_the_budget(read_form, line, amounts):
    """Amounts that can be read in two ways (None) at least touch nothing else."""
    said = read_form(Form().put("budget", "".join(paragraph(part) for part in line.split("\n"))))
    keys = ("budget_total", "budget_self", "budget_apply")
    if amounts is None:
        return said.says_only(**{key: Either([said.fields()[key]]) for key in keys})
    expected = {key: "" if value == "-" else value for key, value in zip(keys, amounts.split(), strict=False)}
    return said.says_only(**expected, unit_repeated=int("again" in amounts))


@pytest.mark.parametrize("lines", [["计划研发投入：300万元", "自筹：270万元", "申请专项：30万元"],
                                   ["计划研发投入 300 万元，", "其中自筹 270 万元，申请专项 30 万元。"],
                                   ["计划研发投入", "300万元", "其中自筹", "270万元", "申请专项", "30万元"]])
def test_the_budget_in_lines(read_form, lines):
    read_form(Form().put("budget", "".join(map(paragraph, lines)))).says_only()
    read_form(Form().write("budget", "<w:r><w:br/></w:r>".join(map(run, lines)))).says_only()


def test_underlined_spaces_around_the_amounts(read_form):
    form = Form()
    for amount in ("300", "270", "30"):
        rule = run("   ", '<w:u w:val="single"/>')
        form.replace(amount, rule + run(amount, '<w:u w:val="single"/>') + rule)
    read_form(form).says_only()


# ---- other forms, blank ones ----

@pytest.mark.parametrize("title, other", [
    ("湘潭市2023年科技创新“揭榜挂帅”项目技术需求表", 1), ("湘潭市2024年科技创新“揭榜挂帅”项目技术需求表", 0), ("项目技术需求表（2022年度）", 1),
    ("湘潭市２０２３年科技创新“揭榜挂帅”项目技术需求表", 1), ("湘潭市二〇二三年科技创新“揭榜挂帅”项目技术需求表", 1), ("2024—2025年项目技术需求表", 0),
])
def test_the_same_fields_under_another_title(read_form, title, other):
    read_form(Form().replace("项目技术需求表", title)).says_only(title=title, other_year=other)


def test_a_blank_form_with_its_blanks_kept(read_form):
    form = Form("blank")
    read_form(form).says_only(sample="blank")
    for key in ("unit_name", "address", "contact_name", "demand_name", "background"):
        form.write(key, *(["______"] if key != "address" else ["   \u3000"]))
    form.write("budget", LINE.format("____", "____", "____")).replace("项目技术需求表", "甲公司项目技术需求表")
    read_form(form).says_only(sample="blank", title="甲公司项目技术需求表")
    form.write("unit_name", "甲公司")
    read_form(form).says_only(sample="blank", title="甲公司项目技术需求表", unit_name="甲公司", blank=False)


# ---- words of answers that look like the form's ----

@pytest.mark.parametrize("answer", [
    "现有控制器每帧报文上限1024字节，远不能满足要求。", "（一、市场背景\n（二）技术背景", "一、背景\n（显示内容不少于200字的点阵屏）",
    "（随着我国新能源汽车产业的快速发展）本项目意义重大。", "目前企业自筹资金300万元建成中试线。\n计划研发投入见上。",
    "一、背景\n国内外研究现状：略有差距。\n对揭榜方要求：高。",
])
def test_an_answer_with_words_like_the_forms(read_form, answer):
    """Where the prompt was deleted, and below it."""
    for deleted in (False, True):
        form = Form().put("background", "".join(paragraph(line) for line in answer.split("\n")))
        if deleted:
            heading(form, "background").remove(heading(form, "background").findall(w("r"))[1])
        read_form(form).says_only(background=answer)


def test_amounts_that_are_not_there_are_not_found_elsewhere(read_form):
    form = Form().write("budget", "项目总投入500万元，其中企业投入450万元").write("background", "目前企业自筹资金300万元建成中试线。")
    read_form(form).says_only(background="目前企业自筹资金300万元建成中试线。", budget_total=None, budget_self=None, budget_apply=None)


def test_a_label_that_is_not_there_is_not_found_among_options(read_form):
    form = Form().replace("技术水平", "水平").write("field", "□先进材料 ☑其他：技术水平（国内领先）")
    read_form(form).says_only(field=["其他"], level=None)


@pytest.mark.parametrize("line, amounts", [
    ("计划研发投入0.05亿元（500万元），其中自筹450万元，申请专项50万元。", ["0.05亿元", "450", "50"]),
    ("计划研发投入500万元（以企业投入为主），其中自筹450万元，申请专项50万元。", ["500", "450", "50"]),
])
def test_a_remark_behind_an_amount(read_form, line, amounts):
    read_form(Form().write("budget", line)).says_only(
        **dict(zip(["budget_total", "budget_self", "budget_apply"], amounts, strict=True)))
