/* `shoujian show`: everything about one submission, for staff on one screen, or as JSON. */
#include "command.h"
#include "log-json.h"
#include "people.h"
#include "submission.h"
#include "template.h"
#include "unix-time.h"
#include "words.h"

/* What is shown, and where it comes from. */
typedef struct {
    Store *store;
    const Campaign *campaign;
    RuleSet *rules;
    const Dossier *dossier;
} Shown;

static gboolean show_json(const Shown *shown, GError **error);
static gboolean show_words(const Shown *shown, GError **error);

int cmd_show(House *house, const Arguments *arguments, GError **error)
{
    g_autoptr(Submission) submission =
        store_submission_find(house->store, arguments_word(arguments, 0), error);
    g_autoptr(Dossier) dossier =
        submission != NULL ? dossier_load(house->store, submission->id, error) : NULL;
    if (dossier == NULL)
        return 0;
    Shown shown = {house->store, house->campaign, house->rules, dossier};
    if (arguments_option(arguments, "--json") != NULL)
        show_json(&shown, error);
    else
        show_words(&shown, error);
    return 0;
}

static gboolean show_json(const Shown *shown, GError **error)
{
    json_t *object =
        json_dossier(shown->store, shown->campaign, shown->dossier, unix_time_now(), error);
    if (object == NULL)
        return FALSE;
    json_print(object);
    return TRUE;
}

static gboolean show_head(const Shown *shown, GError **error);
static gboolean show_mails(const Shown *shown, GError **error);
static gboolean show_versions(const Shown *shown, GError **error);
static gboolean show_fields(const Shown *shown, GError **error);
static gboolean show_findings(const Shown *shown, GError **error);
static void show_replies(const Shown *shown);
static void show_decisions(const Shown *shown);

static gboolean show_words(const Shown *shown, GError **error)
{
    if (!show_head(shown, error) || !show_mails(shown, error) || !show_versions(shown, error) ||
        !show_fields(shown, error) || !show_findings(shown, error))
        return FALSE;
    show_replies(shown);
    show_decisions(shown);
    return TRUE;
}

static void print_title(const gchar *title)
{
    people_print("%s", "");
    people_print("【%s】", title);
}

static const gchar *in_time_words(const Shown *shown)
{
    gint64 in_time =
        submission_in_time(shown->dossier->submission, shown->campaign, unix_time_now());
    return in_time == STORE_NULL ? "尚未到齐" : in_time ? "截止前到齐" : "截止前未到齐";
}

static const gchar *proved_words(gint64 proved)
{
    return proved == STORE_NULL ? "来源未验证" : proved ? "来源已验证" : "来源验证未通过";
}

static gboolean show_head(const Shown *shown, GError **error)
{
    const Submission *submission = shown->dossier->submission;
    g_autofree gchar *first = people_time(shown->campaign, submission->first_received_at);
    g_autofree gchar *complete = people_time(shown->campaign, submission->complete_at);
    g_autofree gchar *sender = people_sender(submission->sender_name, submission->sender);
    if (submission->merged_into != STORE_NULL) {
        g_autoptr(Submission) into = store_submission(shown->store, submission->merged_into, error);
        if (into == NULL)
            return FALSE;
        people_print("回执号：%s  已并入 %s，其邮件和文件见该件；以下是并入前的记录。",
                     submission->receipt, into->receipt);
    } else if (submission->dropped) {
        people_print("回执号：%s  经人工认定，不作为报送材料。", submission->receipt);
    } else {
        people_print("回执号：%s  状态：%s  %s", submission->receipt,
                     words_status(submission->status), in_time_words(shown));
    }
    people_print("首次收到：%s  材料到齐：%s", first,
                 complete[0] != '\0' ? complete : "（未到齐）");
    people_print("发件人：%s（%s）", sender, proved_words(submission->sender_proved));
    return TRUE;
}

static gboolean show_places(const Shown *shown, const Mail *mail, GError **error);

