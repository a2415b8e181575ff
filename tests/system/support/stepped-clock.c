/* Preloaded into a program: its clocks are ahead of the real ones by what stands in the file CLOCK_OFFSETS, two numbers
 * of 64 bits, in seconds: how much the wall clock was stepped, and how long the machine was suspended. They may change
 * at any time; as the kernel does, a timer that has become due by such a jump wakes the program.
 *
 * The file is mapped at the start, since a program may not open it any more once it is confined. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define TIMERS 1024
#define SLICE 50 /* milliseconds until a jump is noticed */

static const volatile int64_t *offsets;

/* Absolute timers as the program set them, and the offset that they were armed with. */
static struct timer {
    struct itimerspec spec;
    int64_t armed_with;
    clockid_t clock;
    int flags;
} timers[TIMERS];

__attribute__((constructor)) static void map_offsets(void)
{
    int fd = open(getenv("CLOCK_OFFSETS"), O_RDONLY | O_CLOEXEC);
    void *map = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);

    if (fd < 0 || map == MAP_FAILED)
        abort();
    close(fd);
    offsets = map;
}

static int64_t offset_of(clockid_t clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
        return offsets ? offsets[0] : 0;
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return offsets ? offsets[1] : 0;
    default:
        return 0;
    }
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int r = NEXT(clock_gettime)(clock, ret);

    if (r == 0)
        ret->tv_sec += offset_of(clock);
    return r;
}

EXPORT int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *ret = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
    return 0;
}

EXPORT time_t time(time_t *ret)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (ret)
        *ret = now.tv_sec;
    return now.tv_sec;
}

EXPORT int timerfd_create(clockid_t clock, int flags)
{
    int fd = NEXT(timerfd_create)(clock, flags);

    if (fd >= TIMERS)
        abort();
    if (fd >= 0)
        timers[fd] = (struct timer){ .clock = clock };
    return fd;
}

static int arm(int fd, struct itimerspec *ret_old)
{
    struct timer *timer = &timers[fd];
    struct itimerspec spec = timer->spec;

    timer->armed_with = offset_of(timer->clock);
    if ((timer->flags & TFD_TIMER_ABSTIME) && (spec.it_value.tv_sec || spec.it_value.tv_nsec)) {
        spec.it_value.tv_sec -= timer->armed_with;
        /* Long ago, but zero would disarm it. */
        if (spec.it_value.tv_sec < 0 || (spec.it_value.tv_sec == 0 && spec.it_value.tv_nsec == 0))
            spec.it_value = (struct timespec){ .tv_nsec = 1 };
    }
    return NEXT(timerfd_settime)(fd, timer->flags, &spec, ret_old);
}

EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *spec, struct itimerspec *ret_old)
{
    if (fd >= 0 && fd < TIMERS) {
        timers[fd].spec = *spec;
        timers[fd].flags = flags;
    }
    return arm(fd, ret_old);
}

static void rearm_after_jump(void)
{
    for (int fd = 0; fd < TIMERS; fd++)
        if (timers[fd].flags & TFD_TIMER_ABSTIME && timers[fd].armed_with != offset_of(timers[fd].clock))
            (void)arm(fd, NULL);
}

/* An event loop takes a wait that ends without an event for nothing. */
EXPORT int epoll_wait(int fd, struct epoll_event *events, int size, int timeout)
{
    rearm_after_jump();
    return NEXT(epoll_wait)(fd, events, size, timeout < 0 || timeout > SLICE ? SLICE : timeout);
}

EXPORT int epoll_pwait2(
    int fd, struct epoll_event *events, int size, const struct timespec *timeout, const sigset_t *mask)
{
    const struct timespec slice = { .tv_nsec = SLICE * 1000000 };
    bool is_long = !timeout || timeout->tv_sec > 0 || timeout->tv_nsec > slice.tv_nsec;

    rearm_after_jump();
    return NEXT(epoll_pwait2)(fd, events, size, is_long ? &slice : timeout, mask);
}
