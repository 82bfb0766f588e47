/* Submissions and mails as JSON. */
#include "log-json.h"

#include "submission.h"

#include <stdio.h>

static void append_escaped(GString *line, gunichar c)
{
    if (c > 0xFFFF) {
        c -= 0x10000;
        g_string_append_printf(line, "\\u%04x\\u%04x", 0xD800 + (c >> 10), 0xDC00 + (c & 0x3FF));
    } else {
        g_string_append_printf(line, "\\u%04x", c);
    }
}

void json_print(json_t *object)
{
    g_autofree gchar *dumped = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    g_autoptr(GString) line = g_string_new(NULL);
    for (const gchar *at = dumped; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        switch (g_unichar_type(c)) {
        case G_UNICODE_CONTROL:
        case G_UNICODE_FORMAT:
        case G_UNICODE_LINE_SEPARATOR:
        case G_UNICODE_PARAGRAPH_SEPARATOR:
            append_escaped(line, c);
            break;
        default:
            g_string_append_unichar(line, c);
        }
    }
    puts(line->str);
}

static json_t *text_json(const gchar *text)
{
    if (text == NULL)
        return json_null();
    g_autofree gchar *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static json_t *time_json(const Campaign *campaign, gint64 seconds)
{
    if (seconds == STORE_NULL)
        return json_null();
    g_autofree gchar *iso = campaign_time_iso(campaign, seconds);
    return text_json(iso);
}

/* 1, 0 or STORE_NULL. */
static json_t *truth_json(gint64 value)
{
    return value == STORE_NULL ? json_null() : json_boolean(value != 0);
}

static json_t *sender_json(const Submission *submission);
static json_t *fields_json(Store *store, const Campaign *campaign, const Version *version,
                           GError **error);
static json_t *files_json(Store *store, const Campaign *campaign, const GPtrArray *files,
                          GError **error);
static json_t *findings_json(const GPtrArray *findings);
static json_t *replies_json(const Campaign *campaign, const GPtrArray *replies);
static json_t *mails_json(Store *store, const Campaign *campaign, const GPtrArray *mails,
                          GError **error);

json_t *json_submission(Store *store, const Campaign *campaign, const Dossier *dossier, gint64 now,
                        GError **error)
{
    const Submission *submission = dossier->submission;
    const Version *standing = dossier->standing;
    json_t *fields = fields_json(store, campaign, standing, error);
    json_t *files = fields != NULL ? files_json(store, campaign, dossier->files, error) : NULL;
    json_t *mails = files != NULL ? mails_json(store, campaign, dossier->mails, error) : NULL;
    if (mails == NULL) {
        json_decref(fields);
        json_decref(files);
        return NULL;
    }
    return json_pack(
        "{s:i, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "v", 1, "receipt",
        text_json(submission->receipt), "status", text_json(submission->status), "in_time",
        truth_json(submission_in_time(submission, campaign, now)), "first_received_at",
        time_json(campaign, submission->first_received_at), "complete_at",
        time_json(campaign, submission->complete_at), "class", "submission", "version",
        (json_int_t)(standing != NULL ? standing->number : 1), "sender", sender_json(submission),
        "fields", fields, "files", files, "findings", findings_json(dossier->findings), "replies",
        replies_json(campaign, dossier->replies), "mails", mails);
}

static json_t *sender_json(const Submission *submission)
{
    return json_pack("{s:o, s:o, s:o}", "address", text_json(submission->sender), "name",
                     text_json(submission->sender_name), "proved",
                     truth_json(submission->sender_proved));
}

/* What was read in a field: a list of the ticked options, or the text as it was written. */
static json_t *field_json(const Field *field, const json_t *value)
{
    if (field->options != NULL)
        return json_is_array(value) ? json_deep_copy(value) : NULL;
    if (json_is_string(value))
        return json_copy((json_t *)value);
    char *figure = json_is_number(value) ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_t *text = figure != NULL ? json_string(figure) : NULL;
    free(figure);
    return text;
}

static json_t *fields_json(Store *store, const Campaign *campaign, const Version *version,
                           GError **error)
{
    g_autoptr(GHashTable) read = version_fields(store, campaign, version, error);
    if (read == NULL)
        return NULL;
    json_t *fields = json_object();
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        const json_t *value = g_hash_table_lookup(read, field->key);
        json_t *said = value != NULL ? field_json(field, value) : NULL;
        if (said != NULL)
            json_object_set_new(fields, field->key, said);
    }
    return fields;
}

