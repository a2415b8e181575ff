/* What a process that someone has taken over would try. */
#pragma once

/* Tries everything and prints a line "attempt NAME: RESULT" on standard error for each; the result is "done" or the name of
 * an errno. The environment says what is tried on: ATTEMPT_FILE (a file with a secret), ATTEMPT_FOLDER (a folder that this
 * user may write to), ATTEMPT_PID (a process of this user). */
void attempts_run(void);
