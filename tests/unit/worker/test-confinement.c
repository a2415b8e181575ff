/* What the confined worker can still read and do, in children of the test. */
#include "worker/confinement.h"

#include "common/log.h"
#include "unit/helpers/in-child.h"
#include "unit/helpers/temporary.h"

#include <sys/socket.h>

static char anchors[TEMPORARY_SIZE];

static int set_up(void **state)
{
    (void)state;
    return make_file(temporary_template(anchors, "test-confinement"));
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(anchors);
}

static int keeps_the_network(void)
{
    log_set_level(LOG_EMERG);
    worker_confine();
    EXPECT(socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_INET6, SOCK_DGRAM, 0) >= 0);
    EXPECT(REFUSED(socket(AF_PACKET, SOCK_RAW, 0), ENOSYS));
    EXPECT(read_file(anchors) == 0 && read_file("/etc/passwd") == 0);
#ifndef COVERAGE_FOLDER
    EXPECT(write_file(anchors) < 0);
#endif
    return 0;
}

static void test_confine(void **state)
{
    (void)state;
    run_in_child(keeps_the_network);
}

static int reads_its_anchors(void)
{
    log_set_level(LOG_EMERG);
    worker_confine();
    worker_confine_reading(NULL, anchors);
    EXPECT(read_file(anchors) == 0 && read_file("/etc/hosts") == 0);
    EXPECT(REFUSED(read_file("/etc/passwd"), EACCES));
    return 0;
}

static int reads_no_anchors(void)
{
    log_set_level(LOG_EMERG);
    worker_confine_reading(NULL, NULL);
    EXPECT(REFUSED(read_file(anchors), EACCES));
    return 0;
}

static void test_reading(void **state)
{
    (void)state;
    run_in_child(reads_its_anchors);
    run_in_child(reads_no_anchors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confine),
        cmocka_unit_test(test_reading),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
