"""Configuration that is wrong says so before anything is done: file, line, what, exit 78."""

import json
import re

import pytest
from installation import ROOT, Installation
from mails import form, mail, scan


def line_of(path, text):
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if text in line:
            return number
    raise AssertionError(f"{path} does not say {text!r}")


def refused(intake, path, text, *words, command="check"):
    """`check` ends with 78 and one line that names PATH, the line with TEXT, and WORDS."""
    done = intake.run(command)
    assert done.status == 78, done
    where = f"{path.name}:{line_of(path, text)}:" if text else path.name
    assert where in done.err, (where, done.err)
    for word in words:
        assert word in done.err, (word, done.err)


def prepend(path, text):
    path.write_text(text + path.read_text(encoding="utf-8"), encoding="utf-8")


def test_what_the_project_ships_is_right(tmp_path, dovecot, smtp):
    shipped = (ROOT / "config" / "shoujian.conf")
    intake = Installation(tmp_path / "config", dovecot.tls_port, smtp.port, dovecot.ca)
    intake.config.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    for name in set(re.findall(r'password_file\s*=\s*"([^"]+)"', shipped.read_text(encoding="utf-8"))):
        intake._secret(name, "geheim")
    assert intake.ok("check").err == ""


def test_check_without_fault(intake):
    assert intake.ok("check").err == ""
    assert intake.run("poll").status == 0


@pytest.mark.parametrize("line, word", [
    ("colour = 3", "colour"),
    ("workers = many", "workers"),
    ("workers = -1", "workers"),
    ("workers = ", "workers"),
    ("workers = 1\nworkers = 2", "workers"),
    ('sandbox = "maybe"', "sandbox"),
], ids=["unknown", "type", "negative", "no-value", "twice", "choice"])
def test_a_key_that_is_refused(intake, line, word):
    for key in ("workers", "sandbox"):
        del intake.settings[key]
    intake.write()
    intake.ok("check")
    prepend(intake.config, line + "\n")
    done = intake.run("check")
    assert done.status == 78 and f"{intake.config.name}:" in done.err and word in done.err, done


def test_an_unknown_key_inside_a_section(intake):
    intake.set(imap={"prot": 993})
    refused(intake, intake.config, "prot = 993", "prot")


def test_a_port_beyond_the_ports(intake):
    intake.set(imap={"port": 70000})
    refused(intake, intake.config, "port = 70000", "port")


def test_a_file_that_is_not_there(intake):
    intake.campaign.unlink()
    done = intake.run("check")
    assert done.status == 78 and "campaign.conf" in done.err


def test_a_template_that_is_not_there(intake):
    (intake.replies / "received.txt").unlink()
    done = intake.run("check")
    assert done.status == 78 and "received.txt" in done.err


def rule(intake, body):
    intake.campaign_add(f"rule of_the_test {{\n{body}\n}}")


@pytest.mark.parametrize("expression, word", [
    ("budget_totl >= 100", "budget_totl"),
    ("budget_total >>>= 100", "syntax"),
    ("nearly(budget_total, 3)", "nearly"),
    ("postcode > 100", "postcode"),
    ("(select count(*) from sqlite_schema) > 0", ""),
    ("load_extension('x') is null", "load_extension"),
    ('unit_name <> "unit"', ""),
    ("1); drop table row; select (1", ""),
], ids=["column", "syntax", "function", "text-with-number", "subquery", "load-extension", "double-quotes", "two"])
def test_an_expression_that_is_refused(intake, expression, word):
    escaped = expression.replace('"', '\\"')
    rule(intake, f'  level = "should"\n  require = "{escaped}"\n  message = "…"')
    refused(intake, intake.campaign, f'require = "{escaped}"', "of_the_test", word)


def test_a_level_that_does_not_exist(intake):
    rule(intake, '  level = "deadly"\n  require = "1"\n  message = "x"')
    done = intake.run("check")
    assert done.status == 78 and "deadly" in done.err and "campaign.conf:" in done.err


def test_an_unknown_name_in_a_message(intake):
    rule(intake, '  level = "should"\n  require = "1 = 1"\n  message = "投入 {budget_totl} 万元"')
    done = intake.run("check")
    assert done.status == 78 and "budget_totl" in done.err and "campaign.conf:" in done.err, done


