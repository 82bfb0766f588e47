-- intake.db: what was taken (place, mail, part, file), what was read in it (reading, note, member), what it
-- amounts to (submission, version, finding), what persons said (decision), what was answered (reply), and the
-- chain over all of it (event). Times are Unix seconds; hashes are SHA-256 in hex.

CREATE TABLE mail (
    id            INTEGER PRIMARY KEY,
    sha256        TEXT    NOT NULL UNIQUE,  -- of the message as it came: spool/mail/ab/SHA256
    size          INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    clock         TEXT    NOT NULL CHECK (clock IN ('internaldate', 'received', 'said')),  -- whose time that is
    answerable    INTEGER NOT NULL CHECK (answerable IN (0, 1)),  -- 0: imported without --answer
    state         TEXT    NOT NULL CHECK (state IN ('fetched', 'extracted', 'sorted', 'done', 'aside')),
    tries         INTEGER NOT NULL DEFAULT 0,
    kept          INTEGER NOT NULL DEFAULT 1,  -- 0: no submission, and its bytes were dropped
    class         TEXT    CHECK (class IN ('submission', 'question', 'auto', 'bounce', 'receipt', 'list', 'own',
                                           'unrelated')),
    sender        TEXT    COLLATE NOCASE,   -- address of From; NULL: none was read
    sender_name   TEXT,
    sender_proved INTEGER,                  -- 1 proved, 0 not, NULL: the provider says nothing
    subject       TEXT,
    message_id    TEXT
) STRICT;
CREATE INDEX mail_open ON mail (state) WHERE state <> 'done';
CREATE INDEX mail_sender ON mail (sender);
CREATE INDEX mail_to_drop ON mail (received_at) WHERE kept AND class <> 'submission';

-- Where a message was seen. mail NULL: received before the campaign opens, so never fetched.
CREATE TABLE place (
    id          INTEGER PRIMARY KEY,
    folder      TEXT    NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid         INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    mail        INTEGER REFERENCES mail,
    UNIQUE (folder, uidvalidity, uid)
) STRICT;
CREATE INDEX place_mail ON place (mail);

-- What a folder looked like when all that it then had was known.
CREATE TABLE folder (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    uidvalidity INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    highest_uid INTEGER NOT NULL,
    compared_at INTEGER NOT NULL,           -- when all its UIDs were compared last
    uidnext     INTEGER NOT NULL            -- what the server said then; 0: it does not say
) STRICT;

-- The files taken out of messages: spool/parts/ab/SHA256.
CREATE TABLE file (
    id     INTEGER PRIMARY KEY,
    sha256 TEXT    NOT NULL UNIQUE,
    size   INTEGER NOT NULL
) STRICT;

-- One filter's reading of one file. Kept by what it depends on: the bytes, the filter's own version line, and what
-- the campaign says to filters. A fault is kept for people, and read again when the file is met again.
CREATE TABLE reading (
    id      INTEGER PRIMARY KEY,
    sha256  TEXT    NOT NULL,
    filter  TEXT    NOT NULL,
    version TEXT    NOT NULL,
    params  TEXT    NOT NULL,               -- SHA-256 of PARAMS
    status  TEXT    NOT NULL CHECK (status IN ('read', 'unreadable', 'fault')),
    why     TEXT,                           -- of a fault
    facts   TEXT    NOT NULL                -- JSON: [[name, value, form], …]; a form counts from 1, 0: about the file
) STRICT;
CREATE INDEX reading_key ON reading (sha256, filter, version, params);

-- The facts one by one; value is JSON.
CREATE VIEW fact (id, reading, form, name, value) AS
SELECT 1000000 * r.id + f.key, r.id, f.value ->> 2, f.value ->> 0, f.value -> 1
  FROM reading r, json_each(r.facts) f;

CREATE TABLE note (
    id      INTEGER PRIMARY KEY,
    reading INTEGER NOT NULL REFERENCES reading,
    name    TEXT    NOT NULL,
    detail  TEXT
) STRICT;
CREATE INDEX note_reading ON note (reading);

-- The files that a reading found in a file; is_rendition (a column of the second step, see store.c): 1 for one that is no
-- part of the mail but the same file in another form, so that what was read in it is linked to the part itself.
CREATE TABLE member (
    id        INTEGER PRIMARY KEY,
    reading   INTEGER NOT NULL REFERENCES reading,
    name      TEXT    NOT NULL,
    is_inline INTEGER NOT NULL,
    sha256    TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    kind      TEXT                          -- media type, where that filter says it; NULL: the filter kind is asked
) STRICT;
CREATE INDEX member_reading ON member (reading);

