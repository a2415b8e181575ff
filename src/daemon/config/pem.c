#include "daemon/config/pem.h"

#include "common/memory.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DER_HEAD = 32,
};

/* The names that OpenSSL takes for a certificate. */
static const char *const labels[] = { "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE" };

/* Returns the end of a line that is "-----WORD LABEL-----", or NULL. */
static const char *skip_mark(const char *line, const char *word, const char *label)
{
    const char *const parts[] = { "-----", word, " ", label, "-----" };

    for (size_t i = 0; i < ELEMENTS(parts); i++) {
        if (strncmp(line, parts[i], strlen(parts[i])) != 0)
            return NULL;
        line += strlen(parts[i]);
    }
    line += strspn(line, " \t\r");
    return *line == '\n' ? line + 1 : *line ? NULL : line;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

/* Finds the next certificate: returns its first line, its base64 and its label, or NULL. */
static const char *find_block(const char *text, const char **ret_body, const char **ret_label)
{
    for (; *text; text = next_line(text))
        for (size_t i = 0; i < ELEMENTS(labels); i++)
            if ((*ret_body = skip_mark(text, "BEGIN", labels[i]))) {
                *ret_label = labels[i];
                return text;
            }
    return NULL;
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *place = c ? strchr(digits, c) : NULL;

    return place ? (int)(place - digits) : -1;
}

/* Whether DER begins with a sequence that is not longer than the whole. */
static bool is_whole_sequence(const uint8_t *head, size_t size)
{
    size_t length = size > 1 ? head[1] : 0, bytes = 0;

    if (size < 4 || head[0] != 0x30)
        return false;
    if (length >= 0x80) {
        bytes = length & 0x7f;
        length = 0;
        if (bytes == 0 || bytes > 3)
            return false;
        for (size_t i = 0; i < bytes; i++)
            length = length << 8 | head[2 + i];
    }
    return length + 2 + bytes <= size;
}

/* Returns what follows the end line of a certificate that is whole, or NULL. */
static const char *skip_body(const char *body, const char *label)
{
    uint8_t head[DER_HEAD] = { 0 };
    size_t digits = 0, pads = 0;
    uint32_t bits = 0;

    for (; *body && *body != '-'; body++) {
        int value = base64_value(*body);

        if (*body == '=' && ++pads <= 2)
            continue;
        if (value < 0 && strchr(" \t\r\n", *body))
            continue;
        if (value < 0 || pads > 0)
            return NULL;
        bits = bits << 6 | (uint32_t)value;
        digits++;
        if (digits % 4 != 1 && digits * 6 / 8 <= DER_HEAD)
            head[digits * 6 / 8 - 1] = (uint8_t)(bits >> (digits * 6 % 8));
    }
    if ((digits + pads) % 4 != 0 || !is_whole_sequence(head, digits * 6 / 8))
        return NULL;
    return skip_mark(body, "END", label);
}

/* Names a text that has no certificate in PEM. */
static const char *name_other(const char *text, size_t size)
{
    static const char signed_data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

    if (size == 0)
        return "an empty file";
    if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return "UTF-16, not PEM";
    if (size > 4 && text[0] == 0x30 && (text[1] & 0x80))
        return memmem(text, size < DER_HEAD ? size : DER_HEAD, signed_data, sizeof(signed_data) - 1)
                   ? "PKCS#7 in DER, not PEM"
                   : "DER, not PEM";
    if (memchr(text, 0, size))
        return memmem(text, size, "B\0E\0G\0I\0N", 9) ? "UTF-16, not PEM" : "binary data, not PEM";
    if (memmem(text, size, "-----BEGIN PKCS7-----", 21) || memmem(text, size, "-----BEGIN CMS-----", 19))
        return "PKCS#7, not certificates in PEM";
    if (memmem(text, size, "PRIVATE KEY-----", 16))
        return "a private key, not a certificate";
    if (memmem(text, size, "-----BEGIN CERTIFICATE", 22))
        return "a certificate whose first line does not stand by itself";
    return "no certificate in PEM";
}

const char *pem_find_fault(const char *text, size_t size)
{
    const char *body, *label;
    bool found = false;

    if (memchr(text, 0, size))
        return name_other(text, size);
    for (const char *block = text; (block = find_block(block, &body, &label)); found = true)
        if (!(block = skip_body(body, label)))
            return "a damaged certificate";
    return found ? NULL : name_other(text, size);
}

char *pem_copy_certificates(const char *text)
{
    char *copy = malloc(strlen(text) + 2), *end = copy;
    const char *body, *label;

    for (const char *block = text; copy && (block = find_block(block, &body, &label));) {
        const char *rest = skip_body(body, label);

        if (!rest)
            break;
        end = mempcpy(end, block, (size_t)(rest - block));
        block = rest;
    }
    /* The last line of a file may lack its end. */
    if (copy && end > copy && end[-1] != '\n')
        *end++ = '\n';
    if (copy)
        *end = 0;
    return copy;
}
