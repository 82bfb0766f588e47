/* The ticks of a choice: where the options stand, the boxes and ticks between them, and whom each
 * belongs to. */
#include "choice.h"

#include <string.h>

enum { ODD_MAX = 4 }; /* characters of a mark that nobody knows */

typedef enum {
    MARK_NONE,
    MARK_BOX,    /* an empty box */
    MARK_TICKED, /* a box with a tick in it, or filled */
    MARK_TICK,   /* a tick alone: √ */
} Mark;

/* One option as it stands in the text. */
typedef struct {
    guint option;
    gsize start, end; /* in the folded text */
} Spot;

typedef struct {
    const Folded *text;
    GArray *spots; /* of Spot, from left to right */
    gboolean boxes_before, boxes_behind;
    Choice *choice;
} Reading;

static void find_spots(Reading *reading, const GPtrArray *options);
static void read_gap(Reading *reading, guint gap);
static void find_boxes(Reading *reading);
static void read_odd_one(Reading *reading);
static void read_formatting(Reading *reading, const Text *text, gsize start);
static void tick(Reading *reading, guint spot);

Choice *choice_read(const Text *text, gsize start, gsize end, const GPtrArray *options)
{
    Choice *choice = g_new0(Choice, 1);
    choice->ticked = g_array_sized_new(FALSE, TRUE, sizeof(gboolean), options->len);
    g_array_set_size(choice->ticked, options->len);

    g_autoptr(Folded) folded = folded_new(text->string->str + start, end - start);
    g_autoptr(GArray) spots = g_array_new(FALSE, FALSE, sizeof(Spot));
    Reading reading = {.text = folded, .spots = spots, .choice = choice};
    find_spots(&reading, options);
    if (spots->len == 0)
        return choice;
    find_boxes(&reading);
    for (guint gap = 0; gap <= spots->len; gap++)
        read_gap(&reading, gap);
    if (!choice->any)
        read_odd_one(&reading);
    if (!choice->any)
        read_formatting(&reading, text, start);
    /* With half of the options still there, it is rather the campaign that words them otherwise. */
    if (!choice->any && spots->len * 2 <= options->len) {
        choice->options_deleted = TRUE;
        for (guint i = 0; i < spots->len; i++)
            tick(&reading, i);
    }
    return choice;
}

void choice_free(Choice *choice)
{
    if (choice == NULL)
        return;
    g_array_unref(choice->ticked);
    g_free(choice);
}

static const Spot *spot(const Reading *reading, guint index)
{
    return &g_array_index(reading->spots, Spot, index);
}

static void tick(Reading *reading, guint index)
{
    g_array_index(reading->choice->ticked, gboolean, spot(reading, index)->option) = TRUE;
    reading->choice->any = TRUE;
}

