/* The parts of THE state machine: each does the steps of some states, and conn.c puts them together. */
#pragma once

#include "server/conn.h"

/* What one step of the machine came to. */
enum step {
    STEP_ON,   /* go on */
    STEP_WAIT, /* an event, a worker or a deadline will call again */
};

/* conn.c */

/* Turns until it has to wait, or until its turn is over and the others have theirs. */
void conn_step(struct conn *c);
/* conn_kill(), as the end of a step. */
enum step conn_end(struct conn *c, bool cut);
/* For all that is known, only the end of the connection ends an answer. */
bool conn_ends_by_close(const struct conn *c);
/* Somebody has asked for little just now, and is not to wait long for who takes much. */
bool conn_has_short_turns(const struct conn *c);
/* n bytes of its turn are used up. */
void conn_spend_turn(struct conn *c, size_t n);
/* Hands the connection's exchange to a worker; `done` runs when it is back. */
void conn_submit(struct conn *c, enum conn_state state, enum lane lane, void (*run)(struct job *j),
                 void (*done)(struct job *j));
/* The exchange is over, well or badly: it is logged and freed. */
void conn_end_transaction(struct conn *c);
/* Its deadline was due long ago, and this process did not run. */
bool conn_was_late(const struct conn *c);
/* Its first line has had all the time that a head has. */
bool conn_has_waited(const struct conn *c);
/* Back from a worker. False when it was all over meanwhile. */
bool conn_still_wanted(struct conn *c);

/* The stream's own, and what they say of its readiness. After a want, can_read or can_write is true again as
 * soon as another try may help. */
enum io conn_read(struct conn *c, void *to, size_t cap, size_t *ret_n);
enum io conn_write(struct conn *c, struct slice from, bool more, size_t *ret_n);
/* In CONN_LINGER: our side ends, now or after some more tries. */
enum step conn_end_writing(struct conn *c);

/* conn_receive.c: from the client's bytes to a request. */

/* Takes what has come, once. */
enum step conn_receive(struct conn *c);
enum step conn_handshake_step(struct conn *c); /* CONN_HANDSHAKE */
enum step conn_receive_step(struct conn *c);   /* CONN_IDLE, CONN_UNDECIDED, CONN_HEAD */
/* The exchange wants the request's body. */
enum step conn_body_begin(struct conn *c);
enum step conn_body_step(struct conn *c);   /* CONN_BODY */
enum step conn_linger_step(struct conn *c); /* CONN_LINGER */

/* conn_find.c: what the exchange asks for is done. */

enum step conn_go_on(struct conn *c, enum next next);

/* conn_send.c: from what was found to the client. */

/* The response is decided, of content that was looked at just now. */
enum step conn_send_begin(struct conn *c);
enum step conn_send_step(struct conn *c); /* CONN_SENDING */
/* Nothing but the connection's end says where the body ends. */
bool conn_is_unframed(const struct conn *c);
