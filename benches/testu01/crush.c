/* Runs a battery of TestU01 (L'Ecuyer and Simard 2007), or some tests of it by their numbers, as often as they are named,
 * on the 32-bit words, in the byte order of the machine, that come from standard input.
 *
 *     crush small|crush|big [TEST]...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <testu01/bbattery.h>
#include <testu01/unif01.h>

static unsigned int next(void)
{
    static unsigned int words[1 << 16];
    static size_t used, have;
    if (used == have) {
        have = fread(words, sizeof *words, sizeof words / sizeof *words, stdin);
        used = 0;
        if (have == 0) {
            fputs("crush: the words have run out\n", stderr);
            exit(1);
        }
    }
    return words[used++];
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*all)(unif01_Gen *);
        void (*some)(unif01_Gen *, int *);
    } batteries[] = {
        {"small", bbattery_SmallCrush, bbattery_RepeatSmallCrush},
        {"crush", bbattery_Crush, bbattery_RepeatCrush},
        {"big", bbattery_BigCrush, bbattery_RepeatBigCrush},
    };
    unif01_Gen *gen = unif01_CreateExternGenBits("stdin", next);
    int times[256] = {0};
    for (int i = 2; i < argc; i++)
        times[atoi(argv[i]) & 255]++;
    for (int i = 0; argc > 1 && i < 3; i++) {
        if (strcmp(argv[1], batteries[i].name) == 0) {
            if (argc == 2)
                batteries[i].all(gen);
            else
                batteries[i].some(gen, times);
            return 0;
        }
    }
    fputs("usage: crush small|crush|big [TEST]...\n", stderr);
    return 2;
}
