#include "unit/helpers/sandbox/answer.h"

#include <strings.h>

const char *header_of(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    return NULL;
}

void assert_error(const struct answer *answer, unsigned status, const char *code)
{
    _cleanup_json_ json_object *document = NULL;

    assert_int_equal(answer->status, status);
    assert_int_equal(json_parse(answer->body, answer->size, &document), 0);
    assert_string_equal(json_get_string(json_get_object(document, "error"), "code"), code);
    assert_string_equal(answer->reason, code);
}
