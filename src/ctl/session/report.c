#include "ctl/session/report.h"

#include "common/json.h"
#include "ctl/text/output.h"
#include "varlink/agent.h"

#include <stdarg.h>

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

/* Names the verb that was refused, and what to do, in place of the method that nobody has typed. */
static void name_denied_verb(const struct session *session, struct tr_error *error)
{
    const char *verb = session->verb ? session->verb->name : NULL;

    /* "call" is for those who know the methods. */
    if (error->exit_class != TR_CLASS_DENIED || !verb || streq(verb, "call") ||
        !streq(error->code, AGENT_INTERFACE ".PermissionDenied"))
        return;
    snprintf(error->message, sizeof(error->message), "You have no permission for \"trctl %s\".", verb);
    if (streq(error->hint, "Become root."))
        snprintf(error->hint, sizeof(error->hint),
            "Become root (sudo trctl %s), or let api.admin_group in the configuration name a group of yours.",
            verb);
}

int report_error(const struct session *session, const struct tr_error *failure)
{
    const char *prefix = session->console ? "" : "trctl: ";
    struct tr_error error = *failure;

    if (session->console)
        session->console->reword(&error);
    else
        name_denied_verb(session, &error);
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

int report_no_memory(const struct session *session)
{
    return report_failure(session, TR_CLASS_FAILED, "failed", NULL, NULL, "Out of memory.");
}

int report_bad_reply(const struct session *session, const char *content)
{
    return report_failure(session, TR_CLASS_UNREACHABLE, "bad_reply", NULL,
        "Check that the version of the daemon fits this one.", "The daemon's %s can't be read.", content);
}

void report_lost(void)
{
    output_line(stderr, "trctl: The daemon went away; waiting until it is back.");
}
