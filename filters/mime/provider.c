/* Where mail providers and online drives keep the files that a mail only links to, as a table: by
 * what elements their own pages write around such a file, and by its address. A new provider is a
 * line here. */
#include "provider.h"

#include "text.h"

#include <string.h>

#define URL_LIMIT  2048
#define NAME_LIMIT 255

/* ATTRIBUTE is id or class; VALUE may end in a star; HOST may be a pattern with * and ?. */
typedef struct {
    const char *attribute, *value;
    Mark mark;
} Element;

typedef struct {
    const char *host, *path;
} Place;

static const struct {
    Element elements[8];
    Place places[10];
} providers[] = {
    /* QQ Mail; exmail writes the same */
    {{{"id", "QQMailBigAttach", MARK_AREA},
      {"class", "qqmailbgattach", MARK_FILE},
      {"class", "bigatt_bt", MARK_FILE},
      {"id", "QQMailEditAttach", MARK_AREA},
      {"class", "qqmaileditattach", MARK_FILE}},
     {{"mail.qq.com", "/cgi-bin/ftnExs_"},
      {"wx.mail.qq.com", "/ftn/"},
      {"exmail.qq.com", "/cgi-bin/ftnExs_"},
      {"*.ftn.qq.com", "/"},
      {"docs.qq.com", "/"}}},
    /* Foxmail */
    {{{"id", "FoxmailClientBigAttach", MARK_AREA},
      {"class", "FoxmailClientBigAttachEntry", MARK_FILE},
      {"class", "foxmail_hugeattachment_item", MARK_FILE},
      {"class", "foxmail_hugeattachment_filename", MARK_NAME},
      {"class", "foxmail_hugeattachment*", MARK_AREA}},
     {{"mail.foxmail.com", "/cgi-bin/ftnExs_"}}},
    /* 163, 126, yeah: the pages, and 网易邮箱大师 */
    {{{"id", "divNeteaseBigAttach", MARK_AREA},
      {"class", "bigattach-mailmaster-download", MARK_AREA}},
     {{"mail.163.com", "/large-attachment-download/"},
      {"mail.126.com", "/large-attachment-download/"},
      {"mail.yeah.net", "/large-attachment-download/"},
      {"dashi.163.com", "/html/cloud-attachment-download/"}}},
    /* NetEase enterprise */
    {{{"id", "divNeteaseSiriusCloudAttach", MARK_AREA},
      {"class", "divNeteaseSiriusCloudAttachItem", MARK_FILE}},
     {{"edisk.qiye.163.com", "/api/biz/attachment/download"}}},
    /* Sina, China Telecom, China Mobile, Alibaba */
    {{{NULL, NULL, MARK_NONE}},
     {{"mail.sina.com.cn", "/filecenter/download.php"},
      {"download.cloud.189.cn", "/file/downloadFile.action"},
      {"cloud.189.cn", "/t/"},
      {"cloud.189.cn", "/web/share"},
      {"*.mail.10086.cn", "/"},
      {"caiyun.139.com", "/"},
      {"yun.139.com", "/"},
      {"*", "/alimail/openLinks/"}}},
    /* Gmail and Google Drive */
    {{{"class", "gmail_drive_chip", MARK_FILE}},
     {{"drive.google.com", "/file/"},
      {"drive.google.com", "/open"},
      {"drive.google.com", "/drive/"},
      {"docs.google.com", "/"}}},
    /* Microsoft, Apple, Dropbox, WeTransfer */
    {{{NULL, NULL, MARK_NONE}},
     {{"1drv.ms", "/"},
      {"onedrive.live.com", "/"},
      {"*.sharepoint.com", "/"},
      {"www.icloud.com", "/attachment"},
      {"www.icloud.com", "/iclouddrive/"},
      {"www.dropbox.com", "/s"},
      {"wetransfer.com", "/downloads/"},
      {"we.tl", "/"}}},
    /* online drives of China */
    {{{NULL, NULL, MARK_NONE}},
     {{"pan.baidu.com", "/s/"},
      {"pan.baidu.com", "/share/"},
      {"pan.quark.cn", "/s/"},
      {"drive.uc.cn", "/s/"},
      {"pan.xunlei.com", "/s/"},
      {"www.alipan.com", "/s/"},
      {"www.aliyundrive.com", "/s/"},
      {"*.123pan.com", "/s/"},
      {"share.weiyun.com", "/"},
      {"*.lanzou?.com", "/"}}},
    {{{NULL, NULL, MARK_NONE}},
     {{"*.lanzou.com", "/"},
      {"*.ctfile.com", "/"},
      {"115.com", "/s/"},
      {"www.jianguoyun.com", "/p/"},
      {"cowtransfer.com", "/s/"},
      {"www.wenshushu.cn", "/"}}},
    /* documents that are written online */
    {{{NULL, NULL, MARK_NONE}},
     {{"kdocs.cn", "/l/"},
      {"www.kdocs.cn", "/"},
      {"f.kdocs.cn", "/"},
      {"*.feishu.cn", "/file/"},
      {"*.feishu.cn", "/docx/"},
      {"alidocs.dingtalk.com", "/"},
      {"shimo.im", "/"}}},
};

