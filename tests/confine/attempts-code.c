#include "confine/attempts.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 4096 };

/* Returns 42. */
static const unsigned char code[] = {
#if defined(__x86_64__)
    0xb8, 42, 0, 0, 0, 0xc3
#elif defined(__aarch64__)
    0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6
#else
#error "The code for this processor is missing."
#endif
};

static long run(void *memory)
{
    int (*function)(void);

    if (memory == MAP_FAILED)
        return -1;
    __builtin___clear_cache(memory, (char *)memory + SIZE);
    memcpy(&function, &memory, sizeof(function));
    return function() == 42 ? 0 : -1;
}

/* Writes the code into a file, then maps and runs it. */
static long run_file(int fd)
{
    if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code))
        return -1;
    return run(mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0));
}

/* Maps a file twice, and writes by one mapping what the other one runs. */
static long run_both_views(int fd)
{
    if (fd < 0 || write(fd, "", 1) != 1)
        return -1;
    void *writable = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void *executable = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    if (writable == MAP_FAILED || executable == MAP_FAILED)
        return -1;
    memcpy(writable, code, sizeof(code));
    return run(executable);
}

/* Opens a new file without a name of its own. */
static int make_file(const char *folder, const char *name)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0700);
    int error = errno;
    unlink(path);
    errno = error;
    return fd;
}

static long run_memory_file(void)
{
    return run_file(memfd_create("attempt", MFD_CLOEXEC));
}

static long run_memory_file_in_both_views(void)
{
    return run_both_views(memfd_create("attempt", MFD_CLOEXEC));
}

static long run_state_file(void)
{
    return run_file(make_file(attempt_target("ATTEMPT_STATE", "/var/lib/threatresponsed"), "attempt"));
}

static long run_state_file_in_both_views(void)
{
    return run_both_views(make_file(attempt_target("ATTEMPT_STATE", "/var/lib/threatresponsed"), "attempt"));
}

static long run_shared_memory(void)
{
    return run_file(make_file("/dev/shm", "threatresponse-attempt"));
}

static long run_temporary_file(void)
{
    return run_file(make_file("/tmp", "threatresponse-attempt"));
}

static long run_written_memory(void)
{
    void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return -1;
    memcpy(memory, code, sizeof(code));
    return mprotect(memory, SIZE, PROT_READ | PROT_EXEC) < 0 ? -1 : run(memory);
}

static long map_writable_code(void)
{
    void *memory = mmap(NULL, SIZE, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? -1 : 0;
}

/* Maps a library of the system, as loading it does. */
static long load_library(void)
{
    Dl_info info;
    void *function = dlsym(RTLD_DEFAULT, "printf");
    int fd = function && dladdr(function, &info) ? open(info.dli_fname, O_RDONLY | O_CLOEXEC) : -1;

    return fd < 0 || mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0;
}

const struct attempt attempts_code[] = {
    ATTEMPT(run_memory_file),
    ATTEMPT(run_memory_file_in_both_views),
    ATTEMPT(run_state_file),
    ATTEMPT(run_state_file_in_both_views),
    ATTEMPT(run_shared_memory),
    ATTEMPT(run_temporary_file),
    ATTEMPT(run_written_memory),
    ATTEMPT(map_writable_code),
    ATTEMPT(load_library),
    { 0 },
};
