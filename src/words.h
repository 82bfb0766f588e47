/* What staff read instead of the program's own words: one table, Chinese. A word that is not in it
 * comes back as it is. */
#pragma once

#include <glib.h>

const gchar *words_status(const gchar *status);       /* incomplete → 待补正 */
const gchar *words_class(const gchar *class_of_mail); /* bounce → 退信 */
const gchar *words_level(const gchar *level);         /* must → 须补正 */
const gchar *words_role(const gchar *role);           /* scan → 盖章扫描件 */
const gchar *words_reply_kind(const gchar *kind);     /* received → 收件回执 */
const gchar *words_reply_case(const gchar *kind); /* … of one submission of several: 材料齐全 */
const gchar *words_reply_state(const gchar *state); /* queued → 待发送 */

const gchar *words_version_state(const gchar *state); /* waiting → 等待扫描件，未采用 */
const gchar *words_decision(const gchar *what);       /* accept → 受理 */
/* What a filter's note means, as a clause about the file. The last component decides
 * ("docx.encrypted", "zip.encrypted"); a note that is not in the table is “程序未能读出”. */
const gchar *words_note(const gchar *note);

/* Why it is not certain where a mail belongs, for the finding `attribution`; RECEIPT (or NULL) is
 * the other submission's. To be freed. */
gchar *words_attribution(const gchar *reason, const gchar *receipt);

/* The two times of a mail that do not fit: of receipt, and recorded on its way. To be freed. */
gchar *words_transit(const gchar *received, const gchar *recorded);

/* Behind the name of a file that came with an earlier mail. To be freed. */
gchar *words_earlier(const gchar *received);

/* The first and the last of several times; RECEIPTS, which are not all of COUNT; COUNT files that
 * are not listed. To be freed. */
gchar *words_from_to(const gchar *from, const gchar *to);
gchar *words_and_more(const gchar *receipts, guint count);
gchar *words_more_files(guint count);

/* A file that a mail only links to, by its NAME, quoted; SIZE and EXPIRES as the provider wrote
 * them, or NULL. To be freed. */
gchar *words_link(const gchar *name, const gchar *size, const gchar *expires);

/* The few phrases that the program itself puts between what it fills in: "none", "hidden", … */
const gchar *words_said(const gchar *key);
