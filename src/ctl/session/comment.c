#include "ctl/session/comment.h"

#include "common/utf8.h"
#include "ctl/session/report.h"

#include <string.h>

enum {
    COMMENT_MAX = 1024, /* characters */
};

int comment_check(const struct session *session, const char *comment)
{
    size_t characters = 0, length;

    for (const char *at = comment; *at; at += length, characters++) {
        length = utf8_sequence(at, strlen(at));
        if (length == 0)
            return report_usage(session, "The comment is not UTF-8 text.");
    }
    if (characters > COMMENT_MAX)
        return report_usage(
            session, "The comment has %zu characters; at most %d are allowed.", characters, COMMENT_MAX);
    return 0;
}
