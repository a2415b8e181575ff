/* The verbs' functions. */
#pragma once

#include "ctl/session/session.h"

int verb_status(struct session *session, int argc, char **argv);
int verb_servers(struct session *session, int argc, char **argv);
int verb_server(struct session *session, int argc, char **argv);
int verb_settings(struct session *session, int argc, char **argv);
int verb_enable(struct session *session, int argc, char **argv);
int verb_disable(struct session *session, int argc, char **argv);
int verb_diff(struct session *session, int argc, char **argv);
int verb_commit(struct session *session, int argc, char **argv);
int verb_clear(struct session *session, int argc, char **argv);
int verb_history(struct session *session, int argc, char **argv);
int verb_register(struct session *session, int argc, char **argv);
int verb_deregister(struct session *session, int argc, char **argv);
int verb_cancel(struct session *session, int argc, char **argv);
int verb_renew(struct session *session, int argc, char **argv);
int verb_watch(struct session *session, int argc, char **argv);
int verb_check(struct session *session, int argc, char **argv);
int verb_reset_identity(struct session *session, int argc, char **argv);
int verb_certificate(struct session *session, int argc, char **argv);
int verb_metrics(struct session *session, int argc, char **argv);
int verb_call(struct session *session, int argc, char **argv);
int verb_shell(struct session *session, int argc, char **argv);

int registration_check(struct session *session);
int registration_start(struct session *session, const char *token);
int comment_check(struct session *session, const char *comment);
