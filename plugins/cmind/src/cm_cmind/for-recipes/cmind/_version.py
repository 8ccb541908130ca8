"""The version of the interface: that of the last ``cmind`` whose behaviour this package has."""

__version__ = "4.2.0"
