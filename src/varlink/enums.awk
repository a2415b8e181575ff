# Makes a C header of an IDL file: its name, and for each enumeration three macros. Of "type KeyType (ec_p256, ...)" in
# the interface org.threatresponse.worker they are
#   WORKER_KEY_TYPE_NAMES              the names as strings: "ec_p256", ...
#   WORKER_KEY_TYPE_VALUES(KEY_)       as constants, for an enum: KEY_EC_P256, ...
#   WORKER_KEY_TYPE_ORDERED(KEY_, 1)   true if such constants count from 1 in this order, for a _Static_assert
# An enumeration that stands in place of a field's type is called TYPE_FIELD.

function to_upper(name) {
    while (match(name, /[a-z0-9][A-Z]/))
        name = substr(name, 1, RSTART) "_" substr(name, RSTART + 1)
    return toupper(name)
}

function print_enumeration(type, n, words,    i, names, values, order) {
    for (i = 1; i <= n; i++) {
        names = names (i > 1 ? ", " : "") "\"" words[i] "\""
        values = values (i > 1 ? ", " : "") "p##" to_upper(words[i])
        order = order (i > 1 ? " && " : "") "p##" to_upper(words[i]) " == (first) + " i - 1
    }
    printf "\n#define %s_NAMES %s\n#define %s_VALUES(p) %s\n", type, names, type, values
    printf "#define %s_ORDERED(p, first) (%s)\n", type, order
}

{
    sub(/#.*/, "")
    text = text " " $0
}

END {
    gsub(/[(),:]/, " & ", text)
    count = split(text, tokens, " ")
    for (i = 1; i <= count; i++) {
        if (tokens[i] == "interface") {
            prefix = interface = tokens[i + 1]
            sub(/.*\./, "", prefix)
            prefix = to_upper(prefix)
            printf "/* %s as C has it: made by src/varlink/enums.awk. */\n#pragma once\n\n", interface
            printf "#define %s_INTERFACE \"%s\"\n", prefix, interface
        } else if (tokens[i] ~ /^(type|method|error)$/) {
            type = "_" to_upper(tokens[i + 1])
            field = ""
        } else if (tokens[i + 1] == ":") {
            field = "_" to_upper(tokens[i])
        } else if (tokens[i] == "(") {
            # Words without types are an enumeration.
            n = 0
            for (j = i + 1; tokens[j + 1] ~ /^[,)]$/ && tokens[j] ~ /^[A-Za-z]/ && tokens[j - 1] != ")"; j += 2)
                words[++n] = tokens[j]
            if (n > 0)
                print_enumeration(prefix type field, n, words)
        }
    }
}
