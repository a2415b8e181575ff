/*
 * Keeps memory that holds keys and tokens from being swapped out. All memory is locked as it is touched, since secrets pass
 * through buffers that libraries place. Overwriting freed memory is the task of whoever frees it.
 */
#pragma once

/* Locks the memory that the process uses and will use, unless the limit (RLIMIT_MEMLOCK) is so low that a later mapping, a
 * thread's stack for one, might fail. Returns 0, -ENOMEM or -EPERM if the limit is too low, or another negative errno; a
 * failure leaves nothing locked. */
int memory_lock(void);

/* Gives freed memory back to the kernel, whether it is locked or not. */
void memory_trim(void);
