"""Building blocks that do not depend on artifacts; the rest of the toolkit is built on them.

- ``archives``: unpacked so that they do no harm;
- ``digests``: checksums of files;
- ``exports``: names that a package exports and imports only when somebody uses them;
- ``frozen``: the dataclasses of this code base, ``cm_core.frozen`` and ``cm_core.mutable``;
- ``fsio``: files written atomically, folders put in place in one step or removed;
- ``jsonfiles``: text and JSON of others, read with errors that name file and line;
- ``lockfiles``: locks where the file system has none;
- ``locks``: between processes and threads;
- ``numbers``: what people write, and only that;
- ``owner``: a process, told apart from a later one with the same number;
- ``packing``: archives written so that they are complete or not there;
- ``process``: the only door to other programs;
- ``pythonfiles``: Python files loaded by path, and the line of them that failed;
- ``records``: objects on disk, from the annotations of their classes;
- ``recordrows``: rows of tables, many objects at once;
- ``secrets``: which keys hold secrets, and text without them;
- ``suggest``: the one of a name, or what somebody may have meant;
- ``text``: durations, sizes and aligned tables for people; all texts inside plain data;
- ``transfer``: a URL fetched into a file, continued and checked;
- ``travelling``: which files of a folder leave this machine, and which look like secrets;
- ``yamlnodes``: how large a YAML document becomes when its aliases are written out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cm_core.base.exports import lazy_exports

if TYPE_CHECKING:
    from cm_core.base.archives import ArchiveError as ArchiveError
    from cm_core.base.archives import DamagedArchiveError as DamagedArchiveError
    from cm_core.base.archives import TooLargeArchiveError as TooLargeArchiveError
    from cm_core.base.archives import UnpackRules as UnpackRules
    from cm_core.base.archives import UnsafeArchiveError as UnsafeArchiveError
    from cm_core.base.archives import unpack as unpack
    from cm_core.base.digests import ChecksumError as ChecksumError
    from cm_core.base.digests import check_checksums as check_checksums
    from cm_core.base.digests import file_digest as file_digest
    from cm_core.base.digests import is_verified as is_verified
    from cm_core.base.digests import verify as verify
    from cm_core.base.fsio import NotWritableError as NotWritableError
    from cm_core.base.fsio import atomic_write_json as atomic_write_json
    from cm_core.base.fsio import atomic_write_text as atomic_write_text
    from cm_core.base.fsio import check_file_place as check_file_place
    from cm_core.base.fsio import current_folder as current_folder
    from cm_core.base.fsio import directory_is_writable as directory_is_writable
    from cm_core.base.fsio import place_folder as place_folder
    from cm_core.base.fsio import raise_os_error as raise_os_error
    from cm_core.base.fsio import remove_tree as remove_tree
    from cm_core.base.fsio import replacing as replacing
    from cm_core.base.fsio import sweep as sweep
    from cm_core.base.fsio import user_path as user_path
    from cm_core.base.jsonfiles import DamagedError as DamagedError
    from cm_core.base.jsonfiles import check_depth as check_depth
    from cm_core.base.jsonfiles import load_json as load_json
    from cm_core.base.jsonfiles import read_json as read_json
    from cm_core.base.jsonfiles import read_object as read_object
    from cm_core.base.jsonfiles import read_text as read_text
    from cm_core.base.locks import file_lock as file_lock
    from cm_core.base.locks import passing_file_lock as passing_file_lock
    from cm_core.base.locks import remove_idle_locks as remove_idle_locks
    from cm_core.base.locks import try_file_lock as try_file_lock
    from cm_core.base.numbers import to_count as to_count
    from cm_core.base.numbers import to_number as to_number
    from cm_core.base.numbers import to_whole as to_whole
    from cm_core.base.owner import Life as Life
    from cm_core.base.owner import Owner as Owner
    from cm_core.base.packing import write_tar as write_tar
    from cm_core.base.packing import write_zip as write_zip
    from cm_core.base.process import Completed as Completed
    from cm_core.base.process import ProgramHangsError as ProgramHangsError
    from cm_core.base.process import ask_program as ask_program
    from cm_core.base.process import describe_status as describe_status
    from cm_core.base.process import find_program as find_program
    from cm_core.base.process import kill_group as kill_group
    from cm_core.base.process import redact as redact
    from cm_core.base.process import run_command as run_command
    from cm_core.base.process import run_interactive as run_interactive
    from cm_core.base.process import start_program as start_program
    from cm_core.base.pythonfiles import exception_sentence as exception_sentence
    from cm_core.base.pythonfiles import innermost_line as innermost_line
    from cm_core.base.pythonfiles import load_python_file as load_python_file
    from cm_core.base.recordrows import decode_alike as decode_alike
    from cm_core.base.records import AnyFloat as AnyFloat
    from cm_core.base.records import Format as Format
    from cm_core.base.records import NewerRecordError as NewerRecordError
    from cm_core.base.records import Record as Record
    from cm_core.base.records import decode as decode
    from cm_core.base.records import encode as encode
    from cm_core.base.secrets import Secrets as Secrets
    from cm_core.base.secrets import credentials_in as credentials_in
    from cm_core.base.secrets import holds_secret as holds_secret
    from cm_core.base.secrets import is_secret as is_secret
    from cm_core.base.secrets import mask_secrets as mask_secrets
    from cm_core.base.secrets import with_credentials as with_credentials
    from cm_core.base.secrets import without_credentials as without_credentials
    from cm_core.base.secrets import without_secrets as without_secrets
    from cm_core.base.suggest import did_you_mean as did_you_mean
    from cm_core.base.suggest import find_named as find_named
    from cm_core.base.suggest import nearest as nearest
    from cm_core.base.suggest import slips as slips
    from cm_core.base.text import aligned as aligned
    from cm_core.base.text import byte_size as byte_size
    from cm_core.base.text import duration as duration
    from cm_core.base.text import map_texts as map_texts
    from cm_core.base.text import rough_duration as rough_duration
    from cm_core.base.text import shortened as shortened
    from cm_core.base.transfer import Source as Source
    from cm_core.base.transfer import TransferError as TransferError
    from cm_core.base.transfer import fetch as fetch
    from cm_core.base.travelling import TravellingFiles as TravellingFiles
    from cm_core.base.travelling import refuse_secrets as refuse_secrets
    from cm_core.base.travelling import travelling_files as travelling_files

# name -> (module, version since when)
PUBLIC = {
    "ArchiveError": ("archives", "0.1"),
    "DamagedArchiveError": ("archives", "0.1"),
    "TooLargeArchiveError": ("archives", "0.1"),
    "UnpackRules": ("archives", "0.1"),
    "UnsafeArchiveError": ("archives", "0.1"),
    "unpack": ("archives", "0.1"),
    "ChecksumError": ("digests", "0.1"),
    "check_checksums": ("digests", "0.1"),
    "file_digest": ("digests", "0.1"),
    "is_verified": ("digests", "0.1"),
    "verify": ("digests", "0.1"),
    "NotWritableError": ("fsio", "0.1"),
    "atomic_write_json": ("fsio", "0.1"),
    "atomic_write_text": ("fsio", "0.1"),
    "check_file_place": ("fsio", "0.1"),
    "current_folder": ("fsio", "0.1"),
    "directory_is_writable": ("fsio", "0.1"),
    "place_folder": ("fsio", "0.1"),
    "raise_os_error": ("fsio", "0.1"),
    "remove_tree": ("fsio", "0.1"),
    "replacing": ("fsio", "0.1"),
    "sweep": ("fsio", "0.1"),
    "user_path": ("fsio", "0.1"),
    "DamagedError": ("jsonfiles", "0.1"),
    "check_depth": ("jsonfiles", "0.1"),
    "load_json": ("jsonfiles", "0.1"),
    "read_json": ("jsonfiles", "0.1"),
    "read_object": ("jsonfiles", "0.1"),
    "read_text": ("jsonfiles", "0.1"),
    "file_lock": ("locks", "0.1"),
    "passing_file_lock": ("locks", "0.1"),
    "remove_idle_locks": ("locks", "0.1"),
    "try_file_lock": ("locks", "0.1"),
    "to_count": ("numbers", "0.1"),
    "to_number": ("numbers", "0.1"),
    "to_whole": ("numbers", "0.1"),
    "Life": ("owner", "0.1"),
    "Owner": ("owner", "0.1"),
    "write_tar": ("packing", "0.1"),
    "write_zip": ("packing", "0.1"),
    "Completed": ("process", "0.1"),
    "ProgramHangsError": ("process", "0.1"),
    "ask_program": ("process", "0.1"),
    "describe_status": ("process", "0.1"),
    "find_program": ("process", "0.1"),
    "kill_group": ("process", "0.1"),
    "redact": ("process", "0.1"),
    "run_command": ("process", "0.1"),
    "run_interactive": ("process", "0.1"),
    "start_program": ("process", "0.1"),
    "exception_sentence": ("pythonfiles", "0.1"),
    "innermost_line": ("pythonfiles", "0.1"),
    "load_python_file": ("pythonfiles", "0.1"),
    "decode_alike": ("recordrows", "0.1"),
    "AnyFloat": ("records", "0.1"),
    "Format": ("records", "0.1"),
    "NewerRecordError": ("records", "0.1"),
    "Record": ("records", "0.1"),
    "decode": ("records", "0.1"),
    "encode": ("records", "0.1"),
    "Secrets": ("secrets", "0.1"),
    "credentials_in": ("secrets", "0.1"),
    "holds_secret": ("secrets", "0.1"),
    "is_secret": ("secrets", "0.1"),
    "mask_secrets": ("secrets", "0.1"),
    "with_credentials": ("secrets", "0.1"),
    "without_credentials": ("secrets", "0.1"),
    "without_secrets": ("secrets", "0.1"),
    "did_you_mean": ("suggest", "0.1"),
    "slips": ("suggest", "0.1"),
    "find_named": ("suggest", "0.1"),
    "nearest": ("suggest", "0.1"),
    "aligned": ("text", "0.1"),
    "byte_size": ("text", "0.1"),
    "duration": ("text", "0.1"),
    "map_texts": ("text", "0.1"),
    "rough_duration": ("text", "0.1"),
    "shortened": ("text", "0.1"),
    "Source": ("transfer", "0.1"),
    "TransferError": ("transfer", "0.1"),
    "fetch": ("transfer", "0.1"),
    "TravellingFiles": ("travelling", "0.1"),
    "refuse_secrets": ("travelling", "0.1"),
    "travelling_files": ("travelling", "0.1"),
}
__all__ = list(PUBLIC)

if not TYPE_CHECKING:  # type checkers read the imports above
    __getattr__ = lazy_exports(__name__, PUBLIC)
