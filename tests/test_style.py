"""The house style, measured: size of files and functions, docstrings, excepts."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

import chimera

PACKAGE = Path(chimera.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[str, Function]]:
    """Yield every function of the package with its place."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}", node


def is_overload(node: Function | ast.ClassDef) -> bool:
    """Return whether a definition only tells a type checker another signature."""
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)


def body_lines(node: Function) -> int:
    """Return the lines of a body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def depth(node: ast.AST, level: int = 0) -> int:
    """Return the deepest nesting of blocks below a node; an elif does not nest."""
    deepest = level
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, Function | ast.ClassDef):
                chained = (
                    isinstance(node, ast.If) and name == "orelse" and isinstance(child, ast.If)
                )
                deepest = max(
                    deepest, depth(child, level + (isinstance(child, BLOCKS) and not chained))
                )
    return deepest


def code_lines(path: Path) -> int:
    """Return the lines of a file that are neither blank nor comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if line.strip() and not line.lstrip().startswith("#"))


def test_files_are_short() -> None:
    """No file has more than 400 lines, half of them at most 150."""
    sizes = {str(path.relative_to(PACKAGE)): code_lines(path) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert statistics.median(sizes.values()) <= 150


def test_file_names_say_something() -> None:
    """No file is called after its being of use."""
    vague = {"utils", "helpers", "common", "base", "manager", "misc"}
    assert not {path.stem for path in FILES} & vague


def test_functions_are_short() -> None:
    """No body is longer than 50 lines, nine in ten have at most 24, half at most 6."""
    sizes = sorted(body_lines(node) for _, node in functions())
    assert sizes[-1] <= 50
    assert sizes[int(0.9 * (len(sizes) - 1))] <= 24
    assert statistics.median(sizes) <= 6


def test_functions_are_flat() -> None:
    """No function nests more than three blocks."""
    assert {name: depth(node) for name, node in functions() if depth(node) > 3} == {}


def test_signatures_are_narrow() -> None:
    """No function takes more than six parameters."""
    wide = {}
    for name, node in functions():
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = sum(argument.arg not in {"self", "cls"} for argument in arguments)
        if count > 6:
            wide[name] = count
    assert wide == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_have_docstrings(path: Path) -> None:
    """Modules, public classes and public functions say what they are for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node for node in tree.body if isinstance(node, Function | ast.ClassDef)]
    for parent in [node for node in named if isinstance(node, ast.ClassDef)]:
        if not parent.name.startswith("_"):
            named += [node for node in parent.body if isinstance(node, Function | ast.ClassDef)]
    public = [n for n in named if not n.name.startswith("_") and not is_overload(n)]
    missing = [node.name for node in public if not ast.get_docstring(node)]
    assert ast.get_docstring(tree) or not tree.body
    assert missing == []


def test_broad_excepts_give_their_reason() -> None:
    """No bare `except`; one for all exceptions raises again or says on its line why."""
    unexplained = []
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if not isinstance(node, ast.ExceptHandler):
                continue
            name = node.type.id if isinstance(node.type, ast.Name) else None
            broad = node.type is None or name in {"Exception", "BaseException"}
            raises = any(isinstance(child, ast.Raise) for child in ast.walk(node))
            if broad and not raises and "#" not in lines[node.lineno - 1]:
                unexplained.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert unexplained == []
