#include "worker/observable/recognise.h"

#include "common/json.h"
#include "worker/observable/characters.h"
#include "worker/observable/classify.h"
#include "worker/observable/hash.h"
#include "worker/observable/markup.h"
#include "worker/observable/split.h"
#include "worker/observable/suffix.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
    LOOK_AHEAD = 256, /* bytes behind an item */
};

struct recogniser {
    psl_ctx_t *suffixes;
    json_object *seen; /* each observable with its first line */
    struct item item;
    struct observable observable;
};

/* The line in work. */
struct line {
    struct recogniser *recogniser;
    int64_t number;
    recognise_reporter report;
    void *userdata;
    const char *end;    /* excludes the comment */
    struct label label; /* of the next item */
    struct label hash;  /* label of the next hash on the line */
    bool begun;         /* an item or a bullet was seen */
    bool reported;
};

int recogniser_new(struct recogniser **ret)
{
    struct recogniser *recogniser = calloc(1, sizeof(*recogniser));

    if (!recogniser)
        return -ENOMEM;
    recogniser->seen = json_object_new_object();
    recogniser->suffixes = suffix_read_list();
    if (!recogniser->seen || !recogniser->suffixes) {
        int r = recogniser->seen ? -ENOENT : -ENOMEM;
        recogniser_free(recogniser);
        return r;
    }
    *ret = recogniser;
    return 0;
}

struct recogniser *recogniser_free(struct recogniser *recogniser)
{
    if (recogniser) {
        psl_free(recogniser->suffixes);
        json_object_put(recogniser->seen);
        free(recogniser);
    }
    return NULL;
}

/* Fills first_line if the text had the observable before, else notes its line. */
static int look_up(struct recogniser *recogniser)
{
    struct observable *observable = &recogniser->observable;
    json_object *line;

    if (observable->refusal != REFUSAL_NONE)
        return 0;
    if (json_object_object_get_ex(recogniser->seen, observable->value, &line)) {
        observable->first_line = json_object_get_int64(line);
        return 0;
    }
    return json_add_int(recogniser->seen, observable->value, observable->line);
}

static int report(struct line *line)
{
    int r = look_up(line->recogniser);

    line->reported = true;
    return r < 0 ? r : line->report(line->userdata, &line->recogniser->observable);
}

/* Returns true for bullets before the first item of a line, such as "-", "*", "1." and "a)". */
static bool is_bullet(const struct item *item)
{
    size_t digits = strspn(item->text, "([0123456789"), size = strlen(item->text);

    if (size > 0 && size == strspn(item->text, "-*+>#.~"))
        return true;
    if (size == 2 && isalpha((unsigned char)item->text[0]) && strchr(".)", item->text[1]))
        return true;
    return digits > 0 && digits <= 5 && digits < size && strspn(item->text + digits, ".)]:") == size - digits;
}

/* Takes a label off the beginning of an item. Returns true if nothing is left, so that the label is for the
 * next item. The last item of a line keeps its label. */
static bool take_label(struct line *line, struct item *item, bool last)
{
    char *text = item->text;
    struct label label;
    size_t length;

    while ((length = leading_length(text, strlen(text))) > 0 && text[0] != '*')
        text += length;
    length = label_read(text, strlen(text), &label);
    if (length == 0 || (last && !text[length]))
        return false;
    line->label = label;
    memmove(item->text, text + length, strlen(text + length) + 1);
    return item->text[0] == 0;
}

/* Moves the labels before an item into it. */
static void apply_labels(struct line *line, struct item *item)
{
    const struct label none = { LABEL_NONE, "" };

    item->label = line->label;
    line->label = none;
    if (line->hash.kind != LABEL_NONE && item->label.kind == LABEL_NONE && hash_is_hexadecimal(item->text)) {
        item->label = line->hash;
        line->hash = none;
    }
}

/* Returns true if only punctuation follows an item on its line, within LOOK_AHEAD bytes. */
static bool is_last(const struct line *line, const char *at)
{
    const char *end = line->end - at > LOOK_AHEAD ? at + LOOK_AHEAD : line->end;

    while (at < end && !isalnum((unsigned char)*at) && (unsigned char)*at < 0x80 && *at != ':')
        at++;
    return at == end;
}

/* Returns true if an item only introduces the next one: a bullet, a label, the name of a hash. */
static bool is_introduction(struct line *line, struct item *item, const char *rest, bool first, bool last)
{
    if (item->size >= OBSERVABLE_INPUT_MAX)
        return false;
    /* Treat a key of JSON as a label. */
    if (line->end - rest > 2 && rest[0] == '"' && rest[1] == ':')
        memcpy(item->text + strlen(item->text), ":", 2);
    if (!last && ((first && is_bullet(item)) || label_read_hash(item->text, item->size, &line->hash)))
        return true;
    return take_label(line, item, last);
}

static int recognise_item(struct line *line, const char *rest, bool weak)
{
    struct recogniser *recogniser = line->recogniser;
    struct item *item = &recogniser->item;
    bool first = !line->begun;

    line->begun = true;
    if (is_introduction(line, item, rest, first, is_last(line, rest)))
        return 0;
    apply_labels(line, item);
    observable_begin(&recogniser->observable, line->number, item->input, item->input_size);
    if (!classify(recogniser->suffixes, item, &recogniser->observable))
        return 0;
    /* Report the text of a link only if it is an observable that the text did not have before. */
    if (weak && (recogniser->observable.refusal != REFUSAL_NONE ||
                    json_object_object_get_ex(recogniser->seen, recogniser->observable.value, NULL)))
        return 0;
    return report(line);
}

static int recognise_segment(struct line *line, const struct segment *segment)
{
    struct splitter splitter = { segment->text, segment->text + segment->size };
    int r = 0;

    while (r >= 0 && split_next(&splitter, &line->recogniser->item))
        r = recognise_item(line, splitter.at, segment->weak);
    return r;
}

static int report_empty(struct line *line, const char *text, size_t size, const char *message)
{
    observable_begin(&line->recogniser->observable, line->number, text, size);
    observable_refuse(&line->recogniser->observable, REFUSAL_EMPTY, "%s", message);
    return report(line);
}

/* Returns the size of a line without the comment at its end. A "#" behind a blank begins a comment. */
static size_t cut_comment(const char *text, size_t size)
{
    for (size_t i = 1; i < size; i++)
        if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t'))
            return i;
    return size;
}

static int recognise_line(struct line *line, const char *text, size_t size)
{
    size_t begin = blank_length(text, size);
    struct segment segment;
    struct markup markup;
    int r = 0;

    if (begin < size && text[begin] == '#')
        return report_empty(line, text, size, "The line is a comment: remove # to have it taken.");
    line->end = text + cut_comment(text, size);
    markup_open(&markup, text, (size_t)(line->end - text));
    while (r >= 0 && markup_next(&markup, &segment))
        r = recognise_segment(line, &segment);
    if (r < 0 || line->reported)
        return r;
    return report_empty(line, text, size, "The line has no observable.");
}

int recognise_text(struct recogniser *recogniser, const char *text, size_t size, int64_t number,
    recognise_reporter reporter, void *userdata)
{
    const char *end = text + size;
    int r = 0;

    do {
        const char *newline = memchr(text, '\n', (size_t)(end - text)), *stop = newline ? newline : end;
        struct line line = {
            .recogniser = recogniser, .number = number++, .report = reporter, .userdata = userdata
        };

        r = recognise_line(&line, text, (size_t)(stop - text));
        text = newline ? newline + 1 : end;
    } while (r >= 0 && text < end);
    return r;
}
