#include "client/error.h"

#include "common/reason.h"
#include "varlink/agent.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static void set_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

int client_fail(struct tr_error *error, int r, enum tr_error_class exit_class, const char *code,
    const char *hint, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return r;

    *error = (struct tr_error){ .exit_class = exit_class };
    set_text(error->code, sizeof(error->code), code);
    set_text(error->hint, sizeof(error->hint), hint);
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    return r;
}

static int fail_timed_out(struct tr_error *error)
{
    return client_fail(error, -ETIMEDOUT, TR_CLASS_UNREACHABLE, "timed_out",
        "It may be stopped or overloaded: look at its state and its log (systemctl status threatresponsed).",
        "The daemon is there, but it did not answer in time.");
}

int client_fail_connect(struct tr_error *error, int r, const char *path)
{
    static const char start[] =
        "Start it (systemctl start threatresponsed), or check the path of the socket.";

    switch (r) {
    case -ENOENT:
    case -ENOTDIR:
        return client_fail(error, -ENOENT, TR_CLASS_UNREACHABLE, "not_running", start,
            "The daemon is not running: there is no socket %s.", path);
    case -ECONNREFUSED:
        return client_fail(error, r, TR_CLASS_UNREACHABLE, "not_running", start,
            "The daemon is not running: nobody listens on %s, which an earlier one left behind.", path);
    case -EACCES:
    case -EPERM:
        return client_fail(error, r, TR_CLASS_DENIED, "permission_denied",
            "Become root or a member of the group that owns the socket.",
            "You have no permission to use the socket %s.", path);
    case -EINVAL:
        return client_fail(error, r, TR_CLASS_USAGE, "bad_parameters",
            "Give the path of the daemon's socket.", "The path of the socket is empty.");
    case -ENAMETOOLONG:
        return client_fail(error, r, TR_CLASS_USAGE, "bad_parameters", "Use a shorter path.",
            "The path of the socket is longer than a socket address can hold (107 bytes).");
    case -ETIMEDOUT:
        return fail_timed_out(error);
    default:
        return client_fail(error, r, TR_CLASS_UNREACHABLE, "failed", NULL,
            "Can't connect to the socket %s: %s.", path, strerror(-r));
    }
}

int client_fail_exchange(struct tr_error *error, int r)
{
    switch (r) {
    case -ETIMEDOUT:
        return fail_timed_out(error);
    case -ECONNRESET:
    case -EPIPE:
        return client_fail(error, -ECONNRESET, TR_CLASS_UNREACHABLE, "closed",
            "If it was restarted, try again; else see its log.",
            "The daemon closed the connection before it answered.");
    case -EBADMSG:
        return client_fail(error, r, TR_CLASS_UNREACHABLE, "bad_reply",
            "Check that the socket is threatresponsed's and that its version fits this one.",
            "The answer on the socket does not follow the protocol of the daemon.");
    case -EMSGSIZE:
        return client_fail(error, r, TR_CLASS_UNREACHABLE, "bad_reply",
            "Check that the socket is threatresponsed's and that its version fits this one.",
            "The answer is longer than %d bytes.", TR_MESSAGE_MAX);
    case -ENOMEM:
        return client_fail(error, r, TR_CLASS_FAILED, "failed", NULL, "Out of memory.");
    default:
        return client_fail(
            error, r, TR_CLASS_FAILED, "failed", NULL, "Can't talk to the daemon: %s.", strerror(-r));
    }
}

/* The class of a refusal by its reason; 0: TR_CLASS_FAILED. */
static const enum tr_error_class refusal_classes[REASON_MAX_] = {
    [REASON_BUSY] = TR_CLASS_BUSY,
    [REASON_ALREADY_REGISTERED] = TR_CLASS_ALREADY,
    [REASON_NOT_REGISTERED] = TR_CLASS_ALREADY,
    [REASON_TOKEN_REJECTED] = TR_CLASS_REFUSED,
    [REASON_WRONG_REGION] = TR_CLASS_REFUSED,
    [REASON_EST_REJECTED] = TR_CLASS_REFUSED,
    [REASON_REMOVED_IN_PORTAL] = TR_CLASS_REFUSED,
    [REASON_CERTIFICATE_UNUSABLE] = TR_CLASS_REFUSED,
    [REASON_CERTIFICATE_REFUSED] = TR_CLASS_REFUSED,
    [REASON_DEVICE_CONFLICT] = TR_CLASS_REFUSED,
};

