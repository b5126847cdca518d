"""The shell: who runs, with what, how it is wired."""

__version__ = "0.1.0"
