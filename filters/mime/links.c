/* Files that a mail speaks of but does not carry. Known by an element of a provider, by their
 * address, or by the line that says name, size and date. The names of the elements alone mean
 * nothing: they are copied into the style sheets of countless mails that have no such file. */
#include "links.h"

#include "provider.h"
#include "text.h"

#include <string.h>

#define LINKS_LIMIT   64
#define ANCHORS_LIMIT 1000
#define NAME_LIMIT    255
#define NEAR          3 /* lines between a file and what is said of it */

/* A line that says size and date of a file, and its name before them. */
typedef struct {
    gchar *name, *size, *expires; /* NULL: not said */
    gsize at;
    guint line;
    gboolean stands_alone; /* it says that there is a file, even without a link */
} Detail;

/* A file, and where its links stand. */
typedef struct {
    json_t *entry;
    GArray *lines;         /* guint */
    gchar *size, *expires; /* what attributes say; lines say it for people */
    gsize start, end;
    gboolean element; /* START and END are an element that is about this file alone */
    gboolean told;    /* a Detail is about it */
} File;

#define SIZE_TEXT "([0-9.]{1,12} ?[KMGT]?i?(?:B|bytes)?)"
#define DATE_TEXT                                                                                  \
    "[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日(?: ?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?|"               \
    "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?|"                 \
    "[A-Z][a-z]{2,8}\\.? [0-9]{1,2}, ?[0-9]{4}(?:,? [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: "         \
    "?[AP]M)?)?"

static const struct {
    const char *pattern; /* size, date */
    gboolean stands_alone, name_above;
} shapes[] = {
    /* 需求表(盖章).pdf (128.03M, 2020年11月27日 21:59 到期): QQ, exmail, 163, Foxmail */
    {"[(（] ?" SIZE_TEXT " ?[,，] ?(?:Expires on )?(无限期|已过期|Expired|" DATE_TEXT
     ") ?(?:到期|Expired|Expires)? ?[)）]",
     TRUE, FALSE},
    /* 20.49K | 过期时间：2024年8月4日 23:48, below the name: NetEase enterprise */
    {"\\b" SIZE_TEXT " ?\\| ?过期时间 ?[:：] ?(无限期|" DATE_TEXT ")", TRUE, TRUE},
    /* 需求表.pdf (12.3M): Sina, and lists of attachments */
    {"[(（] ?([0-9.]{1,12} ?[KMGT]i?B?) ?[)）]", FALSE, FALSE},
};

static GPtrArray *collect_files(const Page *page, const GArray *history, GHashTable *names);
static GPtrArray *collect_details(const gchar *text, const GArray *history);
static void tell(GPtrArray *files, const GPtrArray *details);
static void add_untold(GPtrArray *files, const GPtrArray *details, gboolean area);

static void detail_free(Detail *detail)
{
    g_free(detail->name);
    g_free(detail->size);
    g_free(detail->expires);
    g_free(detail);
}

static void file_free(File *file)
{
    json_decref(file->entry);
    g_array_unref(file->lines);
    g_free(file->size);
    g_free(file->expires);
    g_free(file);
}

static File *file_new(GPtrArray *files)
{
    File *file = g_new0(File, 1);
    file->entry = json_object();
    file->lines = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(files, file);
    return file;
}

static void set(json_t *entry, const char *key, const gchar *value)
{
    if (value == NULL || json_object_get(entry, key) != NULL)
        return;
    g_autofree gchar *line = text_line(value);
    if (*line != '\0')
        json_object_set_new(entry, key, json_string(line));
}

void links_find(json_t *list, const Page *page, const GArray *history, GHashTable *names)
{
    g_autoptr(GPtrArray) files = collect_files(page, history, names);
    g_autoptr(GPtrArray) details = collect_details(page->text->str, history);
    gboolean area = page->area != G_MAXSIZE && !history_has(history, page->area);
    tell(files, details);
    add_untold(files, details, area);
    if (files->len == 0 && area)
        file_new(files);
    for (guint i = 0; i < files->len && json_array_size(list) < LINKS_LIMIT; i++) {
        const File *file = files->pdata[i];
        set(file->entry, "size", file->size);
        set(file->entry, "expires", file->expires);
        json_array_append(list, file->entry);
    }
}

void links_page(Page *page, const gchar *text)
{
    page_begin(page, text);
    const GRegex *pattern = text_pattern("https?://[!#-;=?-~]+", G_REGEX_CASELESS);
    g_autoptr(GMatchInfo) match = NULL;
    for (g_regex_match(pattern, text, 0, &match);
         g_match_info_matches(match) && page->anchors->len < ANCHORS_LIMIT;
         g_match_info_next(match, NULL)) {
        gint start = 0;
        g_match_info_fetch_pos(match, 0, &start, NULL);
        Anchor *anchor = anchor_new((gsize)start);
        g_autofree gchar *url = g_match_info_fetch(match, 0);
        for (gsize n = strlen(url); n > 0 && strchr(".,;)", url[n - 1]); n--)
            url[n - 1] = '\0';
        g_auto(GStrv) pieces = g_strsplit(url, "&amp;", 0);
        anchor->url = g_strjoinv("&", pieces);
        g_ptr_array_add(page->anchors, anchor);
    }
}

