"""filters/docx by hand, as a filter's author would run it: forms made here, one habit each. (The samples: test_forms.py.)"""

import json
import re
import subprocess
import zipfile

import pytest
from installation import BUILD, PROGRAM, ROOT
from mails import FIXTURES
from mails import fields as answers
from truths import comparable

FORMS = FIXTURES / "forms"


@pytest.fixture(scope="module")
def params(tmp_path_factory):
    """What the shipped campaign says to filters."""
    said = subprocess.run([PROGRAM, "--config", ROOT / "config" / "shoujian.conf", "campaign", "--json"],
                          capture_output=True, check=True)
    path = tmp_path_factory.mktemp("params") / "params.json"
    path.write_bytes(said.stdout)
    return path


class Read:
    """What the filter says of one file."""

    def __init__(self, path, params, outdir):
        run = subprocess.run([BUILD / "filters" / "docx", "--params", params, path, outdir], capture_output=True)
        assert run.stderr == b""
        self.status = run.returncode
        lines = [json.loads(line) for line in run.stdout.decode().splitlines()]
        self.notes = [line["note"] for line in lines if "note" in line]
        self.facts = {(line.get("form", 0), line["fact"]): line["value"] for line in lines if "fact" in line}

    def fields(self, form=1):
        return {name.removeprefix("form."): value for (number, name), value in self.facts.items() if number == form}


@pytest.fixture
def read(params, tmp_path):
    return lambda path: Read(path, params, tmp_path)


def test_the_form_of_another_year_is_no_form_of_ours(read):
    result = read(FORMS / "v54_other_year.docx")
    assert result.status == 0
    assert result.fields() == {"other": "湘潭市2023年科技创新“揭榜挂帅”项目技术需求表"}


def test_a_file_with_a_password_is_not_read(read):
    result = read(FORMS / "v66_encrypted.docx")
    assert (result.status, result.notes, result.facts) == (65, ["docx.encrypted"], {})


# ---- documents made here ----

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def package(path, document, part="word/document.xml", kind="http://schemas.openxmlformats.org/officeDocument/2006"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                         f'relationships"><Relationship Id="r" Type="{kind}/relationships/officeDocument" '
                         f'Target="/{part}"/></Relationships>')
        archive.writestr(part, document)
    return path


def changed(path, *replacements, name="v01_plain"):
    """A sample whose document.xml has other text in some places; each must be there."""
    document = zipfile.ZipFile(FORMS / f"{name}.docx").read("word/document.xml").decode()
    for old, new in replacements:
        assert old in document, old
        document = document.replace(old, new, 1)
    return package(path, document)


def in_place_of(text, runs):
    """Replaces the run whose text is TEXT by RUNS."""
    return re.compile(rf"<w:r>(?:(?!</w:r>).)*<w:t[^>]*>{re.escape(text)}</w:t></w:r>", re.S), runs


def rewritten(path, *patterns, name="v01_plain"):
    document = zipfile.ZipFile(FORMS / f"{name}.docx").read("word/document.xml").decode()
    for pattern, new in patterns:
        document, count = pattern.subn(lambda _: new, document, count=1)
        assert count == 1, pattern
    return package(path, document)


@pytest.mark.parametrize("label, written", [
    ("邮编", "邮　　编"), ("邮编", "邮编："), ("邮编", "*邮 编:"), ("统一社会信用代码", "统一社会 信用代码"),
    ("单位名称", "单位名称（盖章）"), ("电子邮箱", "电子\u00a0邮箱"), ("职务", "职务/职称"), ("1.项目需求的背景与意义", "1、项目需求的背景与意义："),
    ("3.项目需求内容描述", "项目需求内容描述"), ("5.对揭榜方要求", "（五）对揭榜方要求"),
])
def test_labels_are_written_in_many_ways(read, tmp_path, label, written):
    result = read(changed(tmp_path / "form.docx", (f">{label}<", f">{written}<")))
    expected = answers("v01_plain")
    assert {key: comparable(result.fields()[key]) for key in expected} == \
           {key: comparable(value) for key, value in expected.items()}


