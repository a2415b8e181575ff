#include "unit/helpers/sandbox/faults.h"

void add_fault(struct fault_set *set, const char *kind, const char *value)
{
    set->faults[set->n] = (struct fault){ .kind = fault_kind_find(kind), .endpoint = "est", .value = value };
    assert_non_null(set->faults[set->n].kind);
    set->n++;
}

struct fault_set set_of(const char *kind, const char *value)
{
    struct fault_set set = { .n = 0 };

    add_fault(&set, kind, value);
    return set;
}

int check_fault(const char *endpoint, const char *kind, const char *value)
{
    struct fault fault = { .kind = fault_kind_find(kind), .endpoint = endpoint, .value = value };
    const char *problem = NULL;
    int r;

    assert_non_null(fault.kind);
    r = fault_check(&fault, &problem);
    assert_true((r < 0) == !!problem);
    return r;
}
