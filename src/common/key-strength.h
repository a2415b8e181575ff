/* How strong the types of keys are that the appliance can have: est.key_type is the weakest that it takes. */
#pragma once

/* Returns the bits of security (NIST SP 800-57, 5.6.1) of a type as the interface names it; 0 for any other text and NULL. */
int key_strength(const char *type);
