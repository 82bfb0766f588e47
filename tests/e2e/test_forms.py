"""The samples, each sent as a mail: what stands in the log of them, every field and every finding, against their truth.

SHOUJIAN_FORMS names another directory of NAME.json and documents (default tests/fixtures/forms)."""

import installation
import pytest
from mails import mail, scan
from truths import FORMS, differences, truths

SAMPLES = truths()
# Findings about the mail and not the form.
ABOUT_THE_MAIL = {"deadline", "on_last_day", "delayed_delivery", "form_missing", "scan_missing", "seal_not_seen",
                  "cloud_attachment", "unfinished_project", "sender_not_proved", "unread_file", "attribution",
                  "late_version"}


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """All of them in one mailbox: name → the submissions that its mail made."""
    directory = tmp_path_factory.mktemp("samples")
    intake = installation.Installation(directory / "house", 1, 1, "", "nobody@163.com")
    for name, truth in SAMPLES.items():
        letter = mail(address(name), files=[(truth["file"], (FORMS / truth["file"]).read_bytes()), ("盖章件.pdf", scan())])
        (directory / f"{name}.eml").write_bytes(letter.raw)
    intake.ok("import", *sorted(directory.glob("*.eml")))
    entries = intake.log()
    return {name: [entry for entry in entries if entry["sender"]["address"] == address(name)] for name in SAMPLES}


def address(name):
    return f"{name.lower()}@qq.com"


def found(entry):
    return {finding["rule"] for finding in entry["findings"]} - ABOUT_THE_MAIL


def wrong(entry, truth, alternatives):
    """What the log says of one form, and should not."""
    fields = differences(entry["fields"], truth["fields"], alternatives)
    rules, expected = found(entry), set(truth["expect_findings"])
    return {"fields": fields, "not found": expected - rules, "found": rules - expected} \
        if fields or rules != expected else {}


def was_refused(entry):
    """Nothing of it was read, and somebody is told."""
    return not any(entry["fields"].values()) and entry["findings"] != []


@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_and_every_finding(logged, name):
    truth, entries = SAMPLES[name], logged[name]
    if truth.get("optional") and len(entries) == 1 and was_refused(entries[0]):
        return
    forms = truth.get("forms", [truth])
    assert len(entries) == len(forms)
    for entry, form in zip(entries, forms):
        if truth["is_form"]:
            assert not wrong(entry, form, truth.get("fields_alt", {})), name
        else:
            assert was_refused(entry) and found(entry) == set(form["expect_findings"])


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_to_mend_is_said_with_how(logged, name):
    for entry in logged[name]:
        for finding in entry["findings"]:
            assert finding["message"] and "未读出" not in finding["message"]
            if finding["level"] in ("must", "should") and not finding["person"]:
                assert finding["fix"], finding