static void describe_refused(json_object *parameters, struct tr_error *error)
{
    const char *reason = json_get_string(parameters, "reason");

    set_text(error->reason, sizeof(error->reason), reason);
    set_text(error->message, sizeof(error->message), json_get_string(parameters, "message"));
    set_text(error->hint, sizeof(error->hint), json_get_string(parameters, "remedy"));

    enum tr_error_class exit_class = refusal_classes[reason_from_string(reason)];
    if (exit_class)
        error->exit_class = exit_class;
}

static void describe_conflict(json_object *parameters, struct tr_error *error)
{
    time_t when = (time_t)json_get_int(parameters, "time", 0);
    char moment[64] = "";
    struct tm tm;

    if (gmtime_r(&when, &tm))
        strftime(moment, sizeof(moment), "%Y-%m-%d %H:%M:%S UTC", &tm);
    snprintf(error->message, sizeof(error->message),
        "%s: %s (uid %" PRId64 ") committed %s in revision %" PRId64 " at %s, you staged %s.",
        json_get_text(parameters, "setting"), json_get_text(parameters, "userName"),
        json_get_int(parameters, "uid", -1), json_get_text(parameters, "committed"),
        json_get_int(parameters, "revision", 0), moment, json_get_text(parameters, "staged"));
    set_text(error->hint, sizeof(error->hint),
        "\"trctl diff\" shows the difference; \"trctl clear\" drops what you staged, so that you can stage "
        "anew.");
}

static void describe_unknown_server(json_object *parameters, struct tr_error *error)
{
    snprintf(error->message, sizeof(error->message), "No server has the number, label or name \"%s\".",
        json_get_text(parameters, "server"));
    set_text(error->hint, sizeof(error->hint), "\"trctl servers\" lists them.");
}

static void describe_unsupported_server(json_object *parameters, struct tr_error *error)
{
    snprintf(error->message, sizeof(error->message), "The integration does not support the server %s.",
        json_get_text(parameters, "server"));
    set_text(error->hint, sizeof(error->hint), "\"trctl servers\" lists those that are supported.");
}

static void describe_nothing_to_cancel(json_object *parameters, struct tr_error *error)
{
    snprintf(error->message, sizeof(error->message), "There is nothing to cancel: the appliance is %s.",
        json_get_text(parameters, "state"));
}

/* Returns what a method does, after "You may not"; NULL if that is not known. */
static const char *describe_deed(const char *method)
{
    static const struct {
        const char *method, *deed;
    } deeds[] = {
        { AGENT_INTERFACE ".Stage", "change the settings" },
        { AGENT_INTERFACE ".ClearStaged", "clear staged changes" },
        { AGENT_INTERFACE ".Commit", "commit" },
        { AGENT_INTERFACE ".Register", "register the appliance" },
        { AGENT_INTERFACE ".Deregister", "deregister the appliance" },
        { AGENT_INTERFACE ".Cancel", "cancel what is under way" },
        { AGENT_INTERFACE ".Renew", "renew the certificate" },
        { AGENT_INTERFACE ".Retry", "try again what waits" },
        { AGENT_INTERFACE ".ResetIdentity", "reset the identity" },
        { AGENT_INTERFACE ".Check", "check the way to the cloud" },
    };

    for (size_t i = 0; i < ELEMENTS(deeds); i++)
        if (streq(deeds[i].method, method))
            return deeds[i].deed;
    return NULL;
}

static void describe_nothing_to_retry(json_object *parameters, struct tr_error *error)
{
    snprintf(error->message, sizeof(error->message),
        "Nothing waits for its next attempt: the appliance is %s.", json_get_text(parameters, "state"));
}

