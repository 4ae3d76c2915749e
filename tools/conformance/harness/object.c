#include "object.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INSN_SIZE = sizeof(struct bpf_insn) };

struct elf {
	int fd;
	Elf *handle;
	size_t names; /* index of the section names' string table */
	size_t section_count;
};

/* Room for one more element behind `count`, zeroed; NULL without memory. */
static void *append(void **array, size_t *count, size_t size)
{
	char *grown = realloc(*array, (*count + 1) * size);

	if (!grown)
		return NULL;
	*array = grown;
	return memset(grown + (*count)++ * size, 0, size);
}

#define APPEND(array, count) append((void **)&(array), &(count), sizeof(*(array)))

static int open_elf(struct elf *elf, const char *path)
{
	const int one = 1;
	const char *ident;

	elf_version(EV_CURRENT);
	elf->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (elf->fd < 0)
		return -errno;
	elf->handle = elf_begin(elf->fd, ELF_C_READ_MMAP, NULL);
	ident = elf->handle ? elf_getident(elf->handle, NULL) : NULL;
	if (!ident || elf_kind(elf->handle) != ELF_K_ELF)
		return -ENOEXEC;
	/* libbpf's value of lshift_u64 depends on the host, so each byte order has a host of its own. */
	if (ident[EI_CLASS] != ELFCLASS64 ||
	    ident[EI_DATA] != (*(const char *)&one ? ELFDATA2LSB : ELFDATA2MSB))
		return -EPROTONOSUPPORT;
	if (elf_getshdrstrndx(elf->handle, &elf->names) ||
	    elf_getshdrnum(elf->handle, &elf->section_count))
		return -ENOEXEC;
	return 0;
}

static const char *section_at(const struct elf *elf, size_t index, GElf_Shdr *header, Elf_Data **data)
{
	Elf_Scn *section = elf_getscn(elf->handle, index);

	if (!section || !gelf_getshdr(section, header))
		return NULL;
	*data = elf_getdata(section, NULL);
	return elf_strptr(elf->handle, elf->names, header->sh_name);
}

static int add_code(struct object *object, size_t index, const char *name, const Elf_Data *data)
{
	struct code *code = APPEND(object->code, object->code_count);

	if (!code)
		return -ENOMEM;
	code->insns = malloc(data->d_size);
	if (!code->insns)
		return -ENOMEM;
	code->name = name;
	code->index = index;
	code->original = data->d_buf;
	code->size = data->d_size;
	memcpy(code->insns, data->d_buf, data->d_size);
	return 0;
}

