/* Runs a fuzz target over files, so that what was once found is tried by every build, with any compiler. */
#include "fuzz/fuzz.h"

static int replay(const char *path)
{
    FILE *file = fopen(path, "re");
    uint8_t *data = NULL;
    size_t size = 0, n;

    if (!file) {
        perror(path);
        return -1;
    }
    do {
        data = realloc(data, size + 4096);
        REQUIRE(data);
        n = fread(data + size, 1, 4096, file);
        size += n;
    } while (n > 0);
    fclose(file);

    /* The target gets no byte more than the file has. */
    uint8_t *exact = malloc(size + !size);
    REQUIRE(exact);
    if (size > 0)
        memcpy(exact, data, size);
    free(data);
    int r = LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return r;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "Usage: %s FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        if (replay(argv[i]) != 0)
            return 1;
    return 0;
}
