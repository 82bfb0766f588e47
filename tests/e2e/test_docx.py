"""filters/docx on the sample forms, and between other text. (The whole program on them: test_forms.py.)"""

import pytest
from wordprocessing import FORMS, Form, paragraph, run

SAMPLES = ["blank", "v01_plain", "v02_split_runs", "v03_tick_sym_FE", "v03_tick_sqrt_inside", "v12_nested_table",
           "v20_tracked_changes", "v22_content_controls", "v51_cover_letter", "v71_over_limit", "v73_budget_mismatch"]


@pytest.mark.parametrize("name", SAMPLES)
def test_all_fields_of_a_form(read_form, name):
    read_form((FORMS / f"{name}.docx").read_bytes()).says_only(sample=name, title="项目技术需求表")


@pytest.mark.parametrize("key, answer, value", [("unit_name", "甲", "甲"), ("staff_total", "9人", "9"), ("background", "/", "/"),
                                                ("level", "□国际领先 ☑国内领先 □省内领先 □国际先进", ["国内领先"])])
def test_one_answer_makes_it_a_form_that_is_not_blank(read_form, key, answer, value):
    read_form(Form("blank").write(key, answer)).says_only(sample="blank", blank=False, **{key: value})


@pytest.mark.parametrize("name", SAMPLES)
def test_a_form_says_the_same_in_other_company(read_form, name):
    """Between a letter and its signature."""
    form = Form(name).before(paragraph("尊敬的领导："), paragraph("现报上需求表。")).after(paragraph(run("此致敬礼")))
    read_form(form).says_only(sample=name)
