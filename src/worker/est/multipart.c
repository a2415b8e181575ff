#include "worker/est/multipart.h"

#include "worker/http/header.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    BOUNDARY_MAX = 128, /* 70 by the standard */
};

/* Returns the next line without its end and moves at behind it. False at the end of the text. */
static bool next_line(const char **at, const char *end, const char **ret_line, size_t *ret_size)
{
    const char *line = *at, *newline;

    if (line >= end)
        return false;
    newline = memchr(line, '\n', (size_t)(end - line));
    *at = newline ? newline + 1 : end;
    size_t size = (size_t)((newline ? newline : end) - line);
    while (size > 0 && strchr("\r \t", line[size - 1]) && line[size - 1])
        size--;
    *ret_line = line;
    *ret_size = size;
    return true;
}

/* Copies the parameter "boundary" of a media type, with or without quotes. False if there is none. */
static bool read_boundary_of_type(const char *type, char out[static BOUNDARY_MAX])
{
    static const char name[] = "boundary=";

    for (type = strchr(type, ';'); type; type = strchr(type, ';')) {
        type += 1 + strspn(type + 1, " \t");
        if (strncasecmp(type, name, sizeof(name) - 1) != 0)
            continue;
        type += sizeof(name) - 1;
        bool quoted = *type == '"';
        type += quoted;
        size_t length = strcspn(type, quoted ? "\"" : "; \t");
        if (length == 0 || length >= BOUNDARY_MAX)
            return false;
        memcpy(out, type, length);
        out[length] = 0;
        return true;
    }
    return false;
}

/* Copies the boundary of the first line that begins with two hyphens. False if there is none. */
static bool read_boundary_of_body(const char *body, size_t size, char out[static BOUNDARY_MAX])
{
    const char *at = body, *line;
    size_t length;

    while (next_line(&at, body + size, &line, &length)) {
        if (length < 3 || memcmp(line, "--", 2) != 0)
            continue;
        if (length - 2 >= BOUNDARY_MAX)
            return false;
        memcpy(out, line + 2, length - 2);
        out[length - 2] = 0;
        return true;
    }
    return false;
}

enum delimiter {
    DELIMITER_NONE,
    DELIMITER_NEXT,
    DELIMITER_LAST,
};

static enum delimiter recognize_delimiter(const char *line, size_t size, const char *boundary)
{
    size_t length = strlen(boundary);

    if (size < length + 2 || memcmp(line, "--", 2) != 0 || memcmp(line + 2, boundary, length) != 0)
        return DELIMITER_NONE;
    if (size == length + 2)
        return DELIMITER_NEXT;
    return size == length + 4 && memcmp(line + length + 2, "--", 2) == 0 ? DELIMITER_LAST : DELIMITER_NONE;
}

/* Reads the content type of a part and skips its header. */
static void read_head(struct multipart_part *part, const char **at, const char *end)
{
    const char *line;
    size_t size;

    part->type[0] = 0;
    while (next_line(at, end, &line, &size) && size > 0)
        header_value(line, size, "Content-Type", part->type, sizeof(part->type));
}

int multipart_parse(const char *content_type, const char *body, size_t size,
    struct multipart_part parts[static MULTIPART_MAX])
{
    const char *at = body, *end = body + size, *line;
    char boundary[BOUNDARY_MAX];
    size_t length;
    int n = 0;
    bool inside = false;

    if (!read_boundary_of_type(content_type, boundary) && !read_boundary_of_body(body, size, boundary))
        return -EBADMSG;

    while (next_line(&at, end, &line, &length)) {
        enum delimiter found = recognize_delimiter(line, length, boundary);

        if (found == DELIMITER_NONE)
            continue;
        if (inside) {
            parts[n].size = (size_t)(line - parts[n].data);
            n++;
        }
        inside = false;
        if (found == DELIMITER_LAST)
            return n > 0 ? n : -EBADMSG;
        if (n == MULTIPART_MAX)
            return -EBADMSG;
        read_head(&parts[n], &at, end);
        parts[n].data = at;
        inside = true;
    }
    return -EBADMSG;
}
