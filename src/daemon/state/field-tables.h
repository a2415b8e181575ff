/*
 * Short forms for the rows of field tables: those of the state file and of the worker's replies. A limit is in bytes
 * for a string, the greatest value of an integer, the number of elements of a list. A member without REQUIRED_ may be
 * absent.
 */
#pragma once

#include "common/service.h"

/* clang-format off */
#define STRING(name, max) { name, SERVICE_STRING, true, 0, max, NULL, NULL, false }
#define SECRET(name, max) { name, SERVICE_STRING, true, 0, max, NULL, NULL, true }
#define REQUIRED_SECRET(name, max) { name, SERVICE_STRING, false, 1, max, NULL, NULL, true }
#define REQUIRED_STRING(name, max) { name, SERVICE_STRING, false, 1, max, NULL, NULL, false }
#define REQUIRED_TEXT(name, max) { name, SERVICE_STRING, false, 0, max, NULL, NULL, false } /* may be empty */
#define STRINGS(name, max) { name, SERVICE_STRINGS, true, 0, max, NULL, NULL, false }
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
