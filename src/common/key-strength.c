#include "common/key-strength.h"

#include "common/memory.h"
#include "varlink/worker.h"

int key_strength(const char *type)
{
    enum { WORKER_KEY_TYPE_VALUES(TYPE_) };
    static const char *const names[] = { WORKER_KEY_TYPE_NAMES };
    static const int bits[] = {
        [TYPE_EC_P256] = 128,
        [TYPE_EC_P384] = 192,
        [TYPE_RSA_2048] = 112,
        [TYPE_RSA_3072] = 128,
    };

    for (size_t i = 0; i < ELEMENTS(names); i++)
        if (streq0(names[i], type))
            return bits[i];
    return 0;
}
