/* Files that a mail speaks of but does not carry: the oversize attachments of the mail providers,
 * files on online drives. */
#pragma once

#include "html.h"

#include <jansson.h>

/* Adds {"url", "name", "size", "expires"} to LIST for each such file in PAGE that does not stand in
 * HISTORY; what is not simply there is left out. NAMES: of the files that the mail carries, in
 * lower case (a set). */
void links_find(json_t *list, const Page *page, const GArray *history, GHashTable *names);

/* A text without elements, as a page: its links are those that are written in it. */
void links_page(Page *page, const gchar *text);
