/* What is typed in the console: words stay within their limits, and a word in quotes is read as it was. */
#include <errno.h>

#include "ctl/console/tokenizer.h"
#include "fuzz/fuzz.h"

/* Writes the words in single quotes, as a shell would take any of them. */
static char *quote(const struct tokenizer_command *command)
{
    size_t size = 1;

    for (int i = 0; i < command->argc; i++)
        size += 4 * strlen(command->argv[i]) + 3;
    char *text = malloc(size), *out = text;
    REQUIRE(text);
    for (int i = 0; i < command->argc; i++) {
        *out++ = '\'';
        for (const char *at = command->argv[i]; *at; at++)
            if (*at == '\'')
                out = stpcpy(out, "'\\''");
            else
                *out++ = *at;
        out = stpcpy(out, "' ");
    }
    *out = 0;
    return text;
}

static void require_same_again(const struct tokenizer_command *command)
{
    struct tokenizer_command again;
    const char *mistake = NULL;
    char *text = quote(command);
    const char *at = text;

    REQUIRE(tokenizer_next(&at, &again, &mistake) == 1);
    REQUIRE(*at == 0 && again.argc == command->argc);
    for (int i = 0; i < command->argc; i++)
        REQUIRE(strcmp(again.argv[i], command->argv[i]) == 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_text(data, size);
    const char *at = text, *mistake = NULL;
    struct tokenizer_command command;
    int r;

    for (const char *before = at; (r = tokenizer_next(&at, &command, &mistake)) > 0; before = at) {
        REQUIRE(at > before && at <= text + strlen(text));
        REQUIRE(command.argc > 0 && command.argc <= TOKENIZER_WORDS_MAX);
        REQUIRE(command.argv[command.argc] == NULL);
        for (int i = 0; i < command.argc; i++)
            REQUIRE(command.argv[i] >= command.bytes &&
                    command.argv[i] + strlen(command.argv[i]) < command.bytes + TOKENIZER_BYTES_MAX);
        require_same_again(&command);
    }
    REQUIRE(r == 0 || (r == -EINVAL && mistake && command.argc == 0));
    free(text);
    return 0;
}
