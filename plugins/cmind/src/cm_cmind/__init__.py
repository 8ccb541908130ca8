"""Code written for ``cmind``, run by the CM toolkit; the package it imports is in ``for-recipes``."""
