/*
 * Recognises the observables of a text, for people who paste lists, reports and logs. Every item has one
 * result, in the order of the text. An observable counts once in its normal form. Nothing is sent anywhere.
 */
#pragma once

#include "worker/observable/observable.h"

struct recogniser;

/* Reads the public suffix list and makes a recogniser for one text. Returns 0, -ENOENT if there is no list, or -ENOMEM. */
int recogniser_new(struct recogniser **ret);

/* Frees the recogniser. Accepts NULL, returns NULL. */
struct recogniser *recogniser_free(struct recogniser *recogniser);

/* Receives a result, which lasts until it returns. Returns 0, or a negative errno that ends
 * the recognition. */
typedef int (*recognise_reporter)(void *userdata, const struct observable *observable);

/* Recognises a text or the next part of one; line is the number of its first line. Reports each item, and a
 * line without items by REFUSAL_EMPTY. Returns 0, -ENOMEM, or the reporter's negative errno. */
int recognise_text(struct recogniser *recogniser, const char *text, size_t size, int64_t line,
    recognise_reporter report, void *userdata);
