#include "ctl/text/output.h"

#include "common/json.h"
#include "common/log.h"
#include "common/utf8.h"

#include <stdarg.h>

const char *output_get_text(json_object *object, const char *key)
{
    const char *text = json_get_string(object, key);

    return text ? text : "?";
}

static void print_line(FILE *stream, const char *text)
{
    char escaped[4 * OUTPUT_LINE_MAX];

    fputs(escape_text(text, escaped, sizeof(escaped)), stream);
    fputc('\n', stream);
}

void output_line(FILE *stream, const char *format, ...)
{
    char text[OUTPUT_LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    print_line(stream, text);
}

void output_lines(FILE *stream, const char *text)
{
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        output_line(stream, "%.*s", (int)length, text);
    }
}

void output_field(FILE *stream, const char *label, const char *format, ...)
{
    char text[OUTPUT_LINE_MAX];
    va_list arguments;

    int n = snprintf(text, sizeof(text), "%-15s ", label);
    va_start(arguments, format);
    vsnprintf(text + n, sizeof(text) - (size_t)n, format, arguments);
    va_end(arguments);
    print_line(stream, text);
}

void output_json(FILE *stream, const char *text)
{
    /* JSON has other characters than ASCII in strings only, so U+0080 to U+009F can become escapes wherever they
     * are. Characters below U+0020 are white space between values, or escaped already. */
    for (const unsigned char *in = (const unsigned char *)text; *in; in++) {
        size_t length = utf8_direction((const char *)in);

        if (in[0] == 0xc2 && in[1] >= 0x80 && in[1] < 0xa0)
            fprintf(stream, "\\u%04x", *++in);
        else if (length > 0) {
            fprintf(
                stream, "\\u%04x", length == 2 ? 0x61cu : 0x2000u | (in[1] & 0x3fu) << 6 | (in[2] & 0x3fu));
            in += length - 1;
        } else if (*in == 0x7f)
            fputs("\\u007f", stream);
        else
            putc_unlocked(*in, stream);
    }
    putc_unlocked('\n', stream);
}

void output_json_object(FILE *stream, json_object *object)
{
    const char *text = json_text(object, NULL);

    output_json(stream, text ? text : "{}");
}
