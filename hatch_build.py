"""Puts the workflow into the wheel, so that `deepartist run` works from any folder."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# As they lie in the checkout, for the rules name each other and their captions by relative paths.
WORKFLOW = (
    *("Snakefile", "config.yaml", "configs", "envs", "profiles/default"),
    *("workflow/report", "workflow/rules"),
)


class WorkflowHook(BuildHookInterface):
    """Adds the workflow to wheels; an editable install uses that of the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to add, and where they go."""
        if version == "standard":
            build_data["force_include"] |= {
                name: f"deepartist/pipeline/{name}" for name in WORKFLOW
            }
