"""Where a run is shown: lines on a terminal, with a bar below them, or lines alone elsewhere."""

import sys
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from deepartist.progress import lines
from deepartist.progress.jobs import Jobs

LONGEST_BAR = 40
SHORTEST_BAR = 10
LISTED = 8  # running jobs below the bar
# At the right of each row, so that the ``^C`` of a key does not begin another line, which would
# stay behind when the rows are taken away.
FREE_COLUMNS = 3


class Screen:
    """Lines that stay, and on a terminal a bar below them that moves."""

    def __init__(self, stream: TextIO, coloured: bool) -> None:
        self._stream = stream
        # None: Rich then asks the variable NO_COLOR.
        self._console = Console(file=stream, no_color=None if coloured else True, highlight=False)
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
        # The stream, not the console: variables like FORCE_COLOR make that say yes for a file.
        if not self._stream.isatty() or self._console.is_dumb_terminal:
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
        self._live.update(_drawn(jobs, now_s, self._console.width - FREE_COLUMNS), refresh=True)
        return True

    @property
    def is_drawn(self) -> bool:
        """Whether the bar is on the screen."""
        return self._live is not None

    def close(self) -> None:
        """Take the bar away; lines go on being printed."""
        if self._live:
            self._live.stop()
            self._live = None


def _drawn(jobs: Jobs, now_s: float, width: int) -> Group:
    longest, others = jobs.longest_running(LISTED)
    rows = [f"  {lines.running_job(job, now_s)}" for job in longest]
    if others:
        rows.append(f"  and {others} more")
    place = f"{jobs.finished} of {jobs.total} jobs  {lines.shown_time(now_s)}"
    texts = [Text(text, no_wrap=True, overflow="ellipsis") for text in (place, *rows)]
    for text in texts:
        text.truncate(max(width, 1), overflow="ellipsis")
    room = min(width - len(place) - 2, LONGEST_BAR)
    if room < SHORTEST_BAR:
        return Group(*texts)
    texts[0].append("  ")
    texts[0].end = ""  # the bar follows on this line
    bar = ProgressBar(total=jobs.total, completed=jobs.finished, width=room)
    return Group(texts[0], bar, Text(""), *texts[1:])
