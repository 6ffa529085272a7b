"""Vowpal Wabbit's SquareCB behind two kinds of lines: `P` asks for a choice, `L` teaches one. See vw.rs."""
import sys
from vowpalwabbit import Workspace

vw = Workspace(sys.argv[1])
for line in sys.stdin:
    kind, rest = line[0], line[2:].rstrip("\n")
    if kind == "P":
        print(" ".join(f"{p:.9g}" for p in vw.predict(rest.split("\t"))), flush=True)
    else:
        vw.learn(rest.split("\t"))
