/* The texts of src/varlink, embedded at build time. */
#pragma once

extern const char idl_agent[];
extern const char idl_worker[];
