#include "ctl/session/candidate.h"

#include <unistd.h>

const struct tr_candidate *candidate_of_caller(const struct tr_status *status)
{
    for (size_t i = 0; i < status->n_staged; i++)
        if (status->staged[i]->uid == (int64_t)geteuid())
            return status->staged[i];
    return NULL;
}
