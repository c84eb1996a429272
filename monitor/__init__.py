"""monitor: a self-hosted early-warning desk for geopolitics."""

__version__ = "0.1.0"
