"""The project's own mail generator: see generate.py."""
