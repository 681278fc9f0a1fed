"""Where a run is shown: lines on a terminal, with a bar below them, or lines alone elsewhere."""

import sys
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from deepartist.progress import lines
from deepartist.progress.jobs import Jobs

BAR_WIDTH = 40
LISTED = 8  # running jobs below the bar


class Screen:
    """Lines that stay, and on a terminal a bar below them that moves."""

    def __init__(self, stream: TextIO, coloured: bool) -> None:
        self._stream = stream
        self._console = Console(file=stream, no_color=not coloured, highlight=False)
        self._live: Live | None = None

    def say(self, *said: str) -> None:
        """Print lines that stay."""
        for line in said:
            if self._live:
                self._live.console.print(Text(line), soft_wrap=True)
            else:
                self._stream.write(f"{line}\n")
        self._stream.flush()

    def show(self, jobs: Jobs, now_s: float) -> bool:
        """Draw the bar and the running jobs; False where nothing can be drawn twice."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            return False
        if self._live is None:
            # What the run prints by other ways goes above the bar, unless it is redirected.
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=sys.stdout.isatty(),
                redirect_stderr=sys.stderr.isatty(),
            )
            self._live.start()
        self._live.update(_drawn(jobs, now_s), refresh=True)
        return True

    def close(self) -> None:
        """Take the bar away; lines go on being printed."""
        if self._live:
            self._live.stop()
            self._live = None


def _drawn(jobs: Jobs, now_s: float) -> Group:
    longest, others = jobs.longest_running(LISTED)
    rows = [f"  {lines.running_job(job, now_s)}" for job in longest]
    if others:
        rows.append(f"  and {others} more")
    texts = [Text(row, no_wrap=True, overflow="ellipsis") for row in rows]
    bar = ProgressBar(total=jobs.total, completed=jobs.finished, width=BAR_WIDTH)
    # A bar does not end its line, so this follows it there.
    place = Text(f"  {jobs.finished} of {jobs.total} jobs  {lines.shown_time(now_s)}")
    return Group(bar, place, *texts)
