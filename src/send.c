/* Stage 6: due answers over SMTP, and what became of those that nobody knows about. A row is
 * committed as `sending` before the server hears of it: whatever ends this program, nothing is sent
 * twice by itself. */
#include "send.h"

#include "error.h"
#include "imap.h"
#include "people.h"
#include "smtp.h"
#include "store-reply.h"
#include "unix-time.h"

#include <string.h>

#define RETRY_FIRST  (5 * MINUTE)
#define RETRY_MOST   (6 * HOUR)
#define GIVE_UP      (5 * DAY)
#define TRIES_LEAST  10 /* … since an answer may have been held for long before its first try */
#define SENT_SETTLES (15 * MINUTE) /* until a message that was sent shows in the Sent folder */

static const gchar paused_until[] = "sending_paused_until";

/* Why all sending stops for a while; `counter` remembers how often in a row. */
typedef struct {
    const gchar *counter;
    gint64 first, most;
} Pause;
static const Pause pause_refused = {"sending_refused", 15 * MINUTE, 6 * HOUR};
static const Pause pause_unreachable = {"sending_unreachable", 5 * MINUTE, 2 * HOUR};

typedef struct {
    const SmtpConfig *config;
    const gchar *sent_folder;
    Store *store;
    Smtp *smtp; /* NULL: no connection */
    gboolean stopped;
    int *status;
} Sender;

static void sender_clear(Sender *sender);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sender, sender_clear)

static gboolean adopt_interrupted(const Config *config, Store *store, GError **error);
static gboolean look_up_unknown(const Config *config, Store *store, int *status, GError **error);
static gboolean settle_unknown(Store *store, ReplyRow *row, const gchar *folder, GHashTable *ids,
                               const GPtrArray *sent, GError **error);
static GHashTable *ids_in_sent(const Config *config, GError **error);
static gboolean send_due(Sender *sender, GError **error);
static gboolean within_limits(const Sender *sender, gboolean *within, GError **error);
static gboolean connect_server(Sender *sender, GError **error);
static gboolean send_row(Sender *sender, ReplyRow *row, GError **error);
static gboolean settle(Sender *sender, ReplyRow *row, SmtpOutcome outcome, const gchar *answer,
                       GError **error);
static gboolean keep(Sender *sender, const ReplyRow *row, const Pause *pause, const gchar *why,
                     GError **error);
static gboolean remember_pause(Store *store, const Pause *pause, const gchar *why, gint64 *until,
                               GError **error);
static gboolean forget_pauses(Store *store, GError **error);
static gboolean report(Store *store, const ReplyRow *row, const gchar *what, const gchar *todo,
                       GError **error);

gboolean send_replies(const Config *config, Store *store, int *status, GError **error)
{
    g_auto(Sender) sender = {.config = &config->smtp,
                             .sent_folder = config->imap.sent,
                             .store = store,
                             .status = status};
    return adopt_interrupted(config, store, error) &&
           look_up_unknown(config, store, status, error) &&
           (!config->reply.enabled || send_due(&sender, error));
}

static void sender_clear(Sender *sender)
{
    g_clear_pointer(&sender->smtp, smtp_close);
}

static void set_state(ReplyRow *row, const gchar *state, const gchar *answer)
{
    reply_row_set_state(row, state);
    g_free(row->answer);
    row->answer = g_strdup(answer);
}

/* Writes all ROWS, which were in the state WAS, in one transaction; none: nothing. */
static gboolean write_rows(Store *store, const GPtrArray *rows, const gchar *was, GError **error)
{
    if (rows->len == 0)
        return TRUE;
    gboolean done = store_begin(store, error);
    for (guint i = 0; done && i < rows->len; i++)
        done = store_reply_set(store, rows->pdata[i], was, NULL, error);
    done = done && store_commit(store, "send", error);
    store_rollback(store);
    return done;
}

gboolean send_release_held(Store *store, GError **error)
{
    g_autoptr(GPtrArray) rows = store_replies_in(store, "held", error);
    if (rows == NULL)
        return FALSE;
    for (guint i = 0; i < rows->len; i++) {
        ReplyRow *row = rows->pdata[i];
        set_state(row, "queued", NULL);
        row->due_at = unix_time_now();
    }
    return write_rows(store, rows, "held", error);
}

