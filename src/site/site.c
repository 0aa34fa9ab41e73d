/* A site: what is served, and by which rules. */
#include "site/site.h"

#include "base/log.h"
#include "base/text.h"
#include "site/fields.h"
#include "site/preview.h"
#include "site/type_file.h"

#include <errno.h>
#include <stdlib.h>

static enum status open_root(struct root *root, const struct site_config *config, struct err *e)
{
    int error = root_init(root, config->path, config->hidden);
    struct escaped name = escape(slice_of(config->path));
    switch (-error) {
    case 0:
        return STATUS_DONE;
    case ENOENT:
        return err_set(e, STATUS_FAILED, "cannot serve %s: there is no such folder or file", name.text);
    case EACCES:
        return err_set(e, STATUS_FAILED, "cannot serve %s: permission denied (this user may not read it)",
                       name.text);
    case EINVAL:
        return err_set(e, STATUS_FAILED, "cannot serve %s: it is neither a folder nor a regular file",
                       name.text);
    case ENODATA:
        return err_set(e, STATUS_FAILED,
                       "cannot serve %s: the kernel makes it up when it is read (as in /proc)", name.text);
    case ENOTSUP:
        return err_set(e, STATUS_FAILED,
                       "openat2(), which keeps clients inside the folder, is not available: it needs Linux "
                       "5.6, and a sandbox that allows it (systemd: SystemCallFilter=openat2; containers: a "
                       "newer seccomp profile)");
    default:
        return err_set(e, STATUS_FAILED, "cannot serve %s: %s", name.text, strerror(-error));
    }
}

/* A user without a home, such as a service, can serve files as well. */
static enum status open_store(struct site *s, const struct site_config *config, struct err *e)
{
    if (!config->hash_cache ||
        hash_store_open(&s->hash_store, config->hash_cache, HASH_STORE_BYTES, e) == STATUS_DONE)
        return STATUS_DONE;
    if (config->hash_cache_given)
        return STATUS_FAILED;
    log_debug("%s", e->text);
    return STATUS_DONE;
}

enum status site_open(struct site *s, const struct site_config *config, struct budget *memory, struct err *e)
{
    *s = (struct site){
        .root.dir = -1,
        .hosts = {config->allow_hosts, config->allow_host_count, .local_only = false},
        .fields = config->fields,
        .policy_given = fields_have(config->fields, SLICE("Content-Security-Policy")),
        .caching_given = fields_have(config->fields, SLICE("Cache-Control")),
        .expires_given = fields_have(config->fields, SLICE("Expires")),
        .cors = config->cors,
        .index = config->index,
        .precompressed = config->precompressed,
        .growing = config->growing,
        .copy = config->copy,
        .look = config->look,
        .surveys.budget = memory,
        .memory = memory,
    };
    enum status status = open_root(&s->root, config, e);
    if (status == STATUS_DONE)
        status = type_file_load(config->mime_types, &s->type_file, e);
    if (status == STATUS_DONE)
        status = open_store(s, config, e);
    if (status != STATUS_DONE) {
        free(s->type_file);
        root_free(&s->root);
        return status;
    }
    hashes_init(&s->hashes, s->hash_store, memory);
    s->types = (struct media_types){.file = s->type_file, .file_decides = config->mime_types};
    s->look.kind_of = preview_kind;
    s->look.types = &s->types;
    return STATUS_DONE;
}

void site_close(struct site *s)
{
    hashes_free(&s->hashes);
    hash_store_close(s->hash_store);
    free(s->type_file);
    root_free(&s->root);
}
