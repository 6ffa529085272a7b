"""Writes the compositions of fonts: python compose.py <compose.bin> <font.ttf>...

The table says which base letter and combining mark make which letter of the fonts."""

import struct, sys, unicodedata as u
from fontTools.ttLib import TTFont

cmap = set().union(*(TTFont(font).getBestCmap() for font in sys.argv[2:]))
pairs = {}
for point in cmap:
    nfd = u.normalize("NFD", chr(point))
    base, marks = nfd[0], nfd[1:]
    if u.normalize("NFC", chr(point)) != chr(point):
        continue  # another codepoint stands for the same letter
    if not marks or u.combining(base) or len(u.normalize("NFKD", chr(point))) != len(nfd):
        continue
    for i in range(len(marks)):
        if any(u.combining(m) == u.combining(marks[i]) for m in marks[i + 1:]):
            continue  # the order of marks of one class carries meaning
        rest = u.normalize("NFC", base + marks[:i] + marks[i + 1:])
        if len(rest) == 1 and ord(rest) in cmap:
            pairs[(ord(rest), ord(marks[i]))] = point
with open(sys.argv[1], "wb") as out:
    for (base, mark), point in sorted(pairs.items()):
        out.write(struct.pack(">HHH", base, mark, point))
