/* Whose files an answer may speak of, and the list of them: it speaks only of what its receiver
 * sent. */
#include "reply-files.h"

#include "incoming.h"
#include "words.h"

#include <string.h>

#define FILES_MOST 1000 /* listed one by one; a mail may bring thousands */
#define NAME_MOST  200

static gboolean is_own(const ReplyCase *about, const Mail *mail)
{
    return incoming_same_address(mail->sender, about->mail->sender);
}

const Mail *reply_own_mail(const ReplyCase *about, const Dossier *dossier, const Part *part)
{
    for (guint i = 0; i < dossier->mails->len; i++) {
        const Mail *mail = dossier->mails->pdata[i];
        if (mail->id == part->mail && is_own(about, mail))
            return mail;
    }
    return NULL;
}

const Mail *reply_last_mail(const ReplyCase *about, const Dossier *dossier)
{
    for (guint i = dossier->mails->len; i-- > 0;)
        if (is_own(about, dossier->mails->pdata[i]))
            return dossier->mails->pdata[i];
    return about->mail;
}

/* The list while it is written. */
typedef struct {
    Filling *filling;
    GString *text;
    GHashTable *seen; /* SHA-256 and name of what is listed already */
    guint number;
} Listing;

/* One that came with an earlier mail than LAST says when. */
static void add_file(Listing *listing, const Part *part, const Mail *mail, const Mail *last)
{
    if (strcmp(part->role, "container") == 0 || part->is_inline || part->parent == STORE_NULL ||
        !g_hash_table_add(listing->seen, g_strconcat(part->sha256, part->name, NULL)) ||
        ++listing->number > FILES_MOST)
        return;
    g_autofree gchar *name = filling_line(part->name, NAME_MOST);
    g_autofree gchar *received =
        campaign_time_words(listing->filling->about->campaign, mail->received_at);
    g_autofree gchar *earlier =
        mail->received_at != last->received_at ? words_earlier(received) : g_strdup("");
    g_string_append_printf(listing->text, "%u. %s%s\n   %" G_GINT64_FORMAT " 字节，SHA-256：%s\n",
                           listing->number, name[0] != '\0' ? name : words_said("no-name"), earlier,
                           part->size, part->sha256);
}

static void add_standing(Listing *listing, guint index)
{
    const ReplyCase *about = listing->filling->about;
    const Dossier *dossier = about->dossiers->pdata[index];
    const Mail *last = reply_last_mail(about, dossier);
    gsize start = listing->text->len, headed;
    filling_add_heading(listing->text, listing->filling, index);
    headed = listing->text->len;
    for (guint i = 0; i < dossier->files->len; i++) {
        const Mail *mail = reply_own_mail(about, dossier, dossier->files->pdata[i]);
        if (mail != NULL)
            add_file(listing, dossier->files->pdata[i], mail, last);
    }
    if (listing->text->len == headed)
        g_string_truncate(listing->text, start);
}

/* When the receiver was last told of DOSSIER. */
static gint64 told_at(const ReplyCase *about, const Dossier *dossier)
{
    gint64 told = G_MININT64;
    for (guint i = 0; i < dossier->replies->len; i++) {
        const ReplyRow *reply = dossier->replies->pdata[i];
        if (reply->tries > 0 && incoming_same_address(reply->recipient, about->mail->sender))
            told = MAX(told, reply->queued_at);
    }
    return told;
}

static void add_all_of(Listing *listing, GHashTable *mails, const Mail *mail)
{
    Filling *filling = listing->filling;
    if (filling->error != NULL || !g_hash_table_add(mails, (gpointer)&mail->id))
        return;
    g_autoptr(GPtrArray) parts = store_parts(filling->about->store, mail->id, &filling->error);
    for (guint i = 0; parts != NULL && i < parts->len; i++)
        add_file(listing, parts->pdata[i], mail, filling->about->mail);
}

/* What else was in the mail that is answered, and in those before it that no answer went out to:
 * this one takes the place of theirs. */
static void add_others(Listing *listing)
{
    const ReplyCase *about = listing->filling->about;
    g_autoptr(GHashTable) mails = g_hash_table_new(g_int64_hash, g_int64_equal);
    gsize start = listing->text->len, headed;
    if (about->dossiers->len > 1)
        g_string_append_printf(listing->text, "%s%s\n", start > 0 ? "\n" : "",
                               words_said("other-files"));
    headed = listing->text->len;
    for (guint i = 0; i < about->dossiers->len; i++) {
        const Dossier *dossier = about->dossiers->pdata[i];
        gint64 told = told_at(about, dossier);
        for (guint m = 0; m < dossier->mails->len; m++) {
            const Mail *mail = dossier->mails->pdata[m];
            if (is_own(about, mail) && mail->received_at > told)
                add_all_of(listing, mails, mail);
        }
    }
    add_all_of(listing, mails, about->mail);
    if (listing->text->len == headed)
        g_string_truncate(listing->text, start);
}

gchar *reply_files_write(Filling *filling)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Listing listing = {filling, g_string_new(NULL), seen, 0};
    for (guint i = 0; i < filling->about->dossiers->len; i++)
        add_standing(&listing, i);
    add_others(&listing);
    if (listing.number > FILES_MOST) {
        g_autofree gchar *more = words_more_files(listing.number - FILES_MOST);
        g_string_append(listing.text, more);
    }
    return g_strchomp(g_string_free(listing.text, FALSE));
}

static void take_name(GPtrArray *foreign, GHashTable *own, gboolean mine, const gchar *name)
{
    if (name == NULL || name[0] == '\0')
        return;
    if (mine)
        g_hash_table_add(own, g_strdup(name));
    else
        g_ptr_array_add(foreign, g_strdup(name));
}

static gboolean take_names(const ReplyCase *about, const Mail *mail, GPtrArray *foreign,
                           GHashTable *own, GError **error)
{
    gboolean mine = is_own(about, mail);
    g_autoptr(GPtrArray) parts = store_parts(about->store, mail->id, error);
    g_autoptr(GPtrArray) links = parts != NULL ? mail_links(about->store, mail, error) : NULL;
    if (links == NULL)
        return FALSE;
    for (guint i = 0; i < parts->len; i++)
        take_name(foreign, own, mine, ((const Part *)parts->pdata[i])->name);
    for (guint i = 0; i < links->len; i++) {
        take_name(foreign, own, mine, link_says(links->pdata[i], "name"));
        take_name(foreign, own, mine, link_says(links->pdata[i], "url"));
    }
    return TRUE;
}

GPtrArray *reply_foreign_names(const ReplyCase *about, const Dossier *dossier, GError **error)
{
    g_autoptr(GPtrArray) foreign = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gboolean all_own = TRUE;
    for (guint i = 0; i < dossier->mails->len; i++)
        all_own = all_own && is_own(about, dossier->mails->pdata[i]);
    for (guint i = 0; !all_own && i < dossier->mails->len; i++)
        if (!take_names(about, dossier->mails->pdata[i], foreign, own, error))
            return NULL;
    for (guint i = foreign->len; i-- > 0;)
        if (g_hash_table_contains(own, foreign->pdata[i]))
            g_ptr_array_remove_index(foreign, i);
    return g_steal_pointer(&foreign);
}
