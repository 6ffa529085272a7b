"""Makes the slices of Chinese, Japanese and Korean: python cjk.py <NotoSansCJK-Bold.ttc> <target folder> [common|all] [font number]

A slice is `cjk-XXXX.ttf`, named by the first of its 1024 codepoints. `common` (the default) takes the kana, the kanji of JIS X 0208's
first level, the Hangul of KS X 1001 and the labels of countdowns; `all` everything that the font draws of `RANGES`. The font's number in the collection says whose forms characters have: 0 (the default) Japan's, 1 Korea's, 2 China's, 3 Taiwan's, 4 Hong Kong's."""

import sys
from pathlib import Path
from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

SLICE = 1024
# the same ranges as in `src/render/script.rs`
RANGES = [(0x3000, 0x30FF), (0x3130, 0x318F), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFF00, 0xFFEF)]
# what countdowns are labelled with in Chinese
LABELS = "天小时分钟秒"
# how far a curve may be from the one it stands for, in font units (1000 an em): a fifth of a pixel at 100 pixels an em
TOLERANCE = 2.0


def rows(codec, first, last):
    """The characters of rows of a 94 × 94 set in its EUC coding."""
    for row in range(first, last + 1):
        for cell in range(1, 95):
            try:
                yield ord(bytes([0xA0 + row, 0xA0 + cell]).decode(codec))
            except UnicodeDecodeError:
                pass


def wanted(which, cmap):
    drawn = {p for first, last in RANGES for p in range(first, last + 1) if p in cmap}
    if which == "all":
        return drawn
    signs = {p for p in drawn if p < 0x3400 or p >= 0xFF00}
    return drawn & (signs | set(map(ord, LABELS)) | set(rows("euc_jp", 16, 47)) | set(rows("euc_kr", 16, 40)))


def quadratic(font):
    """The font with TrueType's outlines in place of PostScript's."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    glyf, hmtx = newTable("glyf"), font["hmtx"]
    glyf.glyphs, glyf.glyphOrder = {}, order
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))
        glyf.glyphs[name] = pen.glyph()
        glyf.glyphs[name].recalcBounds(glyf)
        hmtx[name] = (hmtx[name][0], getattr(glyf.glyphs[name], "xMin", 0))
    for tag in ["CFF ", "VORG"]:
        if tag in font:
            del font[tag]
    font["glyf"], font["loca"] = glyf, newTable("loca")
    font["head"].glyphDataFormat = 0
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in ["maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
                  "maxSizeOfInstructions", "maxComponentElements", "maxComponentDepth"]:
        setattr(maxp, field, 0)
    maxp.maxZones = 1
    font.sfntVersion = "\x00\x01\x00\x00"


def build(source, number, target, points):
    font = TTFont(source, fontNumber=number)
    options = subset.Options(hinting=False, desubroutinize=True, layout_features=[], name_IDs=[0, 1, 2, 5, 13, 14], notdef_outline=True)
    options.drop_tables += ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp", "meta", "post"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[0x20] + points)
    subsetter.subset(font)
    font["cmap"].tables = [t for t in font["cmap"].tables if (t.platformID, t.platEncID, t.format) == (3, 1, 4)]
    quadratic(font)
    font.save(target)
    print(target, len(points), Path(target).stat().st_size)


def main(source, target, which="common", number="0"):
    number = int(number)
    points = sorted(wanted(which, TTFont(source, fontNumber=number).getBestCmap()))
    for start in sorted({p - p % SLICE for p in points}):
        build(source, number, f"{target}/cjk-{start:04x}.ttf", [p for p in points if start <= p < start + SLICE])


main(*sys.argv[1:])
