#include "ctl/verbs/settings.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

static int max(int a, int b)
{
    return a > b ? a : b;
}

static void print_table(json_object *settings)
{
    size_t n = settings ? json_object_array_length(settings) : 0;
    int name_width = 0, value_width = 0;

    for (size_t i = 0; i < n; i++) {
        json_object *setting = json_object_array_get_idx(settings, i);
        name_width = max(name_width, (int)strlen(output_get_text(setting, "name")));
        value_width = max(value_width, (int)strlen(output_get_text(setting, "value")));
    }
    for (size_t i = 0; i < n; i++) {
        json_object *setting = json_object_array_get_idx(settings, i);
        output_line(stdout, "%-*s  %-*s  %s", name_width, output_get_text(setting, "name"), value_width,
            output_get_text(setting, "value"), output_get_text(setting, "source"));
    }
}

int verb_settings(struct session *session, int argc, char **argv)
{
    _cleanup_json_ json_object *reply = NULL;
    const char *words[OPTIONS_WORDS_MAX];

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    int r = session_call_for_text(session, "GetSettings", NULL, &reply);
    if (r != 0 || !reply)
        return r;

    print_table(json_get_array(reply, "settings"));
    if (json_get_object(reply, "staged"))
        output_line(stdout, "You have staged changes: \"trctl diff\" shows them.");
    return 0;
}
