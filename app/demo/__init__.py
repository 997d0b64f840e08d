"""The demo city: made by a seeded generator, so that everybody sees the same one. Names and numbers are invented."""

from app.demo.load import DEMO_PASSWORD, load

__all__ = ["DEMO_PASSWORD", "load"]
