#include "sandbox/faults/apply.h"

#include <stdio.h>
#include <string.h>

static void note_name(const struct fault *fault, struct answer *answer)
{
    size_t length = strlen(answer->faults);

    snprintf(answer->faults + length, sizeof(answer->faults) - length, "%sfault:%s%s%s",
        length > 0 ? " " : "", fault->kind->name, fault->kind->words ? "=" : "",
        fault->kind->words ? fault->value : "");
}

int fault_apply(const struct fault_set *set, enum fault_stage stage, struct answer *answer)
{
    int n = 0;

    for (size_t i = 0; i < set->n; i++) {
        const struct fault *fault = &set->faults[i];
        int r;

        if (fault->kind->stage != stage)
            continue;
        r = fault->kind->apply(fault, answer);
        if (r < 0)
            return r;
        n++;
        note_name(fault, answer);
    }
    return n;
}

void fault_note_quirks(const struct fault_set *set, struct answer *answer)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->faults[i].kind->stage >= STAGE_CHECK)
            note_name(&set->faults[i], answer);
}
