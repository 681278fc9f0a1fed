"""How a command runs, ends and writes; nothing here can alter a result."""
