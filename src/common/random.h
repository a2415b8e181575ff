/* Random numbers that spread appliances in time. Secrets, keys and identifiers take theirs from the TLS library. */
#pragma once

#include <stdint.h>

/* Returns 64 random bits; 0 before the kernel's generator is ready, early in the boot, since it doesn't wait for it. */
uint64_t random_value(void);
