#include "common/reason.h"

#include "common/memory.h"

#define SERVER_BACK "Put the server back into the list of servers in the configuration and reload, or "

static const char *const names[REASON_MAX_] = { NULL, AGENT_REASON_NAMES };

static const struct {
    bool permanent;
    const char *remedy;
} reasons[REASON_MAX_] = {
    [REASON_TOKEN_MALFORMED] = { true,
        "Copy the token from the portal again: 16 to 512 letters, digits, '-', '_' or '.'." },
    [REASON_TOKEN_REJECTED] = { true,
        "Generate a new token in the Cisco Threat Response portal and register again." },
    [REASON_FEATURE_DISABLED] = { true,
        "Enable the Cisco Threat Response feature and commit, then try again." },
    [REASON_BUSY] = { true, "Wait until the running operation ends, or cancel it." },
    [REASON_ALREADY_REGISTERED] = { true, "Deregister the appliance first." },
    [REASON_NOT_REGISTERED] = { true, "Register the appliance first." },
    [REASON_SERVER_LOCKED] = { true, "Deregister the appliance before you choose another server." },
    [REASON_SERVER_UNKNOWN] = { true,
        "Put the server back into the list of servers in the configuration and reload, or "
        "choose another server and commit." },
    [REASON_DNS_FAILED] = { false,
        "Check the DNS servers of the appliance and that they resolve this name." },
    [REASON_CONNECT_REFUSED] = { false,
        "Check that the firewall lets the appliance reach this host on port 443." },
    [REASON_CONNECT_TIMEOUT] = { false,
        "Check the network and that the firewall lets the appliance reach this host on port 443." },
    [REASON_PROXY_AUTH] = { false, "Check the proxy user and password in the configuration file, and that "
                                   "the proxy offers Basic or Digest." },
    [REASON_PROXY_FAILED] = { false, "Check the proxy in the configuration file and the proxy itself." },
    [REASON_TLS_UNTRUSTED] = { false,
        "If a proxy intercepts TLS, exempt this host; if the server has a private CA, name that in "
        "network.ca_bundle." },
    [REASON_TLS_NAME] = { false,
        "Something else answers for this host: check DNS, proxy and network.connect_to." },
    [REASON_TLS_EXPIRED] = { false,
        "Check the appliance's clock; if it is right, the server's certificate has to be renewed." },
    [REASON_TLS_INTERCEPTED] = { true,
        "Exempt the regional server and the EST server from TLS interception on the proxy: the appliance's "
        "certificate can't pass it. If the server itself has a private CA, name that in network.ca_bundle." },
    [REASON_CLOCK_SKEW] = { false, "Set the appliance's clock, best by NTP." },
    [REASON_UNEXPECTED_REPLY] = { false,
        "Check whether a proxy or a captive portal answers in place of the cloud." },
    [REASON_WRONG_REGION] = { true,
        "Choose the server of the token's region and commit, then register with a new token." },
    [REASON_REMOVED_IN_PORTAL] = { true,
        "Deregister with --local-only and register with a new token, if the removal was not intended." },
    [REASON_DEVICE_CONFLICT] = { true, "Run reset-identity, then register again with a new token." },
    [REASON_IDENTITY_CHANGED] = { true,
        "If this machine is a clone, run reset-identity and register it with a token of its own." },
    [REASON_STATE_LOST] = { true,
        "Bring the state directory back and restart the daemon, or run reset-identity to start as new." },
    [REASON_EST_PENDING] = { false, "Ask the certificate authority's administrator to decide: the agent asks "
                                    "again until then, or until that is cancelled." },
    [REASON_EST_REJECTED] = { true,
        "Register again with a new token; if it fails again, ask the portal's support." },
    [REASON_CERTIFICATE_UNUSABLE] = { true,
        "The certificate authority issued a certificate that can't be used: ask the portal's support." },
    [REASON_CERTIFICATE_EXPIRED] = { true, "Deregister with --local-only and register with a new token." },
    [REASON_CERTIFICATE_REFUSED] = { false, "Deregister with --local-only and register with a new token." },
    [REASON_RATE_LIMITED] = { false, "Wait until the time that is named: the agent tries again by itself, or "
                                     "a new attempt is allowed then." },
    [REASON_SERVER_ERROR] = { false, "Nothing to do: the cloud has a fault; the agent tries again." },
    [REASON_WORKER_FAILED] = { false, "Check worker.address in the configuration file, or install the "
                                      "package again; if the worker runs and "
                                      "fails again, report it with the log." },
    [REASON_STATE_IO] = { false, "Check the space and the permissions of the state directory." },
    [REASON_CONFIG_INVALID] = { true, "Mend the configuration file, whose mistakes threatresponsed "
                                      "--check-config names, then run trctl reload." },
    [REASON_CANCELLED] = { true, "Nothing to do." },
};

const char *reason_to_string(enum reason reason)
{
    return names[reason];
}

enum reason reason_from_string(const char *name)
{
    if (name)
        for (enum reason reason = REASON_NONE + 1; reason < REASON_MAX_; reason++)
            if (streq(names[reason], name))
                return reason;
    return REASON_NONE;
}

const char *reason_remedy(enum reason reason)
{
    return reasons[reason].remedy;
}

const char *reason_unknown_server_remedy(bool registering, bool registered)
{
    if (registering)
        return SERVER_BACK "cancel the registration and choose another one.";
    if (registered)
        return SERVER_BACK "deregister with --local-only and choose another one.";
    return reason_remedy(REASON_SERVER_UNKNOWN);
}

bool reason_is_permanent(enum reason reason)
{
    return reasons[reason].permanent;
}
