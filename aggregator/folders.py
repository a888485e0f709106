"""Which folder a document is in: the public one, or that of the outputs that only those with a token may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.publish import files, paths

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.config import Config


def folder_of(config: Config, path: str) -> Path:
    """The folder of the document at a path such as ``main.atom``; archive documents are public, as they are of public
    outputs."""
    for place, output in enumerate(config.outputs):
        if path in paths(output, first=place == 0):
            return config.folder_of(output)
    return config.public


def folders_of(config: Config) -> tuple[Path, ...]:
    """Those that hold documents, or may still hold some of outputs that were private once."""
    private = any(each.private for each in config.outputs) or config.private.is_dir()
    return (config.public, config.private) if private else (config.public,)


def prepare(config: Config) -> None:
    """Make the folders; nobody but us may look into the private one. No document is left where it does not belong.

    What an output that has just become private has in the public folder goes at once, and not with the next publish,
    which may fail. Documents go and are made again, as their names may be another output's by now (``feed.atom`` is
    always the first one's). Raises OSError.
    """
    for folder in folders_of(config):
        files.prepare(folder)
        if folder == config.private:
            folder.chmod(0o700)
    for place, output in enumerate(config.outputs):
        other = config.public if output.private else config.private
        for path in paths(output, first=place == 0):
            if (other / path).exists():
                files.remove(other, path)
