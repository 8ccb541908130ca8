"""LoadGen over the network: systems under test that are other processes, reached by HTTP."""
