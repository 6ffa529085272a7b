"""Cuts the fonts of the world's scripts: python world.py <inter folder> <noto folder> <target folder>

The folders hold Inter-Bold.woff2 and Inter-Regular.woff2, and NotoSansArabic-Bold.ttf and the others of `NOTO`."""

import sys
from pathlib import Path
from fontTools import subset
from fontTools.ttLib import TTFont

# what each file may be asked for: the same ranges as in `src/render/script.rs`
INTER = {
    "cyrillic": [(0x0400, 0x052F), (0x1C80, 0x1C88)],
    "greek": [(0x0370, 0x03FF), (0x1F00, 0x1FFF)],
}
NOTO = {
    "hebrew": ("Hebrew", [(0x0590, 0x05FF), (0xFB1D, 0xFB4F)]),
    "arabic": ("Arabic", [(0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)]),
    "devanagari": ("Devanagari", [(0x0900, 0x097F), (0xA8E0, 0xA8FF)]),
    "thai": ("Thai", [(0x0E00, 0x0E7F)]),
}
# the space, joiners, and the circle that a mark without a letter stands on
ALWAYS = [0x20, 0xA0, 0x200C, 0x200D, 0x25CC]


def build(source, target, ranges, **options):
    font = TTFont(source)
    options = subset.Options(hinting=False, name_IDs=[0, 1, 2, 5, 13, 14], notdef_outline=True, **options)
    options.drop_tables += ["STAT", "DSIG", "gasp", "meta", "post"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=ALWAYS + [p for first, last in ranges for p in range(first, last + 1)])
    subsetter.subset(font)
    font["cmap"].tables = [t for t in font["cmap"].tables if (t.platformID, t.platEncID, t.format) == (3, 1, 4)]
    font.flavor = None
    font.save(target)
    print(target, Path(target).stat().st_size)


def main(inter, noto, target):
    for weight in ["Bold", "Regular"]:
        for name, ranges in INTER.items():
            # set letter by letter, as Latin is: kerning and no other feature
            build(f"{inter}/Inter-{weight}.woff2", f"{target}/{name}-{weight.lower()}.ttf", ranges,
                  layout_features=["kern"], layout_scripts=["cyrl", "grek"])
        for name, (source, ranges) in NOTO.items():
            build(f"{noto}/NotoSans{source}-{weight}.ttf", f"{target}/{name}-{weight.lower()}.ttf", ranges)


main(*sys.argv[1:])
