/* Counts and tells what becomes of a tree. */
#include "client/tally.h"

#include "base/log.h"
#include "base/text.h"

void tally_begin(struct tally *t, struct progress *progress)
{
    *t = (struct tally){.progress = progress};
    pthread_mutex_init(&t->lock, NULL);
}

void tally_end(struct tally *t)
{
    pthread_mutex_destroy(&t->lock);
}

void tally_forget(struct tally *t)
{
    t->status = STATUS_DONE;
    t->fetched = t->fetched_bytes = t->verified = t->removed = t->kept = t->refused = t->failed = 0;
}

/* Returns how many of that kind there are now. */
static uint64_t count(struct tally *t, const struct tally_event *event)
{
    switch (event->kind) {
    case TALLY_FETCHED:
    case TALLY_REPLACED:
        t->fetched_bytes += event->bytes;
        t->verified += event->verified;
        return ++t->fetched;
    case TALLY_REMOVED:
        return ++t->removed;
    case TALLY_KEPT:
        return ++t->kept;
    case TALLY_REFUSED:
        return ++t->refused;
    case TALLY_FAILED:
        break;
    }
    return ++t->failed;
}

void tally_tell(struct tally *t, const struct tally_event *event)
{
    struct tally_event told = *event;
    told.would = t->dry_run;
    pthread_mutex_lock(&t->lock);
    uint64_t n = count(t, event);
    if (t->status == STATUS_DONE)
        t->status = event->status;
    if (event->error && n <= TALLY_LINES && !(t->quiet && event->status == STATUS_DONE)) {
        progress_clear(t->progress);
        log_line("%s", event->error);
        if (n == TALLY_LINES)
            log_line("... and no more lines of this kind");
    }
    if (t->event)
        t->event(t->arg, &told);
    pthread_mutex_unlock(&t->lock);
}
