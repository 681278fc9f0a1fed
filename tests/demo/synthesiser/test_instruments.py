import numpy as np
import pytest

from deepartist.demo.synthesiser.instruments import INSTRUMENTS, Instrument, render_note


def test_a_note_has_its_pitch():
    instrument = Instrument(sustain=1.0)
    for pitch, hertz in ((69, 440.0), (57, 220.0), (81, 880.0)):
        spectrum = np.abs(np.fft.rfft(render_note(instrument, pitch, 1.0)[:22_050]))
        assert abs(spectrum.argmax() - hertz) <= 1


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_notes_are_finite_even_in_level_and_end_silent(name):
    levels = []
    for pitch in (36, 60, 84):
        note = render_note(INSTRUMENTS[name], pitch, 0.4)
        assert note.dtype == np.float32 and np.isfinite(note).all()
        assert abs(note[-1]) < 0.02 and np.abs(note).max() < 3
        levels.append(np.sqrt((note**2).mean()))
    assert max(levels) / min(levels) < 4
