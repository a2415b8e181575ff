/* Texts that people paste: each item has a result that can be read, and what was normalised once stays as it is. */
#include "fuzz/fuzz.h"
#include "worker/observable/recognise.h"

struct again {
    const struct observable *observable;
    int n;
};

/* The normal form has one result: itself. */
static int require_same(void *userdata, const struct observable *observable)
{
    struct again *again = userdata;

    REQUIRE(observable->type == again->observable->type);
    REQUIRE(strcmp(observable->value, again->observable->value) == 0);
    again->n++;
    return 0;
}

static void require_stable(const struct observable *observable)
{
    struct again again = { .observable = observable };
    char text[OBSERVABLE_VALUE_MAX + 16];
    struct recogniser *recogniser;

    /* Whether a domain was meant is known from the first text only. */
    snprintf(text, sizeof(text), "%s%s", observable->type == OBSERVABLE_DOMAIN ? "domain:" : "",
        observable->value);
    /* An encoded value may be longer than an item. */
    if (strlen(text) > OBSERVABLE_INPUT_MAX)
        return;
    REQUIRE(recogniser_new(&recogniser) == 0);
    REQUIRE(recognise_text(recogniser, text, strlen(text), 1, require_same, &again) == 0);
    REQUIRE(again.n == 1);
    recogniser_free(recogniser);
}

static int require_result(void *userdata, const struct observable *observable)
{
    int64_t *lines = userdata;
    bool taken = observable->refusal == REFUSAL_NONE;

    REQUIRE(observable->line >= 1 && observable->line <= *lines);
    REQUIRE(taken == (observable->type != OBSERVABLE_NONE));
    REQUIRE(utf8_is_printable(observable->message) && utf8_is_printable(observable->value));
    REQUIRE(taken ? *observable->value && !strchr(observable->value, ' ') : *observable->message);
    for (size_t i = 0; i < observable->n_notes; i++)
        REQUIRE(utf8_is_printable(observable->notes[i]) && *observable->notes[i]);
    if (taken && observable->first_line == 0)
        require_stable(observable);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_text(data, size);
    struct recogniser *recogniser;
    int64_t lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    REQUIRE(recogniser_new(&recogniser) == 0);
    REQUIRE(recognise_text(recogniser, text, size, 1, require_result, &lines) == 0);
    recogniser_free(recogniser);
    free(text);
    return 0;
}
