#include "worker/observable/domain.h"

#include "worker/observable/address.h"
#include "worker/observable/file-name.h"
#include "worker/observable/host-name.h"
#include "worker/observable/suffix.h"

#include <stdio.h>
#include <string.h>

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* Cuts off a port. Returns false and the refusal if the port is invalid. */
static bool cut_port(char *text, struct observable *observable)
{
    char *colon = strchr(text, ':');

    if (!colon)
        return true;
    if (!address_is_port(colon + 1))
        return observable_refuse(
            observable, REFUSAL_PORT, "\"%s\" is no port: a port is 1 to 65535.", colon + 1);
    *colon = 0;
    observable_note(observable, "Port %s was dropped.", colon + 1);
    return true;
}

/* Refuses a name outside of the list: as a file by its extension, else for its unknown suffix. */
static bool refuse_suffix(const char *name, struct observable *observable)
{
    const char *last = strrchr(name, '.') + 1;

    if (file_extension_is_known(last))
        return observable_refuse(observable, REFUSAL_FILE_NAME,
            "%s looks like a file, %s is no top-level domain: give the SHA-256 of the file.", name, last);
    return observable_refuse(observable, REFUSAL_UNKNOWN_SUFFIX,
        "%s is no top-level domain: check the spelling, or write domain:%s to take it anyway.", last, name);
}

static bool check_suffix(const psl_ctx_t *suffixes, const char *name, const struct domain_evidence *evidence,
    struct observable *observable)
{
    const char *first = strchr(name, '.');

    if (evidence->any_suffix)
        return true;
    if (!suffix_is_known(suffixes, name))
        return refuse_suffix(name, observable);
    if (suffix_is_bare(suffixes, name))
        return observable_refuse(observable, REFUSAL_PUBLIC_SUFFIX,
            "%s is a suffix under which names are registered, not a domain of one owner.", name);
    if (!evidence->defanged && first == strrchr(name, '.') && file_extension_is_domain(first + 1))
        return observable_refuse(observable, REFUSAL_FILE_OR_DOMAIN,
            "%s may be a file or a domain: write domain:%s or a URL, or give the SHA-256 of the file.", name,
            name);
    return true;
}

void domain_recognise(const psl_ctx_t *suffixes, const char *text, const struct domain_evidence *evidence,
    struct observable *observable)
{
    char host[OBSERVABLE_INPUT_MAX + 1], name[HOST_NAME_MAX_SIZE + 1];

    snprintf(host, sizeof(host), "%s", text);
    if (host[0] == '*' && host[1] == '.') {
        observable_refuse(observable, REFUSAL_WILDCARD,
            "%s means many domains; an observable is one: give %s, if that is meant.", text, text + 2);
        return;
    }
    if (host[0] == ':' || strchr(host, ':') != strrchr(host, ':')) {
        observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS, "%s is no address.", text);
        return;
    }
    if (!strchr(host, '.')) {
        observable_refuse(
            observable, REFUSAL_SINGLE_LABEL, "%s has no dot: a domain has two parts at least.", text);
        return;
    }
    if (!cut_port(host, observable) || !host_name_normalise(host, name, observable))
        return;
    if (!strchr(name, '.'))
        observable_refuse(
            observable, REFUSAL_SINGLE_LABEL, "%s has no dot inside: a domain has two parts at least.", text);
    else if (address_ends_in_number(name)) {
        if (evidence->any_suffix || !address_recognise(name, observable))
            observable_refuse(observable, REFUSAL_NOT_AN_ADDRESS,
                "%s ends in a number: no domain does, and it is no address.", text);
    } else if (check_suffix(suffixes, name, evidence, observable)) {
        if (!is_ascii(text) && strstr(name, "xn--"))
            observable_note(observable, "It has characters beyond ASCII; the value has its form in the DNS.");
        observable_take(observable, OBSERVABLE_DOMAIN, name);
    }
}
