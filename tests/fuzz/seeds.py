"""What the fuzzing of each filter begins with, beside its inputs in tests/fuzz/corpus: a line a filter. Made of the
fixtures, since nothing that is not text lies in the corpus."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

import mails  # noqa: E402
from tnef import I_STORAGE, attachment, message, tnef  # noqa: E402


def fixtures(pattern):
    return [(path.name, path.read_bytes()) for path in mails.FIXTURES.glob(pattern)]


def letters():
    form = [("需求表.docx", mails.form())]
    plain, html = mails.mail(files=form), mails.mail(html="<p>网盘：<a href='https://pan.baidu.com/s/1a'>链接</a></p>")
    return [(f"{number}.eml", mail.raw) for number, mail in enumerate(
        [plain, html, mails.mail(files=form, style="outlook"), mails.qq_vacation(), mails.bounce(),
         mails.forwarded(html)])] + fixtures("mail/**/*.eml")


def archives():
    return [("gbk.zip", mails.gbk_zip([("需求表.docx", mails.form()), ("说明/读我.txt", b"1")]))]


def winmails():
    form = attachment(mails.form(), title=b"XUQIUB~1.DOC", long="需求表.docx")
    return [("form.dat", tnef(form)), ("mail.dat", tnef(message(tnef(form), "转发"), attachment(b"1", long=b"\xd6\x5c"))),
            ("object.dat", tnef(attachment(inside=I_STORAGE + b"1", long="表格"), attachment(title=b"1.txt"), codepage=950))]


SEEDS = {
    "docx": lambda: fixtures("forms/*.docx"),
    "mime": letters,
    "archive": archives,
    "tnef": winmails,
    "scan": lambda: fixtures("scans/*.*"),
    "kind": lambda: fixtures("forms/v*.docx") + letters() + archives(),
}


def write(name, corpus, directory, longest):
    """The seeds of the filter NAME, as files in DIRECTORY."""
    for file, content in [*((path.name, path.read_bytes()) for path in corpus.glob("*")), *SEEDS.get(name, list)()]:
        if len(content) <= longest:
            (directory / file).write_bytes(content)
