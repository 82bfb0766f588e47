"""Each mail of the corpus (tests/fixtures/mail/) is read as the golden file beside it says."""

import base64
import json

import pytest
from filters import reader
from mails import FIXTURES

MAILS = sorted((FIXTURES / "mail").glob("*.eml"))


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_golden(tmp_path, path):
    golden = json.loads(path.with_suffix(".json").read_text())
    reading = reader(tmp_path)("mime", path.read_bytes())
    assert reading.status == 0, reading.err
    files = [(file["name"], file["text"].encode() if "text" in file else base64.b64decode(file["base64"]))
             for file in golden.pop("files", [])]
    if files:
        assert reading.files == files
    names = golden.pop("names", None)
    assert names is None or [name for name, _ in reading.files] == names
    assert reading.notes == golden.pop("notes", [])
    assert {key: reading.facts.get(key) for key in golden} == golden


def test_each_mail_has_its_golden_file():
    assert {path.stem for path in MAILS} == {path.stem for path in (FIXTURES / "mail").glob("*.json")} and len(MAILS) > 70
