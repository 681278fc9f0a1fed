"""How a file was made: code, commit, settings, data, package versions, device and seed.

No stage reads this record, so this module is not part of the fingerprint of a stage.
"""

import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from deepartist.files.digests import digest_file
from deepartist.provenance.fingerprint import ROOT, fingerprint

# Packages whose versions may change results.
PACKAGES = (
    "av",
    "librosa",
    "numcodecs",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "soundfile",
    "soxr",
    "torch",
    "zarr",
)
# Fields that do not affect the result: the same code may be in many commits.
_ABOUT_THE_CLONE = ("commit", "uncommitted_changes")
GIT_TIMEOUT_S = 20


def describe_origin(
    stage: str,
    *,
    inputs: Iterable[Path],
    settings: Mapping[str, Any],
    seed: int,
    device: str = "cpu",
    modules: Iterable[str] = (),
) -> dict[str, Any]:
    """Describe how the results of a stage are made, as values for JSON.

    Parameters
    ----------
    stage : str
        The stage's module, as in `fingerprint`.
    inputs : iterable of Path
        Files that the stage reads; their paths and SHA-256 digests are recorded.
    settings : mapping
        The stage's block of the config.
    seed : int
    device : str
    modules : iterable of str
        Modules that the stage imports by a name from its settings, as in `fingerprint`; they are
        recorded as part of its code.

    Returns
    -------
    dict
        Keys stage, code (list of ``module=hash``), commit (str, or None outside a git checkout),
        uncommitted_changes (bool or None), settings, seed, device, inputs (path to digest) and
        packages (name to version; Python is included).
    """
    return {
        "stage": stage,
        "code": fingerprint(stage, *modules),
        **describe_clone(),
        "settings": settings,
        "seed": seed,
        "device": device,
        "inputs": {str(path): digest_file(path) for path in inputs},
        "packages": {"python": platform.python_version(), **_versions()},
    }


def work_key(origin: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the fields that cannot change a result, such as the commit."""
    return {key: value for key, value in origin.items() if key not in _ABOUT_THE_CLONE}


def describe_clone(folder: Path = ROOT) -> dict[str, Any]:
    """Return the commit of the code, and whether it was edited since; None if this is unknown."""
    unknown = {"commit": None, "uncommitted_changes": None}
    # A package that is installed inside another project's checkout, as in its .venv, is not part of
    # that project's commit.
    if not folder.is_dir() or _git(folder, "ls-files", "--error-unmatch", "__init__.py") is None:
        return unknown
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--", "..")
    if not commit or changes is None:
        return unknown
    return {"commit": commit, "uncommitted_changes": bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _versions() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
