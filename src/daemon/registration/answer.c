#include "daemon/registration/answer.h"

#include "common/https-url.h"
#include "common/random.h"
#include "daemon/core/retry.h"
#include "daemon/registration/expiry.h"
#include "daemon/state/document.h"
#include "daemon/worker/request.h"

#include <errno.h>
#include <systemd/sd-id128.h>
#include <time.h>

/* Copies a member of the reply to a member of the registration; one that the reply lacks stays as it is. */
static int copy_member(json_object *registration, const char *to, json_object *reply, const char *from)
{
    json_object *value = json_object_object_get(reply, from), *copy = NULL;

    if (!value)
        return 0;
    if (json_object_deep_copy(value, &copy, NULL) < 0)
        return -ENOMEM;
    return document_set(registration, to, copy);
}

int answer_key(const struct core *core, json_object *registration, json_object *reply)
{
    (void)core;
    if (!json_get_string(registration, "guid")) {
        sd_id128_t id;
        char guid[SD_ID128_UUID_STRING_MAX];

        if (sd_id128_randomize(&id) < 0)
            return -EIO;
        sd_id128_to_uuid_string(id, guid);
        if (document_set_string(registration, "guid", guid) < 0)
            return -ENOMEM;
    }
    return document_set_string(registration, "privateKey", json_get_string(reply, "privateKey"));
}

int answer_nothing(const struct core *core, json_object *registration, json_object *reply)
{
    (void)core;
    (void)registration;
    (void)reply;
    return 0;
}

int answer_activation(const struct core *core, json_object *registration, json_object *reply)
{
    json_object *enrollment = json_get_object(reply, "enrollment");
    const char *url = request_nonempty(json_get_string(enrollment, "url"));

    (void)core;
    if (url && !https_url_is_valid(url))
        return -EBADMSG;
    int r = copy_member(registration, "enrollment", reply, "enrollment");
    if (r >= 0)
        r = copy_member(registration, "tenant", reply, "tenant");
    /* The configuration says each time what the activation doesn't name. */
    if (r >= 0)
        r = document_set_string(registration, "estUrl", url);
    if (r >= 0)
        r = document_set_string(
            registration, "estLabel", request_nonempty(json_get_string(enrollment, "label")));
    if (r >= 0)
        r = document_set(registration, "token", NULL);
    return r;
}

int answer_trust(const struct core *core, json_object *registration, json_object *reply)
{
    (void)core;
    return copy_member(registration, "trustAnchors", reply, "trustAnchors");
}

/* Chooses a time at the configured fraction of the life, a little earlier at random, but not before a tenth of what is left
 * of it, whatever the certificate says: a wrong clock or CA must not make a loop. capped: the CA has given the same end as
 * before, and has nothing better for now. */
static int64_t choose_renewal_time(const struct config *config, json_object *info, bool capped)
{
    int64_t begin = json_get_int(info, "notBefore", 0), end = json_get_int(info, "notAfter", 0);
    int64_t life = end > begin ? end - begin : 0, now = (int64_t)time(NULL);

    int64_t when = begin + (int64_t)((double)life * config->renewal_fraction) -
                   (int64_t)(retry_jitter(50000, 1, random_value()) * (uint64_t)life / 2000000);
    int64_t left = end > now ? end - now : 0, earliest = now + (left < life ? left : life) / 10 + 1;

    if (capped)
        earliest = now + expiry_renewal_pause(end, now);
    return when > earliest ? when : earliest;
}

static int set_next_renewal(const struct config *config, json_object *registration, bool capped)
{
    json_object *info = json_get_object(registration, "certificateInfo");
    json_object *when = json_object_new_int64(choose_renewal_time(config, info, capped));

    document_set(registration, "warnedDays", NULL);
    return when ? document_set(registration, "nextRenewal", when) : -ENOMEM;
}

int answer_certificate(const struct core *core, json_object *registration, json_object *reply)
{
    int r = copy_member(registration, "certificate", reply, "certificate");

    if (r >= 0)
        r = copy_member(registration, "chain", reply, "chain");
    if (r >= 0)
        r = copy_member(registration, "certificateInfo", reply, "info");
    /* The reply has a key only if the server made it. */
    if (r >= 0)
        r = copy_member(registration, "privateKey", reply, "privateKey");
    if (r >= 0)
        r = set_next_renewal(core->config, registration, false);
    if (r >= 0)
        r = document_set(registration, "enrollment", NULL);
    return r;
}

int answer_status(const struct core *core, json_object *registration, json_object *reply)
{
    (void)core;
    if (strcasecmp(json_get_string(reply, "status"), "Enrolled") != 0)
        return -EPROTO;

    int r = copy_member(registration, "refreshInterval", reply, "refreshInterval");
    return r < 0 ? r : copy_member(registration, "tenant", reply, "tenant");
}

int answer_rekey(const struct core *core, json_object *registration, json_object *reply)
{
    (void)core;
    return copy_member(registration, "privateKey", reply, "privateKey");
}

int answer_renewal_key(const struct core *core, json_object *registration, json_object *reply)
{
    (void)core;
    return copy_member(registration, "newPrivateKey", reply, "privateKey");
}

int answer_renewal_certificate(const struct core *core, json_object *registration, json_object *reply)
{
    (void)core;
    int r = copy_member(registration, "newCertificate", reply, "certificate");

    if (r >= 0)
        r = copy_member(registration, "newChain", reply, "chain");
    if (r >= 0)
        r = copy_member(registration, "newPrivateKey", reply, "privateKey");
    return r < 0 ? r : copy_member(registration, "newCertificateInfo", reply, "info");
}

int answer_renewal_proof(const struct core *core, json_object *registration, json_object *reply)
{
    static const char *const pairs[][2] = {
        { "privateKey", "newPrivateKey" },
        { "certificate", "newCertificate" },
        { "chain", "newChain" },
        { "certificateInfo", "newCertificateInfo" },
    };
    int64_t end = json_get_int(json_get_object(registration, "certificateInfo"), "notAfter", 0);
    int64_t new_end = json_get_int(json_get_object(registration, "newCertificateInfo"), "notAfter", 0);
    bool capped = new_end <= end;
    int r = answer_status(core, registration, reply);

    for (size_t i = 0; r >= 0 && i < ELEMENTS(pairs); i++) {
        if (!json_object_object_get(registration, pairs[i][1]))
            r = document_set(registration, pairs[i][0], NULL);
        else
            r = copy_member(registration, pairs[i][0], registration, pairs[i][1]);
        if (r >= 0)
            r = document_set(registration, pairs[i][1], NULL);
    }
    return r < 0 ? r : set_next_renewal(core->config, registration, capped);
}