static json_t *files_json(Store *store, const Campaign *campaign, const GPtrArray *files,
                          GError **error)
{
    json_t *list = json_array();
    for (guint i = 0; i < files->len; i++) {
        const Part *part = files->pdata[i];
        g_autoptr(Mail) mail = store_mail(store, part->mail, error);
        if (mail == NULL) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:I, s:o, s:o, s:o}", "name", text_json(part->name),
                            "sha256", text_json(part->sha256), "size", (json_int_t)part->size,
                            "type", text_json(part->type), "role", text_json(part->role),
                            "received_at", time_json(campaign, mail->received_at)));
    }
    return list;
}

static json_t *findings_json(const GPtrArray *findings)
{
    json_t *list = json_array();
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        json_array_append_new(
            list, json_pack("{s:o, s:s, s:b, s:o, s:o}", "rule", text_json(finding->rule), "level",
                            level_name(finding->level), "person", finding->person, "message",
                            text_json(finding->message), "fix", text_json(finding->fix)));
    }
    return list;
}

static json_t *replies_json(const Campaign *campaign, const GPtrArray *replies)
{
    json_t *list = json_array();
    for (guint i = 0; i < replies->len; i++) {
        const ReplyRow *reply = replies->pdata[i];
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "kind", text_json(reply->kind), "state",
                      text_json(reply->state), "to", text_json(reply->recipient), "message_id",
                      text_json(reply->message_id), "at", time_json(campaign, reply->sent_at),
                      "returned_at", time_json(campaign, reply->returned_at)));
    }
    return list;
}

/* PLACE and MAIL: either may be missing, not both. */
static json_t *place_json(const Campaign *campaign, const Place *place, const Mail *mail)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "folder",
                     text_json(place != NULL ? place->folder : NULL), "uidvalidity",
                     place != NULL ? json_integer(place->uidvalidity) : json_null(), "uid",
                     place != NULL ? json_integer(place->uid) : json_null(), "message_id",
                     text_json(mail != NULL ? mail->message_id : NULL), "received_at",
                     time_json(campaign, place != NULL ? place->received_at : mail->received_at),
                     "subject", text_json(mail != NULL ? mail->subject : NULL));
}

static gboolean add_places(json_t *list, Store *store, const Campaign *campaign, const Mail *mail,
                           GError **error)
{
    g_autoptr(GPtrArray) places = store_places(store, mail->id, error);
    if (places == NULL)
        return FALSE;
    for (guint i = 0; i < places->len; i++)
        json_array_append_new(list, place_json(campaign, places->pdata[i], mail));
    if (places->len == 0)
        json_array_append_new(list, place_json(campaign, NULL, mail));
    return TRUE;
}

