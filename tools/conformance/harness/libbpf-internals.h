/*
 * What libbpf's command-line sibling bpftool may call in libbpf's static library, and no public
 * header declares. The layouts are the same in libbpf 1.1, 1.4, 1.5, 1.7 and 1.8.
 */
#ifndef LIBBPF_INTERNALS_H
#define LIBBPF_INTERNALS_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

struct btf;

struct bpf_core_cand {
	const struct btf *btf;
	__u32 id;
};

struct bpf_core_cand_list {
	struct bpf_core_cand *cands;
	int len;
};

enum { BPF_CORE_SPEC_MAX_LEN = 64 };

struct bpf_core_accessor {
	__u32 type_id;
	__u32 idx;
	const char *name;
};

struct bpf_core_spec {
	const struct btf *btf;
	struct bpf_core_accessor spec[BPF_CORE_SPEC_MAX_LEN];
	__u32 root_type_id;
	enum bpf_core_relo_kind relo_kind;
	int len;
	int raw_spec[BPF_CORE_SPEC_MAX_LEN];
	int raw_len;
	__u32 bit_offset;
};

struct bpf_core_relo_res {
	__u64 orig_val;
	__u64 new_val;
	bool poison;
	bool validate;
	bool fail_memsz_adjust;
	__u32 orig_sz;
	__u32 orig_type_id;
	__u32 new_sz;
	__u32 new_type_id;
};

size_t bpf_core_essential_name_len(const char *name);

int bpf_core_add_cands(struct bpf_core_cand *local, size_t essential_len, const struct btf *target,
		       const char *target_name, int start_id, struct bpf_core_cand_list *cands);
void bpf_core_free_cands(struct bpf_core_cand_list *cands);

int bpf_core_calc_relo_insn(const char *program, const struct bpf_core_relo *relo, int index,
			    const struct btf *local, struct bpf_core_cand_list *cands,
			    struct bpf_core_spec *scratch, struct bpf_core_relo_res *result);
int bpf_core_patch_insn(const char *program, struct bpf_insn *insn, int insn_index,
			const struct bpf_core_relo *relo, int index,
			const struct bpf_core_relo_res *result);

#endif
