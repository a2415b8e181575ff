#include "worker/est/hosts.h"

#include "common/host.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Copies a host without the brackets of an address and the final dot of a name. */
static void copy_host(const char *host, char out[static 256])
{
    size_t length = strlen(host);

    if (*host == '[' && length > 1 && host[length - 1] == ']') {
        host++;
        length -= 2;
    } else if (length > 0 && host[length - 1] == '.')
        length--;
    snprintf(out, 256, "%.*s", (int)length, host);
}

/* Reads an address of either family into 16 bytes. Returns false if the text is not an address. */
static bool read_address(const char *text, unsigned char out[static 16])
{
    memset(out, 0, 16);
    return inet_pton(AF_INET, text, out) == 1 || inet_pton(AF_INET6, text, out) == 1;
}

/* Returns true if an entry allows the host. An address or a name allows itself only, ".example.com" the
 * domain. */
static bool allows(const char *entry, const char *host, bool *ret_named)
{
    unsigned char wanted[16], given[16];
    char bare[256];

    if (strncmp(entry, "*.", 2) == 0)
        entry++;
    *ret_named = *entry != '.';
    if (read_address(host, given)) {
        copy_host(entry, bare);
        return read_address(bare, wanted) && !strchr(bare, ':') == !strchr(host, ':') &&
               memcmp(wanted, given, sizeof(wanted)) == 0;
    }
    if (!*ret_named)
        return host_matches(host, entry, strlen(entry));
    copy_host(entry, bare);
    return strcasecmp(bare, host) == 0;
}

bool est_host_is_allowed(json_object *hosts, const char *host, bool *ret_named)
{
    size_t n = hosts ? json_object_array_length(hosts) : 0;
    bool allowed = !hosts;
    char bare[256];

    copy_host(host, bare);
    *ret_named = !hosts;
    for (size_t i = 0; i < n && !*ret_named; i++) {
        bool named;

        if (allows(json_object_get_string(json_object_array_get_idx(hosts, i)), bare, &named)) {
            allowed = true;
            *ret_named = named;
        }
    }
    return allowed;
}
