"""LoadGen over the network: systems under test that are other processes, reached by HTTP.

- ``client``: the side of LoadGen: a system under test that asks others;
- ``node``: the side of the model: an HTTP server that runs batches for others;
- ``wire``: what client and node of a network run say to each other: arrays as uncompressed NPZ over HTTP.
"""
