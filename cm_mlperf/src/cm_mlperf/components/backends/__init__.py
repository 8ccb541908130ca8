"""Systems under test that come with the plugin.

- ``feeding``: inputs of ONNX models that are no rows of samples, and those with the batch on another axis;
- ``null``: a system that answers at once;
- ``onnxfile``: what a file in ONNX says of itself;
- ``onnxruntime``: models in ONNX, run by ONNX Runtime;
- ``python``: models that are a function in a Python file;
- ``pytorch``: models of PyTorch.
"""
