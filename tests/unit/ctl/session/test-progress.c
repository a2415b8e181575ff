/* The progress of an operation as it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/session/progress.h"
#include "unit/helpers/text-stream.h"

#define NOW 1795571312 /* 2026-11-25 01:48:32 UTC */

/* An appliance that registers. */
struct fixture {
    struct tr_failure failure;
    struct tr_registration registration;
    struct tr_status status;
    struct text_stream out;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->failure = (struct tr_failure){
        .reason = "dns_failed", .message = "No address.", .remedy = "Check DNS.", .step = "activation"
    };
    f->registration.state = TR_STATE_REGISTERING;
    f->registration.operation = TR_OPERATION_REGISTER;
    f->status.registration = &f->registration;
    text_stream_open(&f->out);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    text_stream_close(&f->out);
    free(f);
    return 0;
}

static void show(struct fixture *f, struct progress *progress, const char *step, int64_t attempt)
{
    f->registration.step = step;
    f->registration.attempt = attempt;
    progress_show(progress, &f->status, NOW);
}

static void test_progress(void **state)
{
    struct fixture *f = *state;
    struct progress progress = { .stream = f->out.stream, .operation = TR_OPERATION_REGISTER };

    show(f, &progress, "key", 0);
    text_stream_check(&f->out, "");
    /* A slow reader gets the newest state only: the steps that it missed are done, too. */
    show(f, &progress, "activation", 0);
    text_stream_check(&f->out, "key ... done\ncontext ... done\n");
    f->registration.last_failure = &f->failure;
    f->registration.next_attempt = NOW + 8;
    show(f, &progress, "activation", 1);
    text_stream_check(&f->out,
        "activation ... attempt 1 failed: dns_failed: No address. The next attempt: 2026-11-25 "
        "01:48:40 UTC (in 8 s)\nCheck DNS.\n");
    show(f, &progress, "activation", 1);
    show(f, &progress, "unheard-of", 1);
    text_stream_check(&f->out, "");
    f->registration.next_attempt = 0;
    show(f, &progress, "activation", 2);
    text_stream_check(&f->out, "activation ... attempt 2 failed: dns_failed: No address.\n");
    show(f, &progress, "trust", 0);
    text_stream_check(&f->out, "activation ... done\n");
    f->registration.state = TR_STATE_REGISTERED;
    f->registration.operation = TR_OPERATION_NONE;
    show(f, &progress, NULL, 0);
    text_stream_check(&f->out, "trust ... done\ncertificate ... done\nconfirm ... done\n");
}

/* A remedy is shown when it is new, and once until when is waited and what would end it. */
static void test_what_to_do(void **state)
{
    struct fixture *f = *state;
    struct progress progress = {
        .stream = f->out.stream, .operation = TR_OPERATION_REGISTER, .until = NOW + 600
    };

    f->registration.last_failure = &f->failure;
    show(f, &progress, "key", 1);
    text_stream_check(&f->out,
        "activation ... attempt 1 failed: dns_failed: No address.\nCheck DNS.\nThis command stops waiting "
        "2026-11-25 01:58:32 UTC (in 10 min); the registration goes on. \"trctl retry\" tries again sooner "
        "if "
        "timing.attempts_per_hour allows that, \"trctl cancel\" ends the registration.\n");
    show(f, &progress, "key", 2);
    text_stream_check(&f->out, "activation ... attempt 2 failed: dns_failed: No address.\n");
    f->failure.remedy = "Set the clock.";
    show(f, &progress, "key", 3);
    text_stream_check(&f->out, "activation ... attempt 3 failed: dns_failed: No address.\nSet the clock.\n");
}

static void test_progress_in_place(void **state)
{
    struct fixture *f = *state;
    struct progress progress = {
        .stream = f->out.stream, .operation = TR_OPERATION_REGISTER, .in_place = true
    };

    show(f, &progress, "context", 0);
    text_stream_check(&f->out, "\r\033[K[2/6] context ...");
    f->registration.last_failure = &f->failure;
    f->failure.step = "context";
    show(f, &progress, "context", 1);
    text_stream_check(&f->out, "\r\033[Kcontext ... attempt 1 failed: dns_failed: No address.\nCheck "
                               "DNS.\n\r\033[K[2/6] context ...");
    progress_end_line(&progress);
    text_stream_check(&f->out, "\r\033[K");
    progress_end_line(&progress);
    text_stream_check(&f->out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_progress, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_progress_in_place, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
