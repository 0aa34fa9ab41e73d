/* Hashes of a version: right, computed once, and only of a file whose times vouch for its bytes. The file is
 * this program, which is old enough for that. */
#include "content/hash.h"
#include "guarded.h"
#include "place.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static struct hashes all;
static struct budget budget;

static struct version *open_version(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    struct version *v = version_open(fd, &st, FS_LOCAL, "application/octet-stream");
    assert_non_null(v);
    return v;
}

/* Waits until the program is old enough: it may have just been built. */
static struct hash *open_hash(struct version **ret)
{
    struct hash *h;
    int error;
    while (*ret = open_version("/proc/self/exe"), (error = hash_open(&all, *ret, &h)) == -EAGAIN) {
        version_unref(*ret);
        usleep(100 * 1000);
    }
    assert_int_equal(error, 0);
    return h;
}

static void check(const struct hash *h, const struct version *v)
{
    const struct hash_record *r = hash_record(h);
    const char *bytes = mmap(NULL, v->length, PROT_READ, MAP_PRIVATE, v->fd, 0);
    assert_true(bytes != MAP_FAILED);
    assert_true(r->count > 1);
    assert_int_equal(r->count, (v->length + HASH_PIECE_BYTES - 1) / HASH_PIECE_BYTES);
    assert_int_equal(r->ready, r->count);
    for (struct slice rest = {bytes, v->length}; rest.n > 0; rest = slice_from(rest, HASH_PIECE_BYTES)) {
        size_t n = rest.n < HASH_PIECE_BYTES ? rest.n : HASH_PIECE_BYTES;
        struct sha256_digest d = sha256_of((struct slice){rest.p, n});
        assert_true(sha256_eq(&d, &r->pieces[(size_t)(rest.p - bytes) / HASH_PIECE_BYTES]));
    }
    struct sha256_digest whole = sha256_of((struct slice){bytes, v->length});
    assert_true(sha256_eq(&whole, hash_whole(h)));
    munmap((void *)bytes, v->length);
}

static int set_up(void **state)
{
    (void)state;
    hashes_init(&all, NULL, &budget);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(budget.used, 0);
    hashes_free(&all);
    return 0;
}

static void piece_lengths(void **state)
{
    const uint64_t mib = 1024 * 1024, gib = 1024 * mib;
    (void)state;
    assert_int_equal(hash_piece_bytes(0), mib);
    assert_int_equal(hash_piece_bytes(16 * gib - 1), mib);
    assert_int_equal(hash_piece_bytes(16 * gib), 4 * mib);
    assert_int_equal(hash_piece_bytes(1024 * gib), 4 * mib);
    assert_int_equal(hash_piece_bytes(4096 * gib), 8 * mib);
    for (uint64_t length = 1; length < INT64_MAX / 2; length *= 2)
        assert_true(length / hash_piece_bytes(length) < HASH_PIECES_MAX);
}

static void computed_once_for_all_that_ask(void **state)
{
    struct version *v, *other;
    struct stat st;
    struct sha256_digest known;
    char hex[SHA256_HEX_BYTES + 1];
    struct hash *h = open_hash(&v), *again = open_hash(&other);
    (void)state;
    assert_ptr_equal(h, again);
    assert_true(budget.used > 0);
    assert_null(hash_whole(h));
    assert_int_equal(fstat(v->fd, &st), 0);
    assert_false(hashes_know(&all, &st, &known));
    while (!hash_step(h, HASH_PIECES | HASH_WHOLE))
        ;
    check(again, v);
    assert_true(hashes_know(&all, &st, &known));
    assert_true(sha256_eq(&known, hash_whole(h)));
    st.st_ctim.tv_nsec ^= 1;
    assert_false(hashes_know(&all, &st, &known));
    st.st_size = 0; /* of an empty file, nothing needs to be computed */
    assert_true(hashes_know(&all, &st, &known));
    assert_string_equal(sha256_to_hex(&known, hex).p,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hash_unref(h);
    hash_unref(again);
    assert_int_equal(budget.used, 0); /* what nobody uses has a bound of its own */
    version_unref(other);
    version_unref(v);
    h = open_hash(&v);
    assert_true(hash_step(h, HASH_PIECES | HASH_WHOLE));
    check(h, v);
    hash_unref(h);
    version_unref(v);
}

static void only_what_is_wanted(void **state)
{
    struct version *v;
    struct hash *h = open_hash(&v);
    struct sha256_digest d, piece;
    (void)state;
    while (!hash_step(h, HASH_WHOLE))
        ;
    assert_non_null(hash_whole(h));
    assert_int_equal(hash_record(h)->ready, 0);
    assert_false(hash_knows_range(h, 0, HASH_PIECE_BYTES, &d));
    assert_true(hash_knows_range(h, 0, v->length, &d));
    while (!hash_step(h, HASH_PIECES))
        ;
    check(h, v);
    assert_true(hash_knows_range(h, HASH_PIECE_BYTES, HASH_PIECE_BYTES, &d));
    assert_true(hash_range(h, HASH_PIECE_BYTES, HASH_PIECE_BYTES, &piece));
    assert_true(sha256_eq(&d, &piece));
    assert_false(hash_knows_range(h, 1, HASH_PIECE_BYTES, &d));
    assert_false(hash_knows_range(h, 0, HASH_PIECE_BYTES - 1, &d));
    assert_false(hash_knows_range(h, 0, 0, &d));
    hash_unref(h);
    version_unref(v);
}

static void *step_on(void *arg)
{
    while (!hash_step(arg, HASH_PIECES | HASH_WHOLE))
        ;
    return NULL;
}

static void threads_share_the_work(void **state)
{
    struct version *v;
    struct hash *h = open_hash(&v);
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < LENGTH(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, step_on, h), 0);
    for (size_t i = 0; i < LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    check(h, v);
    hash_unref(h);
    version_unref(v);
}

/* But it has a hash of one look, for those who ask for that: each is another one. */
static void a_fresh_file_is_not_trusted(void **state)
{
    char path[] = "/tmp/ferry-hash-XXXXXX";
    struct hash *h, *other;
    struct sha256_digest right = sha256_of(SLICE("fresh"));
    int fd = mkstemp(path);
    (void)state;
    assert_int_equal(write(fd, "fresh", 5), 5);
    close(fd);
    usleep(50 * 1000); /* its tag is strong by then */
    struct version *v = open_version(path);
    assert_int_equal(hash_open(&all, v, &h), -EAGAIN);
    assert_int_equal(hash_open_single(&all, v, &h), 0);
    assert_int_equal(hash_open_single(&all, v, &other), 0);
    assert_ptr_not_equal(h, other);
    while (!hash_step(h, HASH_WHOLE))
        ;
    assert_true(sha256_eq(hash_whole(h), &right));
    assert_null(hash_whole(other));
    hash_unref(h);
    hash_unref(other);
    assert_int_equal(all.idle_bytes, 0);
    assert_int_equal(truncate(path, 4), 0); /* no longer this version */
    assert_int_equal(hash_open_single(&all, v, &h), 0);
    assert_non_null(hash_broken(h));
    assert_true(hash_step(h, HASH_WHOLE));
    hash_unref(h);
    version_unref(v);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(piece_lengths),
        cmocka_unit_test_setup_teardown(computed_once_for_all_that_ask, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_is_wanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_share_the_work, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fresh_file_is_not_trusted, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
