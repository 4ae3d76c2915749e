/* Just enough to print one JSON value a line. */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

/* Bytes above 0x7f are printed as they are: the input's names are UTF-8 where they are text. */
static inline void json_string(const char *text)
{
	if (!text) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static inline void json_hex(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	putchar('"');
	while (size--)
		printf("%02x", *at++);
	putchar('"');
}

static inline const char *json_bool(int value)
{
	return value ? "true" : "false";
}

#endif
