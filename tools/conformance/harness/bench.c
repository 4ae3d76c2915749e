/* How long libbpf takes, to compare with: median and least of several runs, in nanoseconds. */
#include "relocate.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bytes {
	void *data;
	size_t size;
};

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

static void print_times(const char *name, long long *times, int runs)
{
	long long first = times[0];

	qsort(times, runs, sizeof(*times), ascending);
	printf("\"%s\": {\"first_ns\": %lld, \"median_ns\": %lld, \"min_ns\": %lld, \"max_ns\": %lld}, ",
	       name, first, times[runs / 2], times[0], times[runs - 1]);
}

static int read_file(const char *path, struct bytes *bytes)
{
	FILE *file = fopen(path, "rb");
	long size;

	if (!file)
		return -1;
	if (fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
		goto failed;
	bytes->size = size;
	bytes->data = malloc(bytes->size);
	if (!bytes->data || fread(bytes->data, 1, bytes->size, file) != bytes->size)
		goto failed;
	return fclose(file);
failed:
	fclose(file);
	return -1;
}

static void relocate_all(const struct object *object, const struct targets *targets,
			 struct cache *cache)
{
	struct outcome outcome;

	object_reset((struct object *)object);
	for (size_t i = 0; i < object->record_count; i++)
		relocate(object, &object->records[i], targets, cache, &outcome);
}

static int whole_job(const char *target, const char *path)
{
	struct targets targets = { .vmlinux = btf__parse(target, NULL) };
	struct cache cache = {};
	struct object object;
	int err = object_open(&object, path);

	if (!err)
		err = cache_init(&cache, &object);
	if (!err && targets.vmlinux)
		relocate_all(&object, &targets, &cache);
	cache_free(&cache);
	object_close(&object);
	btf__free(targets.vmlinux);
	return targets.vmlinux ? err : -EINVAL;
}

/* Opening an object's file; libbpf's parse of a kernel's bytes already in memory; relocation with candidates looked for afresh
 * (cold) and kept from the run before (warm); and everything from the two files on (whole). */
int bench(const char *target, const char *path, int runs)
{
	long long *times = calloc(runs, sizeof(*times));
	struct targets targets = {};
	struct cache cache = {};
	struct object object;
	struct bytes bytes = {};

	/* First, so that its first run is also the process's first. */
	for (int i = 0; i < runs; i++) {
		long long start = now();

		if (whole_job(target, path)) {
			fprintf(stderr, "harness: cannot relocate %s against %s\n", path, target);
			return 1;
		}
		times[i] = now() - start;
	}
	if (object_open(&object, path) || read_file(target, &bytes))
		return 1;
	printf("{\"relocations\": %zu, ", object.record_count);
	print_times("whole", times, runs);
	for (int i = 0; i < runs; i++) {
		struct object opened;
		long long start = now();

		if (object_open(&opened, path))
			return 1;
		times[i] = now() - start;
		object_close(&opened);
	}
	print_times("open", times, runs);
	for (int i = 0; i < runs; i++) {
		long long start = now();

		targets.vmlinux = btf__new(bytes.data, bytes.size);
		times[i] = now() - start;
		if (!targets.vmlinux) {
			fprintf(stderr, "harness: %s: only raw BTF can be timed\n", target);
			return 1;
		}
		if (i + 1 < runs)
			btf__free(targets.vmlinux);
	}
	print_times("parse", times, runs);
	for (int i = 0; i < runs; i++) {
		long long start = now();

		cache_free(&cache);
		if (cache_init(&cache, &object))
			return 1;
		relocate_all(&object, &targets, &cache);
		times[i] = now() - start;
	}
	print_times("relocate_cold", times, runs);
	for (int i = 0; i < runs; i++) {
		long long start = now();

		relocate_all(&object, &targets, &cache);
		times[i] = now() - start;
	}
	print_times("relocate_warm", times, runs);
	printf("\"runs\": %d}\n", runs);
	return 0;
}
