/* The strength of the appliance's types of keys. est.key_type is the weakest type that is accepted. */
#pragma once

/* Returns the bits of security (NIST SP 800-57, 5.6.1) of a type, by its name in the interface; 0 for another
 * text and NULL. */
int key_strength(const char *type);
