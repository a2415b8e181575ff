"""The mutants of a C source: each is one small change of its text."""

import re
from dataclasses import dataclass

SKIPPED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^[ \t]*#(?:\\\n|[^\n])*', re.S | re.M)
CONDITION = re.compile(r"\b(?:if|while) (?=\()")
OPERATOR = re.compile(r" (<|<=|>|>=|==|!=|&&|\|\|) ")
OTHERS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
# The smaller or greater of two values: when they are equal, either is.
EITHER = re.compile(
    r"([\w.>-]+) [<>]=? ([\w.>-]+) \? (?:\1 : \2|\2 : \1)\b|if \(([\w.>-]+) [<>]=? ([^;{}]+)\)\s+\3 = \4;"
)
CALL = re.compile(r"(?<=[;{})\n])(\s+)((?!(?:if|while|for|switch|return|sizeof|do|else|case)\b)[a-z_]\w*(?:(?:->|\.)\w+)*)(?=\()")
ERROR = re.compile(r"\breturn (-E[A-Z0-9]+|-errno|r)(?=;)")
NUMBER = re.compile(r"(?<![\w.\"])(?:0x[0-9a-fA-F]+|\d+)(?![\w.])")
LENGTH = re.compile(r"\b(?:memcmp|strncmp|strncasecmp)(?=\()")
# The size of a buffer, so far as its line goes.
DECLARED_SIZE = re.compile(r"^ *(?:static )?(?:unsigned )?(?:char|uint8_t) [^;\n]*\[$", re.M)


@dataclass(frozen=True)
class Mutant:
    """One change: the text between start and end of the file becomes another one."""

    file: str
    line: int
    kind: str
    start: int
    end: int
    text: str
    before: str  # the line as it is, and as it becomes
    after: str

    def apply(self, source):
        return source[: self.start] + self.text + source[self.end :]

    def __str__(self):
        return f"{self.file}:{self.line}: {self.kind}: `{self.before}` -> `{self.after}`"


def mask(source):
    """The source with blanks for comments, texts and lines of the preprocessor, as long as it was."""
    return SKIPPED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def closing(masked, start):
    """The place behind the parenthesis that closes the one at the start."""
    depth = 0
    for place in range(start, len(masked)):
        depth += {"(": 1, ")": -1}.get(masked[place], 0)
        if depth == 0:
            return place + 1
    return None


def neighbours(number, before):
    """The constants beside one that is an edge: 2 and more, 1 in arithmetic and comparisons, the first of an array."""
    value = int(number, 16 if number.startswith("0x") else 8 if re.fullmatch("0[0-7]+", number) else 10)
    if value > 1 or (value == 1 and re.search(r"[-+<>=] $", before)):
        return [str(value - 1), str(value + 1)]
    return ["1"] if value == 0 and before.endswith("[") else []


def find_changes(source):
    """Yields kind, start, end and new text of every change."""
    masked = mask(source)
    for found in CONDITION.finditer(masked):
        end = closing(masked, found.end())
        yield "condition negated", found.end(), end, f"(!{source[found.end():end]})"
    either = [found.span() for found in EITHER.finditer(masked)]
    for found in OPERATOR.finditer(masked):
        if any(start < found.start(1) < end for start, end in either):
            continue
        kind = "comparison" if found[1] not in ("&&", "||") else "and, or"
        yield kind, found.start(1), found.end(1), OTHERS[found[1]]
    for found in CALL.finditer(masked):
        end = closing(masked, found.end())
        # A name at the start of a line is a declaration.
        if end and masked[end] == ";" and found[1][-1] != "\n":
            yield "call removed", found.start(2), end, "(void)0"
    for found in ERROR.finditer(masked):
        if found[1] != "r" or re.search(r"\br < 0\)\s*$", masked[: found.start()]):
            yield "error to success", found.start(1), found.end(1), "0"
    for found in NUMBER.finditer(masked):
        if not DECLARED_SIZE.search(masked[max(0, found.start() - 130) : found.start()]):
            for text in neighbours(found[0], masked[found.start() - 3 : found.start()]):
                yield "constant", found.start(), found.end(), text
    for found in LENGTH.finditer(masked):
        end = closing(masked, found.end()) - 1
        yield "length compared", end, end, " - 1"


def find_mutants(file, source):
    """Every mutant of a file, by place."""
    mutants = []
    for kind, start, end, text in find_changes(source):
        first, last = source.rfind("\n", 0, start) + 1, source.find("\n", end)
        before = source[first:last]
        after = source[first:start] + text + source[end:last]
        line = source.count("\n", 0, start) + 1
        mutants.append(Mutant(file, line, kind, start, end, text, shown(before), shown(after)))
    return sorted(mutants, key=lambda mutant: (mutant.start, mutant.text))


def shown(text):
    return " ".join(text.split())
