"""Makes the slices of emoji: python emojis.py <NotoColorEmoji.ttf> <target folder> [table of first characters]

The font has its pictures as PNG files (CBDT); of its sequences those are taken that Unicode recommends, which the package `emoji` lists. A slice is `emoji-XXXXX.bin`, named by the first of its 32 codepoints, and holds every emoji that begins with one of
them; all below U+2600 are in `emoji-00000.bin`. What a slice looks like stands in `src/render/emoji.rs`, which reads it.

Emoji that differ in skin tones alone share a picture and have a palette each. The table is what `src/render/emoji.rs` knows without a slice: the characters that emoji begin with,
as ranges (the first of them, 3 bytes; how many follow, 1 byte)."""

import io
import sys
import zlib
from pathlib import Path

import emoji
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image

try:
    from zopfli.zlib import compress
except ImportError:  # a twentieth larger
    def compress(data):
        return zlib.compress(data, 9)

SIDE = 96
TONES = range(0x1F3FB, 0x1F400)
KEYCAP = 0x20E3
# how near a picture in few colours has to come to the original, on white, in dB of PSNR; the least that any of its palettes may have
WANTED, LEAST = 37.0, 35.0
COLORS = [8, 16, 24, 32, 40, 48, 64]


def sequences(font):
    """Every emoji, less variation selectors: its characters and the glyph that shows it."""
    cmap, drawn = font.getBestCmap(), font["CBDT"].strikeData[0]
    characters = {glyph: point for point, glyph in sorted(cmap.items(), reverse=True) if point < 0xF0000}
    found = {(p,): g for p, g in cmap.items() if g in drawn and 0x80 <= p < 0xE0000 and p != KEYCAP}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, ligatures in getattr(getattr(table, "ExtSubTable", table), "ligatures", {}).items():
                for ligature in ligatures:
                    found[tuple(characters[g] for g in [first, *ligature.Component])] = ligature.LigGlyph
    recommended = {tuple(map(ord, e.replace("\ufe0f", ""))) for e in emoji.EMOJI_DATA}
    return {c: g for c, g in sorted(found.items()) if c in recommended}


def picture(data):
    """A square of premultiplied red, green, blue and alpha, from 0 to 1."""
    rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(np.float32) / 255
    margin = (rgba.shape[1] - rgba.shape[0]) // 2
    rgba = rgba[:, margin:margin + rgba.shape[0]]
    channels = [rgba[..., c] * rgba[..., 3] for c in range(3)] + [rgba[..., 3]]
    small = [np.asarray(Image.fromarray(c).resize((SIDE, SIDE), Image.LANCZOS)) for c in channels]
    small = np.clip(np.stack(small, -1), 0, 1)
    small[..., :3] = np.minimum(small[..., :3], small[..., 3:])
    return small


def reduced(pictures, most):
    """The pictures in `most` colours each, of which a pixel has the same number in all: those numbers, and per number alpha and then red, green and blue for each picture.
    Median cut by variance, then a few steps of k-means."""
    pixels = np.concatenate([pictures[0][..., 3:]] + [p[..., :3] for p in pictures], -1).reshape(SIDE * SIDE, -1)
    kinds, kind, counts = np.unique((pixels * 255 + 0.5).astype(np.uint8), axis=0, return_inverse=True, return_counts=True)
    weights = np.ones(kinds.shape[1], np.float32)
    weights[1:] /= np.sqrt(len(pictures))
    points, share = kinds * weights, np.sqrt(counts)

    def spread(box):
        middle = np.average(points[box], axis=0, weights=share[box])
        return share[box] @ (points[box] - middle) ** 2

    boxes = [np.arange(len(kinds))]
    spreads = [spread(boxes[0])]
    while len(boxes) < min(most, len(kinds)):
        widest = int(np.argmax([s.sum() for s in spreads]))
        box, axis = boxes[widest], int(np.argmax(spreads[widest]))
        low = points[box, axis] <= np.average(points[box, axis], weights=share[box])
        if low.all() or not low.any():
            break
        boxes[widest:widest + 1] = [box[low], box[~low]]
        spreads[widest:widest + 1] = [spread(box[low]), spread(box[~low])]
    colors = np.stack([np.average(points[box], axis=0, weights=share[box]) for box in boxes])
    for _ in range(5):
        nearest = (-2 * points @ colors.T + (colors**2).sum(1)).argmin(1)
        for i in range(len(colors)):
            if (nearest == i).any():
                colors[i] = np.average(points[nearest == i], axis=0, weights=share[nearest == i])
    palette = np.clip(colors / weights + 0.5, 0, 255).astype(np.uint8)
    order = np.lexsort([*palette.T[::-1]])
    palette = palette[order]
    colors = palette * weights
    nearest = (-2 * points @ colors.T + (colors**2).sum(1)).argmin(1)
    return nearest[kind.reshape(-1)].astype(np.uint8), palette


