/* Many files at once: each comes back in its turn, and pieces are compared with a list. */
#include "content/hash_pool.h"
#include "guarded.h"
#include "place.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#define FILES 50
#define PIECES 40
#define PIECE 1000

static struct sha256_digest wholes[FILES];
static char place[] = "/tmp/ferry-hash-pool-XXXXXX";

struct seen {
    unsigned n;       /* files that came back */
    unsigned give_up; /* after so many ticks; 0: never */
    unsigned ticks;
    unsigned wrong;
    uint64_t bytes;
};

/* Each file has another length, and each byte depends on its place. */
static char byte_at(unsigned file, size_t i)
{
    return (char)(i * 7 + i / 251 + file);
}

static int open_file(void *context, const char *name, struct stat *ret_stat, enum fs_kind *ret_kind)
{
    char path[100];
    (void)context;
    snprintf(path, sizeof path, "%s/%s", place, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *ret_kind = FS_LOCAL;
    return fd >= 0 && fstat(fd, ret_stat) == 0 ? fd : -errno;
}

static size_t size_of(unsigned file)
{
    return file * file * PIECE / 2;
}

static struct sha256_digest digest(unsigned file, size_t from, size_t n)
{
    struct sha256 s;
    sha256_begin(&s);
    for (size_t i = from; i < from + n; i++)
        sha256_add(&s, (struct slice){(char[]){byte_at(file, i)}, 1});
    return sha256_end(&s);
}

static bool count_tick(void *context, uint64_t bytes)
{
    struct seen *seen = context;
    seen->bytes = bytes;
    return !seen->give_up || ++seen->ticks < seen->give_up;
}

static void check_whole(void *context, struct hash_job *j)
{
    struct seen *seen = context;
    unsigned file = seen->n++;
    assert_int_equal(atoi(j->name), file);
    if (file == FILES) {
        assert_int_equal(j->error, -ENOENT);
        assert_false(j->is_whole);
        return;
    }
    assert_int_equal(j->error, 0);
    assert_null(j->broken);
    assert_true(j->is_whole && sha256_eq(&j->whole, &wholes[file]));
    assert_int_equal(j->hash != NULL, j->task == HASH_LISTS);
}

static struct hash_job job_of(unsigned file, enum hash_task task)
{
    char name[20];
    snprintf(name, sizeof name, "%u", file);
    return (struct hash_job){.task = task, .name = strdup(name)};
}

static struct hash_pool *pool_new(struct seen *seen, unsigned threads,
                                  void (*done)(void *, struct hash_job *))
{
    struct hash_pool_options o = {
        .threads = threads, .most = 4, .context = seen, .open = open_file, .done = done, .tick = count_tick};
    struct hash_pool *p = hash_pool_new(&o);
    assert_non_null(p);
    return p;
}

static void each_comes_back_in_its_turn(void **state)
{
    static const unsigned threads[] = {0, 1, 3};
    uint64_t total = 0;
    (void)state;
    for (unsigned file = 0; file < FILES; file++)
        total += size_of(file);
    for (size_t i = 0; i < LENGTH(threads); i++) {
        struct seen seen = {.n = 0};
        struct hash_pool *p = pool_new(&seen, threads[i], check_whole);
        for (unsigned file = 0; file <= FILES; file++) { /* the last one does not exist */
            struct hash_job j = job_of(file, file % 3 == 0 ? HASH_LISTS : HASH_FILE);
            assert_true(hash_pool_add(p, &j));
        }
        assert_true(hash_pool_drain(p));
        assert_int_equal(seen.n, FILES + 1);
        assert_int_equal(seen.bytes, total);
        hash_pool_free(p);
    }
}

static void it_can_be_given_up(void **state)
{
    struct seen seen = {.give_up = 1};
    struct hash_pool *p = pool_new(&seen, 2, check_whole);
    bool goes_on = true;
    (void)state;
    for (unsigned file = 0; file < FILES && goes_on; file++) {
        struct hash_job j = job_of(file, HASH_FILE);
        goes_on = hash_pool_add(p, &j);
    }
    assert_false(goes_on);
    assert_true(seen.n < FILES);
    assert_false(hash_pool_drain(p));
    hash_pool_free(p);
}

static void count_wrong(void *context, struct hash_job *j)
{
    struct seen *seen = context;
    seen->n++;
    assert_int_equal(j->error, 0);
    for (size_t i = 0; j->wrong && i < j->pieces; i++) {
        assert_int_equal(j->wrong[i], i == 3 || i == PIECES - 1);
        seen->wrong += j->wrong[i];
    }
}

/* The file of PIECES pieces less one byte, and one that has another length than is said. */
static void pieces_are_compared(void **state)
{
    static const unsigned threads[] = {0, 1, 3};
    const unsigned file = FILES;
    (void)state;
    for (size_t i = 0; i < LENGTH(threads); i++) {
        struct seen seen = {.n = 0};
        struct hash_pool *p = pool_new(&seen, threads[i], count_wrong);
        for (unsigned other = 0; other < 2; other++) {
            struct hash_job j = job_of(other ? 1 : file, HASH_CHECK);
            j.name = other ? j.name : strcpy(j.name, "p");
            j.is_sized = true;
            j.size = PIECES * PIECE - 1;
            j.piece_len = PIECE;
            j.pieces = PIECES;
            j.list = calloc(PIECES, sizeof *j.list);
            for (size_t k = 0; k < PIECES; k++)
                if (k != 3 && k != PIECES - 1)
                    j.list[k] = digest(file, k * PIECE, PIECE);
            assert_true(hash_pool_add(p, &j));
        }
        assert_true(hash_pool_drain(p));
        assert_int_equal(seen.n, 2);
        assert_int_equal(seen.wrong, 2);
        hash_pool_free(p);
    }
}

static void make_file(const char *name, unsigned file, size_t size)
{
    char path[100];
    snprintf(path, sizeof path, "%s/%s", place, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (size_t i = 0; i < size; i++)
        fputc(byte_at(file, i), f);
    fclose(f);
}

static int set_up(void **state)
{
    char name[20];
    (void)state;
    place_make(place);
    for (unsigned file = 0; file < FILES; file++) {
        snprintf(name, sizeof name, "%u", file);
        make_file(name, file, size_of(file));
        wholes[file] = digest(file, 0, size_of(file));
    }
    make_file("p", FILES, PIECES * PIECE - 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return place_remove(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_comes_back_in_its_turn),
        cmocka_unit_test(it_can_be_given_up),
        cmocka_unit_test(pieces_are_compared),
    };
    return cmocka_run_group_tests_name("hash_pool", tests, set_up, tear_down);
}
