#include "common/json.h"
#include "common/utf8.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"
#include "ctl/text/time-text.h"

#include <inttypes.h>
#include <time.h>

enum {
    COMMENT_MAX = 1024, /* characters */
};

int ctl_check_comment(struct ctl *ctl, const char *comment)
{
    size_t characters = 0, length;

    for (const char *at = comment; *at; at += length, characters++) {
        length = utf8_sequence(at, strlen(at));
        if (length == 0)
            return ctl_usage(ctl, "The comment is no text in UTF-8.");
    }
    if (characters > COMMENT_MAX)
        return ctl_usage(
            ctl, "The comment has %zu characters; at most %d are allowed.", characters, COMMENT_MAX);
    return 0;
}

int verb_commit(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[CTL_WORDS_MAX], *comment = NULL;
    const struct ctl_option options[] = { { "-m", CTL_TEXT, &comment }, { 0 } };

    if (!ctl_parse(ctl, options, argc, argv, words))
        return ctl->exit_code;
    int r = comment ? ctl_check_comment(ctl, comment) : 0;
    if (r != 0)
        return r;

    json_object *parameters = json_object_new_object();
    json_add_string(parameters, "comment", comment);
    r = ctl_call(ctl, "Commit", parameters, &reply);
    if (r != 0)
        return r;
    if (ctl->json)
        ctl_json_object(stdout, reply);
    else
        ctl_line(stdout, "Changes committed: %s",
            ctl_time_gmt(json_get_int(json_get_object(reply, "commit"), "time", 0)).text);
    return 0;
}

int verb_clear(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[CTL_WORDS_MAX];

    if (!ctl_parse(ctl, NULL, argc, argv, words))
        return ctl->exit_code;
    int r = ctl_call(ctl, "ClearStaged", NULL, &reply);
    if (r != 0)
        return r;
    if (!json_get_bool(reply, "dropped", false))
        return ctl_fail_with(
            ctl, TR_CLASS_ALREADY, "nothing_staged", NULL, NULL, "There is nothing to drop.");
    if (ctl->json)
        ctl_json_object(stdout, reply);
    else
        ctl_line(stdout, "What you had staged is dropped.");
    return 0;
}

static void print_commit(json_object *commit, int64_t now)
{
    const char *user = json_get_string(commit, "userName"), *server = json_get_string(commit, "server");
    const char *comment = json_get_string(commit, "comment");
    json_object *enabled = NULL;

    bool has_enabled = json_object_object_get_ex(commit, "enabled", &enabled) && enabled;
    ctl_line(stdout, "%" PRId64 "  %s  %s (uid %" PRId64 ")  %s%s%s%s", json_get_int(commit, "revision", 0),
        ctl_time_relative(json_get_int(commit, "time", 0), now).text, user ? user : "?",
        json_get_int(commit, "uid", -1),
        !has_enabled                       ? ""
        : json_object_get_boolean(enabled) ? "enabled"
                                           : "disabled",
        has_enabled && server ? ", " : "", server ? "server " : "", server ? server : "");
    if (comment && *comment)
        ctl_line(stdout, "   %s", comment);
}

int verb_history(struct ctl *ctl, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[CTL_WORDS_MAX];

    if (!ctl_parse(ctl, NULL, argc, argv, words))
        return ctl->exit_code;
    int r = ctl_call(ctl, "ListCommits", NULL, &reply);
    if (r != 0)
        return r;
    if (ctl->json) {
        ctl_json_object(stdout, reply);
        return 0;
    }

    json_object *commits = json_get_array(reply, "commits");
    int64_t now = time(NULL);
    for (size_t i = 0; commits && i < json_object_array_length(commits); i++)
        print_commit(json_object_array_get_idx(commits, i), now);
    if (!commits || json_object_array_length(commits) == 0)
        ctl_line(stdout, "Nothing has been committed yet.");
    return 0;
}
