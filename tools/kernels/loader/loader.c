/* The guest's only process: loads every program of /objects/0, /objects/1, ... alone and writes one JSON line for
 * each to the second serial port. Then it turns the machine off. Nothing is attached. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "json.h"

/* What libbpf writes into an instruction that it could not relocate: a call of this helper. */
#define POISON 0xbad2310

/* Of a map without a size: the kernel's own limit for the depth of a stack, in frames of 8 bytes, and enough entries for
 * any program. */
#define STACK_DEPTH 127
#define MAX_ENTRIES 1024

/* Of a verifier's log only the end is kept, in bytes. */
#define LOG_TAIL 3000

#define MAX_PROGRAMS 4096

/* What libbpf says while one program is loaded. */
static char *said;
static size_t said_size;

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;
	int size;

	if (level != LIBBPF_WARN)
		return 0;
	size = vasprintf(&text, format, args);
	if (size < 0)
		return 0;
	const char *from = size > LOG_TAIL ? text + size - LOG_TAIL : text;
	size_t added = strlen(from);
	char *longer = realloc(said, said_size + added + 1);

	if (longer) {
		said = longer;
		memcpy(said + said_size, from, added + 1);
		said_size += added;
	}
	free(text);
	return 0;
}

static void forget(void)
{
	free(said);
	said = NULL;
	said_size = 0;
}

/* Sizes that the program's own loader would set. What was done is written to `setup`. */
static void set_sizes(struct bpf_object *object, FILE *setup)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		const char *name = bpf_map__name(map);
		enum bpf_map_type type = bpf_map__type(map);

		/* Nothing of one load may be there for the next. */
		bpf_map__set_pin_path(map, NULL);
		if (type == BPF_MAP_TYPE_STACK_TRACE && bpf_map__value_size(map) == 0) {
			bpf_map__set_value_size(map, STACK_DEPTH * sizeof(uint64_t));
			fprintf(setup, "%s%s:value_size=%zu", ftell(setup) ? " " : "", name,
				STACK_DEPTH * sizeof(uint64_t));
		}
		switch (type) {
		case BPF_MAP_TYPE_RINGBUF:
		case BPF_MAP_TYPE_USER_RINGBUF:
		case BPF_MAP_TYPE_ARENA:
			if (bpf_map__max_entries(map) == 0) {
				int size = type == BPF_MAP_TYPE_ARENA ? 1 : getpagesize();

				bpf_map__set_max_entries(map, size);
				fprintf(setup, "%s%s:max_entries=%d", ftell(setup) ? " " : "", name, size);
			}
			break;
		/* These have no size, or libbpf gives them one. */
		case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
		case BPF_MAP_TYPE_STRUCT_OPS:
		case BPF_MAP_TYPE_SK_STORAGE:
		case BPF_MAP_TYPE_INODE_STORAGE:
		case BPF_MAP_TYPE_TASK_STORAGE:
		case BPF_MAP_TYPE_CGRP_STORAGE:
		case BPF_MAP_TYPE_CGROUP_STORAGE:
		case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		case BPF_MAP_TYPE_BLOOM_FILTER:
			break;
		default:
			if (bpf_map__max_entries(map) == 0) {
				bpf_map__set_max_entries(map, MAX_ENTRIES);
				fprintf(setup, "%s%s:max_entries=%d", ftell(setup) ? " " : "", name, MAX_ENTRIES);
			}
		}
	}
}

/* Leaves `chosen` as the only program of the struct_ops maps, or, when it is of another type, no such map. */
static void choose_in_struct_ops(struct bpf_object *object, struct bpf_program *chosen)
{
	bool is_member = bpf_program__type(chosen) == BPF_PROG_TYPE_STRUCT_OPS;
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		size_t size = 0;

		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		bool has_chosen = false;
		/* Until the map is created, its value holds pointers to the programs. */
		void **slots = bpf_map__initial_value(map, &size);

		for (size_t i = 0; slots && i < size / sizeof(*slots); i++) {
			if (slots[i] == chosen) {
				has_chosen = true;
				continue;
			}
			bpf_object__for_each_program(program, object) {
				if (slots[i] == program)
					slots[i] = NULL;
			}
		}
		bpf_map__set_autocreate(map, is_member && has_chosen);
	}
}

