"""The reference models in PyTorch, for files that hold weights alone.

Each function takes the weights of such a file, by name, and gives what computes outputs from inputs. The
names are those of torchvision (ResNet, RetinaNet) and of transformers (BERT), which made the published files.

- ``bert``, ``resnet``, ``retinanet``: the networks;
- ``weights``: files of weights, by name.
"""
