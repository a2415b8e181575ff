#include "worker/observable/markup.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    TAG_NAME_MAX = 12,
    MARKUP_MAX = 4096, /* most bytes of a tag, of the text of a link, and of its target */
};

static const char *limit_end(const char *text, const char *end)
{
    return end - text > MARKUP_MAX ? text + MARKUP_MAX : end;
}

static const char *const tags[] = { "a", "b", "blockquote", "body", "br", "button", "center", "code", "dd",
    "del", "div", "dl", "dt", "em", "font", "form", "h1", "h2", "h3", "h4", "head", "hr", "html", "i",
    "iframe", "img", "input", "ins", "kbd", "li", "link", "mark", "meta", "ol", "option", "p", "pre", "s",
    "samp", "script", "small", "source", "span", "strong", "sub", "sup", "table", "tbody", "td", "th",
    "thead", "title", "tr", "tt", "u", "ul", "video", "wbr" };

/* Returns the length of the name of a known tag at the beginning of a text behind "<" or "</"; 0 if there is
 * none. */
static size_t tag_name_length(const char *text, const char *end)
{
    size_t n = 0;

    while (text + n < end && n < TAG_NAME_MAX && isalnum((unsigned char)text[n]))
        n++;
    if (text + n == end || !strchr(" \t/>", text[n]))
        return 0;
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (strlen(tags[i]) == n && strncasecmp(tags[i], text, n) == 0)
            return n;
    return 0;
}

/* Returns the end of the tag that begins at "<", behind its ">"; NULL if no known tag begins there. */
static const char *tag_end(const char *text, const char *end)
{
    end = limit_end(text, end);
    const char *name = text + 1 + (text + 1 < end && text[1] == '/');
    size_t length = tag_name_length(name, end);
    const char *close = length ? memchr(name + length, '>', (size_t)(end - name) - length) : NULL;

    return close ? close + 1 : NULL;
}

/* Finds the target among the attributes of a tag. */
static bool find_target(const char *text, const char *end, struct segment *ret)
{
    static const char *const names[] = { "href=", "src=", "action=" };

    for (const char *at = text; at < end; at++)
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            size_t length = strlen(names[i]);

            if (!isspace((unsigned char)*at) || (size_t)(end - at) <= length + 1 ||
                strncasecmp(at + 1, names[i], length) != 0)
                continue;
            const char *value = at + 1 + length;
            bool quoted = *value == '"' || *value == '\'';
            const char *stop = quoted ? memchr(value + 1, *value, (size_t)(end - value) - 1) : NULL;
            value += quoted;
            if (!stop)
                for (stop = value; stop < end && !strchr(" \t>\"'", *stop);)
                    stop++;
            *ret = (struct segment){ value, (size_t)(stop - value), false };
            return true;
        }
    return false;
}

/* Finds "[text](target)" that begins at a bracket. Returns the end of the text; NULL if there is none. */
static const char *link_text_end(const char *text, const char *end)
{
    end = limit_end(text, end);
    const char *close = memchr(text, ']', (size_t)(end - text));

    if (!close || close + 2 >= end || close[1] != '(' || !memchr(close + 2, ')', (size_t)(end - close) - 2))
        return NULL;
    /* Brackets around a dot or in an address are not Markdown: their target would be empty or a word. */
    return close - text > 1 && isalnum((unsigned char)close[2]) ? close : NULL;
}

/* Returns the end of the target behind "(": the balancing parenthesis. */
static const char *link_target_end(const char *text, const char *end)
{
    int depth = 0;

    end = limit_end(text, end);
    for (const char *at = text; at < end; at++) {
        depth += *at == '(';
        if (*at == ')' && depth-- == 0)
            return at;
    }
    return end;
}

void markup_open(struct markup *markup, const char *line, size_t size)
{
    *markup = (struct markup){ .at = line, .end = line + size };
}

/* Returns where the next tag or Markdown link begins; the end if there is none. */
static const char *find_markup(const struct markup *markup)
{
    const char *at = markup->at;

    if (!memchr(at, '<', (size_t)(markup->end - at)) && !memmem(at, (size_t)(markup->end - at), "](", 2))
        return markup->end;
    for (; at < markup->end; at++)
        if ((*at == '<' && tag_end(at, markup->end)) || (*at == '[' && link_text_end(at, markup->end)))
            return at;
    return at;
}

/* Skips a tag. Returns true if it has a target. */
static bool pass_tag(struct markup *markup, struct segment *ret)
{
    const char *tag = markup->at, *end = tag_end(tag, markup->end);
    bool closes = tag[1] == '/', target = !closes && find_target(tag + 1, end, ret);

    markup->at = end;
    if (strncasecmp(tag + 1 + closes, "a", 1) == 0 && !isalnum((unsigned char)tag[2 + closes]))
        markup->in_link = target;
    return target;
}

bool markup_next(struct markup *markup, struct segment *ret)
{
    if (markup->queued.size > 0) {
        *ret = markup->queued;
        markup->queued.size = 0;
        return true;
    }
    while (markup->at < markup->end) {
        const char *text = markup->at, *next = find_markup(markup);

        if (next > text) {
            *ret = (struct segment){ text, (size_t)(next - text), markup->in_link };
            markup->at = next;
            return true;
        }
        if (*text == '<') {
            if (pass_tag(markup, ret))
                return true;
            continue;
        }
        const char *close = link_text_end(text, markup->end);
        const char *end = link_target_end(close + 2, markup->end);
        markup->queued = (struct segment){ text + 1, (size_t)(close - text) - 1, true };
        *ret = (struct segment){ close + 2, (size_t)(end - close) - 2, false };
        markup->at = end < markup->end ? end + 1 : end;
        return true;
    }
    return false;
}
