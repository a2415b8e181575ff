#include "daemon/socket/peer-log.h"

#include "common/count-text.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/user-name.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    int level;
    const char *unit; /* unit of the number of omitted lines */
} kinds[PEER_LINES_MAX_] = {
    [PEER_CALL_REFUSED] = { LOG_WARNING, "refused call" },
    [PEER_MESSAGE_BAD] = { LOG_INFO, "bad message" },
    [PEER_MESSAGE_LATE] = { LOG_INFO, "unfinished message" },
    [PEER_CONNECTION_REFUSED] = { LOG_INFO, "refused connection" },
    [PEER_CONNECTION_ENDED] = { LOG_INFO, "ended connection" },
    [PEER_ANSWER_UNREAD] = { LOG_INFO, "unread answer" },
    [PEER_ERRAND_FAILED] = { LOG_WARNING, "failed errand" },
    [PEER_NOT_ACCEPTED] = { LOG_WARNING, "failed accept" },
};

void peer_log_end_minute(struct peer_log *log)
{
    char counts[PEER_LINES_MAX_ * 64] = "";
    size_t used = 0;
    int level = LOG_INFO;

    for (enum peer_line kind = 0; kind < PEER_LINES_MAX_; kind++) {
        if (log->left_out[kind] == 0)
            continue;
        used += (size_t)snprintf(counts + used, sizeof(counts) - used, "%s%s", used > 0 ? ", " : "",
            count_text((int64_t)log->left_out[kind], kinds[kind].unit).text);
        if (kinds[kind].level < level)
            level = kinds[kind].level;
        log->left_out[kind] = 0;
    }
    if (used > 0)
        log_full(level, "More of clients in the last minute: %s.", counts);
    log->n = 0;
    log->minute = sd_event_source_disable_unref(log->minute);
}

static int on_minute_over(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    peer_log_end_minute(userdata);
    return 0;
}

static bool is_logged(const struct peer_log *log, enum peer_line kind, uid_t uid)
{
    for (unsigned i = 0; i < log->n; i++)
        if (log->lines[i].kind == kind && log->lines[i].uid == uid)
            return true;
    return false;
}

bool peer_log_takes(struct peer_log *log, enum peer_line kind, uid_t uid)
{
    if (!log_shows(kinds[kind].level))
        return false;
    if (!log->minute && sd_event_add_time_relative(log->event, &log->minute, CLOCK_MONOTONIC, PEER_LOG_USEC,
                            0, on_minute_over, log) < 0)
        return false;
    if (log->n >= PEER_LOG_LINES || is_logged(log, kind, uid)) {
        log->left_out[kind]++;
        return false;
    }
    log->lines[log->n].kind = kind;
    log->lines[log->n++].uid = uid;
    return true;
}

/* Reads the name of a process into out[size], "?" if it has ended. A process may choose any name. Returns out. */
static const char *read_program_name(pid_t pid, char *out, size_t size)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);
    if (n > 0 && out[n - 1] == '\n')
        n--;
    out[n > 0 ? n : 0] = 0;
    return *out ? out : "?";
}

void peer_log_line(
    struct peer_log *log, enum peer_line kind, const struct ucred *peer, const char *format, ...)
{
    char text[256], name[128], program[64];
    va_list arguments;

    if (!peer_log_takes(log, kind, peer->uid))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    log_full(kinds[kind].level, "%s (uid %u) %s: pid %d, program \"%s\".",
        user_name_get(peer->uid, name, sizeof(name)), (unsigned)peer->uid, text, (int)peer->pid,
        read_program_name(peer->pid, program, sizeof(program)));
}
