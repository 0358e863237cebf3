"""The GUI's backend."""
