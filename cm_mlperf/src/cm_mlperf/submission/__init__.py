"""Makes submissions from runs: the tree of the round and all that it has to hold."""
