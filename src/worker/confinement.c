#include "worker/confinement.h"

#include "common/log.h"
#include "confine/confine.h"

#include <sys/socket.h>

static const int families[] = { AF_UNIX, AF_INET, AF_INET6, -1 };

void worker_confine(void)
{
    /* Allow loading, since the resolver and OpenSSL load modules. Deny the resolver its netlink socket for
     * the addresses of this host: it works without, and a filter can't distinguish its bind from others. */
    const struct confine_calls allowed = {
        .names = (const char *const[]){ NULL }, .socket_families = families, .loading = true, .threads = true
    };

    confine(LOG_INFO, &(struct confine_paths){ NULL }, &allowed);
}

void worker_confine_reading(const char *ca_bundle, const char *ca_file)
{
    const char *readable[] = { "/etc/ssl", "/usr/share/ca-certificates",
        "/usr/local/share/ca-certificates", /* TLS */
        "/etc/localtime", "/usr/share/zoneinfo", "/etc/gai.conf", "/etc/host.conf", "/etc/hostname",
        "/etc/hosts", "/etc/nsswitch.conf", "/etc/protocols", "/etc/resolv.conf",
        "/etc/services", /* the resolver */
        "/etc/ld.so.cache", "/lib", "/lib64", "/usr/lib", "/usr/lib64",
        "/usr/local/lib",                                                       /* its modules, OpenSSL's */
        "/dev/random", "/dev/urandom", "/proc/self", "/sys/devices/system/cpu", /* glibc */
        "/usr/share/publicsuffix",                                              /* libpsl */
        NULL, NULL, NULL };
    size_t n = 0;

    while (readable[n])
        n++;
    if (ca_bundle)
        readable[n++] = ca_bundle;
    if (ca_file)
        readable[n++] = ca_file;
    /* worker_confine() has logged what the kernel lacks. */
    (void)confine_files(&(struct confine_paths){ .readable = readable });
}
