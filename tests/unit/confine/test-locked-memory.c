/* What is used is locked, now and later; what is freed goes back nevertheless; and where the limit is too low, the process
 * goes on as before. */
#include "confine/locked-memory.h"

#include "common/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <setjmp.h>

#include <cmocka.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif

/* AddressSanitizer makes mlockall do nothing, and has an allocator of its own. */
#ifdef __SANITIZE_ADDRESS__
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

enum {
    BLOCKS = 4096,
    BLOCK_SIZE = 4096,
    KIB = BLOCKS * BLOCK_SIZE / 1024,
};

static char *blocks[BLOCKS];

/* A field of /proc/self/status, in KiB. */
static long status(const char *name)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "re");

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = atol(line + strlen(name) + 1);
    if (file)
        fclose(file);
    return kib;
}

static bool fill(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(BLOCK_SIZE);
        if (!blocks[i])
            return false;
        memset(blocks[i], 'x', BLOCK_SIZE);
    }
    return true;
}

/* Frees all blocks but the last, which keeps the heap from being cut at its end. */
static void empty(void)
{
    for (size_t i = 0; i < BLOCKS - 1; i++)
        free(blocks[i]);
}

/* Runs a check in a child, so that the locks of the tests don't mix. Its exit code must be 0. */
static void check(int (*run)(void))
{
    pid_t pid = fork();
    int code;

    if (pid == 0)
        _exit(run());
    assert_int_equal(waitpid(pid, &code, 0), pid);
    assert_int_equal(code, 0);
}

static int lock_and_trim(void)
{
    /* With too low a limit nothing is locked; low_limit() tests that. */
    bool may = memory_lock() == 0;

    if (geteuid() == 0 && !may)
        return 1;
    if (!fill())
        return 2;
    if (!sanitized && may && status("VmLck") < KIB)
        return 3;
    long before = status("VmRSS");
    empty();
    memory_trim();
    if (!sanitized && before - status("VmRSS") < KIB / 2)
        return 4;
    if (!sanitized && may && status("VmLck") <= 0)
        return 5;
    return 0;
}

static int low_limit(void)
{
    const struct rlimit low = { 64 << 10, 64 << 10 };

    if (setrlimit(RLIMIT_MEMLOCK, &low) < 0 || (geteuid() == 0 && setuid(65534) < 0))
        return 1;
    if (memory_lock() >= 0 && !sanitized)
        return 2;
    if (!fill())
        return 3;
    memory_trim();
    return status("VmLck") == 0 ? 0 : 4;
}

static void test_memory_is_locked_and_goes_back(void **state)
{
    (void)state;
    check(lock_and_trim);
}

static void test_a_low_limit_changes_nothing(void **state)
{
    (void)state;
    check(low_limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_locked_and_goes_back),
        cmocka_unit_test(test_a_low_limit_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
