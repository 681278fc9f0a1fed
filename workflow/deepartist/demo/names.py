"""Invented names of artists and titles of songs."""

import numpy as np

_FIRST = (
    "Amber",
    "Basalt",
    "Cedar",
    "Delta",
    "Ember",
    "Fable",
    "Granite",
    "Harbour",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lantern",
    "Meridian",
    "Northern",
    "Opal",
    "Paper",
    "Quiet",
    "Rusty",
    "Silver",
    "Tidal",
)
_SECOND = (
    "Arcade",
    "Brothers",
    "Choir",
    "Drifters",
    "Engine",
    "Foxes",
    "Gardens",
    "Hollow",
    "Islands",
    "Jubilee",
    "Kites",
    "Lights",
    "Machine",
    "Nights",
    "Orchard",
    "Parade",
    "Quartet",
    "Rivers",
    "Sisters",
    "Trio",
)
_TITLES = (
    "After the Rain",
    "Blue Window",
    "Counting Trains",
    "Down by the Mill",
    "Every Other Sunday",
    "Far from Shore",
    "Glass and Gold",
    "Half a Moon",
    "In the Long Grass",
    "Just Before Seven",
    "Letters Home",
    "Morning Ferry",
    "No Return Ticket",
    "Over the Wires",
    "Postcards",
    "Red Lamp",
    "Slow Carousel",
    "The Last Bus",
    "Under Your Coat",
    "Winter Coast",
)


def draw_artist_name(seed: int) -> str:
    """Invent the name of a band; different seeds nearly always give different names."""
    rng = np.random.default_rng(seed)
    return f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {seed % 10_000}"


def draw_title(seed: int) -> str:
    """Invent the title of a song."""
    return str(np.random.default_rng(seed).choice(_TITLES))