static gboolean show_mails(const Shown *shown, GError **error)
{
    const GPtrArray *mails = shown->dossier->mails;
    if (mails->len > 0)
        print_title("邮件");
    for (guint i = 0; i < mails->len; i++) {
        const Mail *mail = mails->pdata[i];
        g_autofree gchar *received = people_time(shown->campaign, mail->received_at);
        g_autofree gchar *sender = people_sender(mail->sender_name, mail->sender);
        people_print("%s  %s（%s）  %s", received, sender, proved_words(mail->sender_proved),
                     mail->subject != NULL && mail->subject[0] != '\0' ? mail->subject
                                                                       : "（无主题）");
        if (!show_places(shown, mail, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean show_places(const Shown *shown, const Mail *mail, GError **error)
{
    g_autoptr(GPtrArray) places = store_places(shown->store, mail->id, error);
    if (places == NULL)
        return FALSE;
    for (guint i = 0; i < places->len; i++) {
        const Place *place = places->pdata[i];
        people_print("    位置：%s，UID %u（UIDVALIDITY %u）", place->folder, place->uid,
                     place->uidvalidity);
    }
    if (places->len == 0)
        people_print("%s", "    位置：由文件导入");
    people_print("    原件：SHA-256 %s", mail->sha256);
    return TRUE;
}

static void show_file(const Part *part);
static gboolean show_unused(const Shown *shown, GHashTable *used, GError **error);

static gboolean show_versions(const Shown *shown, GError **error)
{
    const GPtrArray *versions = shown->dossier->versions;
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    if (versions->len > 0)
        print_title("版本与文件");
    for (guint i = 0; i < versions->len; i++) {
        const Version *version = versions->pdata[i];
        g_autofree gchar *received = people_time(shown->campaign, version->received_at);
        people_print("第%d版（%s）  收到：%s", (int)version->number,
                     words_version_state(version->state), received);
        g_autoptr(GPtrArray) files = store_version_files(shown->store, version->id, error);
        if (files == NULL)
            return FALSE;
        for (guint f = 0; f < files->len; f++) {
            const Part *part = files->pdata[f];
            show_file(part);
            g_hash_table_add(used, g_memdup2(&part->id, sizeof(part->id)));
        }
    }
    return show_unused(shown, used, error);
}

static void show_file(const Part *part)
{
    people_print("    %s：%s  %" G_GINT64_FORMAT " 字节", words_role(part->role),
                 part->name[0] != '\0' ? part->name : words_said("no-name"), part->size);
    people_print("        SHA-256 %s", part->sha256);
}

/* What else these mails brought than USED (ids, gint64): scans of which nobody knows whose they
 * are, pictures of the text, what came late, what came twice. */
static gboolean show_unused(const Shown *shown, GHashTable *used, GError **error)
{
    gboolean any = FALSE;
    for (guint i = 0; i < shown->dossier->mails->len; i++) {
        const Mail *mail = shown->dossier->mails->pdata[i];
        g_autoptr(GPtrArray) parts = store_parts(shown->store, mail->id, error);
        if (parts == NULL)
            return FALSE;
        for (guint p = 0; p < parts->len; p++) {
            const Part *part = parts->pdata[p];
            if (part->parent == STORE_NULL || g_hash_table_contains(used, &part->id))
                continue;
            if (!any)
                people_print("%s", words_said("unused"));
            any = TRUE;
            show_file(part);
        }
    }
    return TRUE;
}

/* What was read in FIELD, for people. To be freed. */
static gchar *field_words(const Field *field, const json_t *value)
{
    if (value == NULL)
        return g_strdup(words_said("not-read"));
    g_autoptr(Row) row = row_new();
    columns_set_field(row, field, value);
    Value read;
    g_autofree gchar *words =
        columns_get_text(row, field, &read) ? value_for_people(&read, NULL) : NULL;
    if (words == NULL)
        return g_strdup(words_said("not-read"));
    return words[0] != '\0' ? g_steal_pointer(&words) : g_strdup(words_said("not-filled"));
}

static gboolean show_fields(const Shown *shown, GError **error)
{
    const Version *standing = shown->dossier->standing;
    if (!version_has_form(standing))
        return TRUE;
    g_autoptr(GHashTable) fields = version_fields(shown->store, shown->campaign, standing, error);
    if (fields == NULL)
        return FALSE;
    print_title("需求表内容");
    for (guint i = 0; i < shown->campaign->fields->len; i++) {
        const Field *field = shown->campaign->fields->pdata[i];
        g_autofree gchar *words = field_words(field, g_hash_table_lookup(fields, field->key));
        people_print("%s：%s", field_label(field), words);
    }
    return TRUE;
}

static gboolean needs_person(const Dossier *dossier)
{
    for (guint i = 0; i < dossier->findings->len; i++)
        if (((const Finding *)dossier->findings->pdata[i])->person)
            return TRUE;
    return FALSE;
}

/* What the rules remark now, Finding*; what became part of another submission has no mail left. */
static GPtrArray *remarks_of(const Shown *shown, GError **error)
{
    if (shown->dossier->mails->len == 0)
        return g_ptr_array_new();
    gboolean filled;
    g_autoptr(Row) row = dossier_row(shown->store, shown->campaign, shown->dossier, error);
    if (row == NULL || !version_is_filled(shown->store, shown->dossier->standing, &filled, error))
        return NULL;
    return ruleset_remarks(shown->rules, row, filled, error);
}

static void print_findings(const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        people_print_finding(finding->level, finding->person, finding->message, finding->rule,
                             finding->fix);
    }
}

/* What may belong together, each with the command that says so. */
static gboolean show_candidates(const Shown *shown, GError **error)
{
    const Dossier *dossier = shown->dossier;
    const gchar *receipt = dossier->submission->receipt;
    for (guint i = 0; i < dossier->candidates->len; i++) {
        const Candidate *candidate = dossier->candidates->pdata[i];
        if (candidate->receipt == NULL) {
            people_print("来件中的扫描件不能对应到需求表，请打开核对（见上“%s”）",
                         words_said("unused"));
            continue;
        }
        g_autoptr(Dossier) other = dossier_load(shown->store, candidate->other, error);
        g_autofree gchar *title =
            other != NULL ? submission_title(shown->store, shown->campaign, other->standing, error)
                          : NULL;
        if (title == NULL)
            return FALSE;
        people_print("可能与 %s 是同一申报：%s", candidate->receipt,
                     *title != '\0' ? title : words_said("no-form"));
        people_print("    如是：shoujian decide %s merge %s --by 姓名 --why 理由", receipt,
                     candidate->receipt);
    }
    return TRUE;
}

static gboolean show_findings(const Shown *shown, GError **error)
{
    const Dossier *dossier = shown->dossier;
    g_autoptr(GPtrArray) troubles = dossier_troubles(shown->store, dossier, error);
    g_autoptr(GPtrArray) remarks = troubles != NULL ? remarks_of(shown, error) : NULL;
    if (remarks == NULL)
        return FALSE;
    if (dossier->findings->len + troubles->len + remarks->len + dossier->candidates->len == 0)
        return TRUE;
    print_title("审核");
    print_findings(dossier->findings);
    print_findings(remarks);
    for (guint i = 0; i < troubles->len; i++) {
        const Trouble *trouble = troubles->pdata[i];
        people_print("未能读取：%s：%s  (%s)",
                     trouble->object[0] != '\0' ? trouble->object : words_said("the-mail"),
                     words_note(trouble->note), trouble->note);
    }
    if (needs_person(dossier))
        people_print("核对后：shoujian decide %s accept|reject --by 姓名 --why 理由",
                     dossier->submission->receipt);
    return show_candidates(shown, error);
}

static void show_replies(const Shown *shown)
{
    const GPtrArray *replies = shown->dossier->replies;
    if (replies->len > 0)
        print_title("答复");
    for (guint i = 0; i < replies->len; i++) {
        const ReplyRow *reply = replies->pdata[i];
        gboolean sent = reply->sent_at != STORE_NULL;
        g_autofree gchar *at =
            people_time(shown->campaign, sent ? reply->sent_at : reply->queued_at);
        people_print("%s  %s  致 %s  %s%s", words_reply_kind(reply->kind),
                     words_reply_state(reply->state), reply->recipient,
                     sent ? "发送时间 " : "生成时间 ", at);
        if (reply->answer != NULL)
            people_print("    %s", words_said(reply->answer));
        if (reply->returned_at != STORE_NULL) {
            g_autofree gchar *returned = people_time(shown->campaign, reply->returned_at);
            people_print("    %s：%s 收到退信，对方没有收到这封答复，请另行联系",
                         words_said("returned"), returned);
        }
    }
}

static void show_decisions(const Shown *shown)
{
    const GPtrArray *decisions = shown->dossier->decisions;
    if (decisions->len > 0)
        print_title("人工决定");
    for (guint i = 0; i < decisions->len; i++) {
        const Decision *decision = decisions->pdata[i];
        g_autofree gchar *at = people_time(shown->campaign, decision->at);
        const gchar *argument = decision->argument != NULL ? words_class(decision->argument) : "";
        people_print("%s  %s  %s%s%s  理由：%s", at, decision->by, words_decision(decision->what),
                     argument[0] != '\0' ? " " : "", argument, decision->why);
    }
}
