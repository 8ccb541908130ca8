"""The tokens of BERT: words in lower case without accents, split into pieces that a vocabulary has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from cm_core import MetaError, NotFoundError

UNKNOWN = "[UNK]"
START = "[CLS]"
END = "[SEP]"
SPECIAL = (UNKNOWN, END, "[PAD]", START, "[MASK]")
_LONGEST_WORD = 100
# Blocks of Chinese characters, each of which is a word; Japanese and Korean letters are not in them.
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Splits text into tokens.

    Args:
        vocabulary: file with one token a line; the line is its number.

    Raises:
        NotFoundError: when there is no such file.
        MetaError: when it lacks the special tokens.
    """

    def __init__(self, vocabulary: Path) -> None:
        self._numbers = read_vocabulary(vocabulary)
        self._pieces: dict[str, tuple[str, ...]] = {}

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text."""
        return [piece for word in split_words(text) for piece in self._pieces_of(word)]

    def numbers(self, tokens: Sequence[str]) -> list[int]:
        """The numbers of tokens."""
        unknown = self._numbers[UNKNOWN]
        return [self._numbers.get(token, unknown) for token in tokens]

    def _pieces_of(self, word: str) -> tuple[str, ...]:
        if word not in self._pieces:  # texts repeat most of their words
            self._pieces[word] = self._split_word(word)
        return self._pieces[word]

    def _split_word(self, word: str) -> tuple[str, ...]:
        if len(word) > _LONGEST_WORD:
            return (UNKNOWN,)
        pieces = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self._numbers), None)
            if end is None:
                return (UNKNOWN,)
            pieces.append(prefix + word[start:end])
            start = end
        return tuple(pieces)


def read_vocabulary(file: Path) -> dict[str, int]:
    """Tokens and their numbers.

    Raises:
        NotFoundError: when there is no such file.
        MetaError: when it lacks the special tokens.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no vocabulary {file}") from error
    except UnicodeDecodeError as error:
        raise MetaError(f"{file} is not a vocabulary: {error}") from error
    numbers = {line.rstrip("\r"): number for number, line in enumerate(lines) if line.rstrip("\r")}
    missing = [token for token in SPECIAL if token not in numbers]
    if missing:
        raise MetaError(f"{file} is not a vocabulary of BERT: it has no {', '.join(missing)}")
    return numbers


def split_words(text: str) -> list[str]:
    """Words and punctuation marks in lower case, without accents and control characters."""
    words = []
    for word in "".join(_clean(text)).split():
        if word in SPECIAL:
            words.append(word)
        else:
            words += _split_punctuation(_strip_accents(word.lower()))
    return words


def is_space(char: str) -> bool:
    """Whether a character separates words for BERT."""
    return char in " \t\n\r" or unicodedata.category(char) == "Zs"


def _clean(text: str) -> Iterator[str]:
    for char in text:
        code = ord(char)
        if code in {0, 0xFFFD} or (char not in "\t\n\r" and unicodedata.category(char).startswith("C")):
            continue
        if is_space(char):
            yield " "
        elif code >= 0x3400 and any(first <= code <= last for first, last in _IDEOGRAPHS):
            yield f" {char} "
        else:
            yield char


def _strip_accents(word: str) -> str:
    if word.isascii():
        return word
    return "".join(char for char in unicodedata.normalize("NFD", word) if unicodedata.category(char) != "Mn")


def _split_punctuation(word: str) -> list[str]:
    if word.isalnum():
        return [word]
    parts: list[str] = []
    inside = False
    for char in word:
        if _is_punctuation(char):
            parts.append(char)
            inside = False
        elif inside:
            parts[-1] += char
        else:
            parts.append(char)
            inside = True
    return parts


def _is_punctuation(char: str) -> bool:
    """What is neither letter, digit nor space in ASCII counts, ``$`` and ``^`` included."""
    return (char.isascii() and char.isprintable() and not char.isalnum() and char != " ") or (
        unicodedata.category(char).startswith("P")
    )
