#include "worker/observable/address-kinds.h"

#include <string.h>

/* The special blocks (RFC 6890), smaller ones first. The blocks for documentation are not special here. */
static const struct {
    uint32_t network;
    int length;
    const char *note;
} blocks[] = {
    { 0xffffffff, 32, "The broadcast address." },
    { 0x00000000, 32, "The unspecified address." },
    { 0x7f000000, 8, "An address of this machine." },
    { 0xa9fe0000, 16, "A link-local address." },
    { 0x0a000000, 8, "A private address." },
    { 0xac100000, 12, "A private address." },
    { 0xc0a80000, 16, "A private address." },
    { 0x64400000, 10, "An address of a provider's own network (RFC 6598)." },
    { 0xe0000000, 4, "A multicast address." },
    { 0xf0000000, 4, "A reserved address." },
};

void address_note_ipv4(struct observable *observable, struct in_addr address)
{
    uint32_t value = ntohl(address.s_addr);

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        if ((value ^ blocks[i].network) >> (32 - blocks[i].length) == 0) {
            observable_note(observable, "%s", blocks[i].note);
            return;
        }
}

void address_note_ipv6(struct observable *observable, const struct in6_addr *address)
{
    const char *note = NULL;

    if (IN6_IS_ADDR_UNSPECIFIED(address))
        note = "The unspecified address.";
    else if (IN6_IS_ADDR_LOOPBACK(address))
        note = "An address of this machine.";
    else if (IN6_IS_ADDR_LINKLOCAL(address))
        note = "A link-local address.";
    else if (IN6_IS_ADDR_MULTICAST(address))
        note = "A multicast address.";
    else if ((address->s6_addr[0] & 0xfe) == 0xfc)
        note = "A private address.";
    if (note)
        observable_note(observable, "%s", note);
}
