/* Marks of mail that no person wrote, or wrote to us alone, as tables: RFC 3834 knows one of them,
 * the providers and programs know the others. */
#include "marks.h"

#include "text.h"

#include <string.h>

typedef struct {
    const char *header;
    enum { PRESENT, SAYS, NOT_DENIED } test;
    const char *word; /* SAYS: the first of the value, in lower case */
} Mark;

/* QQ Mail says nothing of RFC 3834 in its vacation answers. */
static const Mark automatic[] = {
    {"Auto-Submitted", NOT_DENIED, NULL},    {"X-QQ-AUTO-REPLY", NOT_DENIED, NULL},
    {"X-QQ-HolidayReply", NOT_DENIED, NULL}, {"X-Autoreply", NOT_DENIED, NULL},
    {"X-Autorespond", NOT_DENIED, NULL},     {"Precedence", SAYS, "auto_reply"},
    {"X-Precedence", SAYS, "auto_reply"},    {"Delivered-To", SAYS, "autoresponder"},
};

static const Mark list[] = {
    {"List-Id", PRESENT, NULL},          {"List-Post", PRESENT, NULL},
    {"List-Unsubscribe", PRESENT, NULL}, {"List-Help", PRESENT, NULL},
    {"List-Owner", PRESENT, NULL},       {"List-Archive", PRESENT, NULL},
    {"X-Mailing-List", PRESENT, NULL},   {"Precedence", SAYS, "bulk"},
    {"Precedence", SAYS, "list"},        {"Precedence", SAYS, "junk"},
    {"X-Precedence", SAYS, "bulk"},      {"X-Precedence", SAYS, "list"},
    {"X-Precedence", SAYS, "junk"},
};

/* What the subjects of automatic answers begin with, in lower case and with a narrow colon: a
 * demand may be about automatic answers, so the colon counts. */
static const char *const automatic_subjects[] = {
    "自动回复:",   "自动答复:",     "automatic reply:", "auto reply:",
    "autoreply:",  "auto:",         "out of office:",   "out of office autoreply:",
    "auto-reply:", "系统自动回复:", "假期自动回复:",    "休假自动回复:",
    "[自动回复]",  "【自动回复】",  "(自动回复)",
};

/* Whoever answers by QQ's rule for holidays has +auto_= in the envelope sender; but what a person
 * forwards by a rule has it too (X-QQ-AUTO-FWD), so that the words must say it as well. */
static const char *const rule_headers[] = {"Sender", "Return-Path", "Authentication-Results"};
static const char *const rule_words[] = {"自动回复", "休假", "假期"};
static const char vacation_text[] = "这是来自QQ邮箱的假期自动回复邮件";

/* Receipts that phones and web pages send as a text. */
static const char *const receipt_subjects[] = {
    "已读:",        "已读回执",       "已阅读:", "阅读回执",  "read:",
    "read receipt", "return receipt", "未读:",   "not read:",
};
#define RECEIPT_LENGTH 1000 /* bytes of its text */

static const char *const daemons[] = {"mailer-daemon@", "postmaster@", "mail-daemon@"};

/* In what daemons write, wherever it stands. */
static const char *const bounce_subjects[] = {
    "退信",           "退回",
    "退件",           "投递失败",
    "投递状态通知",   "发送失败",
    "无法送达",       "拒收",
    "undeliver",      "returned mail",
    "mail delivery",  "delivery status notification",
    "failure notice", "delivery failure",
};

static gchar *find_mark(GMimeMessage *message, const Mark *marks, gsize count);
static gchar *find_subject(const gchar *subject);
static gboolean is_by_rule(GMimeMessage *message, const gchar *subject, const gchar *body);
static gboolean is_bounce(GMimeMessage *message, const Sender *sender, const gchar *subject);
static gboolean is_receipt(GMimeMessage *message, const gchar *subject, const gchar *body,
                           gboolean has_files);
static gboolean is_report(GMimeMessage *message, const char *type);

gboolean marks_facts(Filter *filter, GMimeMessage *message, const Sender *sender, const gchar *body,
                     gboolean has_files)
{
    g_autofree gchar *subject = headers_subject(message);
    g_autofree gchar *wide = g_utf8_normalize(subject != NULL ? subject : "", -1, G_NORMALIZE_NFKC);
    g_autofree gchar *folded = g_utf8_strdown(wide != NULL ? wide : "", -1);

    g_autofree gchar *mark = find_mark(message, automatic, G_N_ELEMENTS(automatic));
    if (mark == NULL)
        mark = find_subject(folded);
    if (mark == NULL && is_by_rule(message, folded, body))
        mark = g_strdup("+auto_=");
    if (mark != NULL)
        filter_fact_text(filter, "mail.automatic", 0, mark);

    gboolean bounce = is_bounce(message, sender, folded);
    if (bounce)
        filter_fact(filter, "mail.bounce", 0, json_true());
    if (is_receipt(message, folded, body, has_files))
        filter_fact(filter, "mail.receipt", 0, json_true());
    g_autofree gchar *of_list = find_mark(message, list, G_N_ELEMENTS(list));
    if (of_list != NULL)
        filter_fact(filter, "mail.list", 0, json_true());
    return bounce;
}

