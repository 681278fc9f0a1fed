"""Training of the basic, the Siamese and the tag model."""