static gboolean report_unknown(Store *store, const ReplyRow *row, const gchar *folder,
                               GError **error)
{
    g_autofree gchar *todo =
        g_strdup_printf("it is looked for in %s; if it is not found, ask the receiver, then: "
                        "shoujian decide RECEIPT sent|resend --by NAME --why TEXT",
                        folder);
    return report(store, row, "nobody knows whether it was sent", todo, error);
}

static gboolean adopt_interrupted(const Config *config, Store *store, GError **error)
{
    g_autoptr(GPtrArray) rows = store_replies_in(store, "sending", error);
    if (rows == NULL)
        return FALSE;
    for (guint i = 0; i < rows->len; i++)
        set_state(rows->pdata[i], "unknown", "the program ended while it was being sent");
    if (!write_rows(store, rows, "sending", error))
        return FALSE;
    for (guint i = 0; i < rows->len; i++)
        if (!report_unknown(store, rows->pdata[i], config->imap.sent, error))
            return FALSE;
    return TRUE;
}

static gboolean look_up_unknown(const Config *config, Store *store, int *status, GError **error)
{
    g_autoptr(GPtrArray) rows = store_replies_in(store, "unknown", error);
    if (rows == NULL)
        return FALSE;
    if (rows->len == 0)
        return TRUE;
    g_autoptr(GError) why = NULL;
    g_autoptr(GHashTable) ids = ids_in_sent(config, &why);
    if (ids == NULL) {
        people_complain("answers of which nobody knows whether they were sent are looked up later: "
                        "%s",
                        why->message);
        *status = sj_worse_status(*status, SJ_ERROR_LATER);
        return TRUE;
    }
    g_autoptr(GPtrArray) sent = store_replies_in(store, "sent", error);
    if (sent == NULL)
        return FALSE;
    for (guint i = 0; i < rows->len; i++)
        if (!settle_unknown(store, rows->pdata[i], config->imap.sent, ids, sent, error))
            return FALSE;
    return TRUE;
}

/* The Message-IDs in the Sent folder; none when there is no such folder. */
static GHashTable *ids_in_sent(const Config *config, GError **error)
{
    g_autoptr(Imap) imap = imap_open(&config->imap.server, error);
    if (imap == NULL || !imap_list_folders(imap, error))
        return NULL;
    if (!imap_has_folder(imap, config->imap.sent))
        return g_hash_table_new(g_str_hash, g_str_equal);
    ImapFolder sent;
    if (!imap_examine(imap, config->imap.sent, &sent, error))
        return NULL;
    return imap_message_ids(imap, error);
}

/* Whether the folder keeps what was sent at about that time:
 * only then its silence says anything. */
static gboolean keeps_sent(GHashTable *ids, const GPtrArray *sent, gint64 at)
{
    for (guint i = 0; i < sent->len; i++) {
        const ReplyRow *other = sent->pdata[i];
        if (other->sent_at != STORE_NULL && ABS(other->sent_at - at) <= DAY &&
            g_hash_table_contains(ids, other->message_id))
            return TRUE;
    }
    return FALSE;
}

/* One that stays unknown is not written. */
static gboolean settle_unknown(Store *store, ReplyRow *row, const gchar *folder, GHashTable *ids,
                               const GPtrArray *sent, GError **error)
{
    if (row->tried_at == STORE_NULL)
        return TRUE;
    if (g_hash_table_contains(ids, row->message_id)) {
        g_autofree gchar *answer = g_strdup_printf("found in %s", folder);
        set_state(row, "sent", answer);
        row->sent_at = row->tried_at;
    } else if (unix_time_now() - row->tried_at >= SENT_SETTLES &&
               keeps_sent(ids, sent, row->tried_at)) {
        g_autofree gchar *answer =
            g_strdup_printf("not in %s, where others of that time are", folder);
        set_state(row, "queued", answer);
        row->due_at = unix_time_now();
    } else {
        return TRUE;
    }
    g_autoptr(GPtrArray) changed = g_ptr_array_new();
    g_ptr_array_add(changed, row);
    return write_rows(store, changed, "unknown", error);
}

