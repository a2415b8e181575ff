#include "daemon/config/text.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/open-file.h"
#include "common/ownership.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

enum {
    INCLUDES_MAX = 10, /* as in libconfig */
    WHY_MAX = 1500,
};

static void check_stream(struct config_reader *reader, const char *file, FILE *stream, int depth);

static int count_lines(const char *text, const char *end)
{
    int lines = 1;

    for (; text < end; text++)
        lines += *text == '\n';
    return lines;
}

/* Reports a text that begins with a byte order mark or contains a NUL byte. */
static bool is_text(struct config_reader *reader, const char *file, const char *text, size_t size)
{
    const char *nul = memchr(text, 0, size);

    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        config_report_syntax_error(
            reader, file, 1, "found a byte order mark, allowed is UTF-8 that begins with its first setting");
    else if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        config_report_syntax_error(reader, file, 1, "found UTF-16, allowed is UTF-8");
    else if (nul)
        config_report_syntax_error(
            reader, file, count_lines(text, nul), "found a NUL byte, allowed is text in UTF-8");
    else
        return true;
    return false;
}

/* Returns the place behind the closing quote; NULL if there is none. */
static const char *skip_quoted(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : NULL;
}

/* Copies the path of an included file as libconfig reads it: a quote and a backslash follow a backslash. Returns false if it
 * is no path. */
static bool copy_path(const char *quoted, char *out, size_t size)
{
    size_t used = 0;

    for (; *quoted != '"'; quoted++) {
        if (*quoted == '\\' && *++quoted != '"' && *quoted != '\\')
            return false;
        if (!*quoted || *quoted == '\n' || used + 1 >= size)
            return false;
        out[used++] = *quoted;
    }
    out[used] = 0;
    return used > 0;
}

/* Opens an included file that libconfig may open again: a regular one that nobody else can change or exchange. Returns
 * NULL and the fault. */
static FILE *open_included(struct config_reader *reader, const char *path, char *why, size_t size)
{
    char shown[512];
    struct stat st;

    if (reader->look && !ownership_is_safe(path, why, size))
        return NULL;
    FILE *stream = open_regular_file(path);
    if (stream && fstat(fileno(stream), &st) >= 0 && st.st_size <= TEXT_SIZE_MAX)
        return stream;
    snprintf(why, size, "cannot open include file \"%s\": %s", escape_text(path, shown, sizeof(shown)),
        strerror(stream ? EFBIG : errno));
    if (stream)
        fclose(stream);
    return NULL;
}

/* Checks an included file; quoted is its path in the line of a file. */
static void check_included(
    struct config_reader *reader, const char *file, int line, const char *quoted, int depth)
{
    char path[PATH_MAX], why[WHY_MAX];
    FILE *stream = NULL;

    if (depth >= INCLUDES_MAX)
        config_report_syntax_error(reader, file, line, "include file nesting too deep");
    else if (!copy_path(quoted, path, sizeof(path)))
        config_report_syntax_error(
            reader, file, line, "found no path behind @include, allowed is one in double quotes");
    else if (!(stream = open_included(reader, path, why, sizeof(why))))
        config_report_syntax_error(reader, file, line, why);
    else
        check_stream(reader, path, stream, depth + 1);
    if (stream)
        fclose(stream);
}

/* Skips comments and quoted texts like libconfig. */
static void check_comments(struct config_reader *reader, const char *file, const char *text, int depth)
{
    static const char include[] = "@include";
    const char *at = text, *begin = text;

    while (at && *at && !reader->failed) {
        begin = at;
        if (*at == '"')
            at = skip_quoted(at);
        else if (*at == '#' || (at[0] == '/' && at[1] == '/'))
            at += strcspn(at, "\n");
        else if (at[0] == '/' && at[1] == '*') {
            at = strstr(at + 2, "*/");
            at = at ? at + 2 : NULL;
        } else if (strncmp(at, include, strlen(include)) == 0) {
            at += strlen(include);
            at += strspn(at, " \t");
            if (*at == '"')
                check_included(reader, file, count_lines(text, begin), at + 1, depth);
        } else
            at++;
    }
    if (!at)
        config_report_syntax_error(reader, file, count_lines(text, begin),
            *begin == '"'
                ? "found a text that begins here and does not end, allowed is one in double quotes"
                : "found a comment that begins here and does not end, allowed is one that ends with */");
}

static void check_stream(struct config_reader *reader, const char *file, FILE *stream, int depth)
{
    _cleanup_free_ char *text = calloc(1, TEXT_SIZE_MAX + 1);
    size_t size = text ? fread(text, 1, TEXT_SIZE_MAX, stream) : 0;

    if (!text)
        config_report_syntax_error(reader, file, 0, strerror(ENOMEM));
    else if (is_text(reader, file, text, size))
        check_comments(reader, file, text, depth);
}

void text_check(struct config_reader *reader, FILE *stream)
{
    check_stream(reader, NULL, stream, 0);
    rewind(stream);
}

/* Returns true if the text is nothing but the begin of a setting: NAME = or NAME :, and nothing that names another. */
static bool has_one_name(const char *text, size_t *ret_length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*";
    size_t length = strspn(text, letters);
    const char *rest = text + length + strspn(text + length, " \t");

    *ret_length = length;
    return length > 0 && (*rest == '=' || *rest == ':') && !strpbrk(rest + 1, "=:#\"/");
}

bool text_find_name(const char *path, int line, char *out, size_t size)
{
    FILE *stream = open_file_to_read(path);
    char text[256] = "";
    size_t length;
    int at = 0;

    while (stream && at < line && fgets(text, sizeof(text), stream))
        at += strchr(text, '\n') || feof(stream);
    if (stream)
        fclose(stream);
    const char *begin = text + strspn(text, " \t");
    if (at != line || !has_one_name(begin, &length))
        return false;
    snprintf(out, size, "%.*s", (int)length, begin);
    return true;
}
