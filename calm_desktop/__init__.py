"""CALM Desktop: customer asset lifecycle management on a desk."""

__version__ = "0.2.0"
