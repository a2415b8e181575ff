#include "common/random.h"

#include <sys/random.h>

uint64_t random_value(void)
{
    uint64_t value = 0;

    (void)!getrandom(&value, sizeof(value), GRND_NONBLOCK);
    return value;
}
