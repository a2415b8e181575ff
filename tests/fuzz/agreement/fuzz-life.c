/* A life of replies: each line of the input is the worker's reply to the next step of a registration, a renewal, a
 * refresh and a deregistration. What fits the table of a reply is kept, read again as at a start, and taken by the
 * worker in the requests that follow. */
#include <errno.h>

#include "common/log.h"
#include "daemon/registration/steps.h"
#include "daemon/state/document.h"
#include "daemon/state/format.h"
#include "fuzz/fuzz-daemon.h"
#include "fuzz/fuzz.h"
#include "unit/helpers/daemon/states.h"
#include "worker/methods/interface.h"

static const enum operation life[] = { OPERATION_REGISTER, OPERATION_RENEW, OPERATION_REFRESH,
    OPERATION_DEREGISTER };

static json_object *begin(void)
{
    static const char text[] = DOCUMENT(ENABLED_EUROPE, "registering", "," SERVER ",\"token\":\"" TOKEN "\"");
    json_object *document = NULL;

    REQUIRE(json_parse(text, strlen(text), &document) == 0);
    return document;
}

/* Reads a document again as the next start would. */
static json_object *start_again(json_object *document)
{
    json_object *again = NULL;
    char field[128] = "";
    int64_t version;
    size_t size;
    const char *text = json_text(document, &size);

    REQUIRE(text && json_parse(text, size, &again) == 0);
    int r = format_understand(again, &version, field, sizeof(field));
    if (r < 0)
        fprintf(stderr, "not read again: %s\n", field);
    REQUIRE(r == 0 && version == FORMAT_VERSION);
    json_put_erased(document);
    return again;
}

static const struct service_field *fields_of(const char *method)
{
    const struct service_method *m = worker_interface.methods;

    while (m->name && !streq(m->name, method))
        m++;
    REQUIRE(m->name);
    return m->fields;
}

/* The worker takes what a step asks. */
static void ask(const struct core *core, const struct step *step, json_object *document)
{
    struct saved saved;
    char name[128] = "";

    saved_read(&saved, document);
    json_object *request = step->request(core, &saved);
    REQUIRE(request);
    require_readable(request);
    int r = service_check_fields(fields_of(step->call.method), request, name, sizeof(name));
    if (r < 0)
        fprintf(stderr, "%s: the worker does not take %s\n", step->name, name);
    REQUIRE(r == 0);
    json_put_erased(request);
}

/* Notes the step that comes next, or the end of the operation. */
static void go_on(const struct step *step, json_object *registration)
{
    const struct step *next = step_next(step);

    if (next)
        REQUIRE(document_set_string(registration, step_member(step->operation), next->name) == 0);
    else
        document_set(registration, step_member(step->operation), NULL);
    if (!next && step->operation == OPERATION_REGISTER)
        document_set_string(registration, "state", state_names[STATE_REGISTERED]);
}

/* Keeps the reply of a line. Returns false if it ends the life: the worker can't give it, or the daemon refuses it. */
static bool keep(
    const struct core *core, const struct step *step, const char *line, size_t size, json_object **document)
{
    json_object *reply = NULL, *changed = NULL;
    char name[128];
    bool kept = false;

    if (json_parse(line, size, &reply) == 0 &&
        service_check_fields(step->call.reply, reply, name, sizeof(name)) == 0) {
        REQUIRE(json_object_deep_copy(*document, &changed, NULL) == 0);
        int r = step->apply(core, document_registration(changed), reply);
        REQUIRE(r == 0 || r == -EPROTO || r == -EBADMSG);
        kept = r == 0;
        if (kept)
            go_on(step, document_registration(changed));
    }
    json_put_erased(reply);
    if (kept) {
        json_put_erased(*document);
        *document = start_again(changed);
    } else
        json_put_erased(changed);
    return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct core core;
    char *text = copy_text(data, size), *line = text;
    json_object *document = begin();

    log_set_level(LOG_EMERG);
    if (!core.config)
        core.config = fuzz_config("identity = { name = \"sma.example\"; version = \"13.6.1\"; };");
    for (size_t i = 0; i < ELEMENTS(life) && line; i++)
        for (const struct step *step = step_first(life[i]); step && line; step = step_next(step)) {
            size_t length = strcspn(line, "\n");

            ask(&core, step, document);
            bool kept = keep(&core, step, line, length, &document);
            line = kept && line[length] ? line + length + 1 : NULL;
        }
    json_put_erased(document);
    free(text);
    return 0;
}
