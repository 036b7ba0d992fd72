"""Get a competition's files out of whatever they are packed in.

A zip, a .7z, a tar (plain or compressed) or a folder comes in. The files that a description names
go out, under the paths that it names. Archives inside archives are opened where they are needed.
What an archive calls its members never decides where outside the target folder anything is written.

Read in this order:

    unpacking    `unpack`: copies what is wanted, and says what is missing
    wanted       which files and images a description names
    search       the archives inside archives, opened until all that is wanted is found
    matching     what is wanted among all that there is, at whatever depth and in whatever case
    opening      what an origin is, by its content; what cannot be opened, and why
    folders      a folder as an archive
    zips         a zip
    tars         a tar, plain or compressed
    seven_zips   a .7z
    members      a member of an archive: its safe path, the limits of its size, errors of damage
    checksums    the archive compared with the checksum of Kaggle's zip

`wanted` and `checksums` have tests of their own. All others are tested in
`tests/data/archives/test_unpacking.py`, and with damaged and hostile archives in
`tests/data/archives/test_opening.py`.
"""

from kaggle_kit.data.archives.unpacking import Unpacked, unpack
from kaggle_kit.data.archives.wanted import Tree, Wanted, wanted_files

__all__ = ["Tree", "Unpacked", "Wanted", "unpack", "wanted_files"]
