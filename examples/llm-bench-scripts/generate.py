"""Load one model and generate 512 characters, without a server (timed by hyperfine)."""

import sys

from model import NGram

if __name__ == "__main__":
    print("".join(NGram.load(sys.argv[1]).generate("The statement ", 512)))
