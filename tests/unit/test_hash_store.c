/* Hashes on a disk: what comes back is what was saved, or nothing. */
#include "content/hash_store.h"
#include "guarded.h"
#include "place.h"
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT 3

static char place[] = "/tmp/ferry-store-XXXXXX";
static struct hash_store *store;

struct record {
    struct hash_record r;
    struct sha256_digest pieces[COUNT];
};

/* Of a file whose inode and bytes are told by `seed`. */
static void fill(struct record *to, uint64_t seed, bool known)
{
    *to = (struct record){.r.key = {.device = 1,
                                    .inode = seed,
                                    .length = 3000000,
                                    .piece = 1 << 20,
                                    .modified = 1700000000,
                                    .changed = 1700000000,
                                    .changed_ns = 5}};
    to->r.count = COUNT;
    to->r.pieces = to->pieces;
    if (!known)
        return;
    for (size_t i = 0; i < COUNT; i++)
        to->pieces[i] = sha256_of((struct slice){(const char *)(uint64_t[]){seed, i}, 16});
    to->r.whole = sha256_of((struct slice){(const char *)&seed, sizeof seed});
    to->r.ready = COUNT;
    to->r.is_whole = true;
}

static void open_store(uint64_t most)
{
    struct err e;
    assert_int_equal(hash_store_open(&store, place, most, &e), STATUS_DONE);
}

static int set_up(void **state)
{
    (void)state;
    place_make(place);
    open_store(HASH_STORE_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hash_store_close(store);
    return place_remove(place);
}

static void save(uint64_t seed)
{
    struct record one;
    fill(&one, seed, true);
    hash_store_save(store, &one.r);
}

/* True if all is known and right, false if nothing is known; anything else fails. */
static bool comes_back(uint64_t seed)
{
    struct record right, got;
    struct sha256_digest whole;
    fill(&right, seed, true);
    fill(&got, seed, false);
    hash_store_load(store, &got.r);
    assert_int_equal(hash_store_load_whole(store, &got.r.key, &whole), got.r.is_whole);
    if (got.r.ready == 0 && !got.r.is_whole)
        return false;
    assert_true(sha256_eq(&whole, &right.r.whole));
    assert_int_equal(got.r.ready, COUNT);
    assert_memory_equal(got.pieces, right.pieces, sizeof got.pieces);
    assert_true(got.r.is_whole);
    assert_true(sha256_eq(&got.r.whole, &right.r.whole));
    return true;
}

/* The name of one file in the folder; returns how many there are. */
static unsigned files(char *to)
{
    unsigned n = 0;
    DIR *dir = opendir(place);
    for (const struct dirent *d; (d = readdir(dir));)
        if (d->d_name[0] != '.') {
            n++;
            if (to)
                sprintf(to, "%s/%s", place, d->d_name);
        }
    closedir(dir);
    return n;
}

static void saved_and_loaded(void **state)
{
    (void)state;
    assert_false(comes_back(1));
    save(1);
    save(2);
    assert_true(comes_back(1));
    assert_true(comes_back(2));
    assert_false(comes_back(3));
    hash_store_close(store);
    open_store(HASH_STORE_BYTES);
    assert_true(comes_back(1));
    save(1);
    assert_int_equal(files(NULL), 2);
}

static void every_part_of_the_key_counts(void **state)
{
    struct record other;
    (void)state;
    save(1);
    for (size_t i = 0; i < sizeof other.r.key; i += 8) {
        fill(&other, 1, false);
        ((char *)&other.r.key)[i] ^= 1;
        hash_store_load(store, &other.r);
        assert_false(other.r.ready > 0 || other.r.is_whole);
    }
}

static void pieces_that_are_not_all_known_are_left_out(void **state)
{
    struct record one;
    (void)state;
    fill(&one, 1, true);
    one.r.ready = COUNT - 1;
    hash_store_save(store, &one.r);
    fill(&one, 1, false);
    hash_store_load(store, &one.r);
    assert_int_equal(one.r.ready, 0);
    assert_true(one.r.is_whole);
}

static void no_wrong_byte_is_believed(void **state)
{
    char path[300], bytes[1000];
    (void)state;
    save(1);
    assert_int_equal(files(path), 1);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    assert_true(n > 0 && n < (ssize_t)sizeof bytes);
    for (ssize_t i = 0; i < n; i++) {
        char wrong = (char)(bytes[i] ^ 1 << i % 8);
        assert_int_equal(pwrite(fd, &wrong, 1, i), 1);
        assert_false(comes_back(1));
        assert_int_equal(pwrite(fd, bytes + i, 1, i), 1);
    }
    assert_true(comes_back(1));
    for (ssize_t i = n - 1; i >= 0; i--) { /* as after a power cut */
        assert_int_equal(ftruncate(fd, i), 0);
        assert_false(comes_back(1));
    }
    for (ssize_t i = 1; i < n; i += 7) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, bytes + i, (size_t)(n - i), i), n - i);
        assert_false(comes_back(1));
    }
    close(fd);
    save(1);
    assert_true(comes_back(1));
}

static void old_ones_give_way(void **state)
{
    enum { ROOM = 64 };
    (void)state;
    hash_store_close(store);
    open_store(ROOM * 4096);
    for (uint64_t seed = 0; seed < 10 * ROOM; seed++) {
        save(seed);
        assert_true(seed == 0 || comes_back(0)); /* it is used all the time */
    }
    assert_true(files(NULL) <= ROOM + ROOM / 16 + 1);
    assert_true(comes_back(10 * ROOM - 1));
    assert_false(comes_back(1));
}

static void two_servers_share_a_folder(void **state)
{
    struct hash_store *mine = store;
    (void)state;
    open_store(HASH_STORE_BYTES);
    struct hash_store *other = store;
    save(1);
    store = mine;
    assert_true(comes_back(1));
    save(1);
    save(2);
    store = other;
    assert_true(comes_back(1));
    assert_true(comes_back(2));
    hash_store_close(mine);
}

static void a_folder_of_others_is_refused(void **state)
{
    struct hash_store *s;
    struct err e;
    char path[300];
    (void)state;
    assert_int_equal(chmod(place, 0777), 0);
    assert_int_equal(hash_store_open(&s, place, HASH_STORE_BYTES, &e), STATUS_FAILED);
    assert_non_null(strstr(e.text, "others can write there"));
    assert_int_equal(chmod(place, 0755), 0);
    snprintf(path, sizeof path, "%s/a/b", place);
    assert_int_equal(hash_store_open(&s, path, HASH_STORE_BYTES, &e), STATUS_DONE);
    hash_store_close(s);
    snprintf(path, sizeof path, "%s/a/b/c", place);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(hash_store_open(&s, path, HASH_STORE_BYTES, &e), STATUS_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(saved_and_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_part_of_the_key_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pieces_that_are_not_all_known_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_wrong_byte_is_believed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_ones_give_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_servers_share_a_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_of_others_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("hash_store", tests, NULL, NULL);
}
