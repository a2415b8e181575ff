#include "worker/methods/send.h"

#include <errno.h>
#include <poll.h>

int send_message(int fd, json_object *message, size_t limit)
{
    struct varlink_stream stream;

    varlink_stream_init(&stream, fd, fd, limit, limit);
    int r = varlink_stream_queue(&stream, message);
    if (r >= 0)
        while ((r = varlink_stream_flush(&stream)) == -EAGAIN)
            (void)poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
    varlink_stream_done(&stream);
    return r;
}
