/* The parts of the state machine: each one does the steps of some states, and conn.c combines them. */
#pragma once

#include "server/conn.h"

/* The result of a step. */
enum step {
    STEP_ON,   /* continue */
    STEP_WAIT, /* an event, a worker or a deadline will call again */
};

/* conn.c */

/* Runs until it has to wait, or until its turn is over. */
void conn_step(struct conn *c);
/* conn_kill(), as the end of a step. */
enum step conn_end(struct conn *c, bool cut);
/* As far as is known, only the end of the connection ends an answer. */
bool conn_ends_by_close(const struct conn *c);
/* Short requests are active, which must not wait long for a download. */
bool conn_has_short_turns(const struct conn *c);
/* Takes n bytes off the budget of its turn. */
void conn_spend_turn(struct conn *c, size_t n);
/* Submits the connection's exchange to a worker; `done` runs when it returns. */
void conn_submit(struct conn *c, enum conn_state state, enum lane lane, void (*run)(struct job *j),
                 void (*done)(struct job *j));
/* Logs and frees the exchange, whether it was completed or not. */
void conn_end_transaction(struct conn *c);
/* The deadline was due long ago: this process did not run. */
bool conn_was_late(const struct conn *c);
/* Its first line has had as much time as a head may take. */
bool conn_has_waited(const struct conn *c);
/* Called when a worker returns. False if the connection has ended meanwhile. */
bool conn_still_wanted(struct conn *c);

/* The stream's calls; they also keep its readiness. After a want, can_read or can_write becomes true again
 * as soon as another attempt may help. */
enum io conn_read(struct conn *c, void *to, size_t cap, size_t *ret_n);
enum io conn_write(struct conn *c, struct slice from, bool more, size_t *ret_n);
/* In CONN_LINGER: ends our side, which may take several attempts. */
enum step conn_end_writing(struct conn *c);

/* conn_receive.c: from the client's bytes to a request. */

/* Receives bytes, once. */
enum step conn_receive(struct conn *c);
enum step conn_handshake_step(struct conn *c); /* CONN_HANDSHAKE */
enum step conn_receive_step(struct conn *c);   /* CONN_IDLE, CONN_UNDECIDED, CONN_HEAD */
/* The exchange wants the request's body. */
enum step conn_body_begin(struct conn *c);
enum step conn_body_step(struct conn *c);   /* CONN_BODY */
enum step conn_linger_step(struct conn *c); /* CONN_LINGER */

/* conn_find.c: does what the exchange asks for. */

enum step conn_go_on(struct conn *c, enum next next);

/* conn_send.c: sends the response. */

/* The response is decided, and its content was looked at just now. */
enum step conn_send_begin(struct conn *c);
enum step conn_send_step(struct conn *c); /* CONN_SENDING */
