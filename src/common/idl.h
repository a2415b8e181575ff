/* The IDL files of src/varlink as texts, embedded at build time. */
#pragma once

extern const char idl_agent[];
extern const char idl_casebook[];
extern const char idl_worker[];