static const gchar *said(const File *file, const char *key)
{
    return json_string_value(json_object_get(file->entry, key));
}

static File *find(const GPtrArray *files, const char *key, const gchar *value)
{
    for (guint i = 0; value != NULL && i < files->len; i++)
        if (g_strcmp0(said(files->pdata[i], key), value) == 0)
            return files->pdata[i];
    return NULL;
}

/* NetEase's address of an ordinary attachment says its name. */
static gchar *listed_name(const gchar *url)
{
    const gchar *query = strchr(url, '?');
    const gchar *value = query != NULL ? strstr(query, "filename=") : NULL;
    if (value == NULL)
        return NULL;
    value += strlen("filename=");
    g_autoptr(GBytes) bytes = g_uri_unescape_bytes(value, (gssize)strcspn(value, "&"), NULL, NULL);
    gsize size = 0;
    const guint8 *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    g_autofree gchar *name = data != NULL ? text_decode(data, size, NULL) : NULL;
    return name != NULL ? text_line(name) : NULL;
}

static gboolean is_carried(GHashTable *names, const gchar *name)
{
    g_autofree gchar *lower = name != NULL ? g_utf8_strdown(name, -1) : NULL;
    return lower != NULL && g_hash_table_contains(names, lower);
}

/* The file that ANCHOR is about; NULL: it is about none, or about one that the mail carries. One
 * file often has several: its picture, its name and a button. */
static File *file_of(GPtrArray *files, const Anchor *anchor, GHashTable *names)
{
    Address address = anchor->url != NULL ? provider_address(anchor->url) : ADDRESS_OTHER;
    g_autofree gchar *listed = address == ADDRESS_LISTED ? listed_name(anchor->url) : NULL;
    if (address == ADDRESS_LISTED && (listed == NULL || is_carried(names, listed)))
        return NULL;
    if (address == ADDRESS_OTHER && !anchor->file && !(anchor->in_area && anchor->name != NULL))
        return NULL;
    File *file = address != ADDRESS_OTHER ? find(files, "url", anchor->url)
                                          : find(files, "name", anchor->name);
    if (file == NULL && files->len < LINKS_LIMIT) {
        file = file_new(files);
        file->start = anchor->start;
        file->end = anchor->end;
        file->element = anchor->file;
        if (address != ADDRESS_OTHER)
            set(file->entry, "url", anchor->url);
        set(file->entry, "name", listed);
    }
    return file;
}

static guint count_lines(const gchar *text, gsize from, gsize to)
{
    guint lines = 0;
    for (gsize i = from; i < to && text[i] != '\0'; i++)
        lines += text[i] == '\n' ? 1 : 0;
    return lines;
}

static GPtrArray *collect_files(const Page *page, const GArray *history, GHashTable *names)
{
    GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)file_free);
    guint line = 0;
    gsize counted = 0;
    for (guint i = 0; i < page->anchors->len; i++) {
        const Anchor *anchor = page->anchors->pdata[i];
        line += count_lines(page->text->str, counted, anchor->start);
        counted = MAX(counted, anchor->start);
        File *file = history_has(history, anchor->start) ? NULL : file_of(files, anchor, names);
        if (file == NULL)
            continue;
        g_array_append_val(file->lines, line);
        set(file->entry, "name", anchor->name);
        if (file->size == NULL)
            file->size = g_strdup(anchor->size);
        if (file->expires == NULL)
            file->expires = g_strdup(anchor->expires);
    }
    return files;
}

/* What stands before START in its line, but not before FROM; or in the line ABOVE. */
static gchar *name_before(const gchar *text, gsize from, gsize start, gboolean above)
{
    gsize begin = start, end = start;
    while (begin > from && text[begin - 1] != '\n')
        begin--;
    if (above && begin > from) {
        end = begin - 1;
        for (begin = end; begin > from && text[begin - 1] != '\n';)
            begin--;
    }
    if (end - begin > 4 * NAME_LIMIT)
        return NULL;
    g_autofree gchar *name = g_strstrip(g_strndup(text + begin, end - begin));
    /* Of several in one line, the address of the one before stands between them. */
    const gchar *address = strstr(name, "://");
    const gchar *own = address != NULL ? address + strcspn(address, " ") : name;
    /* Where HTML lost its line ends, so do the words above the first. */
    static const char *const introductions[] = {"发来的超大附件 ", "发来的云附件 "};
    for (gsize i = 0; i < G_N_ELEMENTS(introductions); i++) {
        const gchar *words = strstr(own, introductions[i]);
        own = words != NULL ? words + strlen(introductions[i]) : own;
    }
    own += strspn(own, "> "); /* forwarded line by line */
    return *own != '\0' && strlen(own) <= NAME_LIMIT ? g_strdup(own) : NULL;
}

