/* A BPF object as far as CO-RE relocation needs it, in the host's byte order. */
#ifndef OBJECT_H
#define OBJECT_H

#include <linux/bpf.h>
#include <stddef.h>

struct btf;

/* A section with instructions; `insns` is a copy that relocation may write to. */
struct code {
	const char *name;
	size_t index;
	struct bpf_insn *insns;
	const void *original;
	size_t size; /* in bytes */
};

struct program {
	const char *name;
	size_t section;	   /* ELF section index */
	size_t first, end; /* in instructions from the section's start */
};

/* One CO-RE record. `section` is 0 where no section has the name. */
struct record {
	struct bpf_core_relo relo;
	const char *section_name;
	size_t section;
	int index; /* among the records of its .BTF.ext section */
};

struct object {
	struct elf *elf;
	struct btf *btf;
	struct code *code;
	size_t code_count;
	struct program *programs;
	size_t program_count;
	struct record *records;
	size_t record_count;
};

/* 0 or a negative errno. What was opened is closed by object_close in either case. */
int object_open(struct object *object, const char *path);
void object_close(struct object *object);

struct code *object_code(const struct object *object, size_t section);
/* The program that libbpf would find for an instruction, or NULL. */
const struct program *object_program(const struct object *object, size_t section, size_t insn);
/* Undoes every patch. */
void object_reset(struct object *object);

#endif