-- The tree of files of a message; its root (parent NULL) is the message itself.
CREATE TABLE part (
    id        INTEGER PRIMARY KEY,
    mail      INTEGER NOT NULL REFERENCES mail,
    parent    INTEGER REFERENCES part,
    name      TEXT    NOT NULL,             -- the sender's
    is_inline INTEGER NOT NULL,
    sha256    TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    type      TEXT    NOT NULL,             -- media type by its bytes
    role      TEXT    NOT NULL CHECK (role IN ('form', 'scan', 'other', 'container')),
    taken     TEXT                          -- why it was left alone; NULL: a filter took it
) STRICT;
CREATE INDEX part_mail ON part (mail);
CREATE UNIQUE INDEX part_root ON part (mail) WHERE parent IS NULL;
CREATE INDEX part_sha256 ON part (sha256);

CREATE TABLE part_reading (
    id      INTEGER PRIMARY KEY,
    part    INTEGER NOT NULL REFERENCES part,
    reading INTEGER NOT NULL REFERENCES reading
) STRICT;
CREATE INDEX part_reading_part ON part_reading (part);

CREATE TABLE submission (
    id                INTEGER PRIMARY KEY,
    receipt           TEXT    NOT NULL UNIQUE,
    first_received_at INTEGER NOT NULL,
    sender            TEXT,                 -- of its first mail
    sender_name       TEXT,
    sender_proved     INTEGER,
    standing          INTEGER REFERENCES version,
    complete_at       INTEGER,              -- of the standing version
    status            TEXT    NOT NULL CHECK (status IN ('accepted', 'rejected', 'late', 'incomplete', 'review',
                                                         'complete')),
    merged_into       INTEGER REFERENCES submission,
    dropped           INTEGER NOT NULL DEFAULT 0  -- 1: a person says that its mail is no submission
) STRICT;

-- A form with the scans that belong to it (form_part NULL: scans that wait for their form).
CREATE TABLE version (
    id          INTEGER PRIMARY KEY,
    submission  INTEGER NOT NULL REFERENCES submission,
    number      INTEGER NOT NULL,
    form_part   INTEGER REFERENCES part,
    form        INTEGER NOT NULL,           -- which form of that document
    unit        TEXT,                       -- what it is compared by: normalised, NULL not read
    code        TEXT,
    demand      TEXT,
    state       TEXT    NOT NULL CHECK (state IN ('standing', 'waiting', 'late', 'replaced')),
    received_at INTEGER NOT NULL,
    complete_at INTEGER
) STRICT;
CREATE INDEX version_submission ON version (submission);
CREATE INDEX version_unit ON version (unit);
CREATE INDEX version_code ON version (code);

CREATE TABLE version_file (
    id      INTEGER PRIMARY KEY,
    version INTEGER NOT NULL REFERENCES version,
    part    INTEGER NOT NULL REFERENCES part,
    UNIQUE (version, part)
) STRICT;

-- Which mails a submission rests on, and what each brought.
CREATE TABLE submission_mail (
    id         INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submission,
    mail       INTEGER NOT NULL REFERENCES mail,
    change     TEXT    NOT NULL CHECK (change IN ('new', 'version', 'scan', 'other', 'late', 'same')),
    UNIQUE (submission, mail)
) STRICT;
CREATE INDEX submission_mail_mail ON submission_mail (mail);

-- What may belong together, and only a person may say so.
CREATE TABLE candidate (
    id         INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submission,
    other      INTEGER REFERENCES submission,  -- NULL: it is not certain which of this mail's own
    reason     TEXT    NOT NULL CHECK (reason IN ('same-demand', 'not-proved', 'which-submission', 'which-form')),
    settled    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX candidate_submission ON candidate (submission);

CREATE TABLE finding (
    id         INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submission,
    rule       TEXT    NOT NULL,
    level      TEXT    NOT NULL CHECK (level IN ('must', 'should', 'staff', 'late')),
    person     INTEGER NOT NULL,
    message    TEXT    NOT NULL,
    fix        TEXT,
    of_form    INTEGER NOT NULL             -- its words may quote the form
) STRICT;
CREATE INDEX finding_submission ON finding (submission);

CREATE TABLE decision (
    id         INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submission,
    at         INTEGER NOT NULL,
    what       TEXT    NOT NULL CHECK (what IN ('accept', 'reject', 'reopen', 'merge', 'class', 'sent', 'resend')),
    argument   TEXT,                        -- the other receipt, or the class
    by         TEXT    NOT NULL,
    why        TEXT    NOT NULL
) STRICT;
CREATE INDEX decision_submission ON decision (submission);

CREATE TABLE reply (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('late', 'received-incomplete', 'cloud-attachment', 'received-checking',
                                                'received', 'guide')),
    mail       INTEGER NOT NULL REFERENCES mail,  -- that it answers
    recipient  TEXT    NOT NULL COLLATE NOCASE,
    message_id TEXT    NOT NULL UNIQUE,
    message    TEXT    NOT NULL,            -- as it goes out, CRLF lines
    state      TEXT    NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'held')),
    queued_at  INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    tried_at   INTEGER,
    sent_at    INTEGER,
    answer     TEXT                         -- what the server said last, or why it is held (a key of words_said)
) STRICT;
CREATE INDEX reply_state ON reply (state);
CREATE INDEX reply_mail ON reply (mail);
CREATE INDEX reply_tried ON reply (tried_at);
CREATE INDEX reply_recipient ON reply (recipient, queued_at);

