/*
 * Relocates BPF objects with libbpf's own functions and prints what they answered, a JSON line an object.
 *
 *   harness [--log | --bench RUNS] [--module BTF]... TARGET OBJECT...
 */
#include "json.h"
#include "relocate.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int bench(const char *target, const char *object, int runs);
int whole_btf(int argc, char **argv);

static struct {
	bool wanted;
	bool first;
} log_state;

/* Inside a record's JSON: adds libbpf's message to its "log". */
static int print_message(enum libbpf_print_level level, const char *format, va_list args)
{
	char text[4096];
	int length;

	(void)level;
	if (!log_state.wanted)
		return 0;
	length = vsnprintf(text, sizeof(text), format, args);
	if (length > 0 && length < (int)sizeof(text) && text[length - 1] == '\n')
		text[length - 1] = '\0';
	if (!log_state.first)
		printf(", ");
	json_string(text);
	log_state.first = false;
	return 0;
}

static int silence(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void print_record(const struct object *object, const struct record *record,
			 const struct targets *targets, struct cache *cache)
{
	static const char *const stages[] = { "find", "resolve", "patch" };
	const struct bpf_core_relo *relo = &record->relo;
	const struct btf_type *root = btf__type_by_id(object->btf, relo->type_id);
	const struct bpf_core_relo_res *result;
	struct outcome outcome;

	printf("{\"sec\": ");
	json_string(record->section_name);
	printf(", \"insn_off\": %u, \"kind\": %u, \"type_id\": %u, \"access\": ", relo->insn_off,
	       relo->kind, relo->type_id);
	json_string(btf__name_by_offset(object->btf, relo->access_str_off));
	printf(", \"root\": ");
	json_string(root ? btf__name_by_offset(object->btf, root->name_off) : NULL);
	if (log_state.wanted) {
		printf(", \"log\": [");
		log_state.first = true;
		libbpf_set_print(print_message);
	}
	relocate(object, record, targets, cache, &outcome);
	if (log_state.wanted) {
		libbpf_set_print(silence);
		putchar(']');
	}
	result = &outcome.result;
	printf(", \"prog\": ");
	json_string(outcome.program ? outcome.program->name : NULL);
	printf(", \"err\": %d", outcome.err);
	if (outcome.err)
		printf(", \"stage\": \"%s\"", stages[outcome.stage]);
	printf(", \"poison\": %s, \"validate\": %s", json_bool(result->poison),
	       json_bool(result->validate));
	printf(", \"orig\": \"%llu\", \"new\": \"%llu\", \"orig_sz\": %u, \"new_sz\": %u",
	       (unsigned long long)result->orig_val, (unsigned long long)result->new_val,
	       result->orig_sz, result->new_sz);
	printf(", \"fail_memsz\": %s, \"poisoned\": %s, \"insn\": ",
	       json_bool(result->fail_memsz_adjust), json_bool(outcome.poisoned));
	json_hex(outcome.insn, outcome.insn_size);
	if (outcome.candidates >= 0)
		printf(", \"candidates\": %d", outcome.candidates);
	if (outcome.survivors >= 0)
		printf(", \"survivors\": %d", outcome.survivors);
	putchar('}');
}

static void print_object(const char *path, const struct targets *targets)
{
	struct object object;
	struct cache cache = {};
	int err = object_open(&object, path);

	printf("{\"object\": ");
	json_string(path);
	if (!err)
		err = cache_init(&cache, &object);
	printf(", \"rc\": %d, \"relos\": [", err);
	if (!err)
		for (size_t i = 0; i < object.record_count; i++) {
			printf(i ? ", " : "");
			print_record(&object, &object.records[i], targets, &cache);
		}
	printf("], \"code\": {");
	if (!err)
		for (size_t i = 0; i < object.code_count; i++) {
			printf(i ? ", " : "");
			json_string(object.code[i].name);
			printf(": ");
			json_hex(object.code[i].insns, object.code[i].size);
		}
	printf("}}\n");
	cache_free(&cache);
	object_close(&object);
}

static int fail(const char *what, const char *path)
{
	char reason[128];

	libbpf_strerror(errno, reason, sizeof(reason));
	fprintf(stderr, "harness: %s: %s: %s\n", path, what, reason);
	return 1;
}

int main(int argc, char **argv)
{
	struct targets targets = {};
	struct module modules[argc];
	const char *paths[argc];
	int i, runs = 0, status = whole_btf(argc, argv);

	if (status >= 0)
		return status;
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--log") == 0)
			log_state.wanted = true;
		else if (strcmp(argv[i], "--bench") == 0 && i + 1 < argc)
			runs = atoi(argv[++i]);
		else if (strcmp(argv[i], "--module") == 0 && i + 1 < argc)
			paths[targets.module_count++] = argv[++i];
		else
			break;
	}
	if (i + 1 >= argc || argv[i][0] == '-') {
		fprintf(stderr, "usage: harness [--log | --bench RUNS] [--module BTF]... TARGET OBJECT...\n");
		return 2;
	}
	libbpf_set_print(silence);
	if (runs > 0)
		return bench(argv[i], argv[i + 1], runs);
	targets.vmlinux = btf__parse(argv[i], NULL);
	if (!targets.vmlinux)
		return fail("no usable BTF", argv[i]);
	targets.modules = modules;
	for (size_t m = 0; m < targets.module_count; m++) {
		modules[m].name = paths[m];
		modules[m].btf = btf__parse_split(paths[m], targets.vmlinux);
		if (!modules[m].btf)
			return fail("no usable BTF on top of the target's", paths[m]);
	}
	while (++i < argc)
		print_object(argv[i], &targets);
	return fflush(stdout) ? fail("write", "stdout") : 0;
}