def likeness(picture, indices, palette, which):
    """How near a picture comes to its original, on white, in dB."""
    shown = palette[indices][:, [1 + 3 * which, 2 + 3 * which, 3 + 3 * which, 0]].reshape(SIDE, SIDE, 4) / 255
    difference = (picture[..., :3] - picture[..., 3:]) - (shown[..., :3] - shown[..., 3:])
    return 10 * np.log10(1 / max(1e-9, float((difference**2).mean())))


def coded(pictures):
    """Pictures of one shape as bytes; `None` if their shapes differ."""
    for most in COLORS:
        indices, palette = reduced(pictures, most)
        near = [likeness(p, indices, palette, i) for i, p in enumerate(pictures)]
        if np.mean(near) >= WANTED and min(near) >= LEAST:
            break
    if len(pictures) > 1 and min(near) < LEAST - 3:
        return None
    count = len(palette)
    colors = [palette[:, 1 + 3 * i:4 + 3 * i].tobytes() for i in range(len(pictures))]
    return bytes([count, len(pictures)]) + palette[:, 0].tobytes() + b"".join(colors) + compress(indices.tobytes())


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def slice_of(point):
    return 0 if point < 0x2600 else point & ~31


def build(found, drawn, target):
    families = {}
    for characters, glyph in found.items():
        plain = tuple(c for c in characters if c not in TONES) or characters
        families.setdefault(plain, []).append(drawn[glyph].imageData)
    records, place = [], {}
    for files in families.values():
        new = [data for data in dict.fromkeys(files) if data not in place]
        together = coded([picture(data) for data in new]) if new else None
        groups = [new] if together else [[data] for data in new]
        for group in groups:
            place |= {data: (len(records), i) for i, data in enumerate(group)}
            records.append(together or coded([picture(group[0])]))
    index = sorted((fnv1a("".join(map(chr, c))), *place[drawn[g].imageData]) for c, g in found.items())
    assert len({entry[0] for entry in index}) == len(index) <= 2048
    out = bytearray(b"EMOJ" + bytes([1, SIDE]) + len(index).to_bytes(2) + len(records).to_bytes(2))
    for name, record, palette in index:
        out += name.to_bytes(8) + record.to_bytes(2) + palette.to_bytes(2)
    at = len(out) + 4 * (len(records) + 1)
    for record in [b"", *records]:
        at += len(record)
        out += at.to_bytes(4)
    target.write_bytes(bytes(out) + b"".join(records))
    print(target, len(index), len(records), target.stat().st_size, flush=True)


def ranges(points):
    out = []
    for point in sorted(points):
        if out and out[-1][0] + out[-1][1] + 1 == point and out[-1][1] < 255:
            out[-1][1] += 1
        else:
            out.append([point, 0])
    return b"".join(first.to_bytes(3) + bytes([more]) for first, more in out)


def main(source, target, table=None):
    font = TTFont(source)
    drawn = font["CBDT"].strikeData[0]
    for glyph in drawn.values():
        glyph.ensureDecompiled()
    found = sequences(font)
    if table:
        Path(table).write_bytes(ranges({c[0] for c in found if c[0] >= 0x80}))
    for first in sorted({slice_of(c[0]) for c in found}):
        build({c: g for c, g in found.items() if slice_of(c[0]) == first}, drawn, Path(target) / f"emoji-{first:05x}.bin")


if __name__ == "__main__":
    main(*sys.argv[1:])
