/*
 * What a text of JSON must be beyond what json-c demands: valid by RFC 8259, and the same to every reader. json-c changes numbers
 * that it can't hold and halves of surrogate pairs without a word, and takes single quotes, NaN and more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Rejects invalid JSON that json-c would accept, what it would change (but for numbers if any_number), and more than values_max
 * values. Counts the members of the
 * text (outside of strings valid JSON has one colon for each), so that the caller can compare them with those that the parser
 * keeps. Returns 0 or -EBADMSG. */
int json_scan(const char *text, size_t size, size_t values_max, bool any_number, size_t *ret_members);
