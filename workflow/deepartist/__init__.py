"""Music representations learned from artist labels (Park et al., ISMIR 2018)."""
