/* Titles, compared as printed words are. */
#include "title.h"

#include <string.h>

enum {
    HALF_TITLE_MAX = 40, /* characters */
    KIN_MIN = 4,         /* characters in a row that the titles of two forms share */
};

/* "…需求表", "…申报表（2024年度）", "…申报书" */
gboolean title_is_of_form(const gchar *title)
{
    static const char *const endings[] = {"表", "申报书", "申请书", "任务书"};
    g_autoptr(Folded) folded = folded_new(title, strlen(title));
    gsize end = folded->length;
    if (end > 0 && folded->chars[end - 1] == ')')
        while (end > 0 && folded->chars[--end] != '(')
            ;
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        gsize length = (gsize)g_utf8_strlen(endings[i], -1);
        if (end >= length && folded_says(folded, end - length, endings[i]))
            return TRUE;
    }
    return FALSE;
}

static gboolean share_words(const gchar *title, const gchar *other)
{
    g_autoptr(Folded) one = folded_new(title, strlen(title));
    g_autoptr(Folded) two = folded_new(other, strlen(other));
    gsize letters = 0; /* before i: a year is nothing to share */
    for (gsize i = 0; i < one->length; i++) {
        letters = g_unichar_isdigit(one->chars[i]) ? 0 : letters + 1;
        Folded piece = {.chars = one->chars + i + 1 - MIN(letters, KIN_MIN), .length = KIN_MIN};
        if (letters >= KIN_MIN && folded_find(two, 0, &piece) >= 0)
            return TRUE;
    }
    return FALSE;
}

gboolean title_is_kin(const gchar *title, const gchar *other)
{
    return title_is_of_form(title) && share_words(title, other);
}

gboolean title_begins(const gchar *line, const gchar *other)
{
    for (const gchar *c = line; *c != '\0'; c = g_utf8_next_char(c))
        if (g_utf8_strchr("，。；：、,;:", -1, g_utf8_get_char(c)) != NULL)
            return FALSE;
    return g_utf8_strlen(line, -1) <= HALF_TITLE_MAX && share_words(line, other) &&
           !title_is_of_form(line);
}

/* 二〇二三 and ２０２３ as 2023. */
static gchar *plain_figures(const gchar *title)
{
    static const char figures[] = "〇零○一二三四五六七八九";
    static const char plain[] = "000123456789";
    g_autofree gchar *normal = g_utf8_normalize(title, -1, G_NORMALIZE_NFKC);
    GString *result = g_string_new(NULL);
    for (const gchar *c = normal; c != NULL && *c != '\0'; c = g_utf8_next_char(c)) {
        const gchar *figure = g_utf8_strchr(figures, -1, g_utf8_get_char(c));
        if (figure != NULL)
            g_string_append_c(result, plain[g_utf8_pointer_to_offset(figures, figure)]);
        else
            g_string_append_unichar(result, g_utf8_get_char(c));
    }
    return g_string_free(result, FALSE);
}

guint title_year(const Fields *fields, const gchar *title)
{
    g_autofree gchar *plain = plain_figures(title);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(fields->year, plain, 0, &match))
        return 0;
    g_autofree gchar *digits = g_match_info_fetch(match, 0);
    return (guint)g_ascii_strtoull(digits, NULL, 10);
}
