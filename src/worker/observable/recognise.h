/*
 * Recognises the observables of a text, for people who paste lists, reports and logs: every item has one result, in the order
 * of the text. The same observable counts once, after it was normalised. Nothing is sent anywhere.
 */
#pragma once

#include "worker/observable/observable.h"

struct recogniser;

/* Reads the public suffix list and makes a recogniser for one text. Returns 0, -ENOENT if there is no list, or -ENOMEM. */
int recogniser_new(struct recogniser **ret);

/* Accepts NULL, returns NULL. */
struct recogniser *recogniser_free(struct recogniser *recogniser);

/* Takes a result, which lasts until it returns. Returns 0, or a negative errno, which ends the recognition. */
typedef int (*recognise_reporter)(void *userdata, const struct observable *observable);

/* Recognises a text, of which the recogniser may have seen the beginning: line is the number of its first line. Reports each
 * item; a line without any has one result, too, with the class empty. Returns 0, -ENOMEM, or what the reporter returned. */
int recognise_text(struct recogniser *recogniser, const char *text, size_t size, int64_t line,
    recognise_reporter report, void *userdata);
