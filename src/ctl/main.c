#include "ctl/run.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    /* All times are printed in UTC: without a zone the C library would read the time zone files first. */
    setenv("TZ", "UTC0", 1);
    return run_trctl(argc, argv);
}
