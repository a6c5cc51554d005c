"""`python -m api.bundle`"""

import argparse
import sys
import time
from pathlib import Path

from api.bundle.assemble import make_bundle
from api.bundle.errors import BundleError

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m api.bundle", description="通信なしで設置するためのファイルを作る"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="置き場所（既定: dist）")
    given = parser.parse_args()
    started = time.monotonic()
    try:
        bundle = make_bundle(ROOT, given.out, lambda line: print(line, file=sys.stderr, flush=True))
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"「{bundle.archive}」を作りました: {bundle.size_bytes / 1e6:.0f}MB、"
        f"wheel {bundle.wheels}個（展開して{bundle.unpacked_bytes / 1e6:.0f}MB）、"
        f"{time.monotonic() - started:.0f}秒。\nSHA-256: {bundle.sha256}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