static gchar *first_word(const gchar *value)
{
    g_autofree gchar *bare = g_strstrip(headers_without_comments(value));
    bare[strcspn(bare, "; \t,")] = '\0';
    g_autofree gchar *line = text_line(bare);
    return g_ascii_strdown(line, -1);
}

static gboolean fits(const Mark *mark, const gchar *word)
{
    static const char *const denials[] = {"", "no", "false", "0", NULL};
    switch (mark->test) {
    case PRESENT:
        return TRUE;
    case SAYS:
        return strcmp(word, mark->word) == 0;
    case NOT_DENIED:
        return !g_strv_contains(denials, word);
    }
    return FALSE;
}

/* The header that says it, with what it says. */
static gchar *find_mark(GMimeMessage *message, const Mark *marks, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        g_autoptr(GPtrArray) values = headers_all(message, marks[i].header);
        for (guint v = 0; v < values->len; v++) {
            g_autofree gchar *word = first_word(values->pdata[v]);
            if (fits(&marks[i], word))
                return *word != '\0' ? g_strdup_printf("%s: %s", marks[i].header, word)
                                     : g_strdup(marks[i].header);
        }
    }
    return NULL;
}

static gchar *find_subject(const gchar *subject)
{
    for (gsize i = 0; i < G_N_ELEMENTS(automatic_subjects); i++) {
        const char *start = automatic_subjects[i];
        if (g_str_has_prefix(subject, start))
            return g_strdup_printf("subject %.*s", (int)strcspn(start, ":"), start);
    }
    return NULL;
}

static gboolean is_by_rule(GMimeMessage *message, const gchar *subject, const gchar *body)
{
    gboolean rule = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(rule_headers) && !rule; i++) {
        g_autoptr(GPtrArray) values = headers_all(message, rule_headers[i]);
        for (guint v = 0; v < values->len && !rule; v++) {
            /* Coremail folds in the middle of words. */
            g_auto(GStrv) pieces = g_strsplit(values->pdata[v], " ", 0);
            g_autofree gchar *value = g_strjoinv("", pieces);
            rule = strstr(value, "+auto_=") != NULL;
        }
    }
    if (!rule)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(rule_words); i++)
        if (strstr(subject, rule_words[i]) != NULL)
            return TRUE;
    return g_str_has_prefix(body, vacation_text);
}

/* By RFC 8098, or by its subject: then it is short, and has nothing with it. */
static gboolean is_receipt(GMimeMessage *message, const gchar *subject, const gchar *body,
                           gboolean has_files)
{
    if (is_report(message, "disposition-notification"))
        return TRUE;
    if (has_files || strlen(body) > RECEIPT_LENGTH)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(receipt_subjects); i++)
        if (g_str_has_prefix(subject, receipt_subjects[i]))
            return TRUE;
    return FALSE;
}

static gboolean is_bounce(GMimeMessage *message, const Sender *sender, const gchar *subject)
{
    if (is_report(message, "delivery-status"))
        return TRUE;
    g_autofree gchar *address = g_ascii_strdown(sender->address != NULL ? sender->address : "", -1);
    gboolean daemon = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(daemons); i++)
        daemon = daemon || g_str_has_prefix(address, daemons[i]);
    if (!daemon)
        return FALSE;
    g_autofree gchar *path = headers_first(message, "Return-Path");
    if (path != NULL && strcmp(path, "<>") == 0)
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(bounce_subjects); i++)
        if (strstr(subject, bounce_subjects[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* multipart/report; report-type=TYPE (RFC 6522). */
static gboolean is_report(GMimeMessage *message, const char *type)
{
    GMimeObject *top = g_mime_message_get_mime_part(message);
    GMimeContentType *content = top != NULL ? g_mime_object_get_content_type(top) : NULL;
    if (content == NULL || !g_mime_content_type_is_type(content, "multipart", "report"))
        return FALSE;
    const char *says = g_mime_content_type_get_parameter(content, "report-type");
    return says != NULL && g_ascii_strcasecmp(says, type) == 0;
}
