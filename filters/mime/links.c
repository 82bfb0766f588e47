/* Files that a mail speaks of but does not carry: the oversize attachments of the mail providers,
 * known by their addresses alone. Their element names are copied into the style sheets of countless
 * mails that have no such file. */
#include "links.h"

#include "html.h"
#include "text.h"

#include <string.h>

#define LINKS_LIMIT 64
#define URL_LIMIT   2048
#define NAME_LIMIT  255

/* A host that begins with a dot stands for all below it. */
static const struct {
    const char *host, *path;
} providers[] = {
    {"mail.qq.com", "/cgi-bin/ftnExs_download"},
    {"mail.foxmail.com", "/cgi-bin/ftnExs_download"},
    {"wx.mail.qq.com", "/ftn/download"},
    {".ftn.qq.com", "/"},
    {".mail.ftn.qq.com", "/"},
    {"mail.163.com", "/large-attachment-download/"},
    {"mail.126.com", "/large-attachment-download/"},
    {"mail.yeah.net", "/large-attachment-download/"},
    {"dashi.163.com", "/html/cloud-attachment-download/"},
    {"edisk.qiye.163.com", "/api/biz/attachment/download"},
    {"mail.sina.com.cn", "/filecenter/download.php"},
    {"download.cloud.189.cn", "/file/downloadFile.action"},
    {"pan.baidu.com", "/s/"},
    {"drive.google.com", "/file/"},
    {"1drv.ms", "/"},
    {"onedrive.live.com", "/"},
    {".sharepoint.com", "/"},
};

/* "需求表(盖章).pdf (128.03M, 2020年11月27日 21:59 到期)", as QQ, exmail and 163 write it. */
static const char details_pattern[] =
    "^ *([^ \\n][^\\n]{0,255}?)\\s{0,8}[(（] ?([0-9.]+ ?[KMGT]?i?B?) ?[,，] ?"
    "(无限期|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日(?: ?[0-9]{1,2}:[0-9]{2})?) ?(?:到期)? ?[)）]";

static const char history_pattern[] =
    "^[ \\t>]*-{2,}[ \\t]*(?:回复的)?(?:原始邮件|邮件原件|原邮件|Original(?: Message| Mail)?)[ "
    "\\t]*-{2,}"
    "[ \\t]*\\r?$";

static GPtrArray *anchors_of_text(const gchar *text);
static GPtrArray *file_links(const GPtrArray *anchors, gsize end);
static void name_by_details(GPtrArray *files, const gchar *text, gsize end);

gsize links_history(const gchar *text)
{
    const GRegex *pattern = text_pattern(history_pattern, G_REGEX_MULTILINE | G_REGEX_CASELESS);
    g_autoptr(GMatchInfo) match = NULL;
    gint start = 0;
    if (g_regex_match(pattern, text, 0, &match) && g_match_info_fetch_pos(match, 0, &start, NULL) &&
        start >= 0)
        return (gsize)start;
    return strlen(text);
}

void links_find(json_t *list, const gchar *text, gsize end, const GPtrArray *anchors)
{
    g_autoptr(GPtrArray) written = anchors == NULL ? anchors_of_text(text) : NULL;
    g_autoptr(GPtrArray) files = file_links(anchors != NULL ? anchors : written, end);
    name_by_details(files, text, end);
    for (guint i = 0; i < files->len && json_array_size(list) < LINKS_LIMIT; i++)
        json_array_append(list, files->pdata[i]);
}

