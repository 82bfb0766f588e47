"""Places of mails: folders, UIDs and UIDVALIDITY, and the habits of imap.163.com."""

import pytest
from dovecot import free_ports
from mails import applicant, form, mail, scan

FILES = [("需求表.docx", form()), ("盖章件.pdf", scan())]
OTHER = [("表.docx", form(of="photo.jpg")), ("件.jpg", scan("photo.jpg"))]
HIGH, LOW = 1615978270, 1392611444


def test_the_same_message_in_two_folders_is_one_mail(intake, mailbox, smtp):
    same = mail(files=FILES)
    mailbox.put(same)
    mailbox.put(same, folder="垃圾邮件")
    intake.poll()
    entry = intake.only()
    assert {place["folder"] for place in entry["mails"]} == {"INBOX", "垃圾邮件"}
    assert list(intake.mails_kept()) == [same.sha256]
    assert len(smtp.kept) == 1 and entry["version"] == 1


def test_a_mail_moved_to_another_folder_is_the_same_mail(intake, mailbox, smtp):
    uid, = mailbox.put(mail(files=FILES), folder="广告邮件")
    intake.poll()
    mailbox.move(uid, "广告邮件", "INBOX")
    intake.poll("2024-09-10 14:00:00")
    entry = intake.only()
    assert entry["version"] == 1 and len(smtp.kept) == 1
    assert "INBOX" in {place["folder"] for place in entry["mails"]}


def test_every_configured_folder_is_read_and_only_those(intake, mailbox):
    mailbox.put(mail(files=FILES), folder="病毒文件夹")
    mailbox.put(mail("li@qq.com", files=OTHER), folder="私人")
    intake.poll()
    assert intake.only()["fields"]["unit_name"] == applicant()["unit_name"]


def test_a_new_uidvalidity_brings_nothing_twice(intake, mailbox, smtp):
    same = mail(files=FILES)
    mailbox.put(same, folder="订阅邮件")
    intake.poll()
    first = intake.only()
    old = mailbox.uidvalidity("订阅邮件")
    mailbox.delete_folder("订阅邮件")
    mailbox.put(same, mail("li@qq.com", files=OTHER), folder="订阅邮件")
    assert mailbox.uidvalidity("订阅邮件") != old
    intake.poll("2024-09-10 14:00:00")
    entries = intake.submissions()
    assert len(entries) == 2 and len(smtp.kept) == 2
    assert entries[first["receipt"]]["files"] == first["files"]
    assert len(intake.mails_kept()) == 2


def test_a_vanished_mail_is_no_deletion(intake, mailbox):
    uid, = mailbox.put(mail(files=FILES))
    intake.poll()
    before, kept = intake.only(), intake.mails_kept()
    mailbox.delete(uid)
    mailbox.put(mail("li@qq.com", files=OTHER, at="2024-09-10 13:00:00"))
    intake.poll("2024-09-10 14:00:00")
    assert intake.submissions()[before["receipt"]] == before
    assert kept.keys() < intake.mails_kept().keys()
    assert len(intake.log()) == 2


def test_lower_uids_that_show_up_later_are_taken(netease, coremail):
    """The provider showed 30 days, and now shows all."""
    coremail.put(mail(files=FILES), HIGH)
    netease.poll()
    coremail.put(mail("li@qq.com", files=OTHER, at="2024-08-28 10:00:00"), LOW)
    netease.poll("2024-09-10 14:00:00")
    assert {entry["mails"][0]["uid"] for entry in netease.log()} == {HIGH, LOW}


def test_lower_uids_behind_an_equal_count_are_found_within_a_day(netease, coremail):
    """One vanished, one came: the folder's count is as before."""
    coremail.put(mail(files=FILES), HIGH)
    coremail.put(mail("office@xiangtan.gov.cn", subject="放假", text="…"), HIGH - 5)
    netease.poll()
    del coremail.folders["INBOX"].mails[HIGH - 5]
    coremail.put(mail("li@qq.com", files=OTHER, at="2024-08-28 10:00:00"), LOW)
    netease.poll("2024-09-11 13:00:00")
    assert len(netease.log()) == 2


def test_uids_of_the_upper_half(netease, coremail):
    coremail.put(mail(files=FILES), 4294967290)
    netease.poll()
    netease.poll("2024-09-10 14:00:00")
    assert [m["uid"] for m in netease.only()["mails"]] == [4294967290]
    assert netease.only()["mails"][0]["uidvalidity"] == 1


def test_an_empty_mailbox(netease):
    done = netease.poll()
    assert netease.log("--all") == [] and done.err == ""


def test_id_is_sent_before_and_after_login_and_nothing_is_opened_for_writing(netease, coremail):
    coremail.put(mail(files=FILES), HIGH)
    netease.poll()
    verbs = [command.split()[0] for command in coremail.commands]
    login, examine = verbs.index("LOGIN"), verbs.index("EXAMINE")
    assert "ID" in verbs[:login] and "ID" in verbs[login:examine]
    assert '"name"' in coremail.commands[verbs.index("ID")] and '"version"' in coremail.commands[verbs.index("ID")]
    assert not {"SELECT", "STORE", "APPEND", "AUTHENTICATE", "CREATE", "EXPUNGE", "COPY"} & set(verbs)
    fetched = [command for command in coremail.commands if "BODY" in command.upper()]
    assert fetched and all("BODY.PEEK[" in command.upper() for command in fetched)
    assert not any("BODYSTRUCTURE" in command.upper() or "ENVELOPE" in command.upper() for command in fetched)


