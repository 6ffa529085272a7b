"""Cuts a font down to what `RANGES` lists: python subset.py <source> <target.ttf>"""

import sys
from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x017F),  # Basic Latin, Latin-1, Latin Extended-A
    0x018F, 0x0192, 0x0259, (0x01A0, 0x01A1), (0x01AF, 0x01B0), (0x01CD, 0x01DC), (0x01E6, 0x01E7),
    (0x01EA, 0x01EB), (0x0218, 0x021B),
    (0x1E80, 0x1E85), 0x1E9E, (0x1EA0, 0x1EF9),  # Welsh, capital sharp s, Vietnamese
    0x2009, (0x2010, 0x2015), (0x2018, 0x201E), (0x2020, 0x2022), 0x2026, 0x202F, 0x2030,
    (0x2032, 0x2033), (0x2039, 0x203A), 0x2044,
    0x20A4, 0x20A6, (0x20A8, 0x20AC), 0x20AE, (0x20B1, 0x20B2), 0x20B4, (0x20B8, 0x20BA), (0x20BC, 0x20BD), 0x20BF,
    0x2116, 0x2122, (0x2190, 0x2193), 0x2212, 0x2248, 0x2260, (0x2264, 0x2265), 0x2605, 0x2713,
]

def build(source, target):
    font = TTFont(source)
    points = [p for r in RANGES for p in (range(r[0], r[1] + 1) if isinstance(r, tuple) else [r])]
    options = subset.Options(hinting=False, layout_features=["kern"], layout_scripts=["latn"], name_IDs=[0, 1, 2, 13, 14], notdef_outline=True)
    options.drop_tables += ["STAT", "DSIG", "GDEF", "GSUB", "gasp", "meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    font.flavor = None
    font.save(target)

build(sys.argv[1], sys.argv[2])
