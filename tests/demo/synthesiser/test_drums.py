import numpy as np
import pytest

from deepartist.demo.synthesiser.drums import KITS, Tuning, render_hit


@pytest.mark.parametrize("kit", KITS)
def test_strokes_are_finite_heard_and_end_silent(kit):
    for voice in KITS[kit]:
        hit = render_hit(kit, voice, Tuning(), 0)
        assert np.isfinite(hit).all() and np.abs(hit).max() > 0.03 and abs(hit[-1]) < 1e-6
        assert not np.allclose(hit[:600], render_hit(kit, voice, Tuning(pitch=1.2), 1)[:600])
