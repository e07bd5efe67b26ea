"""What the code must not contain, and how long its parts may be."""

import ast
import re
import subprocess

import pytest

from bench.declared.tables import read_table
from bench.folders import table_folder, table_names
from iunet.declare.protocol import FOLDER, shipped_protocols

PACKAGES = ("iunet", "baselines", "bench")
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
ELSEWHERE = [
    *(f"/{folder}/" for folder in ("work", "root", "home", "Users")),
    *(".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("conda", "io"))),
]
"""Paths of one machine and hosts of package registries, which belong to whoever installs."""


def python_files(root, *folders):
    return [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def strings(path):
    return [
        (node.lineno, node.value)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_no_code_names_a_protocol(root):
    keys = set(shipped_protocols())
    assert len(keys) >= 2

    naming = [
        f"{path.relative_to(root)}:{line} names {value!r}"
        for path in python_files(root, *PACKAGES)
        for line, value in strings(path)
        if value in keys
    ]

    assert naming == []


def test_no_declaration_but_the_protocols_themselves_names_a_protocol(root):
    quoted = re.compile("|".join(f"[\"']{re.escape(key)}[\"']" for key in shipped_protocols()))
    files = [
        path
        for folder in (*PACKAGES, "tables")
        for pattern in ("*.toml", "*.j2")
        for path in sorted((root / folder).rglob(pattern))
        if path.parent != FOLDER
    ]
    own = {table_folder(name) / read_table(name).protocol for name in table_names()}
    files = [path for path in files if path not in own]
    assert files

    assert [str(path) for path in files if quoted.search(path.read_text(encoding="utf-8"))] == []


def test_no_file_is_longer_than_400_lines(root):
    lengths = {
        str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(root, *PACKAGES, "tests")
    }

    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_longer_than_40_lines_without_its_docstring(root):
    too_long = [
        f"{path.relative_to(root)}: {node.name} has {length(node)} lines"
        for path in python_files(root, *PACKAGES)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if length(node) > LONGEST_FUNCTION
    ]

    assert too_long == []


def length(function):
    """Lines of a function, its docstring aside."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_every_module_and_every_public_function_and_class_says_what_it_is(root):
    silent = []
    for path in python_files(root, *PACKAGES):
        tree = parsed(path)
        named = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        ]
        if tree.body and not ast.get_docstring(tree):
            silent.append(str(path.relative_to(root)))
        silent += [
            f"{path.relative_to(root)}: {node.name}"
            for node in named
            if not ast.get_docstring(node)
        ]

    assert silent == []


def test_no_file_names_a_place_on_one_machine_or_a_package_registry(root):
    forbidden = re.compile("|".join(map(re.escape, ELSEWHERE)))

    naming = []
    for path in kept_files(root):
        found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        if found:
            naming.append(f"{path.relative_to(root)} names {found[0]!r}")

    assert naming == []


def kept_files(root):
    """The files that are or would be under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a clone: git does not know this folder")
    return [root / name for name in listed.stdout.splitlines() if (root / name).is_file()]