static json_t *mails_json(Store *store, const Campaign *campaign, const GPtrArray *mails,
                          GError **error)
{
    json_t *list = json_array();
    for (guint i = 0; i < mails->len; i++)
        if (!add_places(list, store, campaign, mails->pdata[i], error)) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *apart_json(const gchar *class, json_t *mails, json_t *replies)
{
    return json_pack("{s:i, s:n, s:o, s:o, s:o}", "v", 1, "receipt", "class", text_json(class),
                     "mails", mails, "replies", replies);
}

json_t *json_mail_apart(Store *store, const Campaign *campaign, const Mail *mail, GError **error)
{
    g_autoptr(GPtrArray) replies = store_mail_replies(store, mail->id, error);
    json_t *mails = replies != NULL ? json_array() : NULL;
    if (mails != NULL && add_places(mails, store, campaign, mail, error))
        return apart_json(mail->class, mails, replies_json(campaign, replies));
    json_decref(mails);
    return NULL;
}

json_t *json_place_before(const Campaign *campaign, const Place *place)
{
    return apart_json("before", json_pack("[o]", place_json(campaign, place, NULL)), json_array());
}

static json_t *versions_json(Store *store, const Campaign *campaign, const GPtrArray *versions,
                             GError **error);
static json_t *decisions_json(const Campaign *campaign, const GPtrArray *decisions);
static json_t *candidates_json(const GPtrArray *candidates);
static json_t *troubles_json(const GPtrArray *troubles);

json_t *json_dossier(Store *store, const Campaign *campaign, const Dossier *dossier, gint64 now,
                     GError **error)
{
    g_autoptr(Submission) into = NULL;
    if (dossier->submission->merged_into != STORE_NULL &&
        (into = store_submission(store, dossier->submission->merged_into, error)) == NULL)
        return NULL;
    g_autoptr(GPtrArray) troubles = dossier_troubles(store, dossier, error);
    json_t *object =
        troubles != NULL ? json_submission(store, campaign, dossier, now, error) : NULL;
    json_t *versions =
        object != NULL ? versions_json(store, campaign, dossier->versions, error) : NULL;
    if (versions == NULL) {
        json_decref(object);
        return NULL;
    }
    json_object_set_new(object, "versions", versions);
    json_object_set_new(object, "decisions", decisions_json(campaign, dossier->decisions));
    json_object_set_new(object, "candidates", candidates_json(dossier->candidates));
    json_object_set_new(object, "notes", troubles_json(troubles));
    json_object_set_new(object, "merged_into", text_json(into != NULL ? into->receipt : NULL));
    json_object_set_new(object, "dropped", json_boolean(dossier->submission->dropped));
    return object;
}

static json_t *versions_json(Store *store, const Campaign *campaign, const GPtrArray *versions,
                             GError **error)
{
    json_t *list = json_array();
    for (guint i = 0; i < versions->len; i++) {
        const Version *version = versions->pdata[i];
        g_autoptr(GPtrArray) parts = store_version_files(store, version->id, error);
        json_t *files = parts != NULL ? files_json(store, campaign, parts, error) : NULL;
        json_t *fields = files != NULL ? fields_json(store, campaign, version, error) : NULL;
        if (fields == NULL) {
            json_decref(files);
            json_decref(list);
            return NULL;
        }
        json_array_append_new(
            list,
            json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "number", (json_int_t)version->number,
                      "state", text_json(version->state), "received_at",
                      time_json(campaign, version->received_at), "complete_at",
                      time_json(campaign, version->complete_at), "fields", fields, "files", files));
    }
    return list;
}

static json_t *decisions_json(const Campaign *campaign, const GPtrArray *decisions)
{
    json_t *list = json_array();
    for (guint i = 0; i < decisions->len; i++) {
        const Decision *decision = decisions->pdata[i];
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o}", "at", time_json(campaign, decision->at), "what",
                      text_json(decision->what), "argument", text_json(decision->argument), "by",
                      text_json(decision->by), "why", text_json(decision->why)));
    }
    return list;
}

static json_t *candidates_json(const GPtrArray *candidates)
{
    json_t *list = json_array();
    for (guint i = 0; i < candidates->len; i++) {
        const Candidate *candidate = candidates->pdata[i];
        json_array_append_new(list,
                              json_pack("{s:o, s:o}", "receipt", text_json(candidate->receipt),
                                        "reason", text_json(candidate->reason)));
    }
    return list;
}

static json_t *troubles_json(const GPtrArray *troubles)
{
    json_t *list = json_array();
    for (guint i = 0; i < troubles->len; i++) {
        const Trouble *trouble = troubles->pdata[i];
        json_array_append_new(list, json_pack("{s:o, s:o}", "note", text_json(trouble->note),
                                              "object", text_json(trouble->object)));
    }
    return list;
}
