/*
 * A worker that answers by a script, on the event loop of the test. Each answer names the method that has to be asked next;
 * its text is the parameters of the reply, an error with parameters ("!" before the reason), a whole message ("=" before
 * it), or what the worker does in place of an answer. A test owns its worker as it owns the fixture that the worker serves.
 */
#pragma once

#include "unit/helpers/daemon/fixture.h"

#define SILENCE ((const char *)1) /* never answers */
#define HANG_UP ((const char *)2) /* closes the connection */

struct answer {
    const char *method, *text;
};

struct fake_worker {
    struct fixture *fixture;
    const struct answer *answers;
    size_t n, asked;
    size_t connections; /* accepted so far */
    int listener, fd;   /* fd negative: nobody is connected */
    struct varlink_stream stream;
    sd_event_source *accept, *io;
    json_object *parameters; /* of the last call */
    bool more;               /* the last call asked for several replies */
};

/* Listens where the fixture's daemon looks for its worker; to be called after fixture_open and before the daemon starts. */
void fake_worker_listen(struct fake_worker *worker, struct fixture *f);

/* Attaches to the loop of the daemon that has been started; detaches, before the daemon is stopped. */
void fake_worker_attach(struct fake_worker *worker);
void fake_worker_detach(struct fake_worker *worker);

/* Detaches and listens no more. */
void fake_worker_close(struct fake_worker *worker);

/* Sets the script, which stays the caller's and has to last. */
void fake_worker_set(struct fake_worker *worker, const struct answer *answers, size_t n);

#define SCRIPT(worker, ...)                                                                                  \
    do {                                                                                                     \
        static const struct answer _script[] = { __VA_ARGS__ };                                              \
        fake_worker_set(worker, _script, ELEMENTS(_script));                                                 \
    } while (0)

/* Answers the call that waits: a text as of a script. */
void fake_worker_answer(struct fake_worker *worker, const char *text);

/* Sends the parameters of one of several replies. */
void fake_worker_answer_part(struct fake_worker *worker, const char *parameters);

/* Closes the connection. */
void fake_worker_hang_up(struct fake_worker *worker);

/* Runs until so many calls have been asked. */
void fake_worker_run(struct fake_worker *worker, size_t asked);
