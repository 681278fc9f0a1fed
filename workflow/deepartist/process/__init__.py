"""How a process starts, ends, writes files and words errors; nothing here can change a result."""
