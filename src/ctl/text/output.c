#include "ctl/text/output.h"

#include "common/json.h"
#include "common/log.h"

#include <stdarg.h>

static void print_line(FILE *stream, const char *text)
{
    char escaped[4 * CTL_LINE_MAX];

    fputs(escape_text(text, escaped, sizeof(escaped)), stream);
    fputc('\n', stream);
}

void ctl_line(FILE *stream, const char *format, ...)
{
    char text[CTL_LINE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    print_line(stream, text);
}

void ctl_field(FILE *stream, const char *label, const char *format, ...)
{
    char text[CTL_LINE_MAX];
    va_list arguments;

    int n = snprintf(text, sizeof(text), "%-15s ", label);
    va_start(arguments, format);
    vsnprintf(text + n, sizeof(text) - (size_t)n, format, arguments);
    va_end(arguments);
    print_line(stream, text);
}

void ctl_json(FILE *stream, const char *text)
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

void ctl_json_object(FILE *stream, json_object *object)
{
    const char *text = json_text(object, NULL);

    ctl_json(stream, text ? text : "{}");
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
    ctl_json_object(stdout, outer);
}

int ctl_fail(const struct ctl *ctl, const struct tr_error *failure)
{
    const char *prefix = ctl->console ? "" : "trctl: ";
    struct tr_error error = *failure;

    if (ctl->console)
        ctl->console->reword(&error);
    fflush(stdout);
    ctl_line(stderr, "%s%s", prefix, error.message);
    if (error.hint[0])
        ctl_line(stderr, "%s%s", prefix, error.hint);
    if (ctl->json)
        print_error_object(&error);
    return (int)error.exit_class;
}

static int __attribute__((format(printf, 6, 0))) fail_with(const struct ctl *ctl, struct tr_error *error,
    const char *code, const char *reason, const char *hint, const char *format, va_list arguments)
{
    snprintf(error->code, sizeof(error->code), "%s", code);
    snprintf(error->reason, sizeof(error->reason), "%s", reason ? reason : "");
    snprintf(error->hint, sizeof(error->hint), "%s", hint ? hint : "");
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    return ctl_fail(ctl, error);
}

int ctl_fail_with(const struct ctl *ctl, enum tr_error_class exit_class, const char *code, const char *reason,
    const char *hint, const char *format, ...)
{
    struct tr_error error = { .exit_class = exit_class };
    va_list arguments;

    va_start(arguments, format);
    int r = fail_with(ctl, &error, code, reason, hint, format, arguments);
    va_end(arguments);
    return r;
}

int ctl_usage(const struct ctl *ctl, const char *format, ...)
{
    struct tr_error error = { .exit_class = TR_CLASS_USAGE };
    char hint[128] = "See \"trctl help\".";
    va_list arguments;

    if (ctl->console)
        snprintf(hint, sizeof(hint), "%s", ctl->console->usage_hint);
    else if (ctl->verb)
        snprintf(hint, sizeof(hint), "See \"trctl help %s\".", ctl->verb->name);
    va_start(arguments, format);
    int r = fail_with(ctl, &error, "usage", NULL, hint, format, arguments);
    va_end(arguments);
    return r;
}
