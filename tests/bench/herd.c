/* Appliances that come back together: virtual time, the delays are those of the daemon's retry.c, and nothing else runs.
 * Prints the most requests of any second and what an even spread would be, then the most while the cloud is away. Even is:
 * all appliances once within the cap; or, if that is more, what no policy can avoid, since appliances don't know when an
 * outage began: those that it has not met yet refresh, and those that it has met come back over the longest delay.
 *
 * herd outage SECONDS: the cloud is away for so long from appliances that refresh as they always do. It should see each
 *   of them once in the time that the longest delay takes.
 * herd power SECONDS: the appliances start in the same second, and the cloud is away for so long from then on. Without an
 *   outage they should be spread over the time in which a daemon that starts plans its first refresh.
 * herd date SECONDS: as outage, but the cloud answers with a Retry-After that names the instant of its return, the same
 *   for all. */
#include "daemon/core/retry.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000)

enum {
    APPLIANCES = 100000,
    AFTER = 1800, /* seconds that are watched once the cloud is back */
};

/* As the configuration has them by default, and as registration.c plans the first refresh after a long silence. */
static const struct retry_policy policy = { 1 * SECOND, 900 * SECOND, .prompt = false };
static const uint64_t interval = 1200 * SECOND;
static const double refresh_jitter = 0.1;
static const uint64_t first_refresh = 1200 * SECOND / 40;

static uint64_t random_value(void)
{
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

/* The requests of one appliance, counted by the second. */
static void run(uint64_t now, uint64_t outage, bool dated, uint32_t *seconds)
{
    unsigned failures = 0;

    while (now < outage + AFTER * SECOND) {
        seconds[now / SECOND]++;
        if (now < outage) {
            int64_t asked = dated ? (int64_t)((outage - now + SECOND - 1) / SECOND) : -1;

            now += retry_delay(&policy, ++failures, asked, random_value());
        } else {
            failures = 0;
            now += retry_jitter(interval, refresh_jitter, random_value());
        }
    }
}

static uint32_t most(const uint32_t *seconds, uint64_t begin, uint64_t end)
{
    uint32_t peak = 0;

    for (uint64_t i = begin; i < end; i++)
        peak = seconds[i] > peak ? seconds[i] : peak;
    return peak;
}

/* Returns the requests in a second that an even spread makes. */
static double even_spread(bool power, uint64_t outage)
{
    double all = APPLIANCES / ((double)(outage == 0 ? 2 * first_refresh : policy.cap) / SECOND);
    double others = APPLIANCES / ((double)interval / SECOND);
    double met = (double)outage / ((double)retry_longest(&policy) / SECOND);
    double least = power || outage * SECOND >= interval ? 0 : others * (1 + met);

    return least > all ? least : all;
}

int main(int argc, char **argv)
{
    bool power = argc == 3 && strcmp(argv[1], "power") == 0;
    bool dated = argc == 3 && strcmp(argv[1], "date") == 0;
    uint64_t outage = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    uint32_t *seconds = calloc(outage + AFTER, sizeof(*seconds));

    if (argc != 3 || !seconds)
        return 1;
    for (int i = 0; i < APPLIANCES; i++)
        run(power ? retry_jitter(first_refresh, 1, random_value()) : random_value() % interval,
            outage * SECOND, dated, seconds);

    printf("%u\n%.0f\n%u\n", most(seconds, outage, outage + AFTER), even_spread(power, outage),
        most(seconds, 0, outage));
    free(seconds);
    return 0;
}
