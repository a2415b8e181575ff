#include "sandbox/faults/kinds.h"

#include "common/memory.h"

static const struct fault_kind *const tables[] = { general_kinds, answer_kinds, request_kinds,
    certificate_kinds };

const struct fault_kind *fault_kind_find(const char *name)
{
    const struct fault_kind *kind;

    for (size_t i = 0; (kind = fault_kind_at(i)); i++)
        if (streq(kind->name, name))
            return kind;
    return NULL;
}

const struct fault_kind *fault_kind_at(size_t i)
{
    for (size_t t = 0; t < ELEMENTS(tables); t++) {
        const struct fault_kind *kind = tables[t];

        for (; kind->name; kind++)
            if (i-- == 0)
                return kind;
    }
    return NULL;
}
