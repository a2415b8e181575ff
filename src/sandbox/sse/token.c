#include "sandbox/sse/token.h"

#include "common/json.h"
#include "sandbox/base/random-text.h"

#include <errno.h>
#include <stdio.h>

#define FILE_LENGTH 64

static int write_file_name(const char *token, char *file)
{
    if (!is_random_text(token, TOKEN_LENGTH))
        return -ENOENT;
    snprintf(file, FILE_LENGTH, "tokens/%.35s.json", token);
    return 0;
}

int token_mint(const struct store *store, const char *region, int64_t expires, char *token)
{
    _cleanup_json_ json_object *document = json_object_new_object();
    char file[FILE_LENGTH];
    int r;

    if (!document)
        return -ENOMEM;
    r = make_random_text(token, TOKEN_LENGTH);
    if (r >= 0)
        r = json_add_string(document, "token", token);
    if (r >= 0)
        r = json_add_string(document, "region", region);
    if (r >= 0)
        r = json_add_int(document, "expires", expires);
    if (r >= 0)
        r = write_file_name(token, file);
    return r < 0 ? r : store_write_json(store, file, document);
}

int token_load(const struct store *store, const char *token, json_object **ret)
{
    char file[FILE_LENGTH];
    int r;

    r = write_file_name(token, file);
    return r < 0 ? r : store_read_json(store, file, ret);
}

enum token_verdict token_judge(json_object *token, const char *region, const char *guid, int64_t now)
{
    const char *user, *of;

    if (!token)
        return TOKEN_INVALID;
    user = json_get_string(token, "guid");
    of = token_region(token);
    if (user && !streq(user, guid))
        return TOKEN_USED;
    if (now >= json_get_int(token, "expires", 0))
        return TOKEN_EXPIRED;
    if (!of || !streq(of, region))
        return TOKEN_WRONG_REGION;
    return user ? TOKEN_REPEAT : TOKEN_FRESH;
}

const char *token_region(json_object *token)
{
    return json_get_string(token, "region");
}

json_object *token_answer(json_object *token)
{
    return json_get_object(token, "answer");
}

int token_use(const struct store *store, json_object *token, const char *guid, json_object *answer)
{
    const char *name = json_get_string(token, "token");
    char file[FILE_LENGTH];
    int r;

    if (!name)
        return -EBADMSG;
    r = write_file_name(name, file);
    if (r >= 0)
        r = json_add_string(token, "guid", guid);
    if (r >= 0)
        r = json_add(token, "answer", json_object_get(answer));
    return r < 0 ? r : store_write_json(store, file, token);
}