TICKED = ['<w:r><w:t>■</w:t></w:r>', '<w:r><w:t>V</w:t></w:r>', '<w:r><w:t>☒</w:t></w:r>', '<w:r><w:t>√</w:t></w:r>', '<w:r><w:t>(√)</w:t></w:r>',
          '<w:r><w:t>□V</w:t></w:r>', '<w:r><w:t>√□</w:t></w:r>', '<w:r><w:t>✔</w:t></w:r>',
          '<w:r><w:sym w:font="Wingdings 2" w:char="F052"/></w:r>', '<w:r><w:sym w:font="Wingdings" w:char="00FE"/></w:r>',
          '<w:r><w:rPr><w:rFonts w:ascii="Wingdings 2" w:hAnsi="Wingdings 2"/></w:rPr><w:t>R</w:t></w:r>',
          '<w:r><w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr><w:t>\uf0fe</w:t></w:r>',
          '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>'
          '</w:ffData></w:fldChar></w:r><w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r>'
          '<w:r><w:fldChar w:fldCharType="end"/></w:r>']


@pytest.mark.parametrize("runs", TICKED)
def test_ticks_before_the_option(read, tmp_path, runs):
    fields = read(rewritten(tmp_path / "form.docx", in_place_of("☑", runs))).fields()
    assert fields["field"] == ["先进材料"] and fields["level"] == ["国际领先"]


@pytest.mark.parametrize("mark", ["√", "（√）", "☑", "V"])
def test_a_tick_behind_the_option(read, tmp_path, mark):
    path = rewritten(tmp_path / "form.docx", in_place_of("国内领先", f"<w:r><w:t>国内领先{mark}</w:t></w:r>"), name="blank")
    fields = read(path).fields()
    assert fields["level"] == ["国内领先"] and fields["field"] == [] and fields["blank"] is False


def test_a_choice_by_underline_only(read, tmp_path):
    line = '<w:r><w:rPr><w:u w:val="single"/></w:rPr><w:t>国内领先</w:t></w:r>'
    fields = read(rewritten(tmp_path / "form.docx", in_place_of("国内领先", line), name="blank")).fields()
    assert (fields["level"], fields["tick_by_formatting"]) == (["国内领先"], 1)


@pytest.mark.parametrize("written, key, value, repeated", [
    ([("824", "约800")], "staff_total", "约800", 0),
    ([("45502", "45,502")], "sales_revenue", "45,502", 0),
    ([("45502", "45502万元")], "sales_revenue", "45502", 1),
    ([("5.33", "5.33％")], "rnd_ratio", "5.33", 1),
    ([("45502", "4.55亿元"), ("万元", "")], "sales_revenue", "4.55亿元", 0),
    ([("300", "１，２００")], "budget_total", "１，２００", 0),
    ([("300", "一百五十")], "budget_total", "一百五十", 0),
    ([("270", "270万元")], "budget_self", "270", 1),
    ([("30", "")], "budget_apply", "", 0),
    ([("万元，其中自筹", "万元\n其中：自筹")], "budget_self", "270", 0),
])
def test_numbers_without_their_unit(read, tmp_path, written, key, value, repeated):
    path = changed(tmp_path / "form.docx", *[(f">{old}<", f">{new}<") for old, new in written])
    fields = read(path).fields()
    assert (fields[key], fields["unit_repeated"]) == (value, repeated)


@pytest.mark.parametrize("answer", ["（1）围绕产业发展。（2）补齐短板。", "“卡脖子”问题突出。", "限于500字以内难以说明。"])
def test_the_answer_behind_the_prompt_of_a_section(read, tmp_path, answer):
    path = changed(tmp_path / "form.docx", ("利益分配等要求。限300字）", f"利益分配等要求。限300字）{answer}"))
    assert read(path).fields()["requirements"].split("\n")[0] == answer


def test_the_prompt_may_have_been_deleted(read, tmp_path):
    path = rewritten(tmp_path / "form.docx", (re.compile("（主要是项目时限[^<]*"), ""),
                     (re.compile("1.项目时限"), "（1）项目时限"))
    assert read(path).fields()["requirements"].startswith("（1）项目时限")


def test_options_that_were_deleted(read, tmp_path):
    document = zipfile.ZipFile(FORMS / "blank.docx").read("word/document.xml").decode()
    for option in ("国际领先", "省内领先", "国际先进", "国内先进"):
        document = document.replace(option, "")
    fields = read(package(tmp_path / "form.docx", document)).fields()
    assert (fields["level"], fields["options_deleted"]) == (["国内领先", "其他"], 1)


