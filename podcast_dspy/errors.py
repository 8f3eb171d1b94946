"""Every error that podcast-dspy raises on purpose.

Each message is one sentence that says what is wrong and how to mend it; the command line prints it as it is.

    PodcastError                    base; exit code 1
    ├── UsageError                  the request itself is wrong; exit code 2
    │   ├── UnknownNameError        a pair, trial, profile, model or voice that does not exist
    │   └── SettingsError           a value out of range, weights that do not sum to 1
    ├── PrerequisiteError           something must be installed first (model, extra, key, system package)
    ├── InputError                  a user's file cannot be used
    │   ├── DocumentError           PDF or other paper: missing, empty, encrypted, truncated, image-only
    │   │   └── UntrustedError      read, but not well enough to speak about
    │   └── AudioError              podcast audio: missing, empty, truncated, silent, not audio
    ├── ModelError                  a model or provider failed, stalled or answered with something unusable
    │   ├── ContextOverflowError    the prompt does not fit the model's context
    │   ├── UnusableAnswerError     an LM's answer is empty, refused, malformed or not what was asked for
    │   │   └── CutAnswerError      it reached the longest answer that the model may give
    │   └── SynthesisError          speech came out empty, silent or far too short
    ├── StoppedError                somebody asked it to stop
    ├── ProfileError                a profile of another version, or with a wrong signature hash
    └── WorkspaceError              the workspace cannot be read or written
        ├── WorkspaceLockedError    another process is writing to it
        └── DiskFullError           no space left
"""

from __future__ import annotations


class PodcastError(Exception):
    """Base of all errors a user may meet; `str(error)` is one sentence that names the fix."""

    exit_code = 1


class UsageError(PodcastError):
    """The request cannot be carried out as asked."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name (pair, trial, profile, model, voice) that nothing is known under."""


class SettingsError(UsageError):
    """A setting is out of its range or contradicts another."""


class PrerequisiteError(PodcastError):
    """Something has to be installed or configured first; the message gives the command."""


class InputError(PodcastError):
    """A file from the user cannot be used."""


class DocumentError(InputError):
    """A paper cannot be read."""


class UntrustedError(DocumentError):
    """A paper was read, but too much speaks against the reading to speak about it."""


class AudioError(InputError):
    """A recording cannot be read."""


class ModelError(PodcastError):
    """A model or a provider failed, stalled, or answered with something unusable."""


class ContextOverflowError(ModelError):
    """The prompt is longer than the model's context."""


class UnusableAnswerError(ModelError):
    """A language model's answer is empty, refused, malformed, or not what was asked for."""


class CutAnswerError(UnusableAnswerError):
    """An answer ended because it reached the longest that was allowed."""


class SynthesisError(ModelError):
    """A voice produced no speech, silence, or far less than the text needs."""


class BudgetError(PodcastError):
    """The money, the calls or the time that a command may take is spent."""

    def __init__(self, spent: str) -> None:
        """`spent` says which limit was reached, as a clause."""
        super().__init__(f"{spent}; what was finished is kept: give a higher limit to go on")
        self.spent = spent


class StoppedError(PodcastError):
    """Whoever asked for the work asked that it be given up; nothing of it was written."""


class ProfileError(PodcastError):
    """A compiled profile does not fit this version or these signatures."""


class WorkspaceError(PodcastError):
    """The workspace cannot be read or written."""


class WorkspaceLockedError(WorkspaceError):
    """Another process is writing to the workspace."""


class DiskFullError(WorkspaceError):
    """The disk holding the workspace is full."""