static Mark glyph_mark(gunichar c)
{
    static const struct {
        const char *glyphs;
        Mark mark;
    } marks[] = {
        {"□☐◻◽▢▫⬜❏❐❑❒○◯⭕〇口", MARK_BOX},
        {"☑☒■▣◼◾⬛▪✅❎⊠⊡🗹🗷🗵●◉◎⦿⊙◆★", MARK_TICKED},
        {"√✓✔🗸∨ˇ", MARK_TICK},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (g_utf8_strchr(marks[i].glyphs, -1, c) != NULL)
            return marks[i].mark;
    return MARK_NONE;
}

static gboolean has_words(const Folded *text, gsize from, gsize end)
{
    for (; from < end; from++)
        if (g_unichar_isalnum(text->chars[from]) && glyph_mark(text->chars[from]) == MARK_NONE)
            return TRUE;
    return FALSE;
}

/* The mark at INDEX and how many characters it is: a glyph, or brackets around nothing or a tick. A
 * parenthesis with words before END is passed over: 在□内打√ is what to do, and nothing done. */
static Mark mark_at(const Folded *text, gsize index, gsize end, gsize *length)
{
    *length = 1;
    gunichar c = text->chars[index];
    static const char opening[] = "([<【〔〖{", closings[] = ")]>】〕〗}";
    const gchar *bracket = g_utf8_strchr(opening, -1, c);
    if (c == 0 || bracket == NULL)
        return glyph_mark(c);
    glong which = g_utf8_pointer_to_offset(opening, bracket);
    gunichar closing = g_utf8_get_char(g_utf8_offset_to_pointer(closings, which));
    gsize left = text->length - index;
    if (left > 1 && text->chars[index + 1] == closing) {
        *length = 2;
        return MARK_BOX;
    }
    if (left > 2 && text->chars[index + 2] == closing &&
        (glyph_mark(text->chars[index + 1]) >= MARK_TICKED || text->chars[index + 1] == 'v')) {
        *length = 3;
        return MARK_TICKED;
    }
    gsize close = c == '(' ? folded_skip_parenthesis(text, index) : 0;
    if (close > 0 && close <= end && has_words(text, index, close))
        *length = close - index;
    return MARK_NONE;
}

static gboolean is_free(const Reading *reading, gsize start, gsize end)
{
    for (guint i = 0; i < reading->spots->len; i++)
        if (start < spot(reading, i)->end && spot(reading, i)->start < end)
            return FALSE;
    return TRUE;
}

/* Where OPTION stands: where a mark is before it, else the first place; -1: nowhere. */
static gssize find_option(const Reading *reading, const Option *option)
{
    const Folded *text = reading->text;
    gssize first = -1;
    for (gssize at = folded_find(text, 0, option->folded); at >= 0;
         at = folded_find(text, (gsize)at + 1, option->folded)) {
        gsize start = (gsize)at;
        if (!is_free(reading, start, start + option->folded->length))
            continue;
        if (start == 0 || glyph_mark(text->chars[start - 1]) != MARK_NONE)
            return at;
        if (first < 0)
            first = at;
    }
    return first;
}

static gint longer_first(gconstpointer a, gconstpointer b, gpointer data)
{
    const GPtrArray *options = data;
    const Option *one = g_ptr_array_index(options, *(const guint *)a);
    const Option *other = g_ptr_array_index(options, *(const guint *)b);
    if (one->folded->length != other->folded->length)
        return one->folded->length > other->folded->length ? -1 : 1;
    return *(const guint *)a < *(const guint *)b ? -1 : 1;
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    const Spot *one = a;
    const Spot *other = b;
    return one->start < other->start ? -1 : one->start > other->start;
}

/* The longer ones first, so that an option that is part of another is not found within it. */
static void find_spots(Reading *reading, const GPtrArray *options)
{
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < options->len; i++)
        g_array_append_val(order, i);
    g_array_sort_with_data(order, longer_first, (gpointer)options);
    for (guint i = 0; i < order->len; i++) {
        guint number = g_array_index(order, guint, i);
        const Option *option = g_ptr_array_index(options, number);
        gssize at = find_option(reading, option);
        if (at < 0)
            continue;
        Spot found = {
            .option = number, .start = (gsize)at, .end = (gsize)at + option->folded->length};
        g_array_append_val(reading->spots, found);
    }
    g_array_sort(reading->spots, by_start);
}

/* The gap before spot number GAP; the last is behind all of them. */
static void gap_bounds(const Reading *reading, guint gap, gsize *start, gsize *end)
{
    *start = gap > 0 ? spot(reading, gap - 1)->end : 0;
    *end = gap < reading->spots->len ? spot(reading, gap)->start : reading->text->length;
}

static gboolean has_mark(const Folded *text, gsize start, gsize end)
{
    gsize length;
    for (gsize i = start; i < end; i += length)
        if (mark_at(text, i, end, &length) != MARK_NONE)
            return TRUE;
    return FALSE;
}

static void find_boxes(Reading *reading)
{
    const Folded *text = reading->text;
    gsize last = spot(reading, reading->spots->len - 1)->end;
    reading->boxes_before = has_mark(text, 0, spot(reading, 0)->start);
    reading->boxes_behind = !reading->boxes_before && has_mark(text, last, text->length);
}

/* How far apart two neighbours are: the white space between them, or a new line. */
static guint distance(const Folded *text, gsize index)
{
    if (!folded_is_apart(text, index))
        return 0;
    if (folded_is_line(text, index))
        return G_MAXUINT;
    guint blanks = 0;
    const gchar *end = text->text + text->at[index];
    for (const gchar *c = text->text + folded_end(text, index); c < end; c = g_utf8_next_char(c))
        blanks += g_unichar_isspace(g_utf8_get_char(c)) ? 1 : 0;
    return blanks;
}

