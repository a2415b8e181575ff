/* Notes about addresses that belong to no host in the internet. */
#pragma once

#include "worker/observable/observable.h"

#include <netinet/in.h>

void address_note_ipv4(struct observable *observable, struct in_addr address);
void address_note_ipv6(struct observable *observable, const struct in6_addr *address);
