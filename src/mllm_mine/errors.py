"""The family of errors that ``mine`` raises.

Each message says what went wrong, with which paper or file, and what to do about it. The
command line turns an error into one line on stderr and its ``exit_code``; nothing else does.
"""

from __future__ import annotations


class MineError(Exception):
    """Something failed in a way the user can understand and act on."""

    exit_code = 1


class ConfigurationError(MineError):
    """A setting, option or required file is missing or makes no sense (exit code 2)."""

    exit_code = 2


class SourceError(MineError):
    """arXiv refused a request or sent something that is not an answer to it."""


class SourceUnavailableError(SourceError):
    """arXiv could not be reached within our patience; what was fetched is saved (exit code 3)."""

    exit_code = 3


class InputFileError(MineError):
    """A file given by the user is not in a format we can read."""


class IndexFileError(MineError):
    """The index could not be read or written."""


class IndexNewerError(IndexFileError):
    """A newer version of mine wrote the index; there is nothing wrong with it."""


class IndexCorruptError(IndexFileError):
    """The index file is damaged or is not one of ours."""


class IndexLockedError(IndexFileError):
    """Another run holds the index (exit code 4)."""

    exit_code = 4


class DiskError(MineError):
    """A disk is full, read-only, or a folder is not writable."""


class PdfError(MineError):
    """A PDF could not be turned into text."""


class ModelError(MineError):
    """A model file is missing, damaged, foreign or of a newer format."""


class ModelNotFoundError(ModelError):
    """There is no model file of the name that was given (exit code 2)."""

    exit_code = 2


class TrainingError(MineError):
    """A model cannot be trained from what was given."""
