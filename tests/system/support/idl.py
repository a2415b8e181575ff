"""A small parser of varlink's interface description, and the check of values against it."""

import re

TOKEN = re.compile(r"[ \t\r\n]+|#[^\n]*|(->|\[\]|\[string\]|[(),:?]|[A-Za-z][A-Za-z0-9_.-]*)")

# The interface that every varlink service has (varlink.org/Service).
SERVICE = """
interface org.varlink.service
method GetInfo() -> (vendor: string, product: string, version: string, url: string, interfaces: []string)
method GetInterfaceDescription(interface: string) -> (description: string)
error InterfaceNotFound (interface: string)
error MethodNotFound (method: string)
error MethodNotImplemented (method: string)
error InvalidParameter (parameter: string)
error PermissionDenied ()
error ExpectedMore ()
"""


class Mismatch(AssertionError):
    """A value does not match the interface."""


class Interface:
    """types, methods (name -> (in, out)) and errors of one description; a struct is a dict, an enum a list."""

    def __init__(self, text):
        self.types, self.methods, self.errors = {}, {}, {}
        self._tokens = self._split(text)
        self._expect("interface")
        self.name = self._next()
        while self._tokens:
            kind, name = self._next(), self._next()
            # A name belongs to one thing of any kind: other parsers refuse duplicates.
            if name in {**self.types, **self.methods, **self.errors}:
                raise Mismatch(f"{self.name}: {name} is there twice")
            if kind == "type":
                self.types[name] = self._type()
            elif kind == "method":
                parameters = self._type()
                self._expect("->")
                self.methods[name] = (parameters, self._type())
            elif kind == "error":
                self.errors[name] = self._type()
            else:
                raise Mismatch(f"{self.name}: unexpected {kind!r}")

    @staticmethod
    def _split(text):
        tokens, at = [], 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise Mismatch(f"no token at {text[at:at + 20]!r}")
            if match.group(1):
                tokens.append(match.group(1))
            at = match.end()
        return tokens

    def _next(self):
        return self._tokens.pop(0)

    def _expect(self, token):
        found = self._next()
        if found != token:
            raise Mismatch(f"expected {token!r}, found {found!r}")

    def _type(self):
        token = self._next()
        if token in ("?", "[]", "[string]"):
            return (token, self._type())
        return self._composite() if token == "(" else token

    def _composite(self):
        if self._tokens[0] == ")":
            self._next()
            return {}
        if self._tokens[1] == ":":
            fields = {}
            while True:
                name = self._next()
                self._expect(":")
                fields[name] = self._type()
                if self._next() == ")":
                    return fields
        names = []
        while True:
            names.append(self._next())
            if self._next() == ")":
                return names

    def check(self, type_, value, path):
        """Raises Mismatch unless the value is of the type, to its last member."""
        if isinstance(type_, str) and type_ in self.types:
            self.check(self.types[type_], value, path)
        elif isinstance(type_, dict):
            self._check_struct(type_, value, path)
        elif isinstance(type_, list):
            if value not in type_:
                raise Mismatch(f"{path}: {value!r} is none of {type_}")
        elif isinstance(type_, tuple):
            self._check_container(type_, value, path)
        else:
            python = {"bool": bool, "int": int, "float": float, "string": str, "object": dict}[type_]
            if not isinstance(value, python) or (python is int and isinstance(value, bool)):
                raise Mismatch(f"{path}: {value!r} is no {type_}")

    def _check_struct(self, fields, value, path):
        if not isinstance(value, dict):
            raise Mismatch(f"{path}: {value!r} is no object")
        for name in value:
            if name not in fields:
                raise Mismatch(f"{path}.{name} is not in the interface")
        for name, type_ in fields.items():
            if name in value:
                self.check(type_, value[name], f"{path}.{name}")
            elif not is_optional(type_):
                raise Mismatch(f"{path}.{name} is missing")

    def _check_container(self, type_, value, path):
        kind, inner = type_
        if kind == "?":
            if value is not None:
                self.check(inner, value, path)
        elif kind == "[]":
            if not isinstance(value, list):
                raise Mismatch(f"{path}: {value!r} is no array")
            for i, element in enumerate(value):
                self.check(inner, element, f"{path}[{i}]")
        else:
            if not isinstance(value, dict):
                raise Mismatch(f"{path}: {value!r} is no map")
            for key, element in value.items():
                self.check(inner, element, f"{path}.{key}")


def is_optional(type_):
    return isinstance(type_, tuple) and type_[0] == "?"