static int count_poison(const struct bpf_program *program)
{
	const struct bpf_insn *insns = bpf_program__insns(program);
	size_t count = bpf_program__insn_cnt(program);
	int poison = 0;

	for (size_t i = 0; i < count; i++)
		poison += insns[i].code == (BPF_JMP | BPF_CALL) && insns[i].imm == POISON;
	return poison;
}

/* FNV-1a of the instructions as the kernel was given them, but for the numbers of open maps. */
static uint64_t hash_code(const struct bpf_program *program)
{
	const struct bpf_insn *insns = bpf_program__insns(program);
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < bpf_program__insn_cnt(program); i++) {
		struct bpf_insn insn = insns[i];

		if (insn.code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    (insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE))
			insn.imm = 0;
		for (size_t at = 0; at < sizeof(insn); at++)
			hash = (hash ^ ((uint8_t *)&insn)[at]) * 0x100000001b3;
	}
	return hash;
}

static struct bpf_program *program_at(struct bpf_object *object, int index)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		if (index-- == 0)
			return program;
	}
	return NULL;
}

static void print_result(int number, const struct bpf_program *program, int err, bool is_optional, const char *setup)
{
	printf("{\"object\": %d, \"program\": ", number);
	json_string(bpf_program__name(program));
	printf(", \"section\": ");
	json_string(bpf_program__section_name(program));
	printf(", \"type\": ");
	json_string(libbpf_bpf_prog_type_str(bpf_program__type(program)));
	printf(", \"errno\": %d, \"insns\": %zu, \"poison\": %d, \"code\": \"%016" PRIx64 "\", \"optional\": %s", -err,
	       bpf_program__insn_cnt(program), count_poison(program), hash_code(program), json_bool(is_optional));
	printf(", \"setup\": ");
	json_string(setup);
	printf(", \"said\": ");
	json_string(err ? said : NULL);
	printf("}\n");
}

/* Returns whether the object has a program of this index. */
static bool load(int number, int index, const char *path, const struct bpf_object_open_opts *options)
{
	struct bpf_object *object = bpf_object__open_file(path, options);

	if (!object) {
		printf("{\"object\": %d, \"errno\": %d, \"said\": ", number, errno);
		json_string(said);
		printf("}\n");
		return false;
	}
	struct bpf_program *chosen = program_at(object, index), *program;

	if (!chosen) {
		bpf_object__close(object);
		return false;
	}
	bool is_optional = !bpf_program__autoload(chosen);
	char *setup = NULL;
	size_t setup_size;
	FILE *setup_file = open_memstream(&setup, &setup_size);

	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, program == chosen);
	set_sizes(object, setup_file);
	fclose(setup_file);
	choose_in_struct_ops(object, chosen);

	int err = bpf_object__load(object);

	print_result(number, chosen, err, is_optional, setup);
	free(setup);
	bpf_object__close(object);
	return true;
}

/* Makes the second serial port the standard output. */
static bool print_to_serial_port(void)
{
	int fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY);
	struct termios raw;

	if (fd < 0 || tcgetattr(fd, &raw) < 0)
		return false;
	cfmakeraw(&raw);
	return tcsetattr(fd, TCSANOW, &raw) == 0 && dup2(fd, STDOUT_FILENO) >= 0;
}

static void turn_off(void)
{
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	/* Before it come those of the kernel's own parameters that it does not know itself. */
	bool is_btf_hidden = strcmp(argv[argc - 1], "hide-btf") == 0;

	if (getpid() != 1) {
		fprintf(stderr, "only for a guest: this turns the machine off\n");
		return 1;
	}
	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	if (is_btf_hidden)
		mount("nothing", "/sys/kernel/btf", "tmpfs", 0, NULL);
	if (!print_to_serial_port())
		turn_off();
	if (access("/btf", R_OK) == 0)
		options.btf_custom_path = "/btf";
	libbpf_set_print(keep);
	for (int number = 0;; number++) {
		char path[32];

		snprintf(path, sizeof(path), "/objects/%d", number);
		if (access(path, R_OK) != 0)
			break;
		printf("{\"opening\": %d}\n", number);
		fflush(stdout);
		for (int index = 0;; index++) {
			bool is_there = load(number, index, path, &options);

			fflush(stdout);
			forget();
			if (!is_there)
				break;
		}
	}
	printf("{\"done\": true}\n");
	turn_off();
}