def test_two_forms_in_one_document(read, tmp_path):
    document = zipfile.ZipFile(FORMS / "v01_plain.docx").read("word/document.xml").decode()
    body = re.search("<w:body>(.*)<w:sectPr", document, re.S)[1]
    second = body.replace("陈思远", "欧阳敏")
    for name, between in (("apart", second), ("one-table", re.search("<w:tbl>(.*)</w:tbl>", second, re.S)[1])):
        joined = document.replace("</w:tbl>", "</w:tbl>" + between, 1) if name == "apart" else \
            document.replace("</w:tbl>", re.sub("^.*?</w:tblGrid>", "", between, flags=re.S) + "</w:tbl>", 1)
        result = read(package(tmp_path / f"{name}.docx", joined))
        assert result.fields(1)["legal_rep_name"] == "陈思远"
        assert result.fields(2)["legal_rep_name"] == "欧阳敏"
        assert result.fields(2)["requirements"] == result.fields(1)["requirements"]


def test_this_form_under_the_title_of_another_year(read, tmp_path):
    title = "湘潭市2023年科技创新“揭榜挂帅”项目技术需求表"
    fields = read(changed(tmp_path / "form.docx", ("项目技术需求表", title))).fields()
    assert (fields["title"], fields["other_year"], fields["postcode"]) == (title, 1, "411202")


def test_a_form_broken_into_two_tables(read, tmp_path):
    document = zipfile.ZipFile(FORMS / "v01_plain.docx").read("word/document.xml").decode()
    rows = document.split("<w:tr>")
    start = re.search("<w:tbl>.*?</w:tblGrid>", document, re.S)[0]
    broken = "<w:tr>".join(rows[:12]) + f"</w:tbl><w:p/>{start}<w:tr>" + "<w:tr>".join(rows[12:])
    result = read(package(tmp_path / "form.docx", broken))
    assert {key: comparable(result.fields()[key]) for key in answers("v01_plain")} == \
           {key: comparable(value) for key, value in answers("v01_plain").items()}
    assert (2, "form.blank") not in result.facts


def test_other_prefixes_strict_namespaces_and_another_part(read, tmp_path):
    document = zipfile.ZipFile(FORMS / "v01_plain.docx").read("word/document.xml").decode()
    strict = document.replace(WORD, STRICT).replace("xmlns:w=", "xmlns:x=").replace("<w:", "<x:")
    strict = strict.replace("</w:", "</x:").replace(" w:", " x:")
    path = package(tmp_path / "form.docx", strict, "docs/main.xml", "http://purl.oclc.org/ooxml/officeDocument")
    assert read(path).fields()["unit_name"] == answers("v01_plain")["unit_name"]


def test_a_letter_is_no_form(read, tmp_path):
    letter = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>情况 说明</w:t></w:r></w:p></w:body></w:document>'
    result = read(package(tmp_path / "letter.docx", letter))
    assert (result.status, result.facts) == (0, {(0, "docx.title"): "情况 说明", (0, "docx.chars"): 4})


def paragraphs(*content):
    return f'<w:document xmlns:w="{WORD}"><w:body><w:p>{"".join(content)}</w:p></w:body></w:document>'


BAD = [
    ("docx.xml_dtd", '<!DOCTYPE d [<!ENTITY a "aaaa">]>' + paragraphs("<w:r><w:t>&a;</w:t></w:r>")),
    ("docx.xml_too_deep", paragraphs("<w:ins>" * 5000 + "</w:ins>" * 5000)),
    ("docx.zip_bomb", paragraphs("<w:r><w:t>", "很" * (30 << 20), "</w:t></w:r>")),
    ("docx.zip_bomb", paragraphs("<w:r/>" * 1200000)),
    ("docx.corrupt_file", paragraphs("<w:r>")[:-40]),
    ("docx.picture_only", paragraphs("<w:r><w:drawing/></w:r>")),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_documents_that_are_not_read(read, tmp_path, number):
    note, document = BAD[number]
    result = read(package(tmp_path / "bad.docx", document))
    assert (result.status, result.notes, result.facts) == (65, [note], {})


def test_bytes_that_are_no_zip(read, tmp_path):
    form = FORMS / "v01_plain.docx"
    whole = form.read_bytes()
    inside = zipfile.ZipFile(form).getinfo("word/document.xml").header_offset + 1000
    for content in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), whole[:5000],
                    whole[:inside] + bytes(100) + whole[inside + 100:]):
        path = tmp_path / "bad.docx"
        path.write_bytes(content)
        result = read(path)
        assert (result.status, result.notes) == (65, ["docx.corrupt_file"])
