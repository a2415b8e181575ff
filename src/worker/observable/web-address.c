#include "worker/observable/web-address.h"

#include "worker/observable/address.h"
#include "worker/observable/characters.h"
#include "worker/observable/host-name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The growing value. It has room for every byte of an item as %XX. */
struct writer {
    char *value;
    size_t size;
};

static void put(struct writer *writer, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < size && writer->size + 4 <= OBSERVABLE_VALUE_MAX; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x80)
            writer->value[writer->size++] = (char)c;
        else {
            writer->value[writer->size++] = '%';
            writer->value[writer->size++] = digits[c >> 4];
            writer->value[writer->size++] = digits[c & 15];
        }
    }
    writer->value[writer->size] = 0;
}

static void put_text(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

/* Checks a host that browsers take for an address: accepts only the usual form. */
static bool check_number(const char *host, struct observable *observable)
{
    char out[INET_ADDRSTRLEN];
    struct in_addr address;

    if (address_is_dotted(host) && address_check_dotted(host, observable))
        return true;
    if (observable->refusal == REFUSAL_LEADING_ZERO)
        return false;
    if (address_read_loosely(host, &address) && inet_ntop(AF_INET, &address, out, sizeof(out)))
        return observable_refuse(
            observable, REFUSAL_URL_HOST, "The host %s means %s: write it so.", host, out);
    return observable_refuse(
        observable, REFUSAL_URL_HOST, "The host %s ends in a number and is no address.", host);
}

static bool put_ipv6(struct writer *writer, const char *address, struct observable *observable)
{
    char out[INET6_ADDRSTRLEN];

    if (strchr(address, '%'))
        return observable_refuse(observable, REFUSAL_ZONE,
            "The host of the URL names a network interface of one machine: write it without %%.");
    if (!address_write_ipv6(address, out))
        return observable_refuse(
            observable, REFUSAL_URL_HOST, "The brackets in the URL contain no IPv6 address.");
    put_text(writer, "[");
    put_text(writer, out);
    put_text(writer, "]");
    return true;
}

static bool put_host(struct writer *writer, const char *host, struct observable *observable)
{
    char name[HOST_NAME_MAX_SIZE + 1];

    if (!*host)
        return observable_refuse(observable, REFUSAL_URL_HOST, "The URL has no host.");
    if (strlen(host) > 2 * HOST_NAME_MAX_SIZE)
        return observable_refuse(
            observable, REFUSAL_TOO_LONG, "The host of the URL is longer than a name can be.");
    if (!host_name_normalise(host, name, observable))
        return false;
    /* Characters that map to digits can also make an address. */
    if (address_ends_in_number(name) && !check_number(name, observable))
        return false;
    if (strstr(name, "xn--") && !strstr(host, "xn--"))
        observable_note(
            observable, "The host has characters beyond ASCII; the value has its form in the DNS.");
    put_text(writer, name);
    return true;
}

static bool put_port(struct writer *writer, const char *port, struct observable *observable)
{
    if (*port && !address_is_port(port))
        return observable_refuse(
            observable, REFUSAL_PORT, "The URL's port is invalid: a port is 1 to 65535.");
    put_text(writer, ":");
    put_text(writer, port);
    return true;
}

/* Writes host and port. Changes the text. */
static bool put_host_and_port(struct writer *writer, char *text, struct observable *observable)
{
    char *bracket = *text == '[' ? strchr(text, ']') : NULL, *colon = strchr(bracket ? bracket : text, ':');

    if (bracket && bracket[1] && bracket[1] != ':')
        return observable_refuse(
            observable, REFUSAL_URL_HOST, "Only a port may follow the bracket of an IPv6 address.");
    if (!bracket && colon && strchr(colon + 1, ':'))
        return observable_refuse(observable, REFUSAL_URL_HOST,
            "An IPv6 address needs brackets in a URL, as in http://[2001:db8::1]/.");
    if (colon)
        *colon = 0;
    if (bracket)
        *bracket = 0;
    if (!(bracket ? put_ipv6(writer, text + 1, observable) : put_host(writer, text, observable)))
        return false;
    return !colon || put_port(writer, colon + 1, observable);
}

void web_address_recognise(enum scheme_kind scheme, const char *rest, struct observable *observable)
{
    struct writer writer = { observable->value, 0 };
    char authority[OBSERVABLE_INPUT_MAX + 1];
    size_t length = strcspn(rest, "/?#\\");
    char *at;

    if (strchr(rest, '\\')) {
        observable_refuse(
            observable, REFUSAL_BACKSLASH, "A URL has no backslash: write / in the path, or %%5C.");
        return;
    }
    if (strpbrk(rest, "<>")) {
        observable_refuse(observable, REFUSAL_CHARACTER, "A URL has neither < nor >: write %%3C and %%3E.");
        return;
    }
    memcpy(authority, rest, length);
    authority[length] = 0;
    put_text(&writer, scheme_to_string(scheme));
    put_text(&writer, "://");
    at = strrchr(authority, '@');
    if (at)
        put(&writer, authority, (size_t)(at - authority) + 1);
    size_t host = writer.size;
    if (!put_host_and_port(&writer, at ? at + 1 : authority, observable))
        return;
    if (at)
        observable_note(observable, "The host is %s.", observable->value + host);
    put_text(&writer, rest + length);
    observable_take(observable, OBSERVABLE_URL, observable->value);
}

/* Counts the closing brackets of each kind that a text does not open. */
static void count_unopened(const char *text, int unopened[3])
{
    static const char open[] = "([{", close[] = ")]}";

    for (; *text; text++)
        for (int i = 0; i < 3; i++)
            unopened[i] += (*text == close[i]) - (*text == open[i]);
}

void web_address_trim(char *text)
{
    static const char close[] = ")]}";
    size_t size = strlen(text), length = 1;
    int unopened[3] = { 0 };

    count_unopened(text, unopened);
    for (; size > 0 && length > 0; size -= length) {
        const char *bracket = strchr(close, text[size - 1]);

        if (bracket)
            length = unopened[bracket - close]-- > 0;
        else if (strchr(".:", text[size - 1]))
            length = 1;
        else
            length = text[size - 1] == '*' ? 0 : trailing_length(text, size);
    }
    text[size] = 0;
}
