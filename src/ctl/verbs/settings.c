#include "ctl/verbs/settings.h"

#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/text/output.h"

/* Returns the width of a column: the length of its longest text. */
static int get_width(json_object *settings, const char *key)
{
    size_t width = 0;

    for (size_t i = 0; i < json_object_array_length(settings); i++) {
        size_t length = strlen(output_get_text(json_object_array_get_idx(settings, i), key));

        width = length > width ? length : width;
    }
    return (int)width;
}

static void print_table(json_object *settings)
{
    int name_width = get_width(settings, "name"), value_width = get_width(settings, "value");

    for (size_t i = 0; i < json_object_array_length(settings); i++) {
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

    json_object *settings = json_get_array(reply, "settings");
    if (settings)
        print_table(settings);
    if (json_get_object(reply, "staged"))
        output_line(stdout, "You have staged changes: \"trctl diff\" shows them.");
    return 0;
}
