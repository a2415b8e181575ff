/*
 * A stream that keeps what is printed to it, for tests of functions that print. A test opens one, compares
 * part by part and closes it.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

struct text_stream {
    FILE *stream;
    char *text;
    size_t size;
    size_t checked; /* bytes that were compared */
};

static inline void text_stream_open(struct text_stream *stream)
{
    *stream = (struct text_stream){ 0 };
    stream->stream = open_memstream(&stream->text, &stream->size);
    assert_non_null(stream->stream);
}

/* Compares what was printed since the last check. */
static inline void text_stream_check(struct text_stream *stream, const char *expected)
{
    assert_int_equal(fflush(stream->stream), 0);
    assert_string_equal(stream->text + stream->checked, expected);
    stream->checked = stream->size;
}

static inline void text_stream_close(struct text_stream *stream)
{
    fclose(stream->stream);
    free(stream->text);
}
