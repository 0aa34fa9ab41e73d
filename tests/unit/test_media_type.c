/* Content types by the names of files. The table is private to its file, so the test includes it. */
#include "unit.h"

#include "guarded.h"
#include "http/media_type.c"

static const struct media_types none;

static const char *type_of(struct slice name)
{
    return media_type_of(&none, name);
}

static void by_extension(void **state)
{
    static const struct {
        const char *name, *type;
    } examples[] = {
        {"index.html", "text/html"},
        {"a.css", "text/css"},
        {"a.js", "text/javascript"},
        {"a.mjs", "text/javascript"},
        {"a.json", "application/json"},
        {"a.svg", "image/svg+xml"},
        {"a.wasm", "application/wasm"},
        {"a.mkv", "video/matroska"},
        {"a.opus", "audio/ogg"},
        {"a.woff2", "font/woff2"},
        {"a.c", "text/plain"},
        {"a.md", "text/markdown"},
        {"debian.iso", "application/x-iso9660-image"},
        {"a.meta4", "application/metalink4+xml"},
        /* in any case, in any folder */
        {"PHOTO.JPG", "image/jpeg"},
        {"a/b.c/photo.Jpeg", "image/jpeg"},
        {"/photo.jpeg", "image/jpeg"},
        /* the last extension counts */
        {"linux.tar.gz", "application/gzip"},
        {"linux.tar", "application/x-tar"},
        {"page.html.bak", "application/octet-stream"},
        {"a..gz", "application/gzip"},
        {"\xc3\xbc.pdf", "application/pdf"},
        /* a hidden file, not one with only an extension */
        {".gz", "application/octet-stream"},
        {"a/.gz", "application/octet-stream"},
        {".config.json", "application/json"},
        /* no extension, or an unknown one */
        {"", "application/octet-stream"},
        {".", "application/octet-stream"},
        {"..", "application/octet-stream"},
        {"a.", "application/octet-stream"},
        {"a/", "application/octet-stream"},
        {"a.html/", "application/octet-stream"},
        {"a.html/b", "application/octet-stream"},
        {"html", "application/octet-stream"},
        {"a.htm ", "application/octet-stream"},
        {"a.ht", "application/octet-stream"},
        {"a.htmlx", "application/octet-stream"},
        {"a.aaa", "application/octet-stream"},
        {"a.zzzzzz", "application/octet-stream"},
        {"a.extension-that-is-longer-than-any", "application/octet-stream"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(examples); i++) {
        const char *type = type_of(guarded_text(examples[i].name));
        if (strcmp(type, examples[i].type) != 0)
            fail_msg("\"%s\": %s", examples[i].name, type);
    }
    assert_string_equal(type_of((struct slice){0}), OCTETS);
    assert_string_equal(type_of(guarded(SLICE("a.html\0"))), OCTETS);
    assert_string_equal(type_of(guarded(SLICE("a.html\0.c"))), "text/plain");
}

static void by_name(void **state)
{
    static const char *const names[] = {"README",       "Makefile",   "LICENSE",
                                        "src/Makefile", "Dockerfile", "SHA256SUMS"};
    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++)
        assert_string_equal(type_of(guarded_text(names[i])), "text/plain");
    assert_string_equal(type_of(guarded_text("README.html")), "text/html");
    assert_string_equal(type_of(guarded_text("README/")), OCTETS);
    assert_string_equal(type_of(guarded_text("README2")), OCTETS);
}

/* bsearch() needs sorted names, and the look-up needs names in lower case that are not too long. */
static void table_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXTENSIONS; i++) {
        char name[40];
        if (i > 0 && strcmp(extensions[i - 1].name, extensions[i].name) >= 0)
            fail_msg("%s stands before %s", extensions[i - 1].name, extensions[i].name);
        snprintf(name, sizeof name, "a.%s", extensions[i].name);
        assert_string_equal(type_of(slice_of(name)), extensions[i].type);
    }
}

static void text_takes_a_charset(void **state)
{
    (void)state;
    assert_true(media_type_is_text("text/html"));
    assert_true(media_type_is_text("Text/Plain"));
    assert_false(media_type_is_text("application/json"));
    assert_false(media_type_is_text("image/svg+xml"));
    assert_false(media_type_is_text("text"));
    for (size_t i = 0; i < EXTENSIONS; i++)
        assert_null(strchr(extensions[i].type, ';'));
}

static void with_a_file(void **state)
{
    static const struct {
        const char *name, *systems, *operators;
    } examples[] = {
        /* known only to the file */
        {"a.smi", "chemical/x-daylight-smiles", "chemical/x-daylight-smiles"},
        {"a.SMI", "chemical/x-daylight-smiles", "chemical/x-daylight-smiles"},
        {"a.pas", "text/plain", "text/x-pascal"},
        {"a.an-extension-that-is-longer-than-any-of-ours", "a/b", "a/b"},
        /* known to both */
        {"a.exe", "application/x-msdos-program", "application/x-msdos-program"},
        {"a.c", "text/plain", "text/x-csrc"},
        {"a.rs", "text/plain", "application/rls-services+xml"},
        {"a.ts", "video/mp2t", "text/vnd.trolltech.linguist"},
        {"a.wav", "audio/wav", "audio/x-wav"},
        /* unknown to the file */
        {"a.pdf", "application/pdf", "application/pdf"},
        {"README", "text/plain", "text/plain"},
        {"a.nothing", OCTETS, OCTETS},
    };
    static const char file[] = "chemical/x-daylight-smiles smi\n"
                               "text/x-pascal pas\n"
                               "a/b an-extension-that-is-longer-than-any-of-ours\n"
                               "application/x-msdos-program exe\n"
                               "text/x-csrc c\n"
                               "application/rls-services+xml rs\n"
                               "text/vnd.trolltech.linguist ts\n"
                               "audio/x-wav wav\n";
    struct mime_types *t = mime_types_parse(slice_of(file));
    (void)state;
    assert_non_null(t);
    assert_int_equal(t->wrong, 0);
    const struct media_types system = {.file = t}, operators = {.file = t, .file_decides = true};
    for (size_t i = 0; i < LENGTH(examples); i++) {
        struct slice name = guarded_text(examples[i].name);
        assert_string_equal(media_type_of(&system, name), examples[i].systems);
        assert_string_equal(media_type_of(&operators, name), examples[i].operators);
    }
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_extension),    cmocka_unit_test(by_name),
        cmocka_unit_test(table_is_sorted), cmocka_unit_test(text_takes_a_charset),
        cmocka_unit_test(with_a_file),
    };
    return cmocka_run_group_tests_name("media_type", tests, NULL, NULL);
}
