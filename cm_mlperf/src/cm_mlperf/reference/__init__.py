"""The reference models of MLPerf inference: their data sets and how their answers are judged.

Facts (sizes, constants, formats of logs) follow the rules and the public reference implementation at
https://github.com/mlcommons/inference.

- ``catalog``: the reference models, their data sets and measures of accuracy, as the hooks of this plugin
  give them;
- ``detection``: mean average precision by the rules of COCO: overlaps 0.50 to 0.95, 100 boxes an image, all
  sizes;
- ``imagefiles``: images that annotations list: downloaded many at once, and what is there already is not
  asked for again;
- ``imagenet``: ImageNet 2012 validation images for ResNet-50, and top-1 accuracy;
- ``location``: where the parts of a data set are: images in one place, labels in another;
- ``networks``: the reference models in PyTorch, for files that hold weights alone;
- ``openimages``: the MLPerf validation subset of OpenImages for RetinaNet, and mean average precision;
- ``options``: numbers among the options of data sets;
- ``pixels``: images as the reference implementation sees them: decoding, resizing and cropping in NumPy;
- ``samples``: samples in memory: made before the clock runs, handed out while it runs;
- ``squad``: SQuAD v1.1 questions for BERT, and F1 of the answers;
- ``squad_answers``: from start and end scores of tokens to the text of an answer, as BERT's own evaluation
  does it;
- ``squad_features``: questions and paragraphs of SQuAD as BERT reads them: 384 tokens, long paragraphs in
  overlapping parts;
- ``wordpiece``: the tokens of BERT: words in lower case without accents, split into pieces that a
  vocabulary has.
"""
