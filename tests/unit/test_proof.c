/* Pieces and the whole of a growing file are hashed, in whatever order they come. */
#include "client/proof.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE ((size_t)1000000)
#define LEN ((size_t)65536)
#define N ((SIZE + LEN - 1) / LEN)

struct file {
    int fd;
    char *bytes;
    struct sha256_digest list[N], whole;
    struct proof *proof;
};

static void write_piece(const struct file *f, size_t i)
{
    size_t n = SIZE - i * LEN < LEN ? SIZE - i * LEN : LEN;
    assert_int_equal(pwrite(f->fd, f->bytes + i * LEN, n, (off_t)(i * LEN)), n);
}

static int setup(void **state)
{
    struct file *f = malloc(sizeof *f);
    *f = (struct file){.fd = memfd_create("proof", MFD_CLOEXEC), .bytes = malloc(SIZE)};
    for (size_t i = 0; i < SIZE; i++)
        f->bytes[i] = (char)(i * i >> 7 ^ i >> 13);
    for (size_t i = 0; i < N; i++)
        f->list[i] =
            sha256_of((struct slice){f->bytes + i * LEN, SIZE - i * LEN < LEN ? SIZE - i * LEN : LEN});
    f->whole = sha256_of((struct slice){f->bytes, SIZE});
    f->proof = proof_new(f->fd);
    *state = f;
    return !f->proof || f->fd < 0;
}

static int teardown(void **state)
{
    struct file *f = *state;
    proof_free(f->proof);
    close(f->fd);
    free(f->bytes);
    free(f);
    return 0;
}

static void hash_all(const struct file *f)
{
    while (proof_turn(f->proof) || !proof_wait(f->proof, 1000))
        continue;
}

static size_t count(const struct file *f, enum piece_state piece)
{
    size_t n = 0;
    for (size_t i = 0; i < proof_pieces(f->proof); i++)
        n += proof_piece(f->proof, i) == piece;
    return n;
}

static void grow(const struct file *f)
{
    for (size_t i = 0; i < N; i++) {
        write_piece(f, i);
        proof_front(f->proof, (i + 1) * LEN < SIZE ? (i + 1) * LEN : SIZE);
    }
}

static void the_list_may_come_first_or_last(void **state)
{
    struct file *f = *state;
    for (size_t known = LEN / 2; known <= LEN; known += LEN / 2)
        for (int first = 0; first < 2; first++) {
            assert_true(proof_restart(f->proof, SIZE, known));
            if (first)
                assert_true(proof_compare(f->proof, LEN, f->list));
            grow(f);
            if (!first) {
                hash_all(f);
                assert_int_equal(count(f, PIECE_HASHED), proof_pieces(f->proof));
                assert_true(proof_compare(f->proof, LEN, f->list));
            }
            hash_all(f);
            assert_int_equal(count(f, PIECE_RIGHT), N);
            assert_int_equal(proof_missing(f->proof), 0);
        }
}

static void a_wrong_piece_is_found_and_right_once_it_is_written_again(void **state)
{
    struct file *f = *state;
    f->bytes[5 * LEN] ^= 1;
    assert_true(proof_restart(f->proof, SIZE, LEN));
    proof_whole(f->proof);
    grow(f);
    f->bytes[5 * LEN] ^= 1;
    assert_true(proof_compare(f->proof, LEN, f->list));
    hash_all(f);
    assert_int_equal(count(f, PIECE_RIGHT), N - 1);
    assert_int_equal(proof_piece(f->proof, 5), PIECE_WRONG);
    assert_int_equal(proof_missing(f->proof), LEN);
    struct sha256_digest is = proof_digest(f->proof);
    assert_false(sha256_eq(&is, &f->whole));
    write_piece(f, 5);
    proof_here(f->proof, 5);
    hash_all(f);
    assert_int_equal(count(f, PIECE_RIGHT), N);
    is = proof_digest(f->proof);
    assert_true(sha256_eq(&is, &f->whole));
}

static void pieces_come_in_any_order(void **state)
{
    struct file *f = *state;
    assert_int_equal(ftruncate(f->fd, (off_t)SIZE), 0);
    assert_true(proof_restart(f->proof, SIZE, LEN) && proof_compare(f->proof, LEN, f->list));
    for (size_t i = N; i-- > 0;) {
        assert_int_equal(proof_piece(f->proof, i), PIECE_GONE);
        write_piece(f, i);
        proof_here(f->proof, i);
        if (i % 3 == 0)
            hash_all(f);
    }
    hash_all(f);
    assert_int_equal(count(f, PIECE_RIGHT), N);
}

static void the_whole_is_hashed_from_the_first_byte_also_when_it_is_asked_for_late(void **state)
{
    struct file *f = *state;
    for (int late = 0; late < 2; late++) {
        assert_true(proof_restart(f->proof, 0, 0)); /* the length may be unknown */
        if (!late)
            proof_whole(f->proof);
        grow(f);
        if (late) {
            hash_all(f);
            proof_whole(f->proof);
        }
        hash_all(f);
        struct sha256_digest is = proof_digest(f->proof);
        assert_true(sha256_eq(&is, &f->whole));
    }
}

static void what_was_begun_before_a_restart_does_not_count(void **state)
{
    struct file *f = *state;
    for (int i = 0; i < 50; i++) {
        assert_true(proof_restart(f->proof, SIZE, LEN));
        proof_whole(f->proof);
        f->bytes[0] ^= 1;
        grow(f);
        f->bytes[0] ^= 1;
        assert_true(proof_restart(f->proof, SIZE, LEN) && proof_compare(f->proof, LEN, f->list));
        write_piece(f, 0);
        proof_whole(f->proof);
        proof_front(f->proof, SIZE);
        hash_all(f);
        assert_int_equal(count(f, PIECE_RIGHT), N);
        struct sha256_digest is = proof_digest(f->proof);
        assert_true(sha256_eq(&is, &f->whole));
    }
}

static void an_error_is_kept(void **state)
{
    struct file *f = *state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    struct proof *p = proof_new(pipes[0]);
    assert_true(proof_restart(p, LEN, LEN));
    proof_front(p, LEN);
    while (proof_turn(p) || !proof_wait(p, 1000))
        continue;
    assert_int_not_equal(proof_errno(p), 0);
    assert_int_equal(proof_errno(f->proof), 0);
    proof_free(p);
    close(pipes[0]);
    close(pipes[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_list_may_come_first_or_last),
        TEST(a_wrong_piece_is_found_and_right_once_it_is_written_again),
        TEST(pieces_come_in_any_order),
        TEST(the_whole_is_hashed_from_the_first_byte_also_when_it_is_asked_for_late),
        TEST(what_was_begun_before_a_restart_does_not_count),
        TEST(an_error_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
