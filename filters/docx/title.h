/* Titles of forms: 湘潭市2024年科技创新“揭榜挂帅”项目技术需求表 */
#pragma once

#include "fields.h"

/* Whether TITLE is that of a form, and shares words with OTHER: this one, or one of another notice.
 */
gboolean title_is_kin(const gchar *title, const gchar *other);
/* Whether LINE is that of a form, whichever. */
gboolean title_is_of_form(const gchar *line);
/* Whether LINE is the first half of a title like OTHER that was broken in two. */
gboolean title_begins(const gchar *line, const gchar *other);
/* The year that TITLE names, or 0. */
guint title_year(const Fields *fields, const gchar *title);