static const Place listings[] = {{"preview.mail.163.com", "/xdownload"},
                                 {"preview.mail.126.com", "/xdownload"},
                                 {"preview.mail.yeah.net", "/xdownload"}};

static gboolean lies_at(const gchar *host, const gchar *path, const Place *place)
{
    return place->host != NULL && g_str_has_prefix(path, place->path) &&
           g_pattern_match_simple(place->host, host);
}

Address provider_address(const gchar *url)
{
    const gchar *start = g_ascii_strncasecmp(url, "https://", 8) == 0  ? url + 8
                         : g_ascii_strncasecmp(url, "http://", 7) == 0 ? url + 7
                                                                       : NULL;
    if (start == NULL || strlen(url) > URL_LIMIT || !g_utf8_validate(url, -1, NULL))
        return ADDRESS_OTHER;
    g_autofree gchar *host = g_ascii_strdown(start, (gssize)strcspn(start, "/?#:"));
    const gchar *path = strpbrk(start, "/?#");
    if (path == NULL)
        return ADDRESS_OTHER;
    for (gsize i = 0; i < G_N_ELEMENTS(listings); i++)
        if (lies_at(host, path, &listings[i]))
            return ADDRESS_LISTED;
    for (gsize i = 0; i < G_N_ELEMENTS(providers); i++)
        for (gsize p = 0; p < G_N_ELEMENTS(providers[i].places); p++)
            if (lies_at(host, path, &providers[i].places[p]))
                return ADDRESS_FILE;
    return ADDRESS_OTHER;
}

/* Whether one of WORDS is VALUE, or begins so where VALUE ends in a star. */
static gboolean has_word(const gchar *words, const char *value)
{
    gsize length = strlen(value);
    gboolean begins = value[length - 1] == '*';
    length -= begins ? 1 : 0;
    for (const gchar *at = words; at != NULL && *at != '\0';) {
        at += strspn(at, " \t\r\n");
        gsize word = strcspn(at, " \t\r\n");
        if ((begins ? word >= length : word == length) && strncmp(at, value, length) == 0)
            return TRUE;
        at += word;
    }
    return FALSE;
}

Mark provider_mark(const gchar *id, const gchar *class)
{
    for (gsize i = 0; i < G_N_ELEMENTS(providers); i++)
        for (gsize e = 0; e < G_N_ELEMENTS(providers[i].elements); e++) {
            const Element *element = &providers[i].elements[e];
            if (element->attribute != NULL &&
                has_word(*element->attribute == 'i' ? id : class, element->value))
                return element->mark;
        }
    return MARK_NONE;
}

gboolean is_file_name(const gchar *text)
{
    return text != NULL && strlen(text) <= NAME_LIMIT && strstr(text, "://") == NULL &&
           g_regex_match(text_pattern("\\S\\.[A-Za-z0-9]{1,5}$", 0), text, 0, NULL);
}
