/*
 * Checks JSON more strictly than json-c: valid by RFC 8259, and the same to every reader. json-c silently
 * changes numbers that it can't hold and halves of surrogate pairs, and accepts single quotes, NaN and more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Rejects invalid JSON that json-c would accept, values that it would change (numbers may, with any_number),
 * and more than values_max values. Counts the members by the colons outside of strings, so that the caller
 * can compare the number with the parser's. Returns 0 or -EBADMSG. */
int json_scan(const char *text, size_t size, size_t values_max, bool any_number, size_t *ret_members);
