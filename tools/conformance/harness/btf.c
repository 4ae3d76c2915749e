/*
 * What libbpf makes of BTF as a whole, without an object:
 *
 *   harness --distill BASE SPLIT OUT_BASE OUT_SPLIT
 *   harness --rebase DISTILLED_BASE SPLIT BASE OUT
 *   harness --dedup OUT BASE IN...
 *
 * Inputs and outputs are raw BTF in files. "-" for BASE is none. What libbpf says goes to stderr; the exit status is 3
 * when it refuses, and 1 when something else goes wrong.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILED = 1, REFUSED = 3 };

static struct btf *read_btf(const char *path, struct btf *base)
{
	struct btf *btf;

	if (strcmp(path, "-") == 0)
		return NULL;
	btf = btf__parse_split(path, base);
	if (btf)
		return btf;
	fprintf(stderr, "harness: %s: no usable BTF\n", path);
	exit(FAILED);
}

static int write_btf(const struct btf *btf, const char *path)
{
	__u32 size;
	const void *data = btf__raw_data(btf, &size);
	FILE *file = data ? fopen(path, "wb") : NULL;

	if (file && fwrite(data, 1, size, file) == size && fclose(file) == 0)
		return 0;
	fprintf(stderr, "harness: cannot write %s\n", path);
	return FAILED;
}

static int refused(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	return REFUSED;
}

static int distill(char **paths)
{
	struct btf *split = read_btf(paths[1], read_btf(paths[0], NULL));
	struct btf *new_base, *new_split;
	int err = btf__distill_base(split, &new_base, &new_split);

	if (err)
		return refused("btf__distill_base", err);
	return write_btf(new_base, paths[2]) ?: write_btf(new_split, paths[3]);
}

static int rebase(char **paths)
{
	struct btf *split = read_btf(paths[1], read_btf(paths[0], NULL));
	int err = btf__relocate(split, read_btf(paths[2], NULL));

	return err ? refused("btf__relocate", err) : write_btf(split, paths[3]);
}

static int dedup(char **paths, int count)
{
	struct btf *base = read_btf(paths[1], NULL);
	struct btf *btf = base ? btf__new_empty_split(base) : btf__new_empty();
	int err = btf__set_endianness(btf, btf__endianness(read_btf(paths[2], base)));

	for (int i = 2; i < count && !err; i++) {
		err = btf__add_btf(btf, read_btf(paths[i], base));
		err = err < 0 ? err : 0;
	}
	if (!err)
		err = btf__dedup(btf, NULL);
	return err ? refused("btf__dedup", err) : write_btf(btf, paths[0]);
}

/* -1 when the arguments are none of these. */
int whole_btf(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "--distill") == 0)
		return distill(argv + 2);
	if (argc == 6 && strcmp(argv[1], "--rebase") == 0)
		return rebase(argv + 2);
	if (argc >= 5 && strcmp(argv[1], "--dedup") == 0)
		return dedup(argv + 2, argc - 2);
	return -1;
}
