"""Live tests: the real program against real and scripted servers on loopback."""
