"""JSON texts by family: valid ones, invalid ones, and those a parser may take either way."""

from __future__ import annotations

from collections.abc import Iterator

_DOCUMENT = '{"a": [1, "b", null, true], "c": -1.5e3, "d": {}}'
_NUMBERS = [
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "123456789",
    "0.5",
    "-0.5",
    "1.0",
    "0.0",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "1.5e3",
    "-1.5E-3",
    "0e0",
    "0e+1",
    "1e00",
    "20.25e2",
    "9007199254740993",
    "18446744073709551616",
    "0.1",
    "3.141592653589793",
    "2.2250738585072014e-308",
]
_BAD_NUMBERS = [
    "01",
    "-01",
    "1.",
    "-1.",
    ".5",
    "-.5",
    "1e",
    "1e+",
    "1e-",
    "1E",
    "0e",
    "1.e5",
    "+1",
    "++1",
    "--1",
    "-",
    "+",
    "0x10",
    "0b1",
    "0o7",
    "1_000",
    "1.2.3",
    "1e5.5",
    "Inf",
    "inf",
    "nan",
    "-nan",
    "1f",
    "1L",
    "1n",
    "١",
    "1٢",
    "0.3e",
    "0.3e+",
    "2.e3",
    "2.e-3",
    "9.e+",
    "1eE2",
    "-2.",
    "012",
    "-012",
    "1/2",
    "½",
    "1e1e1",
]
_BAD_LITERALS = [
    "True",
    "False",
    "None",
    "TRUE",
    "NULL",
    "nul",
    "tru",
    "fals",
    "undefined",
    "nil",
    "truee",
    "nulll",
    "True,",
    "yes",
    "on",
    "*",
    "&",
    "$",
    "@",
    "`",
    "\\",
    "a",
    "?",
    "=",
]
_ESCAPES = ('\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\uD83D\\uDE00")
_BAD_ESCAPES = (
    "\\a", "\\x41", "\\'", "\\0", "\\ ", "\\u", "\\u1", "\\u12", "\\u123", "\\u123g", "\\U0041",
    "\\u{41}", "\\\\\\", "\\\t", "\\é", "\\N", "\\e", "\\-", "\\u 123", "\\uD83D\\u",
)  # fmt: skip
_TEXTS = (
    "é", "日本", "😀", "\u2028", "\u00a0", "\x7f", "\ufeff", "\ufffd", "a b", "//", "/*", "{}", "[]",
    "null", "a\u0301", "\u200b", "ﷺ",
)  # fmt: skip
_STRUCTURES = (
    "[]", "{}", "[[]]", "[{}]", '{"a":{}}', '{"":0}', '{"a":1,"b":2}', "[1,2,3]", "[null]", "[ ]",
    "{ }", "\n[\n1\n,\n2\n]\n", "\t[1]", "[1]\r\n", " [1] ", '{"a" : 1}', '[{"a":1},{"a":2}]',
    "[true,false,null]", '{"a":[{"b":[{"c":1}]}]}', "[[[[[[[[[[1]]]]]]]]]]",
    '{"é":1,"日本":2}', '{"a b":1}', '{"a/b":1,"c~d":2}',
)  # fmt: skip
_BROKEN = (
    "[1,]", "[,1]", "[1,,2]", "[,]", "[1 2]", "[1;2]", "[1:2]", '{"a":1,}', '{,"a":1}', '{"a"}',
    '{"a":}', "{:1}", '{"a" 1}', '{"a",1}', '{"a"::1}', '{"a":1 "b":2}', '{"a":1,,"b":2}', "{1:1}",
    "{null:1}", "{a:1}", "{'a':1}", "['a']", "[1}", '{"a":1]', "[[1]", '{"a":{"b":1}', "]", "}",
    "[1]]", '{"a":1}}', "[1][", '{"a":1} x', "[1] #", "[1] // c", "/* c */ [1]", "[1/* c */]",
    '{"a":1,"b"}', "[<null>]", "[\u00a01]", "[\u2028]", "[1]\x0c", "[\x0b1]", "[“a”]", '["a]',
    '[a"]', '["a" "b"]', '["a"', '{"a":"b', '{"a', "[\\n]", "[1],", "(1)", "<a/>", '{"a":/*c*/1}',
)  # fmt: skip
_FREE = (
    "[NaN]", "[Infinity]", "[-Infinity]", '{"a":NaN}', "[1e400]", "[-1e400]", "[1e-400]",
    '["\\uD800"]', '["\\uDC00"]', '["\\uD800\\uD800"]', '["\\uDFFF\\uDBFF"]', '{"\\uD800":1}',
    '{"a":1,"a":2}', '{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', '["\\u0000"]', '{"\\u0000":1}', "1", '"x"', "null", "true", "-0",
)  # fmt: skip


def valid() -> list[str]:
    """Return about 95 texts that every parser has to take."""
    numbers = [f"[{number}]" for number in _NUMBERS]
    strings = [f'["{text}"]' for text in (*_ESCAPES, *_TEXTS)]
    keyed = [f'{{"{escape}": 1}}' for escape in _ESCAPES]
    deep = ["[" * depth + "]" * depth for depth in (20, 60, 100)]
    long = ["[" + "1," * 5000 + "1]", '["' + "x" * 50_000 + '"]', '{"' + "k" * 5000 + '":1}']
    spaced = [f"{gap}[{gap}1{gap},{gap}2{gap}]{gap}" for gap in (" ", "\n", "\r\n", "\t")]
    return [*numbers, *strings, *keyed, *_STRUCTURES, *deep, *long, *spaced]


def invalid() -> list[str]:
    """Return about 190 texts that no parser may take."""
    cut = [_DOCUMENT[:end] for end in range(1, len(_DOCUMENT))]
    numbers = [f"[{number}]" for number in _BAD_NUMBERS]
    literals = [f"[{word}]" for word in _BAD_LITERALS]
    escapes = [f'["{escape}"]' for escape in _BAD_ESCAPES]
    controls = [f'["a{chr(code)}b"]' for code in range(1, 0x20)]
    return [*cut, *numbers, *literals, *escapes, *controls, *_BROKEN]


def free() -> Iterator[bytes]:
    """Yield about 35 texts on which parsers differ."""
    yield from (text.encode() for text in _FREE)
    yield b"[" * 500 + b"]" * 500
    yield b"[" + b"9" * 4300 + b"]"
    yield b"[" + b"9" * 5000 + b"]"
    yield b"[0." + b"3" * 5000 + b"]"
    yield b"\xef\xbb\xbf[1.5, 2.5]"
    yield b"\xef\xbb\xbf\xef\xbb\xbf[1.5, 2.5]"
    for text in ('["\xe9"]', '{"\xe9": 1.5}'):
        yield text.encode("latin-1")
        yield text.encode("utf-16")
    yield b'["\xed\xa0\x80"]'  # a surrogate in UTF-8
    yield b'["\xc0\xaf"]'  # an overlong slash
    yield b'["\xf4\x90\x80\x80"]'  # beyond Unicode
    yield b'["a\x00b"]'
