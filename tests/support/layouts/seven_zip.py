"""Write a 7z archive: all files in one LZMA2 stream, the header plain or packed with LZMA.

The format is that of 7zFormat.txt in the LZMA SDK. The dictionary has 1 MB.
"""

import lzma
import struct
import zlib

DICTIONARY = 1 << 20
LZMA2 = [{"id": lzma.FILTER_LZMA2, "dict_size": DICTIONARY}]
LZMA1 = [{"id": lzma.FILTER_LZMA1, "dict_size": DICTIONARY, "lc": 3, "lp": 0, "pb": 2}]
CODER_LZMA2 = b"\x21\x21\x01\x10"  # id of one byte, with one byte of properties: 1 MB
CODER_LZMA1 = b"\x23\x03\x01\x01\x05\x5d" + struct.pack("<I", DICTIONARY)


def write_7z(path, members, *, packed_header=True):
    """Write `members`, the content of each file by its name, as one solid archive."""
    content = b"".join(members.values())
    data = lzma.compress(content, lzma.FORMAT_RAW, filters=LZMA2) if content else b""
    header = b"\x01"
    if content:
        sizes = [len(one) for one in members.values() if one]
        sums = [zlib.crc32(one) for one in members.values() if one]
        header += b"\x04" + _streams(0, len(data), CODER_LZMA2, len(content))
        header += b"\x08\x0d" + _number(len(sizes))
        if len(sizes) > 1:
            header += b"\x09" + b"".join(_number(size) for size in sizes[:-1])
        header += b"\x0a\x01" + struct.pack(f"<{len(sums)}I", *sums) + b"\x00\x00"
    header += b"\x05" + _number(len(members)) + _files(members) + b"\x00\x00"
    if packed_header:
        small = lzma.compress(header, lzma.FORMAT_RAW, filters=LZMA1)
        streams = _streams(len(data), len(small), CODER_LZMA1, len(header), zlib.crc32(header))
        data, header = data + small, b"\x17" + streams + b"\x00"
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    signature = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start))
    path.write_bytes(signature + start + data + header)


def _streams(position, packed, coder, unpacked, checksum=None):
    """Return where one packed stream is, and how it is unpacked."""
    text = b"\x06" + _number(position) + b"\x01\x09" + _number(packed) + b"\x00"
    text += b"\x07\x0b\x01\x00\x01" + coder + b"\x0c" + _number(unpacked)
    if checksum is not None:
        text += b"\x0a\x01" + struct.pack("<I", checksum)
    return text + b"\x00"


def _files(members):
    names = b"\x00" + b"".join(name.encode("utf-16-le") + b"\x00\x00" for name in members)
    text = b""
    empty = [not content for content in members.values()]
    if any(empty):
        text += b"\x0e" + _sized(_bits(empty)) + b"\x0f" + _sized(_bits([True] * sum(empty)))
    return text + b"\x11" + _sized(names)


def _sized(content):
    return _number(len(content)) + content


def _bits(flags):
    rest = -len(flags) % 8
    text = "".join(str(int(flag)) for flag in [*flags, *[False] * rest])
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _number(value):
    """Return a number as 7z writes it: the leading ones of the first byte count the others."""
    for length in range(8):
        if value < 1 << (7 * (length + 1)):
            first = (0xFF << (8 - length)) & 0xFF | value >> (8 * length)
            return bytes([first]) + (value & ((1 << (8 * length)) - 1)).to_bytes(length, "little")
    return b"\xff" + value.to_bytes(8, "little")
