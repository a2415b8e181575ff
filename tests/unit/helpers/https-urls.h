/*
 * URLs, and whether they may name a server: the table is for both processes.
 */
#pragma once

#include <stdbool.h>

static const struct {
    const char *text;
    bool valid;
} https_urls[] = {
    { "https://host", true },
    { "HTTPS://Host.Example/", true },
    { "https://host/.well-known/est", true },
    { "https://host:443/a%20b?query=1", true },
    { "https://host?query", true },
    { "https://host:1", true },
    { "https://host:65535/", true },
    { "https://a_b-c.d/", true },
    { "https://192.0.2.1:8443/est", true },
    { "https://[2001:db8::1]", true },
    { "https://[2001:db8::1]:8443/est", true },
    { "", false },
    { "https", false },
    { "https:/host", false },
    { "https://", false },
    { "https:///host", false },
    { "https://:443/", false },
    { "https://?host", false },
    { "https://.host/", false },
    { "http://host/", false },
    { "ftp://host/", false },
    { "xhttps://host/", false },
    { "https://host:/", false },
    { "https://host:0/", false },
    { "https://host:65536/", false },
    { "https://host:99999/", false },
    { "https://host:443x/", false },
    { "https://host:-1/", false },
    { "https://host:443:443/", false },
    { "https://user@host/", false },
    { "https://user:password@host/", false },
    { "https://host/#fragment", false },
    { "https://host/a b", false },
    { "https://host/a\tb", false },
    { "https://host/\x7f", false },
    { "https://h\xc3\xb6st/", false },
    { "https://host/\xc3\xb6", false },
    { "https://ho%73t/", false },
    { "https://ho*st/", false },
    { "https://[2001:db8::1/", false },
    { "https://[2001:db8::1]x/", false },
    { "https://[]/", false },
    { "https://[host]/", false },
    { "https://[fe80::1%25eth0]/", false },
    { "https://2001:db8::1/", false },
};
