#include "common/json-scan.h"

#include "common/memory.h"
#include "common/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>

enum {
    DOUBLE_DIGITS_MAX = 309, /* the largest double has so many before its point */
};

/* Returns the value of "\\uXXXX", or -1 if the text is something else. */
static int read_unit(const char *text, size_t size)
{
    int value = 0;

    if (size < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return -1;
        value = value << 4 | (isdigit((unsigned char)text[i]) ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10);
    }
    return value;
}

/* Returns the length of an escape; 0 for a NUL or half a surrogate pair, which json-c would replace. json-c
 * checks the other escapes. */
static size_t scan_escape(const char *text, size_t size)
{
    if (size < 2)
        return 0;
    if (text[1] != 'u')
        return 2;
    int unit = read_unit(text, size), next = unit < 0 ? -1 : read_unit(text + 6, size - 6);
    bool high = unit >= 0xd800 && unit < 0xdc00, low = unit >= 0xdc00 && unit < 0xe000;

    if (unit <= 0 || low)
        return 0;
    if (!high)
        return 6;
    return next >= 0xdc00 && next < 0xe000 ? 12 : 0;
}

/* Returns the length of a string after its opening quote, closing quote included; 0 if it is invalid JSON that json-c would
 * accept. */
static size_t scan_string(const char *text, size_t size)
{
    for (size_t i = 0, length; i < size; i += length) {
        length = (unsigned char)text[i] < 0x80 ? 1 : utf8_sequence(text + i, size - i);
        if (length == 0 || (unsigned char)text[i] < 0x20)
            return 0;
        if (text[i] == '"')
            return i + 1;
        if (text[i] == '\\' && (length = scan_escape(text + i, size - i)) == 0)
            return 0;
    }
    return 0;
}

static size_t count_digits(const char *text, size_t size)
{
    size_t digits = 0;

    while (digits < size && isdigit((unsigned char)text[digits]))
        digits++;
    return digits;
}

/* Returns true if json-c keeps an integer unchanged: it fits into int64_t or, without a
 * sign, into uint64_t. */
static bool is_kept(const char *digits, size_t n, bool negative)
{
    const char *most = negative ? "9223372036854775808" : "18446744073709551615";

    return n < strlen(most) || (n == strlen(most) && memcmp(digits, most, n) <= 0);
}

/* Returns true if a double can hold a number with that many digits before the point and n
 * digits of exponent. */
static bool is_finite(const char *number, size_t size, size_t digits, const char *exponent, size_t n)
{
    size_t value = 0;
    char copy[64];

    while (n > 1 && *exponent == '0')
        exponent++, n--;
    if (n > 3)
        return false;
    for (size_t i = 0; i < n; i++)
        value = 10 * value + (size_t)(exponent[i] - '0');
    if (digits + value < DOUBLE_DIGITS_MAX)
        return true;
    if (digits + value > DOUBLE_DIGITS_MAX || size >= sizeof(copy))
        return false;
    *(char *)mempcpy(copy, number, size) = 0;
    return isfinite(strtod(copy, NULL));
}

/* Returns the length of a number by RFC 8259; 0 if it is malformed, or too large to be stored and any is
 * false. */
static size_t scan_number(const char *text, size_t size, bool any)
{
    bool negative = text[0] == '-', whole = true;
    size_t i = negative, digits = count_digits(text + i, size - i), before = digits;

    if (digits == 0 || (digits > 1 && text[i] == '0'))
        return 0;
    i += digits;
    if (i < size && text[i] == '.') {
        whole = false;
        digits = count_digits(text + i + 1, size - i - 1);
        if (digits == 0)
            return 0;
        i += 1 + digits;
    }
    if (i < size && (text[i] == 'e' || text[i] == 'E')) {
        whole = false;
        i++;
        bool small = i < size && text[i] == '-';
        if (i < size && (text[i] == '+' || text[i] == '-'))
            i++;
        digits = count_digits(text + i, size - i);
        if (digits == 0 || (!any && !small && !is_finite(text, i + digits, before, text + i, digits)))
            return 0;
        i += digits;
    }
    if (any)
        return i;
    if (whole ? !is_kept(text + negative, before, negative) : before > DOUBLE_DIGITS_MAX - 1)
        return 0;
    return i;
}

/* Returns the length of true, false or null; 0 for another word. */
static size_t scan_word(const char *text, size_t size)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < ELEMENTS(words); i++)
        if (size >= strlen(words[i]) && memcmp(text, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

/* The kinds of characters outside of strings. */
enum kind {
    KIND_WRONG,
    KIND_BLANK,
    KIND_OTHER,
    KIND_STRING,
    KIND_NUMBER,
    KIND_WORD,
    KIND_VALUE, /* an object or an array */
    KIND_COLON,
};

static const unsigned char kinds[256] = {
    ['"'] = KIND_STRING,
    ['-'] = KIND_NUMBER,
    ['0' ... '9'] = KIND_NUMBER,
    ['{'] = KIND_VALUE,
    ['['] = KIND_VALUE,
    ['t'] = KIND_WORD,
    ['f'] = KIND_WORD,
    ['n'] = KIND_WORD,
    [':'] = KIND_COLON,
    ['}'] = KIND_OTHER,
    [']'] = KIND_OTHER,
    [','] = KIND_OTHER,
    [' '] = KIND_BLANK,
    ['\t'] = KIND_BLANK,
    ['\r'] = KIND_BLANK,
    ['\n'] = KIND_BLANK,
};

int json_scan(const char *text, size_t size, size_t values_max, bool any_number, size_t *ret_members)
{
    size_t members = 0, values = 0;
    char last = '\0';

    for (size_t i = 0, length; i < size; i += length) {
        enum kind kind = kinds[(unsigned char)text[i]];

        length = 1;
        if (kind == KIND_BLANK)
            continue;
        if (last == ',' && (text[i] == '}' || text[i] == ']'))
            return -EBADMSG;
        last = text[i];
        if (kind == KIND_OTHER)
            continue;
        if (kind == KIND_COLON) {
            members++;
            continue;
        }
        if (kind == KIND_STRING) {
            length = scan_string(text + i + 1, size - i - 1);
            length += length > 0;
        } else if (kind == KIND_NUMBER)
            length = scan_number(text + i, size - i, any_number);
        else if (kind == KIND_WORD)
            length = scan_word(text + i, size - i);
        if (length == 0 || kind == KIND_WRONG)
            return -EBADMSG;
        /* Each key was counted as a value: subtract one for each colon. */
        if (++values - members > values_max)
            return -EBADMSG;
    }

    *ret_members = members;
    return 0;
}
