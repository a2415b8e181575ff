/*
 * Short forms for the rows of field tables: the state file's and those of the worker's replies. A limit is bytes of a
 * string, the greatest value of an integer, or the number of elements. Without REQUIRED_ a member may be absent.
 */
#pragma once

#include "common/service.h"

/* clang-format off */
#define STRING(name, max) { name, SERVICE_STRING, true, 0, max, NULL, NULL, false }
#define SECRET(name, max) { name, SERVICE_STRING, true, 0, max, NULL, NULL, true }
#define REQUIRED_SECRET(name, max) { name, SERVICE_STRING, false, 1, max, NULL, NULL, true }
#define REQUIRED_STRING(name, max) { name, SERVICE_STRING, false, 1, max, NULL, NULL, false }
#define REQUIRED_TEXT(name, max) { name, SERVICE_STRING, false, 0, max, NULL, NULL, false } /* may be empty */
#define REQUIRED_STRINGS(name, max) { name, SERVICE_STRINGS, false, 0, max, NULL, NULL, false }
#define INTEGER(name, max) { name, SERVICE_INT, true, 0, max, NULL, NULL, false }
#define RANGE(name, min, max) { name, SERVICE_INT, true, min, max, NULL, NULL, false }
#define REQUIRED_INTEGER(name, max) { name, SERVICE_INT, false, 0, max, NULL, NULL, false }
#define BOOLEAN(name) { name, SERVICE_BOOL, true, 0, 0, NULL, NULL, false }
#define REQUIRED_BOOLEAN(name) { name, SERVICE_BOOL, false, 0, 0, NULL, NULL, false }
#define ENUM(name, choices) { name, SERVICE_ENUM, true, 0, 0, choices, NULL, false }
#define REQUIRED_ENUM(name, choices) { name, SERVICE_ENUM, false, 0, 0, choices, NULL, false }
#define OBJECT(name, fields) { name, SERVICE_OBJECT, true, 0, 0, NULL, fields, false }
#define REQUIRED_OBJECT(name, fields) { name, SERVICE_OBJECT, false, 0, 0, NULL, fields, false }
#define REQUIRED_OBJECTS(name, max, fields) { name, SERVICE_OBJECTS, false, 0, max, NULL, fields, false }
#define END { NULL, SERVICE_BOOL, false, 0, 0, NULL, NULL, false }
/* clang-format on */

#define TIME_MAX SERVICE_TIME_MAX
