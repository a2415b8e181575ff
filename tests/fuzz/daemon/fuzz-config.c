/* The configuration file: a report for each refusal, in text that a log and a status can show. */
#include <errno.h>
#include <sys/mman.h>

#include "daemon/config/config.h"
#include "fuzz/fuzz.h"

/* libconfig 1.5 forgets the text that it was reading when it meets a syntax error. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

static void count_report(void *userdata, const char *line)
{
    REQUIRE(utf8_is_printable(line));
    ++*(size_t *)userdata;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config *config = NULL;
    size_t reports = 0;
    char path[64];

    /* Other files are not the input. */
    if (size > 65536 || memmem(data, size, "include", 7) || memmem(data, size, "proxy_password_file", 19))
        return 0;
    int fd = memfd_create("config", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

    int r = config_load(path, count_report, &reports, &config);
    REQUIRE(r == 0 || r == -EINVAL);
    REQUIRE((r == 0) == (config != NULL) && (r == 0) == (reports == 0));
    if (config) {
        const struct region *region = config_find_region(config, config->default_server);

        REQUIRE(region && region->supported && config_region_number(config, region) >= 1);
        REQUIRE(config->backoff_initial > 0 && config->backoff_initial <= config->backoff_cap);
        REQUIRE(utf8_is_printable(config->product) && utf8_is_printable(config->name));
    }
    config_free(config);
    close(fd);
    return 0;
}
