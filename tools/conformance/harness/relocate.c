#include "relocate.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { POISON = 0xbad2310 };

int cache_init(struct cache *cache, const struct object *object)
{
	cache->count = object->btf ? btf__type_cnt(object->btf) : 0;
	cache->lists = calloc(cache->count + 1, sizeof(*cache->lists));
	return cache->lists ? 0 : -ENOMEM;
}

void cache_free(struct cache *cache)
{
	for (size_t i = 0; i < cache->count; i++)
		bpf_core_free_cands(cache->lists[i]);
	free(cache->lists);
	memset(cache, 0, sizeof(*cache));
}

static bool is_ldimm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static bool is_poison(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->imm == POISON;
}

/* The modules are looked at only when vmlinux has no candidate. */
static int add_candidates(const struct btf *local, __u32 id, size_t essential_len,
			  const struct targets *targets, struct bpf_core_cand_list *cands)
{
	struct bpf_core_cand candidate = { .btf = local, .id = id };
	int err = bpf_core_add_cands(&candidate, essential_len, targets->vmlinux, "vmlinux", 1, cands);

	if (cands->len)
		return err;
	for (size_t i = 0; i < targets->module_count && !err; i++)
		err = bpf_core_add_cands(&candidate, essential_len, targets->modules[i].btf,
					 targets->modules[i].name, btf__type_cnt(targets->vmlinux),
					 cands);
	return err;
}

/* The list of the record's local type, looked for unless an earlier record left one. */
static int find_candidates(const struct object *object, __u32 id, const char *name,
			   const struct targets *targets, struct cache *cache,
			   struct bpf_core_cand_list **found)
{
	struct bpf_core_cand_list *cands = cache->lists[id];
	int err = 0;

	if (!cands) {
		if (!*name)
			return -EINVAL;
		cands = calloc(1, sizeof(*cands));
		if (!cands)
			return -ENOMEM;
		err = add_candidates(object->btf, id, bpf_core_essential_name_len(name), targets, cands);
		if (err) {
			bpf_core_free_cands(cands);
			return err;
		}
		cache->lists[id] = cands;
	}
	*found = cands;
	return 0;
}

static int find(const struct object *object, const struct bpf_core_relo *relo,
		const struct targets *targets, struct cache *cache, struct outcome *outcome,
		struct bpf_core_cand_list **cands)
{
	const struct btf_type *type;
	const char *name;
	int err;

	if (is_ldimm64(outcome->insn) && outcome->insn_size < 2 * sizeof(*outcome->insn))
		return -EINVAL;
	type = btf__type_by_id(object->btf, relo->type_id);
	name = type ? btf__name_by_offset(object->btf, type->name_off) : NULL;
	if (!name)
		return -EINVAL;
	if (relo->kind == BPF_CORE_TYPE_ID_LOCAL)
		return 0;
	err = find_candidates(object, relo->type_id, name, targets, cache, cands);
	if (!err)
		outcome->candidates = (*cands)->len;
	return err;
}

void relocate(const struct object *object, const struct record *record,
	      const struct targets *targets, struct cache *cache, struct outcome *outcome)
{
	const struct bpf_core_relo *relo = &record->relo;
	struct bpf_core_spec scratch[3] = {};
	struct bpf_core_cand_list *cands = NULL;
	size_t insn = relo->insn_off / sizeof(struct bpf_insn);
	const char *name;

	memset(outcome, 0, sizeof(*outcome));
	outcome->candidates = outcome->survivors = -1;
	outcome->program = object_program(object, record->section, insn);
	if (relo->insn_off % sizeof(struct bpf_insn)) {
		outcome->err = -EINVAL;
		return;
	}
	if (!outcome->program)
		return;
	name = outcome->program->name;
	outcome->insn = object_code(object, record->section)->insns + insn;
	outcome->insn_size = sizeof(*outcome->insn);
	insn -= outcome->program->first;
	if (is_ldimm64(outcome->insn) && outcome->program->end - outcome->program->first > insn + 1)
		outcome->insn_size *= 2;

	outcome->err = find(object, relo, targets, cache, outcome, &cands);
	if (outcome->err)
		return;
	outcome->stage = RESOLVE;
	outcome->err = bpf_core_calc_relo_insn(name, relo, record->index, object->btf, cands,
					       scratch, &outcome->result);
	if (cands)
		outcome->survivors = cands->len;
	if (outcome->err)
		return;
	outcome->stage = PATCH;
	outcome->err = bpf_core_patch_insn(name, outcome->insn, insn, relo, record->index,
					   &outcome->result);
	if (outcome->err)
		return;
	outcome->stage = DONE;
	outcome->poisoned = is_poison(outcome->insn);
}
