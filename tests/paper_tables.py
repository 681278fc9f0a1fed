"""Rows and methods of the paper's tables, copied by hand."""

ROWS = ["GTZAN (fault-filtered)", "FMA small", "NAVER Korean"]
# method: (GTZAN, FMA small, of whom, where)
METHODS = {
    "2-D CNN": (0.6320, None, "Kereliuk, Sturm and Larsen", "Multimedia, 2015"),
    "Temporal features": (0.6590, None, "Jeong and Lee", "ISMIR 2016"),
    "Multi-level Multi-scale": (0.7200, None, "Lee and Nam", "Letters, 2017"),
    "SVM": (None, 0.5482, "Defferrard, Benzi, Vandergheynst and Bresson", "ISMIR 2017"),
    "Artist-label basic model": (0.7076, 0.5687, "Park, Lee, Park, Ha and Nam", "10,000 artists"),
    "Artist-label Siamese model": (0.7203, 0.5673, "Park, Lee, Park, Ha and Nam", "10,000 artists"),
}
