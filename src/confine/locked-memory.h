/*
 * Memory that is never swapped out, since it holds keys and tokens. All of it is locked as soon as it is touched: secrets
 * pass through buffers of libraries whose place nobody chooses. What is freed is overwritten elsewhere, where it is freed.
 */
#pragma once

/*
 * Locks what the process uses and will use, but not if the limit of locked memory (RLIMIT_MEMLOCK) leaves no room for a
 * job: then every further mapping, a thread's stack for one, could fail.
 *
 * Returns 0, -ENOMEM or -EPERM if the limit is too low, or another negative errno; then nothing is locked.
 */
int memory_lock(void);

/* Gives freed memory back to the kernel, locked or not, and leaves the rest as it is. */
void memory_trim(void);
