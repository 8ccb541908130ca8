"""Repositories of the CM toolkit: pull, create, pack, update and remove them."""
