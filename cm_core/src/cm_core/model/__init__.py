"""The toolkit's vocabulary: requests, results, names, tags, versions.

Public are the names that ``cm_core`` exports, and all of :mod:`~cm_core.model.keys`.

- ``argline``: the command language, from words to a request;
- ``artifact``: artifacts and the repositories that hold them;
- ``flag``: a flag, as it is declared and as it is typed;
- ``identity``: aliases, UIDs and references;
- ``keys``: keys of metadata that people write, each declared once;
- ``request``: what the user asks for;
- ``result``: what a call answers;
- ``tags``: the words by which people find artifacts;
- ``values``: of flags, from text to what is declared;
- ``versions``: compared part by part.
"""

PUBLIC_MODULES = {"keys": "0.1"}
