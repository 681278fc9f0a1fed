"""Fingerprints of the code of a stage, so that an edit reruns only what depends on it."""

import ast
import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from deepartist.files.audio_folder import is_audio_name, is_system_folder
from deepartist.files.digests import digest_file

PACKAGE = __name__.partition(".")[0]
ROOT = Path(__file__).parents[1]
# No result depends on these folders: they hold how a process runs and writes, and provenance.
WITHOUT_EFFECT = ("process", "provenance")


def fingerprint(*stages: str) -> list[str]:
    """Hash the modules that a stage consists of.

    Snakemake does not notice that an imported module changed. If a rule has this list in its
    `params`, it does, and a dry run names the module.

    Parameters
    ----------
    *stages : str
        Modules of this package, without its name: ``"training.train_basic"``, ``"datasets.msd"``.

    Returns
    -------
    list of str
        ``module=hash`` for each stage and each module of this package that it imports, directly or
        not, sorted. The hash is computed from the syntax tree without docstrings, so comments and
        layout have no effect. Modules in the folders `WITHOUT_EFFECT` are left out.
    """
    closure: set[str] = set()
    pending = [f"{PACKAGE}.{stage}" for stage in stages]
    while pending:
        module = pending.pop()
        if module not in closure:
            closure.add(module)
            pending.extend(_read_module(module)[1])
    return [f"{module}={_read_module(module)[0]}" for module in sorted(closure)]


def fingerprint_file(name: str) -> str:
    """Hash a data file of the package."""
    return f"{name}={_digest((ROOT / name).read_bytes())}"


def fingerprint_data(paths: Iterable[str]) -> list[str]:
    """Hash the contents of data files: ``name=hash`` for each, an empty hash if it is missing."""
    entries = []
    for path in map(Path, paths):
        digest = digest_file(path)[:12] if path.is_file() else ""
        entries.append(f"{path.name}={digest}")
    return entries


def fingerprint_folder(folder: Path | str) -> str:
    """Hash the names, sizes and times of the audio files below a folder.

    Other files, such as cover pictures and playlists, and the folders of systems are skipped, as
    loaders do (`deepartist.files.audio_folder`).
    """
    digest = hashlib.sha256()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_system_folder(name))
        for name in sorted(filter(is_audio_name, names)):
            path = Path(place, name)
            status = path.lstat()
            digest.update(os.fsencode(path.relative_to(folder)))
            digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:12]


@cache
def _read_module(module: str) -> tuple[str, tuple[str, ...]]:
    """Return the hash of a module and the modules of this package that it imports."""
    path = _module_path(module)
    if path is None:
        raise ModuleNotFoundError(f"{module} is not a module of {PACKAGE}")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = tuple(sorted(_first_party_imports(tree)))
    for node in ast.walk(tree):
        _drop_docstring(node)
    return _digest(ast.dump(tree).encode()), imports


def _module_path(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _first_party_imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # an imported name is a module in `from deepartist.mels import mel`, but not in
            # `from deepartist.mels.mel import log_mel`
            names.add(str(node.module))
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            raise SyntaxError(f"relative import in line {node.lineno}; write the full name")
    return {
        name
        for name in names
        if name.startswith(f"{PACKAGE}.")
        and name.split(".")[1] not in WITHOUT_EFFECT
        and _module_path(name)
    }


def _drop_docstring(node: ast.AST) -> None:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
        node.body = node.body[1:]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