CREATE TABLE reply_submission (
    id         INTEGER PRIMARY KEY,
    reply      INTEGER NOT NULL REFERENCES reply ON DELETE CASCADE,
    submission INTEGER NOT NULL REFERENCES submission,
    UNIQUE (reply, submission)
) STRICT;
CREATE INDEX reply_submission_submission ON reply_submission (submission);

-- What one poll has to tell the next: refusals in a row, until when nothing is sent, messages whose FETCH ended the
-- connection; and the views: how far the campaign's zone is from UTC.
CREATE TABLE memory (
    id    INTEGER PRIMARY KEY,
    name  TEXT    NOT NULL UNIQUE,
    value INTEGER NOT NULL
) STRICT;

-- One row for every transaction that writes, and one before each answer that it queues, since the answer names it; it
-- only grows.
-- rows: [{"table":…,"id":…,"digest":…}]; digest = SHA-256(salt ‖ the row as canonical JSON), null: the row was removed.
-- salts: in the order of rows, outside of the hash, so that a purge can remove them: a digest without its salt says
-- nothing, and the chain still holds. hash = SHA-256(previous hash ‖ the event as canonical JSON without salts and hash).
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    what   TEXT    NOT NULL,
    rows   TEXT    NOT NULL,
    salts  TEXT    NOT NULL,
    hash   TEXT    NOT NULL
) STRICT;

-- For anyone with an SQLite client, in the words of staff; times in the campaign's zone.
CREATE VIEW zone (offset) AS
SELECT coalesce((SELECT value FROM memory WHERE name = 'zone_offset'), 0);

CREATE VIEW intake AS
SELECT s.receipt AS "回执号",
       CASE s.status WHEN 'accepted' THEN '已受理' WHEN 'rejected' THEN '已退回' WHEN 'late' THEN '逾期'
                     WHEN 'incomplete' THEN '待补正' WHEN 'review' THEN '待人工核对' ELSE '齐全' END AS "状态",
       datetime(s.first_received_at + z.offset, 'unixepoch') AS "首次收到",
       datetime(s.complete_at + z.offset, 'unixepoch') AS "材料到齐",
       s.sender AS "发件地址", s.sender_name AS "发件人",
       (SELECT number FROM version WHERE version.id = s.standing) AS "版本",
       (SELECT count(*) FROM finding f WHERE f.submission = s.id AND f.level = 'must' AND NOT f.person) AS "须补正",
       (SELECT count(*) FROM finding f WHERE f.submission = s.id AND f.person) AS "须人工核对",
       (SELECT count(*) FROM submission_mail m WHERE m.submission = s.id) AS "邮件数"
  FROM submission s, zone z
 WHERE s.merged_into IS NULL AND NOT s.dropped
 ORDER BY s.receipt;

CREATE VIEW intake_files AS
SELECT s.receipt AS "回执号", v.number AS "版本", p.name AS "文件名",
       CASE p.role WHEN 'form' THEN '需求表' WHEN 'scan' THEN '盖章扫描件' WHEN 'container' THEN '邮件或压缩包'
                   ELSE '其他' END AS "用途",
       p.size AS "字节数", p.sha256 AS "SHA-256",
       datetime(m.received_at + z.offset, 'unixepoch') AS "收到"
  FROM submission s
  JOIN version v ON v.submission = s.id
  JOIN version_file f ON f.version = v.id
  JOIN part p ON p.id = f.part
  JOIN mail m ON m.id = p.mail, zone z
 WHERE s.merged_into IS NULL AND NOT s.dropped
 ORDER BY s.receipt, v.number, p.id;
