#include "ctl/session/pieces.h"

#include "common/utf8.h"

#include <errno.h>
#include <string.h>

enum {
    BEGINNING_MAX = 64, /* bytes shown of a line that is too long */
};

/* Returns the size of a single-byte character in JSON. */
static size_t json_size(char c)
{
    if (c == '"' || c == '\\' || c == '\t' || c == '\r')
        return 2;
    return (unsigned char)c < 0x20 ? 6 : 1;
}

/* Converts the bytes of a line into pieces->waiting. Returns false if the line is too long. */
static bool convert_line(struct pieces *pieces, const char *raw, size_t raw_size)
{
    size_t used = 0, length;

    pieces->waiting_size = 2; /* the end of the line */
    for (size_t i = 0; i < raw_size; i += length) {
        const char *text = raw + i;
        size_t size = length = utf8_sequence(text, raw_size - i);

        if (length == 0 || *text == 0) {
            text = length ? "\xe2\x90\x80" : "\xef\xbf\xbd";
            length = 1;
            size = 3;
        }
        pieces->waiting_size += size == 1 ? json_size(*text) : size;
        if (pieces->waiting_size > PIECE_SIZE_MAX)
            break;
        memcpy(pieces->waiting + used, text, size);
        used += size;
    }
    pieces->waiting[used] = 0;
    return pieces->waiting_size <= PIECE_SIZE_MAX;
}

/* Reads the next line of the stream. Returns 0 or a negative errno. */
static int read_line(struct pieces *pieces)
{
    char raw[PIECE_SIZE_MAX];
    size_t size = 0;
    int c;

    errno = 0;
    while ((c = getc(pieces->stream)) != EOF && c != '\n') {
        if (size < sizeof(raw))
            raw[size++] = (char)c;
    }
    if (ferror(pieces->stream))
        return errno ? -errno : -EIO;
    pieces->line++;
    if (c == EOF && size == 0)
        pieces->kind = PIECES_END;
    else
        pieces->kind = convert_line(pieces, raw, size) ? PIECES_TEXT : PIECES_LONG_LINE;
    return 0;
}

int pieces_begin(struct pieces *pieces, FILE *stream)
{
    pieces->stream = stream;
    pieces->line = 0;
    return read_line(pieces);
}

int pieces_next(struct pieces *pieces, int64_t *ret_line)
{
    size_t used = 0;
    int r = 0;

    *ret_line = pieces->line;
    if (pieces->kind == PIECES_LONG_LINE) {
        pieces->waiting[BEGINNING_MAX] = 0;
        snprintf(pieces->text, sizeof(pieces->text), "%s...", utf8_trim(pieces->waiting));
        r = read_line(pieces);
        return r < 0 ? r : PIECES_LONG_LINE;
    }
    pieces->size = 0;
    while (r >= 0 && pieces->kind == PIECES_TEXT && pieces->size + pieces->waiting_size <= PIECE_SIZE_MAX) {
        size_t length = strlen(pieces->waiting);

        memcpy(pieces->text + used, pieces->waiting, length);
        used += length;
        pieces->text[used++] = '\n';
        pieces->size += pieces->waiting_size;
        r = read_line(pieces);
    }
    pieces->text[used] = 0;
    return r < 0 ? r : used > 0 ? PIECES_TEXT : PIECES_END;
}
