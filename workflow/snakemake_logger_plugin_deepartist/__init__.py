"""A logger of Snakemake, ``--logger deepartist``: a line for each stage, and what runs now.

Snakemake finds it by the name of this package. Options that ask for other output, as ``--dry-run``
and ``--verbose`` do, bring Snakemake's own back.
"""

import logging
import sys

from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import OutputSettingsLoggerInterface


class LogHandler(LogHandlerBase):
    """Hands each record to the view of a run, or to what Snakemake uses without a plugin."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Choose the handler by the options of this run."""
        # Not above: Snakemake imports this package in any workflow of the environment, which may
        # lack what is needed here.
        from deepartist.progress.screen import Screen
        from deepartist.progress.view import View

        asked = self.common_settings
        others = (asked.verbose, asked.quiet, asked.printshellcmds, asked.debug_dag)
        self._handler = (
            snakemakes_handler(asked)
            if asked.dryrun or any(others)
            else View(Screen(sys.stderr, not asked.nocolor), asked.show_failed_logs)
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        self._handler.handle(record)

    def close(self) -> None:
        """End the output."""
        self._handler.close()
        super().close()


def snakemakes_handler(asked: OutputSettingsLoggerInterface) -> logging.Handler:
    """Make the handler that Snakemake uses without a plugin."""
    handler: logging.Handler = ColorizingTextHandler(
        nocolor=asked.nocolor,
        stream=sys.stdout if asked.stdout else sys.stderr,
        formatter=DefaultFormatter(asked.quiet, asked.show_failed_logs),
        filter=DefaultFilter(
            asked.quiet, asked.debug_dag, asked.verbose, asked.dryrun, asked.printshellcmds
        ),
    )
    return handler
