#include "ctl/help.h"

#include "threatresponse.h"

void help_print(FILE *stream, const struct verb *table)
{
    fputs("Usage: trctl [--socket PATH] [--json] VERB ...\n"
          "Queries and controls threatresponsed, which joins this appliance to the Cisco Threat Response "
          "cloud.\n"
          "\n",
        stream);
    for (const struct verb *verb = table; verb->name; verb++) {
        char usage[128];

        int n = snprintf(usage, sizeof(usage), "%s %s", verb->name, verb->arguments);
        if (n <= 24)
            fprintf(stream, "  %-24s  %s\n", usage, verb->help);
        else
            fprintf(stream, "  %s\n  %-24s  %s\n", usage, "", verb->help);
    }
    fputs("  help [VERB]               Shows this, or the usage of one verb\n"
          "\n"
          "  --socket PATH             The socket of the daemon (" TR_SOCKET_PATH ")\n"
          "  --json                    Prints JSON, one object a line\n"
          "  --version, --help\n"
          "\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 daemon not reachable, 4 permission denied,\n"
          "5 already so, 6 busy, 7 refused by the cloud, 8 timed out waiting. See trctl(1).\n",
        stream);
}
