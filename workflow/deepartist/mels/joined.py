"""Files that hold several streams one after the other, or more sound than their header says.

Ogg allows a chain of streams (internet radio is recorded so), and people join files by copying
their bytes. libsndfile reads the first stream only; of an MP3 file, it reads what the header
states or, where there is none, as much as the bit rate of the first frames makes it expect.
"""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.mp3 import MPEGInfo

# How a stream starts: an Ogg page of version 0 with the flag "first page" (RFC 3533, section 6);
# FLAC's marker with the header of its first block, of 34 bytes (RFC 9639, section 8).
STREAM_STARTS = {b"OggS": b"OggS\x00\x02", b"fLaC": b"fLaC\x00\x00\x00\x22"}
PAGE_HEADER_BYTES = 27  # of an Ogg page; its last byte is the number of lengths that follow
SERIAL = slice(14, 18)  # an Ogg page's bytes with the number of its stream
BLOCK_BYTES = 2**18  # small enough for the processor's cache
LARGEST_PAGE_BYTES = PAGE_HEADER_BYTES + 255 + 255 * 255

# Tags at the end of an MP3 file take less than this much sound does, unless they hold a picture.
MP3_SURPLUS_S = 0.5
HEADER_WITHIN_BYTES = 64  # of the first frame: the encoder's statement of length and bit rate
FRAMES_LOOKED_AT = 32


class Part(io.RawIOBase):
    """Bytes of a file from `start` to `end`, as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file, self._start, self._size, self._place = file, start, end - start, 0

    def readable(self) -> bool:
        """Return True: libsndfile's and FFmpeg's wrappers ask for it."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the place of the next read; return it."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, origin + offset)
        return self._place

    def tell(self) -> int:
        """Return the place of the next read."""
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as there are bytes; return their number."""
        n_wanted = max(0, min(len(buffer), self._size - self._place))
        self._file.seek(self._start + self._place)
        data = self._file.read(n_wanted)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


def ends_in_another_stream(path: Path) -> bool:
    """Return whether the last page of an Ogg file is of another stream than the first.

    This takes two short reads. It is also true of several streams at a time, as in a video.
    """
    try:
        with path.open("rb") as file:
            first = file.read(PAGE_HEADER_BYTES)
            if not first.startswith(b"OggS"):
                return False
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - LARGEST_PAGE_BYTES))
            end = file.read()
    except OSError:  # the decoders say why it cannot be read
        return False
    last = end[end.rfind(b"OggS") :]
    return last[SERIAL] != first[SERIAL]


def find_parts(path: Path) -> list[tuple[int, int]]:
    """Find the streams that lie one after the other in an Ogg or FLAC file.

    Returns
    -------
    list of (int, int)
        First byte of each and the byte after its last; empty for other kinds of files.
    """
    try:
        with path.open("rb") as file:
            mark = STREAM_STARTS.get(file.read(4))
            if mark is None:
                return []
            # A file with a damaged header may have no start at all.
            return list(pairwise([*_starts(file, mark), file.seek(0, io.SEEK_END)]))
    except OSError:  # the decoders say why it cannot be read
        return []


def _starts(file: BinaryIO, mark: bytes) -> Iterator[int]:
    """Yield the places where streams start after all earlier ones have ended."""
    after_page = -1  # where the first page ends of the stream before
    for place in _places(file, mark):
        # Streams that run at a time, such as pictures and sound, have their first pages together.
        if place != after_page:
            yield place
        if mark.startswith(b"OggS"):
            file.seek(place)
            header = file.read(PAGE_HEADER_BYTES)
            lengths = file.read(header[-1])
            after_page = place + len(header) + len(lengths) + sum(lengths)


def _places(file: BinaryIO, mark: bytes) -> Iterator[int]:
    """Yield the places of some bytes in a file; a block of it at a time is in memory."""
    pattern = re.compile(re.escape(mark))  # faster than `bytes.find`
    start = 0
    while True:
        file.seek(start)
        block = file.read(BLOCK_BYTES)
        for match in pattern.finditer(block):
            yield start + match.start()
        if len(block) < BLOCK_BYTES:
            return
        start += len(block) - len(mark) + 1  # a place may lie across the end of a block


def mp3_goes_on(path: Path, read_s: float) -> bool:
    """Return whether an MP3 file may hold more sound than was read of it.

    Parameters
    ----------
    path : Path
        The file; False for files of other formats.
    read_s : float
        Seconds that a decoder has read from the start until it saw the end.

    Returns
    -------
    bool
        With a header that states the mean bit rate: whether bytes are left for half a second.
        Without: the same, or whether the bit rate varies, so that the decoder could not know the
        length.
    """
    try:
        with path.open("rb") as file:
            if not _is_mp3(file):
                return False
            info: Any = MPEGInfo(file)  # mutagen gives it attributes that mypy does not see
            if info.layer != 3:
                return False
            file.seek(info.frame_offset)
            data = file.read()
    except (OSError, MutagenError):
        return False
    n_read = info.bitrate / 8 * read_s
    if len(data) - n_read > info.bitrate / 8 * MP3_SURPLUS_S:
        return True
    has_header = any(name in data[:HEADER_WITHIN_BYTES] for name in (b"Xing", b"Info", b"VBRI"))
    return not has_header and not _is_constant(data, info)


def _is_mp3(file: BinaryIO) -> bool:
    """Return whether a file starts with a frame of MPEG audio, or with a tag; rewind it."""
    first = file.read(3)
    file.seek(0)
    return first == b"ID3" or (len(first) == 3 and first[0] == 0xFF and first[1] & 0xE0 == 0xE0)


def _is_constant(data: bytes, info: Any) -> bool:
    """Return whether frames of one size lie where a constant bit rate puts them."""
    samples_per_frame = 1152 if info.version == 1 else 576
    frame_bytes = samples_per_frame / 8 * info.bitrate / info.sample_rate
    n_frames = int(len(data) / frame_bytes)
    step = max(1, n_frames // FRAMES_LOOKED_AT)
    for number in range(0, n_frames, step):
        place = int(number * frame_bytes)
        # A frame has a byte more or not, so that the mean is right: hence one byte to each side.
        near = (data[at : at + 3] for at in (place, place - 1, place + 1) if at >= 0)
        if not any(_same_frame(header, data[:3]) for header in near):
            return False
    return True


def _same_frame(header: bytes, first: bytes) -> bool:
    """Return whether two frames have the same version, layer, bit rate and sample rate."""
    return header[:2] == first[:2] and header[2:3] != b"" and header[2] & 0xFC == first[2] & 0xFC