static gboolean send_due(Sender *sender, GError **error)
{
    g_autoptr(GPtrArray) rows = store_replies_in(sender->store, "queued", error);
    gint64 until;
    if (rows == NULL || !store_memory(sender->store, paused_until, &until, error))
        return FALSE;
    if (until > unix_time_now())
        return TRUE;
    for (guint i = 0; i < rows->len && !sender->stopped; i++) {
        ReplyRow *row = rows->pdata[i];
        gboolean within;
        if (row->due_at > unix_time_now())
            break;
        if (!within_limits(sender, &within, error))
            return FALSE;
        if (!within)
            break;
        if (!connect_server(sender, error) ||
            (sender->smtp != NULL && !send_row(sender, row, error)))
            return FALSE;
    }
    return TRUE;
}

/* Beyond our own limits the rest waits for a later poll. */
static gboolean within_limits(const Sender *sender, gboolean *within, GError **error)
{
    const struct {
        guint most;
        gint64 span;
    } limits[] = {{sender->config->per_minute, MINUTE},
                  {sender->config->per_hour, HOUR},
                  {sender->config->per_day, DAY}};
    *within = TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
        gint64 tried;
        if (limits[i].most == 0)
            continue;
        if (!store_replies_tried(sender->store, unix_time_now() - limits[i].span + 1, &tried,
                                 error))
            return FALSE;
        *within = *within && tried < (gint64)limits[i].most;
    }
    return TRUE;
}