static void describe_denied(json_object *parameters, struct tr_error *error)
{
    const char *group = json_get_text(parameters, "group"), *method = json_get_text(parameters, "method");

    snprintf(error->message, sizeof(error->message), "You may not %s%s.",
        describe_deed(method) ? "" : "call ",
        describe_deed(method) ? describe_deed(method)
        : *method             ? method
                              : "this method");
    if (*group)
        snprintf(error->hint, sizeof(error->hint), "Run it as root, or ask for membership of the group %s.",
            group);
    else
        set_text(error->hint, sizeof(error->hint),
            "Run it as root: no administrators' group is configured (api.admin_group).");
}

static void describe_parameter(json_object *parameters, struct tr_error *error)
{
    snprintf(error->message, sizeof(error->message), "The parameter %s is missing, unknown or not allowed.",
        json_get_text(parameters, "parameter"));
}

static void describe_method(json_object *parameters, struct tr_error *error)
{
    snprintf(error->message, sizeof(error->message), "The daemon has no method %s.",
        json_get_text(parameters, "method"));
}

static void describe_interface(json_object *parameters, struct tr_error *error)
{
    snprintf(error->message, sizeof(error->message), "The daemon has no interface %s.",
        json_get_text(parameters, "interface"));
}

/* The errors that are known. describe() makes the message of the parameters; without it the text is the message. */
static const struct {
    const char *name;
    enum tr_error_class exit_class;
    void (*describe)(json_object *parameters, struct tr_error *error);
    const char *text;
} known_errors[] = {
    { AGENT_INTERFACE ".Refused", TR_CLASS_FAILED, describe_refused },
    { AGENT_INTERFACE ".CommitConflict", TR_CLASS_FAILED, describe_conflict },
    { AGENT_INTERFACE ".NothingStaged", TR_CLASS_ALREADY, NULL, "There is nothing to commit." },
    { AGENT_INTERFACE ".NothingToCancel", TR_CLASS_ALREADY, describe_nothing_to_cancel },
    { AGENT_INTERFACE ".NothingToRetry", TR_CLASS_ALREADY, describe_nothing_to_retry },
    { AGENT_INTERFACE ".UnknownServer", TR_CLASS_FAILED, describe_unknown_server },
    { AGENT_INTERFACE ".UnsupportedServer", TR_CLASS_FAILED, describe_unsupported_server },
    { AGENT_INTERFACE ".PermissionDenied", TR_CLASS_DENIED, describe_denied },
    { "org.varlink.service.PermissionDenied", TR_CLASS_DENIED, describe_denied },
    { "org.varlink.service.InvalidParameter", TR_CLASS_FAILED, describe_parameter },
    { "org.varlink.service.MethodNotFound", TR_CLASS_FAILED, describe_method },
    { "org.varlink.service.MethodNotImplemented", TR_CLASS_FAILED, describe_method },
    { "org.varlink.service.InterfaceNotFound", TR_CLASS_FAILED, describe_interface },
    { "org.varlink.service.ExpectedMore", TR_CLASS_FAILED, NULL, "The method only answers in a stream." },
};

int client_fail_reply(struct tr_error *error, const char *name, json_object *parameters)
{
    if (!error)
        return -EREMOTEIO;

    *error = (struct tr_error){ .exit_class = TR_CLASS_FAILED };
    set_text(error->code, sizeof(error->code), name);

    for (size_t i = 0; i < ELEMENTS(known_errors); i++)
        if (streq(known_errors[i].name, name)) {
            error->exit_class = known_errors[i].exit_class;
            set_text(error->message, sizeof(error->message), known_errors[i].text);
            if (known_errors[i].describe)
                known_errors[i].describe(parameters, error);
            break;
        }

    /* An unknown error, or a Refused without a message. */
    if (!error->message[0])
        snprintf(error->message, sizeof(error->message), "The daemon answered with the error %s.", name);
    return -EREMOTEIO;
}
