/* The headers of a message as text, and who sent it, what about and when, by its own word. */
#include "headers.h"

#include "rfc2047.h"
#include "text.h"

#include <string.h>

#define REFERENCES_LIMIT 50
#define COLONS_LIMIT     2000  /* in one field */
#define COMMAS_LIMIT     20000 /* in all of them */

static void fact_text(Filter *filter, const gchar *name, gchar *text);
static GPtrArray *message_ids(GMimeMessage *message, const gchar *name);

void headers_facts(Filter *filter, GMimeMessage *message, const Sender *sender)
{
    if (sender->address != NULL)
        filter_fact(filter, "mail.from", 0,
                    json_pack("{s:s, s:s}", "address", sender->address, "name",
                              sender->name != NULL ? sender->name : ""));
    fact_text(filter, "mail.subject", headers_subject(message));
    fact_text(filter, "mail.message_id", headers_message_id(message));

    g_autoptr(GPtrArray) replied = message_ids(message, "In-Reply-To");
    if (replied->len > 0)
        filter_fact_text(filter, "mail.in_reply_to", 0, replied->pdata[0]);
    g_autoptr(GPtrArray) references = message_ids(message, "References");
    if (references->len > 0) {
        json_t *list = json_array();
        guint first = references->len > REFERENCES_LIMIT ? references->len - REFERENCES_LIMIT : 0;
        for (guint i = first; i < references->len; i++)
            json_array_append_new(list, json_string(references->pdata[i]));
        filter_fact(filter, "mail.references", 0, list);
    }

    g_autofree gchar *date = headers_first(message, "Date");
    gint64 seconds;
    if (date != NULL && headers_date(date, &seconds))
        filter_fact(filter, "mail.date", 0, json_integer(seconds));
    g_autofree gchar *path = headers_first(message, "Return-Path");
    if (path != NULL) {
        gchar *address = text_line(path);
        if (g_str_has_prefix(address, "<") && g_str_has_suffix(address, ">")) {
            address[strlen(address) - 1] = '\0';
            memmove(address, address + 1, strlen(address));
        }
        filter_fact_text(filter, "mail.return_path", 0, address);
        g_free(address);
    }
}

/* TEXT is taken over. */
static void fact_text(Filter *filter, const gchar *name, gchar *text)
{
    if (text != NULL)
        filter_fact_text(filter, name, 0, text);
    g_free(text);
}

gboolean headers_are_sane(const guint8 *data, gsize size)
{
    guint colons = 0;
    guint commas = 0;
    for (gsize i = 0; i < size; i++) {
        gboolean line = i > 0 && data[i - 1] == '\n';
        if (line && (data[i] == '\n' || data[i] == '\r'))
            break;
        if (line && data[i] != ' ' && data[i] != '\t')
            colons = 0;
        if ((data[i] == ':' && ++colons > COLONS_LIMIT) ||
            (data[i] == ',' && ++commas > COMMAS_LIMIT))
            return FALSE;
    }
    return TRUE;
}

GPtrArray *headers_all(GMimeMessage *message, const gchar *name)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(message));
    for (int i = 0; i < g_mime_header_list_get_count(list); i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const gchar *raw = g_mime_header_get_raw_value(header);
        if (raw != NULL && g_ascii_strcasecmp(g_mime_header_get_name(header), name) == 0)
            g_ptr_array_add(values, header_text(raw));
    }
    return values;
}

gchar *headers_first(GMimeMessage *message, const gchar *name)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(message));
    GMimeHeader *header = g_mime_header_list_get_header(list, name);
    const gchar *raw = header != NULL ? g_mime_header_get_raw_value(header) : NULL;
    return raw != NULL ? header_text(raw) : NULL;
}

gchar *headers_subject(GMimeMessage *message)
{
    g_autofree gchar *value = headers_first(message, "Subject");
    if (value == NULL)
        return NULL;
    GMimeParserOptions *options = text_parser_options();
    g_autofree gchar *text = g_mime_utils_header_decode_text(options, value);
    g_mime_parser_options_free(options);
    return text_line(text != NULL ? text : value);
}

gchar *headers_message_id(GMimeMessage *message)
{
    g_autoptr(GPtrArray) ids = message_ids(message, "Message-ID");
    return ids->len > 0 ? g_strdup(ids->pdata[0]) : NULL;
}

