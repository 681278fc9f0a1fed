"""What made a file: code, commit, settings, data, package versions, device and seed.

None of it is read by a stage, so this module does not count among a stage's code.
"""

import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from deepartist.files.digests import digest_file
from deepartist.provenance.fingerprint import ROOT, fingerprint

# Packages on whose versions results may depend.
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
# Fields that say nothing of the result: the same code may be in many commits.
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
    """Gather what a stage's results come from, as JSON can hold it.

    Parameters
    ----------
    stage : str
        The module that runs, as in `fingerprint`.
    inputs : iterable of Path
        Files that the stage reads; recorded by path and SHA-256.
    settings : mapping
        The stage's block of the config.
    seed : int
    device : str
    modules : iterable of str
        Modules that the stage imports by a name from its settings, as in `fingerprint`; they count
        among its code.

    Returns
    -------
    dict
        Keys stage, code (list of ``module=hash``), commit (str, or None outside a git checkout),
        uncommitted_changes (bool or None), settings, seed, device, inputs (path to digest) and
        packages (name to version, Python's too).
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
    """Leave out what cannot alter a result: another commit of the same code, for one."""
    return {key: value for key, value in origin.items() if key not in _ABOUT_THE_CLONE}


def describe_clone(folder: Path = ROOT) -> dict[str, Any]:
    """Say which commit the code is of, and whether it was edited since; None where nobody knows."""
    nothing = {"commit": None, "uncommitted_changes": None}
    # A package that lies in another project's checkout, as in its .venv, is not of its commit.
    if not folder.is_dir() or _git(folder, "ls-files", "--error-unmatch", "__init__.py") is None:
        return nothing
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--", "..")
    if not commit or changes is None:
        return nothing
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
