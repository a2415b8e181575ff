/* What a process that someone has taken over would try. */
#pragma once

struct attempt {
    const char *name;
    long (*run)(void); /* negative with errno if it is refused */
};

#define ATTEMPT(function)                                                                                    \
    {                                                                                                        \
#function, function                                                                                  \
    }

/* Ended by one without a name. */
extern const struct attempt attempts_code[], attempts_sockets[];

/* Returns what the environment names, or another text if it names nothing. */
const char *attempt_target(const char *variable, const char *otherwise);

/* Tries everything and prints a line "attempt NAME: RESULT" on standard error for each; the result is "done" or the name of
 * an errno. The environment says what is tried on: ATTEMPT_FILE (a file with a secret), ATTEMPT_FOLDER (a folder that this
 * user may write to), ATTEMPT_STATE (the state directory), ATTEMPT_PID (a process of this user), ATTEMPT_PORT (of a service
 * on loopback), ATTEMPT_ABSTRACT (the name of an abstract socket), and the sockets of services, which are else where Debian
 * has them: ATTEMPT_BUS, ATTEMPT_USERS, ATTEMPT_MANAGER, ATTEMPT_AGENT, ATTEMPT_WORKER, ATTEMPT_JOURNAL, ATTEMPT_SYSLOG.
 * ATTEMPT_NEAR (a link-local address) and ATTEMPT_MANY (a multicast address) are of networks that the test made. */
void attempts_run(void);