gchar *headers_last_id(GMimeMessage *message, const gchar *name)
{
    g_autoptr(GPtrArray) ids = message_ids(message, name);
    return ids->len > 0 ? g_strdup(ids->pdata[ids->len - 1]) : NULL;
}

/* In ASCII only, since they go into headers of ours. */
static GPtrArray *message_ids(GMimeMessage *message, const gchar *name)
{
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    g_autofree gchar *value = headers_first(message, name);
    const GRegex *pattern = text_pattern("<[!-;=?-~]{1,900}>", 0);
    g_autoptr(GMatchInfo) match = NULL;
    if (value != NULL)
        for (g_regex_match(pattern, value, 0, &match); g_match_info_matches(match);
             g_match_info_next(match, NULL))
            g_ptr_array_add(ids, g_match_info_fetch(match, 0));
    return ids;
}

gchar *headers_without_comments(const gchar *text)
{
    GString *rest = g_string_new(NULL);
    guint depth = 0;
    gboolean quoted = FALSE;
    for (const gchar *at = text; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0' && (quoted || depth > 0)) {
            if (depth == 0)
                g_string_append_len(rest, at, 2);
            at++;
            continue;
        }
        if (*at == '"' && depth == 0)
            quoted = !quoted;
        if (*at == '(' && !quoted)
            depth++;
        if (depth == 0)
            g_string_append_c(rest, *at);
        else if (*at == ')' && --depth == 0)
            g_string_append_c(rest, ' ');
    }
    return g_string_free(rest, FALSE);
}

gboolean headers_date(const gchar *text, gint64 *seconds)
{
    g_autofree gchar *bare = g_strstrip(headers_without_comments(text));
    const GRegex *zone = text_pattern("(?:[+-][0-9]{4}|\\b(?:GMT|UTC?|Z))$", G_REGEX_CASELESS);
    if (!g_regex_match(zone, bare, 0, NULL))
        return FALSE;
    g_autoptr(GDateTime) date = g_mime_utils_header_decode_date(bare);
    if (date == NULL)
        return FALSE;
    *seconds = g_date_time_to_unix(date);
    return TRUE;
}

/* Adds what has an @: text before a comma is a part of somebody's name more often than
 * an address. */
static void add_mailboxes(InternetAddressList *list, guint depth, GPtrArray *mailboxes)
{
    for (int i = 0; i < internet_address_list_length(list); i++) {
        InternetAddress *one = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(one)) {
            if (depth < 2)
                add_mailboxes(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)),
                              depth + 1, mailboxes);
            continue;
        }
        const char *address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one));
        if (address != NULL && strchr(address, '@') != NULL)
            g_ptr_array_add(mailboxes, one);
    }
}

void sender_read(Sender *sender, GMimeMessage *message)
{
    *sender = (Sender){0};
    g_autoptr(GPtrArray) values = headers_all(message, "From");
    if (values->len != 1)
        return;
    GMimeParserOptions *options = text_parser_options();
    InternetAddressList *list = internet_address_list_parse(options, values->pdata[0]);
    g_mime_parser_options_free(options);
    if (list == NULL)
        return;
    g_autoptr(GPtrArray) mailboxes = g_ptr_array_new();
    add_mailboxes(list, 0, mailboxes);
    if (mailboxes->len == 1) {
        InternetAddressMailbox *from = INTERNET_ADDRESS_MAILBOX(mailboxes->pdata[0]);
        const char *name = internet_address_get_name(INTERNET_ADDRESS(from));
        const char *address = internet_address_mailbox_get_addr(from);
        g_autofree gchar *seen = text_line(address);
        /* Without what nobody sees in it, it would be another one's. */
        if (strcmp(seen, address) == 0)
            sender->address = g_steal_pointer(&seen);
        gchar *at = sender->address != NULL ? strrchr(sender->address, '@') : NULL;
        for (gchar *c = at; c != NULL && *c != '\0'; c++)
            *c = g_ascii_tolower(*c);
        sender->name = name != NULL ? text_line(name) : NULL;
    }
    g_object_unref(list);
}

void sender_clear(Sender *sender)
{
    g_free(sender->address);
    g_free(sender->name);
}
