#include "ctl/text/output.h"

#include "common/json.h"
#include "common/log.h"

#include <stdarg.h>

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
    /* What is not ASCII stands in strings only, so the two-byte forms of U+0080 to U+009F can be written as
     * escapes; what is below U+0020 is escaped already, or white space. */
    for (const unsigned char *in = (const unsigned char *)text; *in; in++) {
        if (in[0] == 0xc2 && in[1] >= 0x80 && in[1] < 0xa0)
            fprintf(stream, "\\u%04x", *++in);
        else if (*in == 0x7f)
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

static json_object *text_or_null(const char *text)
{
    return text[0] ? json_object_new_string(text) : NULL;
}

static void print_error_object(const struct tr_error *error)
{
    _cleanup_json_ json_object *outer = json_object_new_object();
    json_object *inner = json_object_new_object();

    json_object_object_add(inner, "code", text_or_null(error->code));
    json_object_object_add(inner, "reason", text_or_null(error->reason));
    json_object_object_add(inner, "message", text_or_null(error->message));
    json_object_object_add(inner, "remedy", text_or_null(error->hint));
    json_object_object_add(inner, "exit", json_object_new_int(error->exit_class));
    json_object_object_add(outer, "error", inner);
    output_json_object(stdout, outer);
}

int report_error(const struct session *session, const struct tr_error *failure)
{
    const char *prefix = session->console ? "" : "trctl: ";
    struct tr_error error = *failure;

    if (session->console)
        session->console->reword(&error);
    fflush(stdout);
    output_line(stderr, "%s%s", prefix, error.message);
    if (error.hint[0])
        output_line(stderr, "%s%s", prefix, error.hint);
    if (session->json)
        print_error_object(&error);
    return (int)error.exit_class;
}

static int __attribute__((format(printf, 6, 0)))
fail_with(const struct session *session, struct tr_error *error, const char *code, const char *reason,
    const char *hint, const char *format, va_list arguments)
{
    snprintf(error->code, sizeof(error->code), "%s", code);
    snprintf(error->reason, sizeof(error->reason), "%s", reason ? reason : "");
    snprintf(error->hint, sizeof(error->hint), "%s", hint ? hint : "");
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    return report_error(session, error);
}

int report_failure(const struct session *session, enum tr_error_class exit_class, const char *code,
    const char *reason, const char *hint, const char *format, ...)
{
    struct tr_error error = { .exit_class = exit_class };
    va_list arguments;

    va_start(arguments, format);
    int r = fail_with(session, &error, code, reason, hint, format, arguments);
    va_end(arguments);
    return r;
}

int report_usage(const struct session *session, const char *format, ...)
{
    struct tr_error error = { .exit_class = TR_CLASS_USAGE };
    char hint[128] = "See \"trctl help\".";
    va_list arguments;

    if (session->console)
        snprintf(hint, sizeof(hint), "%s", session->console->usage_hint);
    else if (session->verb)
        snprintf(hint, sizeof(hint), "See \"trctl help %s\".", session->verb->name);
    va_start(arguments, format);
    int r = fail_with(session, &error, "usage", NULL, hint, format, arguments);
    va_end(arguments);
    return r;
}
