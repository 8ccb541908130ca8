"""Generated documents of the CM toolkit: pages of recipes, and READMEs and notebooks that repeat a run."""
