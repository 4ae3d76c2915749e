/* libbpf's CO-RE relocation of an object, record by record, going on after an error. */
#ifndef RELOCATE_H
#define RELOCATE_H

#include "libbpf-internals.h"
#include "object.h"

struct targets {
	struct btf *vmlinux;
	struct module {
		const char *name;
		struct btf *btf;
	} *modules;
	size_t module_count;
};

/* libbpf's candidates by local type id; what one relocation leaves of a list is where the next starts. */
struct cache {
	struct bpf_core_cand_list **lists;
	size_t count;
};

int cache_init(struct cache *cache, const struct object *object);
void cache_free(struct cache *cache);

struct outcome {
	const struct program *program; /* NULL: libbpf skips the record */
	struct bpf_insn *insn;
	size_t insn_size; /* 8 or 16 bytes */
	enum stage { FIND, RESOLVE, PATCH, DONE } stage; /* where `err` came from */
	int err;
	struct bpf_core_relo_res result;
	bool poisoned;
	int candidates; /* before and after this relocation; -1 where none are looked for */
	int survivors;
};

void relocate(const struct object *object, const struct record *record,
	      const struct targets *targets, struct cache *cache, struct outcome *outcome);

#endif