static gint by_place(gconstpointer a, gconstpointer b)
{
    const Detail *one = *(Detail *const *)a, *other = *(Detail *const *)b;
    return one->at < other->at ? -1 : one->at > other->at;
}

static void add_details(GPtrArray *details, const gchar *text, const GArray *history, gsize shape)
{
    const GRegex *pattern = text_pattern(shapes[shape].pattern, 0);
    g_autoptr(GMatchInfo) match = NULL;
    gsize from = 0;
    guint found = 0;
    for (g_regex_match(pattern, text, 0, &match);
         g_match_info_matches(match) && found < LINKS_LIMIT; g_match_info_next(match, NULL)) {
        gint start = 0, end = 0;
        g_match_info_fetch_pos(match, 0, &start, &end);
        if (!history_has(history, (gsize)start)) {
            Detail *detail = g_new0(Detail, 1);
            detail->at = (gsize)start;
            detail->name = name_before(text, from, detail->at, shapes[shape].name_above);
            detail->size = g_match_info_fetch(match, 1);
            detail->expires =
                g_match_info_get_match_count(match) > 2 ? g_match_info_fetch(match, 2) : NULL;
            detail->stands_alone = shapes[shape].stands_alone;
            if (!detail->stands_alone && !is_file_name(detail->name))
                g_clear_pointer(&detail->name, g_free);
            g_ptr_array_add(details, detail);
            found++;
        }
        from = (gsize)end;
    }
}

static GPtrArray *collect_details(const gchar *text, const GArray *history)
{
    GPtrArray *details = g_ptr_array_new_with_free_func((GDestroyNotify)detail_free);
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
        add_details(details, text, history, i);
    g_ptr_array_sort(details, by_place);
    guint line = 0;
    gsize counted = 0;
    for (guint i = 0; i < details->len; i++) {
        Detail *detail = details->pdata[i];
        line += count_lines(text, counted, detail->at);
        counted = MAX(counted, detail->at);
        detail->line = line;
    }
    return details;
}

/* How far FILE is from DETAIL: 0 is in the same line. Where it is as far to the file above as to
 * the one below, details stand ABOVE their links, or do not. */
static guint distance(const File *file, const Detail *detail, gboolean above)
{
    guint nearest = G_MAXUINT;
    for (guint i = 0; i < file->lines->len; i++) {
        guint line = g_array_index(file->lines, guint, i);
        guint lines = 2 * (line > detail->line ? line - detail->line : detail->line - line);
        gboolean expected = above ? line >= detail->line : line <= detail->line;
        nearest = MIN(nearest, lines + (expected ? 0 : 1));
    }
    return nearest;
}

static File *file_told(const GPtrArray *files, const Detail *detail, gboolean above)
{
    File *best = find(files, "name", detail->name);
    guint nearest = 2 * NEAR + 1;
    for (guint i = 0; best == NULL && i < files->len; i++) {
        File *file = files->pdata[i];
        if (file->element && detail->at >= file->start && detail->at < file->end)
            return file;
    }
    for (guint i = 0; best == NULL && i < files->len; i++)
        nearest = MIN(nearest, distance(files->pdata[i], detail, above));
    for (guint i = 0; best == NULL && nearest <= 2 * NEAR && i < files->len; i++)
        if (!((const File *)files->pdata[i])->told &&
            distance(files->pdata[i], detail, above) == nearest)
            best = files->pdata[i];
    return best;
}

static void take_detail(File *file, const Detail *detail)
{
    set(file->entry, "name", detail->name);
    set(file->entry, "size", detail->size);
    set(file->entry, "expires", detail->expires);
}

/* Each detail is about the file of its name, of the element that it stands in, or nearest to it:
 * not all files have one, so their order says nothing. */
static void tell(GPtrArray *files, const GPtrArray *details)
{
    if (files->len == 0 || details->len == 0)
        return;
    const Detail *first = details->pdata[0];
    gboolean above = first->line <= g_array_index(((const File *)files->pdata[0])->lines, guint, 0);
    for (guint i = 0; i < details->len; i++) {
        Detail *detail = details->pdata[i];
        File *file = file_told(files, detail, above);
        if (file == NULL || (file->told && !detail->stands_alone))
            continue;
        file->told = TRUE;
        detail->stands_alone = FALSE;
        take_detail(file, detail);
    }
}

/* Where the links got lost, the line remains. */
static void add_untold(GPtrArray *files, const GPtrArray *details, gboolean area)
{
    for (guint i = 0; i < details->len && files->len < LINKS_LIMIT; i++) {
        const Detail *detail = details->pdata[i];
        if ((!detail->stands_alone && !(area && files->len == 0)) || detail->name == NULL ||
            find(files, "name", detail->name) != NULL)
            continue;
        take_detail(file_new(files), detail);
    }
}