/* Whether a mark that parts one option from the next stands there. */
static gboolean is_parted(const Folded *text, gsize start, gsize end)
{
    for (gsize i = start; i < end; i++)
        if (g_utf8_strchr(",;/|.", -1, text->chars[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* Whom a tick without a box belongs to, or a ticked box beside another: the option before
 * (国际领先√ □国内领先) or the next (√□国内领先, □√国内领先). INDEX is where it stands, AFTER what
 * follows it; BOXED: an empty box stands before it. */
static gboolean belongs_to_next(const Reading *reading, guint gap, gsize index, gsize after,
                                gboolean boxed)
{
    if (gap == reading->spots->len)
        return FALSE;
    if (gap == 0)
        return TRUE;
    if (boxed || reading->boxes_behind)
        return !reading->boxes_behind;
    const Folded *text = reading->text;
    gsize last = spot(reading, gap - 1)->end, next = spot(reading, gap)->start;
    if (is_parted(text, last, index))
        return TRUE;
    if (is_parted(text, after, next) && distance(text, index) <= 1)
        return FALSE;
    /* Without a box of its own, the next option lost it to the tick. */
    if (reading->boxes_before && !has_mark(text, after, next))
        return TRUE;
    while (index > last && text->chars[index - 1] == '_') /* _√_ */
        index--;
    while (after < next && text->chars[after] == '_')
        after++;
    guint before = distance(text, index);
    guint behind = distance(text, after);
    /* Where nothing is printed before options, people write （√） behind one. */
    if (!reading->boxes_before && after > index + 1)
        return behind < before;
    if (before == 0 && behind == 0)
        return after == next;
    return behind <= before;
}

/* A letter v for a tick, and no part of a word, in the gap from START to END. */
static gboolean is_lone_v(const Folded *text, gsize index, gsize start, gsize end)
{
    return text->chars[index] == 'v' && (index == start || !has_words(text, index - 1, index)) &&
           (index + 1 == end || !has_words(text, index + 1, index + 2));
}

static void read_gap(Reading *reading, guint gap)
{
    gsize start;
    gsize end;
    gap_bounds(reading, gap, &start, &end);
    gboolean boxed = FALSE; /* a box stands before, in this gap */
    gsize length;
    for (gsize i = start; i < end; i += length) {
        Mark mark = mark_at(reading->text, i, end, &length);
        if (is_lone_v(reading->text, i, start, end))
            mark = MARK_TICK;
        gboolean next = gap == 0 || (gap < reading->spots->len && !reading->boxes_behind);
        if (mark == MARK_TICK || !reading->boxes_before ||
            (mark == MARK_TICKED && has_mark(reading->text, i + length, end)))
            next = belongs_to_next(reading, gap, i, i + length, boxed);
        if (mark == MARK_TICK || mark == MARK_TICKED)
            tick(reading, next ? gap : gap - 1);
        boxed = mark == MARK_BOX || (boxed && mark == MARK_TICK);
    }
}

/* What is drawn before an option (or behind it), without what parts one from the next. */
static gchar *drawn_at(const Reading *reading, guint option)
{
    gsize start, end;
    gap_bounds(reading, reading->boxes_behind ? option + 1 : option, &start, &end);
    GString *drawn = g_string_new(NULL);
    for (gsize i = start; i < end; i++)
        if (g_utf8_strchr(",;.:|/_", -1, reading->text->chars[i]) == NULL)
            g_string_append_unichar(drawn, reading->text->chars[i]);
    return g_string_free(drawn, FALSE);
}

/* A mark that nobody knows, where all other options have the same box: that one is meant, and a
 * person looks. */
static void read_odd_one(Reading *reading)
{
    guint odd = 0, differ = 0, many = reading->spots->len;
    if (many < 3)
        return;
    g_autoptr(GPtrArray) drawn = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < many; i++)
        g_ptr_array_add(drawn, drawn_at(reading, i));
    const gchar *usual =
        strcmp(drawn->pdata[0], drawn->pdata[1]) == 0 ? drawn->pdata[0] : drawn->pdata[2];
    for (guint i = 0; i < many; i++)
        if (strcmp(drawn->pdata[i], usual) != 0) {
            odd = i;
            differ++;
        }
    const gchar *mark = drawn->pdata[odd];
    g_autoptr(Folded) folded = folded_new(mark, strlen(mark));
    gboolean words = folded->length > ODD_MAX;
    for (gsize i = 0; i < folded->length && !words; i++)
        words = g_unichar_isalnum(folded->chars[i]) && folded->chars[i] != 'x';
    if (differ != 1 || *mark == '\0' || words)
        return;
    tick(reading, odd);
    reading->choice->by_formatting = TRUE;
}

/* What some options have and not all. */
static void read_formatting(Reading *reading, const Text *text, gsize start)
{
    g_autoptr(GArray) emphases = g_array_new(FALSE, FALSE, sizeof(guint));
    guint common = ~0U;
    for (guint i = 0; i < reading->spots->len; i++) {
        const Spot *at = spot(reading, i);
        gsize from = start + reading->text->at[at->start];
        /* Where some are struck out, the others stand out. */
        guint emphasis =
            EMPHASIS_STRUCK ^ text_emphasis(text, from, start + folded_end(reading->text, at->end));
        common &= emphasis;
        g_array_append_val(emphases, emphasis);
    }
    for (guint i = 0; i < reading->spots->len; i++)
        if ((g_array_index(emphases, guint, i) & ~common) != 0)
            tick(reading, i);
    reading->choice->by_formatting = reading->choice->any;
}
