"""Forms with their truth: NAME.json beside the document that its `file` names, and how a reading is compared with it."""

import json
import os
import re
import unicodedata
from pathlib import Path

from mails import FIXTURES

FORMS = Path(os.environ.get("SHOUJIAN_FORMS", FIXTURES / "forms"))
CHINESE = "\u2e80-\u9fff\uf900-\ufaff"


def truths():
    """All that there are, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FORMS.glob("*.json"))}


def comparable(value):
    """NFKC, without white space beside Chinese characters and punctuation."""
    if isinstance(value, list):
        return [comparable(item) for item in value]
    text = unicodedata.normalize("NFKC", value).strip()
    return re.sub(rf"(?<=[{CHINESE}])\s+|(?<=[^\w\s])\s+|\s+(?=[{CHINESE}]|[^\w\s])", "", text)


def differences(fields, expected, alternatives):
    """{key: (what was read, what stands there)} where FIELDS says neither what is EXPECTED nor an alternative."""
    wrong = {}
    for key, value in expected.items():
        right = [comparable(item) for item in [value, *alternatives.get(key, [])]]
        if key not in fields or comparable(fields[key]) not in right:
            wrong[key] = fields.get(key), value
    return wrong