@pytest.mark.parametrize("text", ["{receit}", "{unit_name", "{}"])
def test_an_unknown_name_in_a_template(intake, text):
    path = intake.replies / "received.txt"
    path.write_text(path.read_text(encoding="utf-8") + f"\n附言：{text}\n", encoding="utf-8")
    refused(intake, path, f"附言：{text}")


@pytest.mark.parametrize("which", ["config", "campaign"])
def test_a_byte_order_mark(intake, which):
    prepend(getattr(intake, which), "\ufeff")
    done = intake.run("check")
    assert done.status == 78 and f"{getattr(intake, which).name}:1:" in done.err, done
    assert "BOM" in done.err or "byte order mark" in done.err.lower()


def test_curly_quotes(intake):
    intake.campaign_edit('"XT2024"', "“XT2024”")
    refused(intake, intake.campaign, "“XT2024”", "quot")


def test_the_environment_is_not_filled_in(intake):
    """libconfuse would put $HOME there."""
    rule(intake, '  level = "should"\n  require = "1 = 1"\n  message = "见 ${HOME}"')
    refused(intake, intake.campaign, "见 ${HOME}", "${")


def test_a_window_that_ends_before_it_opens(intake):
    intake.campaign_set(closes="2024-08-01 00:00")
    refused(intake, intake.campaign, "2024-08-01 00:00", "closes")


@pytest.mark.parametrize("value", ["2024-09-31 00:00", "14.9.2024", "2024-09-15 25:00"])
def test_a_time_that_does_not_exist(intake, value):
    intake.campaign_set(deadline=value)
    refused(intake, intake.campaign, f'"{value}"', value)


def test_nothing_is_fetched_under_a_wrong_campaign(netease, coremail):
    rule(netease, '  level = "should"\n  require = "nothing_of_the_kind"\n  message = "x"')
    assert netease.run("poll").status == 78
    assert coremail.commands == [] and not netease.database.exists()


def test_check_columns(intake):
    shown = intake.ok("check", "--columns").out
    for name in ("unit_name", "budget_total_text", "field_count", "scan_count", "complete_at", "sender_proved"):
        assert re.search(rf"(?m)^\s*{name}\s", shown), name


def test_another_notice_is_another_file(intake, mailbox):
    """Nothing of the notice is in the program: other codes, other deadline, other rules."""
    intake.campaign_set(code="CX2025", opens="2025-03-01 00:00", deadline="2025-03-20 12:00", closes="2025-03-31 00:00")
    rule(intake, '  level = "must"\n  require = "unit_name like \'%大学\'"\n  message = "{unit_name}不是高校"')
    mailbox.put(mail(files=[("表.docx", form()), ("件.pdf", scan())], at="2025-03-20 12:00:00"))
    intake.poll("2025-03-20 13:00:00")
    entry = intake.only(at="2025-03-20 13:00:00")
    assert entry["receipt"] == "CX2025-0001" and entry["status"] == "late"
    assert "湘潭博远医疗器械集团有限公司不是高校" in [f["message"] for f in entry["findings"]]


@pytest.mark.parametrize("arguments", [(), ("pol",), ("poll", "--fast"), ("show",), ("decide", "XT2024-0001"),
                                       ("log", "--since", "yesterday")])
def test_usage(intake, arguments):
    done = intake.run(*arguments)
    assert done.status == 64 and done.err, done


def test_help_lists_the_commands(intake):
    done = intake.ok("--help")
    for command in ("poll", "import", "send", "log", "show", "files", "decide", "recheck", "campaign", "check"):
        assert re.search(rf"(?m)^\s+{command}\b", done.out), command


def test_the_campaign_in_words_and_as_json(intake):
    shown = json.loads(intake.ok("campaign", "--json").out)
    assert [field["key"] for field in shown["fields"]][:2] == ["unit_name", "credit_code"] and len(shown["fields"]) == 28
    words = intake.ok("campaign").out
    assert "58570302" in words and "统一社会信用代码" in words
