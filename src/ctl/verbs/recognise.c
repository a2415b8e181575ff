#include "ctl/verbs/recognise.h"

#include "common/count-text.h"
#include "common/json.h"
#include "ctl/session/options.h"
#include "ctl/session/pieces.h"
#include "ctl/session/report.h"
#include "ctl/text/output.h"
#include "varlink/casebook.h"

#include <errno.h>

#define RECOGNISE CASEBOOK_INTERFACE ".Recognise"

enum {
    MESSAGE_SIZE_MAX = PIECE_SIZE_MAX + 200, /* bytes of a call */
};

/* The results that were shown. */
struct view {
    json_object *seen; /* each observable with its first line */
    bool numbered;     /* lines have numbers */
    int64_t taken, repeated, refused, empty;
};

static void show_notes(char *out, size_t size, json_object *item)
{
    json_object *notes = json_get_array(item, "notes");
    size_t used = 0;

    out[0] = 0;
    for (size_t i = 0; notes && i < json_object_array_length(notes) && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "",
            json_object_get_string(json_object_array_get_idx(notes, i)));
}

static void show_item(const struct view *view, json_object *item)
{
    int64_t first = json_get_int(item, "firstLine", 0);
    char number[32] = "", notes[OUTPUT_LINE_MAX / 4], again[64] = "";

    if (view->numbered)
        snprintf(number, sizeof(number), "%5lld  ", (long long)json_get_int(item, "line", 0));
    if (json_get_string(item, "refusal")) {
        output_line(stdout, "%srefused  %.256s: %s", number, output_get_text(item, "input"),
            output_get_text(item, "message"));
        return;
    }
    show_notes(notes, sizeof(notes), item);
    if (first > 0 && view->numbered)
        snprintf(again, sizeof(again), "  (again, as in line %lld)", (long long)first);
    else if (first > 0)
        snprintf(again, sizeof(again), "  (again)");
    output_line(stdout, "%s%-7s  %.4096s%s%s%s", number, output_get_text(item, "type"),
        output_get_text(item, "value"), again, *notes ? "  " : "", notes);
}

/* Notes in the item the line where an earlier call found the observable: the daemon compares within one call
 * only. */
static int look_up(struct view *view, json_object *item)
{
    const char *value = json_get_string(item, "value");
    json_object *line;

    if (!value || json_get_int(item, "firstLine", 0) > 0)
        return 0;
    if (json_object_object_get_ex(view->seen, value, &line))
        return json_add(item, "firstLine", json_object_get(line));
    return json_add_int(view->seen, value, json_get_int(item, "line", 0));
}

static void count_item(struct view *view, json_object *item)
{
    const char *refusal = json_get_string(item, "refusal");

    if (refusal)
        *(streq(refusal, "empty") ? &view->empty : &view->refused) += 1;
    else if (json_get_int(item, "firstLine", 0) > 0)
        view->repeated++;
    else
        view->taken++;
}

static int take_item(const struct session *session, struct view *view, json_object *item)
{
    if (look_up(view, item) < 0)
        return report_no_memory(session);
    count_item(view, item);
    if (session->json)
        output_json_object(stdout, item);
    else if (!streq0(json_get_string(item, "refusal"), "empty") || !view->numbered)
        show_item(view, item);
    return 0;
}

static int take_reply(const struct session *session, struct view *view, const char *text)
{
    _cleanup_json_ json_object *reply = NULL;
    json_object *items;
    int r = 0;

    if (json_parse(text, strlen(text), &reply) < 0)
        return report_no_memory(session);
    items = json_get_array(reply, "items");
    if (!items)
        return report_bad_reply(session, "items");
    for (size_t i = 0; i < json_object_array_length(items) && r == 0; i++)
        r = take_item(session, view, json_object_array_get_idx(items, i));
    return r;
}