def test_before_the_window_no_byte_of_the_body_is_asked_for(netease, coremail):
    coremail.put(mail(at="2024-08-20 08:00:00", files=FILES), LOW)
    netease.poll()
    assert not any(command.startswith(f"UID FETCH {LOW} ") for command in coremail.commands
                   if "BODY" in command.upper())
    assert [entry["class"] for entry in netease.log("--all")] == ["before"]


def verbs_of_poll(netease, coremail, at):
    coremail.commands.clear()
    netease.poll(at)
    return [command.split()[0] for command in coremail.commands]


def test_a_folder_is_not_opened_where_the_server_says_that_nothing_is_new(netease, coremail):
    coremail.tells_next = True
    coremail.put(mail(files=FILES), HIGH)
    assert "STATUS" not in verbs_of_poll(netease, coremail, "2024-09-10 12:00:00")
    verbs = verbs_of_poll(netease, coremail, "2024-09-10 13:00:00")
    assert "STATUS" in verbs and "EXAMINE" not in verbs
    coremail.put(mail("li@qq.com", files=OTHER), HIGH + 1)
    assert "EXAMINE" in verbs_of_poll(netease, coremail, "2024-09-10 14:00:00")
    assert len(netease.log()) == 2
    assert "EXAMINE" not in verbs_of_poll(netease, coremail, "2024-09-10 15:00:00")
    coremail.put(mail("sun@qq.com"), LOW)  # below: UIDNEXT stays as it was
    assert "EXAMINE" in verbs_of_poll(netease, coremail, "2024-09-10 16:00:00")
    assert len(netease.log("--all")) == 3
    coremail.fault("STATUS", "NO STATUS refused", times=9)
    assert "EXAMINE" in verbs_of_poll(netease, coremail, "2024-09-10 17:00:00")
    assert "EXAMINE" in verbs_of_poll(netease, coremail, "2024-09-11 18:00:00")  # once a day all UIDs are compared


def test_where_it_does_not_say_so_each_folder_is_opened(netease, coremail):
    coremail.put(mail(files=FILES), HIGH)
    netease.poll()
    verbs = verbs_of_poll(netease, coremail, "2024-09-10 13:00:00")
    assert "STATUS" not in verbs and "EXAMINE" in verbs


def test_one_unsafe_login_is_answered_by_id_and_a_second_try(netease, coremail):
    coremail.put(mail(files=FILES), HIGH)
    coremail.fault("EXAMINE", "NO EXAMINE Unsafe Login. Please contact kefu@188.com for help")
    netease.poll()
    assert len(netease.log()) == 1


def test_unsafe_login_for_good_is_a_refusal(netease, coremail):
    coremail.fault("EXAMINE", "NO EXAMINE Unsafe Login. Please contact kefu@188.com for help", times=99)
    refused = netease.run("poll")
    assert refused.status == 69 and "Unsafe Login" in refused.err, refused


def test_a_folder_that_is_refused_does_not_stop_the_others(netease, coremail):
    coremail.put(mail(files=FILES), HIGH, folder="广告邮件")
    coremail.fault("EXAMINE INBOX", "NO EXAMINE Server internal error", times=99)
    coremail.fault('EXAMINE "INBOX"', "NO EXAMINE Server internal error", times=99)
    done = netease.run("poll")
    assert done.status == 69 and "INBOX" in done.err, done
    assert len(netease.log()) == 1


@pytest.mark.parametrize("place", ["greeting", "ID", "LIST", "EXAMINE", "UID FETCH 1", f"UID FETCH {HIGH} "])
def test_a_server_that_hangs_up_is_asked_again_later(netease, coremail, smtp, place):
    coremail.put(mail(files=FILES), HIGH)
    coremail.fault(place, "close")
    broken = netease.run("poll")
    assert broken.status == 75 and broken.err.count("\n") == 1, broken
    assert netease.log() == []
    netease.poll("2024-09-10 12:05:00")
    assert len(netease.log()) == 1 and len(smtp.kept) == 1


def test_a_silent_server_is_given_up(netease, coremail):
    netease.set(imap={"timeout": 1})
    coremail.fault("LOGIN", "stall")
    done = netease.run("poll")
    assert done.status == 75 and "timed out" in done.err, done


def test_nobody_listens(netease):
    netease.set(imap={"port": free_ports(1)[0]})
    done = netease.run("poll")
    assert done.status == 75 and "localhost" in done.err, done


def test_a_message_without_a_time_keeps_no_other_from_being_taken(netease, coremail):
    class Timeless:
        raw = mail("li@qq.com", files=OTHER).raw

        class at:
            @staticmethod
            def strftime(_):
                return "00-Jan-0000 00:00:00 +0800"
    coremail.put(Timeless, LOW)
    coremail.put(mail(files=FILES), HIGH)
    done = netease.run("poll")
    assert done.status == 69 and str(LOW) in done.err and "time of receipt" in done.err, done
    assert [entry["mails"][0]["uid"] for entry in netease.log()] == [HIGH]