static GPtrArray *anchors_of_text(const gchar *text)
{
    GPtrArray *anchors = g_ptr_array_new_with_free_func((GDestroyNotify)anchor_free);
    const GRegex *pattern = text_pattern("https?://[!#-;=?-~]+", G_REGEX_CASELESS);
    g_autoptr(GMatchInfo) match = NULL;
    for (g_regex_match(pattern, text, 0, &match);
         g_match_info_matches(match) && anchors->len < 1000; g_match_info_next(match, NULL)) {
        gint start = 0;
        g_match_info_fetch_pos(match, 0, &start, NULL);
        Anchor *anchor = g_new0(Anchor, 1);
        anchor->at = (gsize)start;
        anchor->url = g_match_info_fetch(match, 0);
        for (gsize n = strlen(anchor->url); n > 0 && strchr(".,;)", anchor->url[n - 1]); n--)
            anchor->url[n - 1] = '\0';
        g_ptr_array_add(anchors, anchor);
    }
    return anchors;
}

static gboolean is_file_link(const gchar *url)
{
    if (strlen(url) > URL_LIMIT || !g_utf8_validate(url, -1, NULL))
        return FALSE;
    const gchar *host = g_ascii_strncasecmp(url, "https://", 8) == 0  ? url + 8
                        : g_ascii_strncasecmp(url, "http://", 7) == 0 ? url + 7
                                                                      : NULL;
    if (host == NULL)
        return FALSE;
    gsize length = strcspn(host, "/?#:");
    const gchar *path = strpbrk(host, "/?#");
    for (gsize i = 0; i < G_N_ELEMENTS(providers); i++) {
        const char *name = providers[i].host;
        gsize known = strlen(name);
        gboolean same = *name == '.' ? length > known : length == known;
        if (same && g_ascii_strncasecmp(host + length - known, name, known) == 0 && path != NULL &&
            g_str_has_prefix(path, providers[i].path))
            return TRUE;
    }
    return FALSE;
}

static gboolean looks_like_a_name(const gchar *label)
{
    return label != NULL && strlen(label) <= NAME_LIMIT && strstr(label, "://") == NULL &&
           g_regex_match(text_pattern("\\S\\.[A-Za-z0-9]{1,5}$", 0), label, 0, NULL);
}

static json_t *find_url(const GPtrArray *files, const gchar *url)
{
    for (guint i = 0; i < files->len; i++)
        if (strcmp(json_string_value(json_object_get(files->pdata[i], "url")), url) == 0)
            return files->pdata[i];
    return NULL;
}

/* One object for each address: a file's picture, name and button often link to the same. */
static GPtrArray *file_links(const GPtrArray *anchors, gsize end)
{
    GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    for (guint i = 0; i < anchors->len && files->len < LINKS_LIMIT; i++) {
        const Anchor *anchor = anchors->pdata[i];
        if (anchor->at >= end || !is_file_link(anchor->url))
            continue;
        json_t *file = find_url(files, anchor->url);
        if (file == NULL) {
            file = json_pack("{s:s}", "url", anchor->url);
            g_ptr_array_add(files, file);
        }
        if (json_object_get(file, "name") == NULL && looks_like_a_name(anchor->name))
            json_object_set_new(file, "name", json_string(anchor->name));
    }
    return files;
}

/* The lines that say name, size and date belong to the links in their order, when there are as
 * many. */
static void name_by_details(GPtrArray *files, const gchar *text, gsize end)
{
    static const char *const keys[] = {NULL, "name", "size", "expires"};
    if (files->len == 0)
        return;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    const GRegex *pattern = text_pattern(details_pattern, G_REGEX_MULTILINE | G_REGEX_CASELESS);
    g_autoptr(GMatchInfo) match = NULL;
    for (g_regex_match_full(pattern, text, (gssize)end, 0, 0, &match, NULL);
         g_match_info_matches(match) && lines->len <= LINKS_LIMIT; g_match_info_next(match, NULL)) {
        json_t *line = json_object();
        for (gint group = 1; group <= 3; group++) {
            g_autofree gchar *value = g_match_info_fetch(match, group);
            json_object_set_new(line, keys[group], json_string(g_strstrip(value)));
        }
        g_ptr_array_add(lines, line);
    }
    for (guint i = 0; lines->len == files->len && i < files->len; i++)
        json_object_update_missing(files->pdata[i], lines->pdata[i]);
}
