/* The worker, with someone who takes it over once its job is done: linked as the worker is, with --wrap=serve. */
#include "confine/attempts.h"
#include "worker/methods/serve.h"

int __real_serve(int fd_in, int fd_out, serve_confiner confine);
int __wrap_serve(int fd_in, int fd_out, serve_confiner confine);

int __wrap_serve(int fd_in, int fd_out, serve_confiner confine)
{
    int r = __real_serve(fd_in, fd_out, confine);

    attempts_run();
    return r;
}
