"""Builds the script of the page of `deepartist explore`, and puts the workflow into wheels.

The script is bundled by npm, with a library that draws on the GPU. Where npm is missing, all other
commands can be installed.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("workflow/deepartist/explorer/page")
SCRIPT = PAGE / "explorer.js"

# As they lie in the checkout, for the rules name each other and their captions by relative paths.
WORKFLOW = (
    *("Snakefile", "config.yaml", "configs", "envs", "profiles/default"),
    *("workflow/report", "workflow/rules"),
)


class WorkflowHook(BuildHookInterface):
    """Builds the page's script; adds the workflow to wheels."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the script, and name the files to add and where they go."""
        self._build_script(Path(self.root))
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"] |= {
                name: f"deepartist/pipeline/{name}" for name in WORKFLOW
            }

    def _build_script(self, root: Path) -> None:
        sources = [*(root / PAGE).glob("package*.json"), *(root / PAGE / "src").iterdir()]
        script = root / SCRIPT
        if script.exists() and all(
            source.stat().st_mtime <= script.stat().st_mtime for source in sources
        ):
            return
        npm = shutil.which("npm")
        if npm is None:
            self.app.display_warning("deepartist explore will not work: npm is not there")
            return
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        for command in (install, [npm, "run", "build"]):
            ended = subprocess.run(command, cwd=root / PAGE, capture_output=True, text=True)
            if ended.returncode != 0:
                said = f"{ended.stdout}{ended.stderr}".strip()
                self.app.display_warning(f"deepartist explore will not work: {said}")
                return
