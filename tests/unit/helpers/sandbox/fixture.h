/*
 * A directory of the sandbox for each test, opened as its store and removed at the end. Both functions are the set-up
 * and the tear-down of a test, and return 0 or less.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/memory.h"
#include "sandbox/base/store.h"

#define GUID "11111111-2222-4333-8444-555555555555"
#define OTHER_GUID "11111111-2222-4333-8444-666666666666"

/* Makes and opens a directory. *state becomes its store. */
int fixture_open(void **state);

/* Removes the directory and frees the store. */
int fixture_close(void **state);
