"""What the docx filter says of a form, held against the truth of a sample."""

import json
import re
import resource
import subprocess

import pytest
from installation import BUILD, PROGRAM, ROOT
from truths import comparable
from wordprocessing import FORMS, Form, package

REMARKS = ("tracked_changes", "options_deleted", "tick_by_formatting", "unit_repeated")


def cases(names, values):
    """A table of cases that are numbered, since their XML names no test well."""
    return pytest.mark.parametrize(names, values, ids=[str(i) for i in range(len(values))])


class Either(list):
    """Several readings that are as good."""


def truth(name):
    return json.loads((FORMS / f"{name}.json").read_text(encoding="utf-8"))


def params():
    """What the shipped campaign says to filters."""
    return subprocess.run([PROGRAM, "--config", ROOT / "config" / "shoujian.conf", "campaign", "--json"],
                          capture_output=True, check=True).stdout


def is_right(got, expected, same):
    if isinstance(expected, Either):
        return any(is_right(got, each, same) for each in expected)
    if isinstance(expected, re.Pattern):
        return isinstance(got, str) and expected.fullmatch(got) is not None
    return same(got) == same(expected) and type(got) is type(expected)


def within_limits():
    """As config/shoujian.conf has it; a sanitizer's build does not run within so little."""
    if b"__asan_init" not in PROGRAM.read_bytes():
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))


class Said:
    """What the filter says of one file."""

    def __init__(self, path, outdir, parameters):
        run = subprocess.run([BUILD / "filters" / "docx", "--params", parameters, path, outdir], capture_output=True,
                             timeout=30, preexec_fn=within_limits)
        assert run.stderr == b""
        self.status = run.returncode
        lines = [json.loads(line) for line in run.stdout.decode().splitlines()]
        self.notes = [line["note"] for line in lines if "note" in line]
        self.facts = {(line.get("form", 0), line["fact"]): line["value"] for line in lines if "fact" in line}

    def fields(self, form=1):
        return {name.removeprefix("form."): value for (number, name), value in self.facts.items() if number == form}

    def forms(self):
        return sorted({number for number, _ in self.facts} - {0})

    def says(self, form=1, sample="v01_plain", **differs):
        """FORM has the answers and remarks of SAMPLE, but for those that DIFFER: these to the letter (a str, a list,
        Either, a pattern), the others as far as they can be told apart in print."""
        assert (self.status, self.notes) == (0, [])
        true, fields = truth(sample), self.fields(form)
        expected = {key: Either([value, *true.get("fields_alt", {}).get(key, [])])
                    for key, value in true["fields"].items()}
        expected["blank"] = "template_untouched" in true["expect_findings"]
        expected |= {remark: int(remark in true["expect_findings"]) for remark in REMARKS}
        assert differs.keys() <= expected.keys() | {"title", "other_year"}
        wrong = {key: (fields.get(key), value) for key, value in (expected | differs).items()
                 if not is_right(fields.get(key), value, (lambda v: v) if key in differs or not isinstance(value, Either)
                                 else lambda v: v if v is None else comparable(v))}
        assert not wrong, "\n".join(f"{key}: {str(got)[:60]!r}, not {str(value)[:60]!r}"
                                    for key, (got, value) in list(wrong.items())[:8])

    def says_only(self, form=1, sample="v01_plain", **differs):
        """The same, and there is no other form."""
        self.says(form, sample, **differs)
        assert self.forms() == [form]

    def refuses(self, note):
        assert (self.status, self.notes, self.facts) == (65, [note], {})


class Reader:
    """read(FORM or bytes): what the filter says."""

    def __init__(self, directory):
        self.directory = directory
        self.parameters = directory / "params.json"
        self.parameters.write_bytes(params())

    def __call__(self, document, **packaged):
        if isinstance(document, Form):
            document = package(document.xml(), **packaged)
        path = self.directory / "form.docx"
        path.write_bytes(document)
        return Said(path, self.directory, self.parameters)
