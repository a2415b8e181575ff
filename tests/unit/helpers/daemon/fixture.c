#include "unit/helpers/daemon/fixture.h"

#include "unit/helpers/temporary.h"

#include <ftw.h>
#include <signal.h>

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* Blocks signals as the daemon's main does. */
static void block_signals(void)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ELEMENTS(signals); i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void fixture_open(struct fixture *f)
{
    *f = (struct fixture){ 0 };
    assert_non_null(mkdtemp(temporary_template(f->directory, "test-daemon")));
    snprintf(f->state, sizeof(f->state), "%s/state", f->directory);
    snprintf(f->socket, sizeof(f->socket), "%s/socket", f->directory);
    snprintf(f->config, sizeof(f->config), "%s/conf", f->directory);
    snprintf(f->worker, sizeof(f->worker), "%s/worker", f->directory);
    log_set_level(LOG_EMERG);
    block_signals();
}

void fixture_close(struct fixture *f)
{
    fixture_stop(f);
    assert_int_equal(nftw(f->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_write(const char *path, const char *text)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

char *fixture_read(const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    char *text = malloc((size_t)st.st_size + 1);
    assert_non_null(text);
    assert_int_equal(read(fd, text, (size_t)st.st_size), st.st_size);
    text[st.st_size] = 0;
    return text;
}

void fixture_write_state(struct fixture *f, const char *text)
{
    char path[96];

    assert_true(mkdir(f->state, 0700) == 0 || errno == EEXIST);
    snprintf(path, sizeof(path), "%s/state.json", f->state);
    fixture_write(path, text);
}

void fixture_print_report(void *userdata, const char *line)
{
    (void)userdata;
    print_message("%s\n", line);
}

struct config *fixture_load(struct fixture *f, const char *config)
{
    struct config *loaded = NULL;

    fixture_write(f->config, config);
    assert_int_equal(config_load(f->config, fixture_print_report, NULL, &loaded), 0);
    return loaded;
}

/* The options of a daemon in the fixture's directory. The address of the worker is the caller's to free. */
static struct core_options make_options(struct fixture *f)
{
    char address[96];

    log_set_level(LOG_EMERG);
    snprintf(address, sizeof(address), "unix:%s", f->worker);
    return (struct core_options){
        .config_path = f->config,
        .state_directory = f->state,
        .socket_path = f->socket,
        .worker_address = strdup(address),
        .log_level = LOG_EMERG,
    };
}

void fixture_start(struct fixture *f, const char *config)
{
    const struct core_options options = make_options(f);

    assert_int_equal(manager_new(&options, fixture_load(f, config), &f->manager), 0);
    f->core = &f->manager->core;
}

void fixture_start_core(struct fixture *f, const char *config)
{
    struct core *core = calloc(1, sizeof(*core));

    assert_non_null(core);
    core->options = make_options(f);
    core->config = fixture_load(f, config);
    assert_true(sd_event_default(&core->event) >= 0);
    assert_int_equal(store_open(&core->store, f->state), 0);
    f->core = core;
}

static void free_core(struct core *core)
{
    counters_free(&core->counters);
    store_done(&core->store);
    sd_event_unref(core->event);
    config_free(core->config);
    free(core->config_fault);
    free(core);
}

void fixture_stop(struct fixture *f)
{
    if (!f->core)
        return;
    free((char *)(uintptr_t)f->core->options.worker_address);
    if (f->manager)
        f->manager = manager_free(f->manager);
    else
        free_core(f->core);
    f->core = NULL;
}

void fixture_turn(struct fixture *f)
{
    assert_true(sd_event_run(f->core->event, 10 * USEC_PER_SEC) > 0);
}

void fixture_settle(struct fixture *f)
{
    while (sd_event_run(f->core->event, 0) > 0)
        ;
}

void fixture_reread(struct fixture *f)
{
    saved_read(&f->core->store.saved, f->core->store.document);
}

json_object *fixture_registration(const struct fixture *f)
{
    return document_registration(f->core->store.document);
}

json_object *fixture_parse(const char *text)
{
    json_object *object = NULL;

    assert_int_equal(json_parse(text, strlen(text), &object), 0);
    return object;
}
