// Asks libbpf for its typed dump of data. Reads a raw BTF file, named by the argument, and then a case a line:
//
//   <type id> <options> <indent level> <indent string in hex, or -> <data in hex, or ->
//
// The options are any of the letters c(ompact), n (skip names), z (emit zeroes) and s (emit strings), or -. Writes for each what
// btf_dump__dump_type_data returned, and the text in hex. The data lie at an address that is a multiple of 16.
//
// It makes packages/btf/test/typed-dumps.json, which changes only with new cases; so it is built by hand, with the libbpf
// that `pnpm harness` left in the cache folder ($LIBBPF: its tools/lib/bpf and the headers beside it):
//
//   gcc -O2 -D_GNU_SOURCE -w $INCLUDES typed-dump.c $LIBBPF/*.c -lelf -lz -o typed-dump-el
//   s390x-linux-gnu-gcc -static ... -o typed-dump-eb
//
// and then run by LIBBPF_TYPED_DUMP="./typed-dump-el;qemu-s390x-static ./typed-dump-eb" vitest run src/values/libbpf.test.ts

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[1 << 20];
static size_t text_len;

static void append(void *ctx, const char *fmt, va_list args)
{
	(void)ctx;
	int n = vsnprintf(text + text_len, sizeof(text) - text_len, fmt, args);

	if (n > 0 && (size_t)n < sizeof(text) - text_len)
		text_len += n;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static size_t from_hex(const char *hex, unsigned char *bytes)
{
	size_t n = 0;

	if (!strcmp(hex, "-"))
		return 0;
	for (; hex[0] && hex[1]; hex += 2) {
		unsigned int byte;

		sscanf(hex, "%2x", &byte);
		bytes[n++] = byte;
	}
	return n;
}

int main(int argc, char **argv)
{
	static char line[1 << 20], options[16], indent_hex[64], data_hex[1 << 19];
	static unsigned char data[1 << 18] __attribute__((aligned(16)));
	unsigned int id;
	int level;

	libbpf_set_print(silent);
	struct btf *btf = argc == 2 ? btf__parse_raw(argv[1]) : NULL;
	if (!btf)
		return 2;
	struct btf_dump *dump = btf_dump__new(btf, append, NULL, NULL);
	if (!dump)
		return 3;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%u %15s %d %63s %524287s", &id, options, &level, indent_hex, data_hex) != 5)
			return 4;
		char indent[33] = "";

		indent[from_hex(indent_hex, (unsigned char *)indent)] = 0;
		memset(data, 0, sizeof(data));
		size_t size = from_hex(data_hex, data);
		LIBBPF_OPTS(btf_dump_type_data_opts, opts,
			.indent_str = strcmp(indent_hex, "-") ? indent : NULL,
			.indent_level = level,
			.compact = !!strchr(options, 'c'),
			.skip_names = !!strchr(options, 'n'),
			.emit_zeroes = !!strchr(options, 'z'),
			.emit_strings = !!strchr(options, 's'));

		text_len = 0;
		printf("%d ", btf_dump__dump_type_data(dump, id, data, size, &opts));
		for (size_t i = 0; i < text_len; i++)
			printf("%02x", (unsigned char)text[i]);
		putchar('\n');
	}
	return 0;
}
