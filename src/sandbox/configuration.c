#include "sandbox/configuration.h"

#include "common/memory.h"
#include "sandbox/base/region.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FILE_NAME "threatresponsed.conf"
#define WORKER "threatresponse-worker"

static void write_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

/* Finds the worker beside this program, where it lies in a build directory. Returns its path, to free, or NULL. */
static char *find_worker(void)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash, *worker;

    if (n <= 0)
        return NULL;
    self[n] = '\0';
    slash = strrchr(self, '/');
    if (!slash || asprintf(&worker, "%.*s/" WORKER, (int)(slash - self), self) < 0)
        return NULL;
    if (access(worker, X_OK) == 0)
        return worker;
    free(worker);
    return NULL;
}

static void write_servers(FILE *file)
{
    const struct host *host;

    fputs("servers = (\n", file);
    for (size_t i = 0; (host = host_at(SERVICE_SSE, i)); i++)
        fprintf(file, "%s  { label = \"%s\"; fqdn = \"%s\"; supported = %s; }", i > 0 ? ",\n" : "",
            host->region, host->name, streq(host->region, "APJC") ? "false" : "true");
    fputs("\n);\n\nest = { url = \"" EST_URL "\"; };\n\n", file);
}

static void write_all(FILE *file, const struct store *store, int64_t port)
{
    _cleanup_free_ char *worker = find_worker();

    fputs(
        "# Made by trsandbox: the agent's configuration for the sandbox cloud in this directory.\n\n", file);
    write_servers(file);
    fputs("network = {\n  ca_bundle = ", file);
    {
        _cleanup_free_ char *bundle = NULL;

        if (asprintf(&bundle, "%s/tls-ca.pem", store->path) >= 0)
            write_string(file, bundle);
    }
    fputs(";\n  connect_to = (\n", file);
    for (size_t i = 0; i < HOSTS; i++)
        fprintf(file, "    \"%s:443:127.0.0.1:%lld\"%s\n", cloud_hosts[i].name, (long long)port,
            i + 1 < HOSTS ? "," : "");
    fputs("  );\n};\n", file);
    if (worker) {
        fputs("\nworker = { address = ", file);
        write_string(file, worker);
        fputs("; };\n", file);
    }
}

int configuration_write(const struct store *store, int64_t port)
{
    _cleanup_free_ char *present = NULL, *text = NULL;
    char target[40];
    size_t size;
    FILE *file;
    int r;

    snprintf(target, sizeof(target), ":127.0.0.1:%lld\"", (long long)port);
    r = store_read(store, FILE_NAME, &present, NULL);
    if (r >= 0 && strstr(present, target))
        return 0;
    if (r < 0 && r != -ENOENT)
        return r;
    file = open_memstream(&text, &size);
    if (!file)
        return -ENOMEM;
    write_all(file, store, port);
    if (fclose(file) != 0)
        return -ENOMEM;
    return store_write(store, FILE_NAME, text, size);
}
