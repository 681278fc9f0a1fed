"""What features are worth: retrieval, classification, and how sure that is."""