/* Leaves sender->smtp NULL, and sending stopped, when the server cannot be used now. */
static gboolean connect_server(Sender *sender, GError **error)
{
    if (sender->smtp != NULL && smtp_alive(sender->smtp))
        return TRUE;
    g_clear_pointer(&sender->smtp, smtp_close);
    g_autoptr(GError) why = NULL;
    sender->smtp = smtp_open(&sender->config->server, &why);
    if (sender->smtp != NULL)
        return TRUE;
    if (g_error_matches(why, SJ_ERROR, SJ_ERROR_LATER))
        return keep(sender, NULL, &pause_unreachable, why->message, error);
    if (g_error_matches(why, SJ_ERROR, SJ_ERROR_REFUSED)) {
        g_autofree gchar *line =
            g_strdup_printf("%s; 163 says this in passing too; if it lasts, check user and "
                            "password of smtp in shoujian.conf (授权码)",
                            why->message);
        *sender->status = sj_worse_status(*sender->status, SJ_ERROR_REFUSED);
        return keep(sender, NULL, &pause_refused, line, error);
    }
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

/* Takes ROW for sending, unless a newer answer or a person has taken it away meanwhile. */
static gboolean claim(Sender *sender, ReplyRow *row, gboolean *claimed, GError **error)
{
    set_state(row, "sending", NULL);
    row->tries++;
    row->tried_at = unix_time_now();
    gboolean done = store_begin(sender->store, error) &&
                    store_reply_set(sender->store, row, "queued", claimed, error) &&
                    store_commit(sender->store, "send", error);
    store_rollback(sender->store);
    return done;
}

static gboolean send_row(Sender *sender, ReplyRow *row, GError **error)
{
    gboolean claimed;
    if (!claim(sender, row, &claimed, error))
        return FALSE;
    if (!claimed)
        return TRUE;
    g_autofree gchar *answer = NULL;
    SmtpOutcome outcome = smtp_send(sender->smtp, sender->config->from, row->recipient,
                                    row->message, strlen(row->message), &answer);
    return settle(sender, row, outcome, answer, error);
}

static gint64 grown(gint64 first, gint64 times, gint64 most)
{
    return times > 20 ? most : MIN(first << times, most);
}

static gboolean settle(Sender *sender, ReplyRow *row, SmtpOutcome outcome, const gchar *answer,
                       GError **error)
{
    gboolean stale = unix_time_now() - row->queued_at > GIVE_UP && row->tries >= TRIES_LEAST;
    if (outcome == SMTP_SENT) {
        set_state(row, "sent", answer);
        row->sent_at = unix_time_now();
        return keep(sender, row, NULL, NULL, error);
    }
    if (outcome == SMTP_UNKNOWN) {
        set_state(row, "unknown", answer);
        return keep(sender, row, &pause_unreachable, answer, error) &&
               report_unknown(sender->store, row, sender->sent_folder, error);
    }
    if (outcome == SMTP_REFUSED || (outcome == SMTP_LATER && stale)) {
        set_state(row, "failed", answer);
        return keep(sender, row, NULL, NULL, error) &&
               report(sender->store, row,
                      outcome == SMTP_REFUSED ? "refused" : "put off for days, given up",
                      "it is not sent again by itself: reach the sender another way", error);
    }
    set_state(row, "queued", answer);
    row->due_at = unix_time_now() + grown(RETRY_FIRST, row->tries - 1, RETRY_MOST);
    return keep(sender, row, outcome == SMTP_STOP ? &pause_refused : NULL, answer, error);
}

/* One transaction: the row (where there is one), and that all sending stops because of WHY (where
 * it does). */
static gboolean keep(Sender *sender, const ReplyRow *row, const Pause *pause, const gchar *why,
                     GError **error)
{
    gint64 until = 0;
    gboolean sent = row != NULL && strcmp(row->state, "sent") == 0;
    gboolean kept = store_begin(sender->store, error) &&
                    (row == NULL || store_reply_set(sender->store, row, "sending", NULL, error)) &&
                    (pause == NULL || remember_pause(sender->store, pause, why, &until, error)) &&
                    (!sent || forget_pauses(sender->store, error)) &&
                    store_commit(sender->store, "send", error);
    store_rollback(sender->store);
    if (!kept || pause == NULL)
        return kept;
    sender->stopped = TRUE;
    g_autoptr(GDateTime) local = g_date_time_new_from_unix_local(until);
    g_autofree gchar *time = g_date_time_format(local, "%Y-%m-%d %H:%M:%S");
    people_complain("sending put off until %s: %s", time, why);
    return TRUE;
}

static gint64 next_midnight(void)
{
    g_autoptr(GDateTime) here = g_date_time_new_now_local();
    g_autoptr(GDateTime) tomorrow = g_date_time_add_days(here, 1);
    g_autoptr(GDateTime) midnight =
        g_date_time_new_local(g_date_time_get_year(tomorrow), g_date_time_get_month(tomorrow),
                              g_date_time_get_day_of_month(tomorrow), 0, 0, 0);
    return g_date_time_to_unix(midnight);
}

/* 163 counts connections (MI:STC), recipients (RP:TRC) and mails by the day. */
static gboolean is_for_today(const gchar *why)
{
    return strstr(why, "MI:STC") != NULL || strstr(why, "RP:TRC") != NULL ||
           strcasestr(why, "today") != NULL;
}

static gboolean remember_pause(Store *store, const Pause *pause, const gchar *why, gint64 *until,
                               GError **error)
{
    gint64 times;
    if (!store_memory(store, pause->counter, &times, error))
        return FALSE;
    *until = is_for_today(why) ? next_midnight()
                               : unix_time_now() + grown(pause->first, times, pause->most);
    return store_remember(store, pause->counter, times + 1, error) &&
           store_remember(store, paused_until, *until, error);
}

static gboolean forget_pauses(Store *store, GError **error)
{
    const Pause *const pauses[] = {&pause_refused, &pause_unreachable};
    for (gsize i = 0; i < G_N_ELEMENTS(pauses); i++) {
        gint64 times;
        if (!store_memory(store, pauses[i]->counter, &times, error) ||
            (times != 0 && !store_remember(store, pauses[i]->counter, 0, error)))
            return FALSE;
    }
    return TRUE;
}

static gboolean report(Store *store, const ReplyRow *row, const gchar *what, const gchar *todo,
                       GError **error)
{
    g_autofree gchar *receipts = store_reply_receipts(store, row->id, error);
    if (receipts == NULL)
        return FALSE;
    people_complain("answer to %s (%s): %s: %s; %s", row->recipient,
                    *receipts != '\0' ? receipts : "about no submission", what, row->answer, todo);
    return TRUE;
}