static int add_programs(struct object *object, const GElf_Shdr *header, Elf_Data *symbols)
{
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	struct program *program;
	const struct code *code;
	GElf_Sym symbol;

	for (size_t i = 0; i < count && gelf_getsym(symbols, i, &symbol); i++) {
		code = object_code(object, symbol.st_shndx);
		if (!code || GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		if (symbol.st_value % INSN_SIZE || symbol.st_size % INSN_SIZE ||
		    symbol.st_value > code->size || symbol.st_size > code->size - symbol.st_value)
			return -EINVAL;
		program = APPEND(object->programs, object->program_count);
		if (!program)
			return -ENOMEM;
		program->name = elf_strptr(object->elf->handle, header->sh_link, symbol.st_name);
		program->section = symbol.st_shndx;
		program->first = symbol.st_value / INSN_SIZE;
		program->end = program->first + symbol.st_size / INSN_SIZE;
	}
	return 0;
}

static size_t section_named(const struct elf *elf, const char *name)
{
	const char *candidate;
	GElf_Shdr header;
	Elf_Data *data;

	for (size_t i = 1; i < elf->section_count; i++) {
		candidate = section_at(elf, i, &header, &data);
		if (candidate && strcmp(candidate, name) == 0)
			return i;
	}
	return 0;
}

static __u32 read_u32(const char *at)
{
	__u32 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* btf_ext__new has checked every size that is relied on here, but nothing says that `data` is aligned. */
static int add_records(struct object *object, const char *data)
{
	enum { HEADER_LENGTH = 4, CORE_OFFSET = 24, CORE_LENGTH = 28, HEADER_WITH_CORE = 32 };
	__u32 header_size = read_u32(data + HEADER_LENGTH), record_size;
	const char *at, *end;

	if (header_size < HEADER_WITH_CORE || !read_u32(data + CORE_LENGTH))
		return 0;
	at = data + header_size + read_u32(data + CORE_OFFSET);
	end = at + read_u32(data + CORE_LENGTH);
	record_size = read_u32(at);
	at += sizeof(__u32);
	while (at < end) {
		const char *name = btf__name_by_offset(object->btf, read_u32(at));
		size_t section = name && *name ? section_named(object->elf, name) : 0;
		__u32 count = read_u32(at + sizeof(__u32));

		at += 2 * sizeof(__u32);
		for (__u32 i = 0; i < count; i++, at += record_size) {
			struct record *record = APPEND(object->records, object->record_count);

			if (!record)
				return -ENOMEM;
			memcpy(&record->relo, at, sizeof(record->relo));
			record->section_name = name;
			record->section = section;
			record->index = i;
		}
	}
	return 0;
}

int object_open(struct object *object, const char *path)
{
	Elf_Data *data, *symbols = NULL, *btf = NULL, *btf_ext = NULL;
	GElf_Shdr header, symbol_header = {};
	struct btf_ext *checked;
	const char *name;
	int err;

	memset(object, 0, sizeof(*object));
	object->elf = calloc(1, sizeof(*object->elf));
	if (!object->elf)
		return -ENOMEM;
	object->elf->fd = -1;
	err = open_elf(object->elf, path);
	if (err)
		return err;
	for (size_t i = 1; i < object->elf->section_count; i++) {
		name = section_at(object->elf, i, &header, &data);
		if (!name)
			return -ENOEXEC;
		if (header.sh_type == SHT_SYMTAB) {
			symbol_header = header;
			symbols = data;
		} else if (header.sh_type == SHT_PROGBITS && data) {
			if (strcmp(name, ".BTF") == 0)
				btf = data;
			else if (strcmp(name, ".BTF.ext") == 0)
				btf_ext = data;
			else if (header.sh_flags & SHF_EXECINSTR && data->d_size)
				err = add_code(object, i, name, data);
			if (err)
				return err;
		}
	}
	if (symbols)
		err = add_programs(object, &symbol_header, symbols);
	if (err || !btf || !btf_ext)
		return err;
	object->btf = btf__new(btf->d_buf, btf->d_size);
	if (!object->btf)
		return -errno;
	btf__set_pointer_size(object->btf, 8);
	checked = btf_ext__new(btf_ext->d_buf, btf_ext->d_size);
	if (!checked)
		return -errno;
	btf_ext__free(checked);
	return add_records(object, btf_ext->d_buf);
}

void object_close(struct object *object)
{
	for (size_t i = 0; i < object->code_count; i++)
		free(object->code[i].insns);
	free(object->code);
	free(object->programs);
	free(object->records);
	btf__free(object->btf);
	if (object->elf) {
		elf_end(object->elf->handle);
		if (object->elf->fd >= 0)
			close(object->elf->fd);
		free(object->elf);
	}
}

struct code *object_code(const struct object *object, size_t section)
{
	for (size_t i = 0; i < object->code_count; i++)
		if (object->code[i].index == section)
			return &object->code[i];
	return NULL;
}

const struct program *object_program(const struct object *object, size_t section, size_t insn)
{
	const struct program *found = NULL;

	for (size_t i = 0; i < object->program_count; i++) {
		const struct program *program = &object->programs[i];

		/* Of several with the nearest start the last, as libbpf's search over its sorted list does. */
		if (program->section == section && program->first <= insn &&
		    (!found || program->first >= found->first))
			found = program;
	}
	return found && insn < found->end ? found : NULL;
}

void object_reset(struct object *object)
{
	for (size_t i = 0; i < object->code_count; i++)
		memcpy(object->code[i].insns, object->code[i].original, object->code[i].size);
}
