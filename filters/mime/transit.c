/* Which way a message came: Received (RFC 5321, 4.4), and what the provider found out about its
 * sender (Authentication-Results, RFC 8601), as Coremail writes them.
 *
 * Anybody can put an Authentication-Results of his own into a mail. Coremail puts its Received on
 * top of what it got, and X-CM-TRANSID and Authentication-Results at the end, so the genuine one
 * names the host of the topmost Received and stands behind that host's transaction number, which
 * nobody knew before the mail was there. */
#include "transit.h"

#include "rfc2047.h"
#include "text.h"

#include <string.h>

typedef struct {
    gchar *from, *by, *id; /* NULL: not said */
    gint64 date;
    gboolean dated;
} Hop;

static void hop_parse(Hop *hop, const gchar *received);
static void hop_clear(Hop *hop);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Hop, hop_clear)

typedef struct {
    gboolean aligned; /* a check passed for the domain that From says */
    gboolean failed;  /* a check says that it is not from there */
} Verdict;

static void received_fact(Filter *filter, const Hop *top, const GPtrArray *received);
static gchar *genuine_results(GMimeMessage *message, const Hop *top);
static Verdict judge(const gchar *results, const gchar *domain);

void transit_facts(Filter *filter, GMimeMessage *message, const Sender *sender)
{
    g_autoptr(GPtrArray) received = headers_all(message, "Received");
    g_auto(Hop) top = {0};
    g_autofree gchar *results = NULL;
    if (received->len > 0) {
        hop_parse(&top, received->pdata[0]);
        received_fact(filter, &top, received);
        results = genuine_results(message, &top);
    }
    const gchar *at = sender->address != NULL ? strrchr(sender->address, '@') : NULL;
    Verdict verdict = {0};
    if (results != NULL) {
        verdict = judge(results, at != NULL ? at + 1 : "");
        filter_fact(filter, "mail.proved", 0, json_boolean(verdict.aligned));
    }
    filter_fact(filter, "mail.against", 0, json_boolean(verdict.failed || at == NULL));
}

static void received_fact(Filter *filter, const Hop *top, const GPtrArray *received)
{
    json_t *fact = json_object();
    if (top->dated)
        json_object_set_new(fact, "top", json_integer(top->date));
    gboolean any = FALSE;
    gint64 first = 0;
    for (guint i = 0; i < received->len; i++) {
        g_auto(Hop) hop = {0};
        hop_parse(&hop, received->pdata[i]);
        if (hop.dated && (!any || hop.date < first))
            first = hop.date;
        any = any || hop.dated;
    }
    if (any)
        json_object_set_new(fact, "first", json_integer(first));
    if (top->by != NULL)
        json_object_set_new(fact, "by", json_string(top->by));
    if (top->from != NULL)
        json_object_set_new(fact, "from", json_string(top->from));
    filter_fact(filter, "mail.received", 0, fact);
}

/* "from X (…) by Y (…) with SMTP id Z; date": after the comments, a word and its value in turn. */
static void hop_parse(Hop *hop, const gchar *received)
{
    g_autofree gchar *bare = headers_without_comments(received);
    gchar *date = strrchr(bare, ';');
    if (date != NULL) {
        *date = '\0';
        hop->dated = headers_date(date + 1, &hop->date);
    }
    g_auto(GStrv) words = g_strsplit_set(g_strstrip(bare), " ", 0);
    const gchar *key = NULL;
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] == '\0')
            continue;
        if (key == NULL) {
            key = words[i];
            continue;
        }
        gchar **place = g_ascii_strcasecmp(key, "from") == 0 ? &hop->from
                        : g_ascii_strcasecmp(key, "by") == 0 ? &hop->by
                        : g_ascii_strcasecmp(key, "id") == 0 ? &hop->id
                                                             : NULL;
        if (place != NULL && *place == NULL)
            *place = text_line(words[i]);
        key = NULL;
    }
}

static void hop_clear(Hop *hop)
{
    g_free(hop->from);
    g_free(hop->by);
    g_free(hop->id);
}

/* Coremail folds in the middle of words, so white space means nothing here. */
static gchar *squeeze(const gchar *text)
{
    GString *line = g_string_new(NULL);
    for (; *text != '\0'; text++)
        if (!g_ascii_isspace(*text))
            g_string_append_c(line, *text);
    return g_string_free(line, FALSE);
}

/* The last one behind the transaction number, without its white space; NULL when there is none. */
static gchar *genuine_results(GMimeMessage *message, const Hop *top)
{
    if (top->by == NULL || top->id == NULL)
        return NULL;
    gboolean behind = FALSE;
    gchar *genuine = NULL;
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(message));
    for (int i = 0; i < g_mime_header_list_get_count(list); i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const gchar *name = g_mime_header_get_name(header);
        gboolean number = g_ascii_strcasecmp(name, "X-CM-TRANSID") == 0;
        if (!number && g_ascii_strcasecmp(name, "Authentication-Results") != 0)
            continue;
        const gchar *raw = g_mime_header_get_raw_value(header);
        g_autofree gchar *text = header_text(raw != NULL ? raw : "");
        g_autofree gchar *value = squeeze(text);
        if (number) {
            behind = behind || strcmp(value, top->id) == 0;
            continue;
        }
        gsize host = strcspn(value, ";");
        if (behind && value[host] == ';' && host == strlen(top->by) &&
            g_ascii_strncasecmp(value, top->by, host) == 0) {
            g_free(genuine);
            genuine = g_strdup(value + host + 1);
        }
    }
    return genuine;
}

/* Equal, or one below the other: mail.qq.com and qq.com. */
static gboolean same_organisation(const gchar *a, const gchar *b)
{
    gsize a_length = strlen(a), b_length = strlen(b);
    if (a_length < b_length)
        return same_organisation(b, a);
    if (strchr(b, '.') == NULL || g_ascii_strcasecmp(a + a_length - b_length, b) != 0)
        return FALSE;
    return a_length == b_length || a[a_length - b_length - 1] == '.';
}

/* "spf=passsmtp.mail=user@qq.com", "dkim=passheader.i=@qq.com", or without the property's name. */
static void judge_one(const gchar *method, const gchar *domain, Verdict *verdict)
{
    gboolean spf = g_str_has_prefix(method, "spf=");
    if (!spf && !g_str_has_prefix(method, "dkim="))
        return;
    const gchar *result = strchr(method, '=') + 1;
    if (g_str_has_prefix(result, "fail") || (spf && g_str_has_prefix(result, "softfail")))
        verdict->failed = TRUE;
    if (!g_str_has_prefix(result, "pass"))
        return;
    const gchar *at = strchr(result, '@');
    if (at != NULL && at == strrchr(result, '@') && same_organisation(at + 1, domain))
        verdict->aligned = TRUE;
}

static Verdict judge(const gchar *results, const gchar *domain)
{
    Verdict verdict = {0};
    g_autofree gchar *lower = g_ascii_strdown(results, -1);
    g_auto(GStrv) methods = g_strsplit(lower, ";", 0);
    for (guint i = 0; methods[i] != NULL; i++)
        judge_one(methods[i], domain, &verdict);
    /* Coremail writes no comments and quotes nothing but a local part, which could say anything, a
     * semicolon too: with these nothing is proved. */
    verdict.aligned = verdict.aligned && strpbrk(results, "\"()") == NULL;
    return verdict;
}