/* Recognises one piece. Returns 0, or the exit code after a report. */
static int recognise_piece(struct session *session, struct view *view, const char *text, int64_t line)
{
    _cleanup_json_ json_object *parameters = json_object_new_object();
    struct tr_error error;

    if (json_add_string(parameters, "text", text) < 0 || json_add_int(parameters, "line", line) < 0)
        return report_no_memory(session);
    int more = tr_stream_start(session->client, RECOGNISE, json_text(parameters, NULL), &error);
    while (more >= 0) {
        _cleanup_free_ char *reply = NULL;

        more = session_next_reply(session, &reply, &error);
        if (more == -EINTR)
            return TR_CLASS_FAILED;
        if (more < 0)
            break;
        int r = take_reply(session, view, reply);
        if (r != 0 || more == 0)
            return r;
    }
    if (streq(error.code, "closed"))
        snprintf(error.hint, sizeof(error.hint),
            "Try again. If that fails, give less text at once, or set api.max_message of the daemon to at "
            "least %d.",
            MESSAGE_SIZE_MAX);
    return report_error(session, &error);
}

/* Refuses a line that is too long for a call. */
static int take_long_line(
    const struct session *session, struct view *view, const char *beginning, int64_t line)
{
    _cleanup_json_ json_object *item = json_object_new_object();
    char message[128];

    snprintf(message, sizeof(message), "The line has more than %d bytes: divide it.", PIECE_SIZE_MAX);
    if (json_add_int(item, "line", line) < 0 || json_add_string(item, "input", beginning) < 0 ||
        json_add_string(item, "refusal", "too_long") < 0 || json_add_string(item, "message", message) < 0)
        return report_no_memory(session);
    return take_item(session, view, item);
}

static int recognise_stream(struct session *session, struct view *view, FILE *stream)
{
    _cleanup_free_ struct pieces *pieces = malloc(sizeof(*pieces));
    int64_t line = 0;
    int exit_code = 0;

    if (!pieces)
        return report_no_memory(session);
    int r = pieces_begin(pieces, stream);
    while (r >= 0 && exit_code == 0) {
        r = pieces_next(pieces, &line);
        if (r == PIECES_END)
            return 0;
        if (r == PIECES_TEXT)
            exit_code = recognise_piece(session, view, pieces->text, line);
        else if (r == PIECES_LONG_LINE)
            exit_code = take_long_line(session, view, pieces->text, line);
    }
    if (r < 0)
        return report_failure(
            session, TR_CLASS_FAILED, "failed", NULL, NULL, "Can't read the text: %s.", strerror(-r));
    return exit_code;
}

/* Returns a stream of the words of the command line; NULL without memory. */
static FILE *open_words(const char *const words[OPTIONS_WORDS_MAX], char **ret_text, size_t *ret_size)
{
    FILE *out = open_memstream(ret_text, ret_size);

    for (size_t i = 0; out && i < OPTIONS_WORDS_MAX && words[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", words[i]);
    if (!out || fclose(out) != 0)
        return NULL;
    return fmemopen(*ret_text, *ret_size, "r");
}

static int report_end(const struct session *session, const struct view *view)
{
    if (!session->json)
        output_line(stdout, "%s, %s, %lld refused.", count_text(view->taken, "observable").text,
            count_text(view->repeated, "repetition").text, (long long)view->refused);
    return view->refused > 0 || view->taken == 0 ? TR_CLASS_FAILED : 0;
}

int verb_recognise(struct session *session, int argc, char **argv)
{
    const char *words[OPTIONS_WORDS_MAX];
    struct view view = { .numbered = false };
    _cleanup_free_ char *text = NULL;
    size_t size = 0;

    if (!options_parse(session, NULL, argc, argv, words))
        return session->exit_code;
    bool input = !words[0] || (streq(words[0], "-") && !words[1]);
    if (!words[0] && isatty(STDIN_FILENO))
        return report_usage(session, "Give a text, or - to type it: end it with Ctrl-D.");
    int r = session_open(session);
    if (r != 0)
        return r;
    FILE *stream = input ? stdin : open_words(words, &text, &size);
    view.seen = json_object_new_object();
    view.numbered = input;
    tr_client_set_reconnect(session->client, false);
    r = stream && view.seen ? recognise_stream(session, &view, stream) : report_no_memory(session);
    if (r == 0)
        r = report_end(session, &view);
    json_object_put(view.seen);
    if (stream && stream != stdin)
        fclose(stream);
    return r;
}
