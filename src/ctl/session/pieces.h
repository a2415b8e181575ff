/*
 * Reads a text of any size in pieces of whole lines; a piece fits into a call. Bytes that JSON can't carry
 * are made visible: a NUL becomes U+2400, a byte that is not UTF-8 becomes U+FFFD.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

enum {
    PIECE_SIZE_MAX = 60000, /* bytes of a piece as JSON: below the default of api.max_message */
};

enum pieces_kind {
    PIECES_END,
    PIECES_TEXT,
    PIECES_LONG_LINE, /* a line that no piece can hold */
};

struct pieces {
    FILE *stream;
    int64_t line;          /* the number of the line that was read last */
    enum pieces_kind kind; /* of that line, which waits for the next piece */
    char waiting[PIECE_SIZE_MAX + 1];
    size_t waiting_size;           /* as JSON */
    char text[PIECE_SIZE_MAX + 2]; /* the present piece */
    size_t size;                   /* as JSON */
};

/* Begins a text. The caller keeps the stream. Returns 0 or a negative errno. */
int pieces_begin(struct pieces *pieces, FILE *stream);

/* Reads the next piece into pieces->text, or the beginning of a line that is too long. Returns its kind and
 * the number of its first line, or a negative errno. */
int pieces_next(struct pieces *pieces, int64_t *ret_line);
