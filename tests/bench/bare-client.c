/*
 * The least that a command can do to show the state: connect to the socket that is named, call GetStatus,
 * parse the answer, print two fields of it. The floor of "trctl status".
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char call[] = "{\"method\":\"org.threatresponse.agent.GetStatus\"}";

static json_object *ask(const char *path)
{
    static char reply[65536];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t size = 0;
    ssize_t n;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        write(fd, call, sizeof(call)) < 0)
        return NULL;
    do {
        n = read(fd, reply + size, sizeof(reply) - size);
        if (n <= 0)
            return NULL;
        size += (size_t)n;
    } while (reply[size - 1] != 0);
    close(fd);
    return json_tokener_parse(reply);
}

int main(int argc, char **argv)
{
    json_object *reply = argc == 2 ? ask(argv[1]) : NULL;
    json_object *status = json_object_object_get(json_object_object_get(reply, "parameters"), "status");
    json_object *registration = json_object_object_get(status, "registration");

    if (!registration) {
        fputs("bare-client: there is no state at that socket.\n", stderr);
        return EXIT_FAILURE;
    }
    printf("%s\n%s\n", json_object_get_string(json_object_object_get(status, "product")),
        json_object_get_string(json_object_object_get(registration, "state")));
    json_object_put(reply);
    return EXIT_SUCCESS;
}
