"""The paper's tables, in the paper's shape."""
