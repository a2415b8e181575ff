#include "sandbox/request-log.h"

#include "common/memory.h"
#include "sandbox/web/peer.h"

#include <stdio.h>
#include <string.h>

#define FIELD_LENGTH 200

static const char *make_printable(const char *text, char *buffer)
{
    size_t n = 0;

    for (; text[n] && n < FIELD_LENGTH; n++)
        buffer[n] = text[n] > 0x20 && text[n] < 0x7f ? text[n] : '?';
    buffer[n] = '\0';
    return n > 0 ? buffer : "-";
}

/* Writes the line at once, so that the lines of several threads never mix. */
static void write_line(int fd, const char *line, int length, size_t size)
{
    if (length < 0)
        return;
    if (write(fd, line, (size_t)length < size ? (size_t)length : size - 1) < 0)
        return; /* the log is the only place to report it */
}

void log_request(int fd, const struct request *request, const struct answer *answer)
{
    char method[FIELD_LENGTH + 1], host[FIELD_LENGTH + 1], path[FIELD_LENGTH + 1], id[FIELD_LENGTH + 1];
    char line[4 * FIELD_LENGTH + ANSWER_REASON + ANSWER_FAULTS + SERIAL_HEX_LENGTH + 64], status[12] = "-";
    char serial[SERIAL_HEX_LENGTH + 1];
    int n;

    peer_read_serial(request->tls, serial);
    if (!answer->drop)
        snprintf(status, sizeof(status), "%u", answer->status);
    n = snprintf(line, sizeof(line), "%s %s %s %s %s %u %s %s%s%s\n", make_printable(request->method, method),
        make_printable(request->host_name, host), make_printable(request->path, path), status,
        make_printable(request->id, id), request->client_port, serial,
        answer->reason[0] ? answer->reason : "-", answer->faults[0] ? " " : "", answer->faults);
    write_line(fd, line, n, sizeof(line));
}

void log_handshake(int fd, const char *host, const char *faults)
{
    char line[FIELD_LENGTH + ANSWER_FAULTS + 32];
    int n;

    n = snprintf(line, sizeof(line), "TLS %s - - - - - handshake %s\n", host, faults);
    write_line(fd, line, n, sizeof(line));
}
