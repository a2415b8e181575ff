#include "unit/helpers/daemon/appliance.h"

#include <time.h>

const struct requester root_requester = { 0, "root" };

int appliance_set_up(void **state)
{
    struct appliance *a = calloc(1, sizeof(*a));

    assert_non_null(a);
    fixture_open(&a->f);
    fake_worker_listen(&a->worker, &a->f);
    *state = a;
    return 0;
}

int appliance_tear_down(void **state)
{
    struct appliance *a = *state;

    fake_worker_close(&a->worker);
    fixture_close(&a->f);
    free(a);
    return 0;
}

void appliance_start(struct appliance *a, const char *state, const char *config)
{
    if (state)
        fixture_write_state(&a->f, state);
    fixture_start(&a->f, config);
    fake_worker_attach(&a->worker);
}

void appliance_stop(struct appliance *a)
{
    fake_worker_detach(&a->worker);
    fixture_stop(&a->f);
}

struct registration *registration_of(const struct appliance *a)
{
    return &a->f.manager->registration;
}

void appliance_run(struct appliance *a, size_t asked)
{
    fake_worker_run(&a->worker, asked);
    while (registration_is_running(registration_of(a)))
        fixture_turn(&a->f);
}

void appliance_run_all(struct appliance *a)
{
    appliance_run(a, a->worker.n);
}

const char *appliance_saved(const struct appliance *a, const char *member, char *out, size_t size)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/state.json", a->f.state);
    _cleanup_erase_ char *text = fixture_read(path);
    _cleanup_json_erase_ json_object *document = fixture_parse(text);
    const char *value = json_get_string(document_registration(document), member);
    snprintf(out, size, "%s", value ? value : "none");
    return out;
}

void appliance_check_state(const struct appliance *a, const char *expected)
{
    char saved[64];

    assert_string_equal(json_get_string(fixture_registration(&a->f), "state"), expected);
    assert_string_equal(appliance_saved(a, "state", saved, sizeof(saved)), expected);
}

static void set_time(struct appliance *a, json_object *object, const char *member, int64_t from_now)
{
    json_object_object_add(object, member, json_object_new_int64((int64_t)time(NULL) + from_now));
    fixture_reread(&a->f);
}

void appliance_set_time(struct appliance *a, const char *member, int64_t from_now)
{
    set_time(a, fixture_registration(&a->f), member, from_now);
}

void appliance_set_not_after(struct appliance *a, int64_t from_now)
{
    set_time(a, json_get_object(fixture_registration(&a->f), "certificateInfo"), "notAfter", from_now);
}
